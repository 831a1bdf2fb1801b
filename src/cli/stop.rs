//! The end by a signal of a verb that is blocked: in a write that nobody reads, or waiting for a lock.
//! A verb listens for signals itself, and ends by them in order; a thread beside it waits for those
//! that it can't follow.

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

/// Ends the thread when it is dropped: the verb has ended.
#[derive(Debug)]
pub(super) struct Watch(
    #[expect(dead_code, reason = "its end is what is told")] oneshot::Sender<()>,
);

/// Watches over a verb that is about to run on this thread. Nothing where there can be no thread:
/// then a verb that is blocked goes on.
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

/// The signal that the verb doesn't follow; nothing where it ends.
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
