//! Requests that get on when their time has come, and the past that is let go.

use std::{sync::Arc, sync::atomic::Ordering, time::Duration};

use tokio::time::{self, Instant};

use crate::mock::{
    clock,
    hub::Hub,
    store::{
        Result,
        events::Fired,
        life,
        retention::{self, Pruned},
    },
};

/// How often the past is looked at.
const PRUNE: Duration = Duration::from_secs(1);

/// The longest that nothing is looked at, should a word of something new be lost.
const LOOK: Duration = Duration::from_secs(1);

/// Until it is dropped. What fails is tried again at the next look.
pub(super) async fn run(hub: Arc<Hub>) {
    let (mut pruned, mut unsettled) = (Instant::now(), false);
    loop {
        let mut wait = LOOK;
        if hub.leads.load(Ordering::Relaxed) {
            wait = match advance(&hub).await {
                Ok(wait) => wait.min(LOOK),
                Err(_) => LOOK,
            };
            if pruned.elapsed() >= PRUNE {
                let now = clock::now();
                let write = move |c: &_| retention::prune(c, now, unsettled);
                match hub.store.write(write).await {
                    // Other writes have come in between; at once again.
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

/// Brings on what is due, and returns when the next will be.
async fn advance(hub: &Hub) -> Result<Duration> {
    loop {
        let now = clock::now();
        match hub.store.read(life::next_due)? {
            None => return Ok(Duration::MAX),
            Some(due) if due > now => {
                return Ok(Duration::from_micros((due - now).unsigned_abs()));
            }
            Some(_) => {}
        }
        let write = move |c: &_| {
            let mut fired = Fired::default();
            life::advance(c, clock::now(), &mut fired).map(|()| fired)
        };
        let fired = hub.store.write(write).await?;
        hub.fired(&fired);
        hub.ended.notify_waiters();
    }
}
