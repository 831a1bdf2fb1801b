//! What is done with each delivery before it is answered, or after it: a command is run, or it is
//! passed on. A limited number run at once, and a limited number wait.

pub(crate) mod forward;
pub(crate) mod run;

use std::sync::Arc;

use axum::{body::Bytes, http::HeaderMap};
use tokio::{
    sync::{Semaphore, watch},
    task::JoinSet,
};

use self::{forward::Forward, run::Command};
use super::serve::Reply;

/// How many deliveries wait for one that is being acted on.
pub(crate) const WAITING: usize = 64;

/// What is done.
#[derive(Debug)]
pub(crate) enum Act {
    Run(Command),
    Forward(Box<Forward>),
}

/// A delivery, as far as something can be done with it.
#[derive(Debug)]
pub(crate) struct Matter {
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// What a command finds in its environment.
    pub(crate) variables: Vec<(&'static str, String)>,
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct Acted {
    pub(crate) reply: Reply,
    /// Why it failed.
    pub(crate) problem: Option<String>,
}

impl Acted {
    fn failed(status: u16, problem: String) -> Self {
        Self {
            reply: Reply::of(status, std::time::Duration::ZERO),
            problem: Some(problem),
        }
    }
}

/// Everything that is being done.
#[derive(Debug)]
pub(crate) struct Acts {
    act: Arc<Act>,
    places: Arc<Semaphore>,
    /// How many may be running or waiting.
    most: usize,
    /// Dropping them ends what is being done.
    tasks: JoinSet<()>,
    /// How many are running or waiting.
    running: watch::Sender<usize>,
    stop: watch::Sender<bool>,
}

/// One that is running or waiting, until it is dropped.
struct Running(watch::Sender<usize>);

impl Running {
    fn begin(count: &watch::Sender<usize>) -> Self {
        count.send_modify(|count| *count += 1);
        Self(count.clone())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}

impl Acts {
    /// Does `act` with each delivery, `at_once` at most.
    pub(crate) fn new(act: Act, at_once: usize) -> Self {
        Self {
            act: Arc::new(act),
            places: Arc::new(Semaphore::new(at_once)),
            most: at_once + WAITING,
            tasks: JoinSet::new(),
            running: watch::Sender::new(0),
            stop: watch::Sender::new(false),
        }
    }

    /// Whether another delivery may wait.
    pub(crate) fn has_room(&self) -> bool {
        *self.running.borrow() < self.most
    }

    /// Acts on a delivery, and reports what came of it.
    pub(crate) fn begin(&mut self, matter: Matter, report: impl FnOnce(Acted) + Send + 'static) {
        let (act, places) = (self.act.clone(), self.places.clone());
        let mut stop = self.stop.subscribe();
        let running = Running::begin(&self.running);
        // Finished tasks would accumulate otherwise.
        while self.tasks.try_join_next().is_some() {}
        self.tasks.spawn(async move {
            let _running = running;
            let place = tokio::select! {
                biased;
                () = stopped(&mut stop) => None,
                place = places.acquire() => place.ok(),
            };
            let acted = match (&*act, &place) {
                (_, None) => Acted::failed(503, STOPPED.to_owned()),
                (Act::Run(command), _) => command.run(&matter, &mut stop).await,
                (Act::Forward(forward), _) => forward.pass(&matter, &mut stop).await,
            };
            // Before the next one begins, so that there are never more than are allowed.
            drop(place);
            report(acted);
        });
    }

    /// How many are running or waiting, now and from now on.
    pub(crate) fn running(&self) -> watch::Receiver<usize> {
        self.running.subscribe()
    }

    /// Ends everything that is being done.
    pub(crate) fn stop(&self) {
        self.stop.send_replace(true);
    }
}

const STOPPED: &str = "listen was stopped";

/// Waits until everything is to end.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    // Without a sender it ends as well.
    let _ = stop.wait_for(|stop| *stop).await;
}
