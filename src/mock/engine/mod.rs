//! What goes on by itself: deliveries that are due, requests that get on, the past that is let go.
//! On a thread and a runtime of its own, so that calls to the mock and deliveries don't wait for
//! one another.
//!
//! Of all mocks on a database the one that holds the lock does it. An attempt whose outcome isn't
//! recorded counts as none, so whoever holds the lock next repeats it: at least once.

mod attempts;
mod clocks;
mod house;
mod lane;
mod lanes;
mod lead;
mod life;
mod newcomers;
mod opening;
mod pauses;
mod work;

use std::{io, sync::Arc, thread};

use tokio::{runtime, sync::oneshot, task, time::Instant};

use crate::mock::hub::Hub;

#[cfg(test)]
pub(super) use lane::PER_LANE;
pub(super) use work::AGENT;

/// The work of one mock. Dropping it ends it at once.
#[derive(Debug)]
pub(super) struct Engine {
    stop: oneshot::Sender<Instant>,
    thread: thread::JoinHandle<()>,
}

impl Engine {
    /// Starts working.
    pub(super) fn start(hub: Arc<Hub>) -> io::Result<Self> {
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let (stop, stopped) = oneshot::channel();
        let work = work::Work::new(hub.clone());
        let thread = thread::Builder::new()
            .name("mock-engine".to_owned())
            .spawn(move || {
                runtime.block_on(async {
                    let life = tokio::spawn(life::run(hub));
                    work.run(stopped).await;
                    life.abort();
                });
                // A look-up of a name may hang, and nobody waits for it any more.
                runtime.shutdown_background();
            })?;
        Ok(Self { stop, thread })
    }

    /// Begins no further attempt, and gives those that run until `deadline`.
    pub(super) async fn stop(self, deadline: Instant) {
        // It ends by itself in no other way than by a panic, and then there is nothing to stop.
        let _ = self.stop.send(deadline);
        let _ = task::spawn_blocking(|| self.thread.join()).await;
    }
}
