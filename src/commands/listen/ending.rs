//! Waits for the end, and then until what has arrived is answered and what is being done is done.

use std::time::Duration;

use tokio::{
    sync::watch,
    time::{self, Instant},
};

use super::{
    taking::{End, Taking},
    writer::Writer,
};
use crate::{
    commands::{reader, signals::Signals},
    receiver::act::Acts,
    server::Server,
};

/// How long calls that have arrived may take to be answered, after a signal and once nothing is being
/// done with a delivery any more.
const DRAIN: Duration = Duration::from_secs(2);
/// How long what was stopped may take to end.
const STOP: Duration = Duration::from_secs(3);
/// The server doesn't end by itself before that.
const LONG: Duration = Duration::from_secs(86_400);

impl Taking {
    /// Waits for the end. With `is_useless_unread`, it has also come once nobody reads the output.
    pub(super) async fn until_end(
        &self,
        writer: &mut Writer,
        is_useless_unread: bool,
        signals: &mut Signals,
    ) -> End {
        let mut unread = std::pin::pin!(reader::gone());
        loop {
            let (end, grace) = {
                let state = self.state();
                (state.end, state.grace)
            };
            if let Some(end) = end {
                return end;
            }
            let end = tokio::select! {
                biased;
                signal = signals.recv() => End::Stopped(signal),
                () = writer.ended() => End::Unwritten,
                () = self.changed() => continue,
                () = until(grace) => End::Met,
                () = until(self.deadline()), if grace.is_none() => End::TimedOut,
                () = &mut unread, if is_useless_unread => End::Unread,
            };
            return self.end(end);
        }
    }

    /// Answers what has arrived. A signal, now or before, limits how long that takes.
    pub(super) async fn drain(
        &self,
        server: Server,
        ending: watch::Sender<bool>,
        signals: &mut Signals,
        mut is_stopped: bool,
    ) {
        // Nothing is left that waits for it if this fails.
        let _ = ending.send(true);
        let mut stopping = std::pin::pin!(server.stop(LONG));
        let mut is_served = false;
        let mut is_forced = false;
        let soon = || Some(Instant::now() + DRAIN);
        let mut limit = (is_stopped || self.is_idle()).then(soon).flatten();
        let running = self.state().acts.as_ref().map(Acts::running);
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
                () = none(running.clone()), if !self.is_idle() => {
                    if limit.is_none() {
                        limit = soon();
                    }
                }
                () = until(limit) => {
                    if self.is_idle() || is_forced {
                        break;
                    }
                    self.stop_acts();
                    is_forced = true;
                    limit = Some(Instant::now() + STOP);
                }
            }
        }
        self.close();
    }

    fn is_idle(&self) -> bool {
        let state = self.state();
        let acts = state.acts.as_ref();
        acts.is_none_or(|acts| *acts.running().borrow() == 0)
    }

    fn stop_acts(&self) {
        if let Some(acts) = &self.state().acts {
            acts.stop();
        }
    }
}

/// Waits until nothing is being done.
async fn none(running: Option<watch::Receiver<usize>>) {
    if let Some(mut running) = running {
        // Without a sender nothing is being done either.
        let _ = running.wait_for(|running| *running == 0).await;
    }
}

/// Waits until then; without a time, forever.
async fn until(then: Option<Instant>) {
    match then {
        Some(then) => time::sleep_until(then).await,
        None => std::future::pending().await,
    }
}
