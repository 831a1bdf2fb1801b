//! Background work: due deliveries are sent, requests proceed, old rows are deleted. It has a
//! thread and a runtime of its own, so that calls to the mock and deliveries don't wait for each
//! other.
//!
//! Of all mocks on a database, only the one that holds the lock does this work. An attempt whose
//! outcome was not recorded counts as not made, so the next holder of the lock repeats it: at least
//! once.

mod attempts;
mod clocks;
mod lane;
mod lanes;
mod lead;
mod life;
mod limits;
mod newcomers;
mod opening;
mod order;
mod pauses;
mod work;

use std::{io, sync::Arc, thread};

use tokio::{runtime, sync::oneshot, task, time::Instant};

use crate::mock::hub::Hub;

#[cfg(test)]
pub(super) use opening::PER_LANE;
pub(super) use work::AGENT;

/// The background work of one mock. Dropping it stops it at once.
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
                // A name look-up may hang, and its result is no longer needed.
                runtime.shutdown_background();
            })?;
        Ok(Self { stop, thread })
    }

    /// Starts no further attempt, and waits for running ones until `deadline`.
    pub(super) async fn stop(self, deadline: Instant) {
        // If its thread has panicked, there is nothing to stop.
        let _ = self.stop.send(deadline);
        let _ = task::spawn_blocking(|| self.thread.join()).await;
    }
}
