//! Ends a blocked verb after a signal, for example one that writes to a full pipe or waits for a
//! lock. Verbs handle signals themselves; this second thread handles those that a blocked verb
//! can't.

use std::{thread, time::Duration};

use tokio::{runtime, sync::oneshot, time};

use super::failure;
use crate::{
    commands::signals::{Signal, Signals, Stopped},
    files,
    output::Output,
    terminal,
};

/// How long a verb may take to end after a signal.
const GRACE: Duration = Duration::from_secs(1);

/// Ends the thread when it is dropped, because the verb has ended.
#[derive(Debug)]
pub(super) struct Watch(
    #[expect(dead_code, reason = "dropping it is the message")] oneshot::Sender<()>,
);

/// Watches a verb that is about to run on this thread. `None` if no thread can be started: then a
/// blocked verb can't be ended.
pub(super) fn watch(output: &Output) -> Option<Watch> {
    let (ended, end) = oneshot::channel();
    let output = output.clone();
    let thread = thread::Builder::new().name("signals".to_owned());
    let watch = move || {
        if let Some(signal) = ignored(end) {
            leave(signal, &output);
        }
    };
    thread.spawn(watch).ok()?;
    Some(Watch(ended))
}

/// The signal that the verb doesn't handle; `None` if the verb ends.
fn ignored(mut end: oneshot::Receiver<()>) -> Option<Signal> {
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .ok()?;
    runtime.block_on(async {
        let mut signals = Signals::listen().ok()?;
        let signal = tokio::select! {
            signal = signals.recv() => signal,
            _ = &mut end => return None,
        };
        time::timeout(GRACE, end).await.is_err().then_some(signal)
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
