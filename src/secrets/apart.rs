//! What may block for long, run on a plain thread and awaited. Not the runtime's own pool: that
//! one is waited for at shutdown, and a thread that hangs must not hold up the end of the process.

use std::thread;

use tokio::sync::oneshot;

/// The thread ended without an answer, or could not be started.
#[derive(Debug)]
pub(super) struct Lost;

/// Runs `job` on a thread of its own. When the future is dropped the job goes on by itself.
pub(super) async fn apart<T, F>(job: F) -> Result<T, Lost>
where
    T: Send + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    let (answer, answered) = oneshot::channel();
    let thread = thread::Builder::new().name("secrets".to_owned());
    let run = move || {
        // Nobody listens any more: the deadline has passed.
        let _ = answer.send(job());
    };
    thread.spawn(run).map_err(|_| Lost)?;
    answered.await.map_err(|_| Lost)
}
