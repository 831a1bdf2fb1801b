//! Advances requests that are due, and deletes old rows.

use std::{sync::Arc, sync::atomic::Ordering, time::Duration};

use tokio::time::{self, Instant};

use super::clocks::{Clocks, Sample, Step};
use crate::mock::{
    hub::Hub,
    polling,
    store::{
        Result,
        events::Effects,
        life,
        retention::{self, Pruned, Times},
        steps,
    },
};

/// How often to look for old rows.
const PRUNE: Duration = Duration::from_secs(1);

/// Runs until it is dropped. Failed steps are retried next time.
pub(super) async fn run(hub: Arc<Hub>) {
    let mut life = Life::new(hub.clone());
    let (mut pruned, mut unsettled) = (Instant::now(), false);
    loop {
        let mut wait = polling::LATEST;
        // A problem is reported even if nothing is written.
        let usable = hub.store.check().is_ok();
        let now = life.check_clocks().await;
        if usable && hub.leads.load(Ordering::Relaxed) {
            wait = match now {
                Ok(()) => life
                    .advance()
                    .await
                    .map_or(polling::LATEST, |wait| wait.min(polling::LATEST)),
                Err(_) => polling::LATEST,
            };
            if pruned.elapsed() >= PRUNE {
                let times = life.times();
                let write = move |c: &_| retention::prune(c, times, unsettled);
                match hub.store.write(write).await {
                    // Continues immediately: other writes get their turn in between.
                    Ok(Pruned::Part) => (wait, unsettled) = (Duration::ZERO, true),
                    Ok(Pruned::Rest) => {
                        unsettled = !hub.store.settle().await;
                        pruned = Instant::now();
                    }
                    Ok(Pruned::Nothing) | Err(_) => pruned = Instant::now(),
                }
            }
        }
        let _ = time::timeout(wait, hub.due.notified()).await;
    }
}

/// The requests and the clocks.
struct Life {
    hub: Arc<Hub>,
    start: std::time::Instant,
    clocks: Clocks,
    /// Whether this mock has worked on requests since it took the lock.
    leads: bool,
    /// The newest request at the last check of the clocks.
    last: i64,
    /// The clock was set, and due times have not been moved yet.
    step: Option<Step>,
}

impl Life {
    fn new(hub: Arc<Hub>) -> Self {
        let start = std::time::Instant::now();
        Self {
            hub,
            start,
            clocks: Clocks::new(Sample::now(start)),
            leads: false,
            last: 0,
            step: None,
        }
    }

    /// Checks the clocks. If the system clock was set, due times are moved by the same amount
    /// before anything else is done.
    async fn check_clocks(&mut self) -> Result<()> {
        let store = &self.hub.store;
        let now = Sample::now(self.start);
        if let Some(step) = self.clocks.update(now) {
            self.step = Some(match self.step {
                Some(earlier) => earlier.and(step),
                None => step,
            });
        }
        if !self.hub.leads.load(Ordering::Relaxed) {
            // The mock that holds the lock does that.
            (self.leads, self.step) = (false, None);
            return Ok(());
        }
        if !self.leads {
            store.write(move |c| steps::return_to(c, now.wall)).await?;
            (self.leads, self.step) = (true, None);
        }
        if let Some(step) = self.step {
            let (shown, last) = ((step.from, now.wall), self.last);
            store
                .write(move |c| steps::follow(c, step.by, shown, last))
                .await?;
            self.step = None;
        }
        self.last = store.read(steps::last)?;
        Ok(())
    }

    /// Advances the requests that are due. Returns the time until the next one is due.
    async fn advance(&mut self) -> Result<Duration> {
        loop {
            let now = self.clocks.wall();
            let store = &self.hub.store;
            match store.read(life::next_due)? {
                None => return Ok(Duration::MAX),
                Some(due) if due > now => {
                    return Ok(Duration::from_micros((due - now).unsigned_abs()));
                }
                Some(_) => {}
            }
            let write = move |c: &_| Effects::by(c, |effects| life::advance(c, now, effects));
            let ((), effects) = store.write(write).await?;
            self.hub.queue(effects.lanes);
            self.hub.ended.notify_waiters();
            self.check_clocks().await?;
        }
    }

    fn times(&self) -> Times {
        let now = self.clocks.certainly_passed();
        Times {
            now,
            wall: self.clocks.wall(),
            ages: self.clocks.are_settled(),
        }
    }
}
