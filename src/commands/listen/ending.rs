//! The end: what has arrived is still answered, and what is being done is done.

use std::time::Duration;

use tokio::time::Instant;

use super::taking::{Serving, Taking, until};
use crate::{commands::signals::Signals, receiver::act::Acts};

/// How long calls that have arrived may take to be answered, after a signal and once nothing is being
/// done with a delivery any more.
const DRAIN: Duration = Duration::from_secs(2);
/// How long what was stopped may take to end.
const STOP: Duration = Duration::from_secs(3);
/// The server doesn't end by itself before that.
const LONG: Duration = Duration::from_secs(86_400);

impl Taking {
    /// Answers what has arrived. A signal, now or before, limits how long that takes.
    pub(super) async fn drain(
        &mut self,
        serving: Serving,
        signals: &mut Signals,
        mut is_stopped: bool,
    ) {
        let Serving {
            server,
            mut calls,
            ending,
        } = serving;
        // Nothing is left that waits for it if this fails.
        let _ = ending.send(true);
        let mut stopping = std::pin::pin!(server.stop(LONG));
        let mut is_served = false;
        let mut is_forced = false;
        let soon = || Some(Instant::now() + DRAIN);
        let mut limit = (is_stopped || self.is_idle()).then(soon).flatten();
        while !(is_served && self.is_idle()) {
            tokio::select! {
                biased;
                _ = signals.recv() => {
                    if is_stopped {
                        self.stop_acts();
                    }
                    is_stopped = true;
                    limit = soon();
                }
                () = &mut stopping, if !is_served => is_served = true,
                Some(call) = calls.recv() => {
                    self.take(call, false);
                }
                () = ended(self), if !self.is_idle() => {
                    if limit.is_none() && self.is_idle() {
                        limit = soon();
                    }
                }
                () = until(limit) => {
                    if self.is_idle() || is_forced {
                        return;
                    }
                    self.stop_acts();
                    is_forced = true;
                    limit = Some(Instant::now() + STOP);
                }
            }
        }
    }

    fn is_idle(&self) -> bool {
        self.acts.as_ref().is_none_or(Acts::is_empty)
    }

    fn stop_acts(&self) {
        if let Some(acts) = &self.acts {
            acts.stop();
        }
    }
}

/// Waits until something that is being done is done.
async fn ended(taking: &mut Taking) {
    if let Some(acts) = &mut taking.acts {
        acts.ended().await;
    }
}
