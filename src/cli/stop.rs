//! The end by a signal, of a verb that is blocked too: in a read or a write that nobody ends, or
//! waiting for a lock. A verb runs on a thread of its own, and the main thread waits for it and for
//! signals alike.

use std::{io, panic, thread, time::Duration};

use tokio::{runtime, sync::oneshot, time};

use super::failure;
use crate::{commands::signals::Signals, output::report::Report, terminal};

/// How long a verb may take to end after a signal. It hears of the signal too, and ends by itself
/// unless it is blocked.
const GRACE: Duration = Duration::from_secs(1);

/// As much as the main thread has on most systems.
const STACK: usize = 8 << 20;

/// Runs a verb to its end, or until a signal.
pub(super) fn run<F>(verb: F) -> Result<u8, Report>
where
    F: FnOnce() -> Result<u8, Report> + Send + 'static,
{
    attend(verb).unwrap_or_else(|error| Err(failure::report(&error.into())))
}

fn attend<F>(verb: F) -> io::Result<Result<u8, Report>>
where
    F: FnOnce() -> Result<u8, Report> + Send + 'static,
{
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let mut signals = Signals::listen()?;
        let (end, mut ended) = oneshot::channel();
        let thread = thread::Builder::new()
            .name("verb".to_owned())
            .stack_size(STACK);
        // Nobody waits any more where it was given up.
        let verb = thread.spawn(move || drop(end.send(verb())))?;
        let ended = tokio::select! {
            ended = &mut ended => ended,
            signal = signals.recv() => {
                let Ok(ended) = time::timeout(GRACE, ended).await else {
                    terminal::restore();
                    return Ok(Err(failure::stopped(signal)));
                };
                ended
            }
        };
        match (ended, verb.join()) {
            (Ok(ended), _) => Ok(ended),
            // A defect is told by whoever guards the main thread.
            (Err(_), Err(defect)) => panic::resume_unwind(defect),
            (Err(_), Ok(())) => unreachable!("a verb says how it ended, or panics"),
        }
    })
}
