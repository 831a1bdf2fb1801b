//! Runs work that may block for long on a plain thread, and awaits it. Not on the runtime's own
//! pool: shutdown waits for that, and a hanging thread must not hold up the end of the process.

use std::thread;

use tokio::sync::oneshot;

/// The thread ended without a result, or could not be started.
#[derive(Debug)]
pub(super) struct Aborted;

/// Runs `job` on a thread of its own. If the future is dropped, the job continues by itself.
pub(super) async fn apart<T, F>(job: F) -> Result<T, Aborted>
where
    T: Send + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    let (answer, answered) = oneshot::channel();
    let thread = thread::Builder::new().name("secrets".to_owned());
    let run = move || {
        // If no one is listening any more, the deadline has passed.
        let _ = answer.send(job());
    };
    thread.spawn(run).map_err(|_| Aborted)?;
    answered.await.map_err(|_| Aborted)
}
