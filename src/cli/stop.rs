//! Ends a blocked verb after a signal, for example one that writes to a full pipe or waits for a
//! lock. Verbs handle signals themselves; this second thread handles those that a blocked verb
//! can't. A verb that ends in its own time, for example after what it has begun, is blocked if it
//! doesn't even take the next signal.

use std::{thread, time::Duration};

use tokio::{runtime, sync::oneshot, time};

use super::failure;
use crate::{
    commands::signals::{self, Signal, Signals, Stopped},
    files,
    output::Output,
    terminal,
};

/// How long a verb may take to end after a signal, or to take it.
const GRACE: Duration = Duration::from_secs(1);

/// Ends the thread when it is dropped, because the verb has ended.
#[derive(Debug)]
pub(super) struct Watch(
    #[expect(dead_code, reason = "dropping it is the message")] oneshot::Sender<()>,
);

/// Watches a verb that is about to run on this thread. One with `own_signals` may end in its own
/// time after a signal, others end at once. `None` if no thread can be started: then a blocked verb
/// can't be ended.
pub(super) fn watch(output: &Output, own_signals: bool) -> Option<Watch> {
    let (ended, end) = oneshot::channel();
    let output = output.clone();
    let thread = thread::Builder::new().name("signals".to_owned());
    let watch = move || {
        if let Some(signal) = ignored(end, own_signals) {
            leave(signal, &output);
        }
    };
    thread.spawn(watch).ok()?;
    Some(Watch(ended))
}

/// The signal that the verb doesn't handle; `None` if the verb ends.
fn ignored(mut end: oneshot::Receiver<()>, own_signals: bool) -> Option<Signal> {
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .ok()?;
    runtime.block_on(async {
        let mut signals = Signals::listen().ok()?;
        let mut before = signals::taken();
        loop {
            let signal = tokio::select! {
                signal = signals.observe() => signal,
                _ = &mut end => return None,
            };
            if time::timeout(GRACE, &mut end).await.is_ok() {
                return None;
            }
            let taken = signals::taken();
            if !own_signals || taken == before {
                return Some(signal);
            }
            // Several within the time are answered together.
            before = taken;
            signals.discard().await;
        }
    })
}

#[expect(
    clippy::exit,
    clippy::disallowed_methods,
    reason = "the main thread is blocked for good, and can't return the code"
)]
fn leave(signal: Signal, output: &Output) {
    let report = failure::report(&Stopped(signal).into());
    terminal::restore();
    output.error(&report);
    files::finish();
    std::process::exit(report.exit.into())
}
