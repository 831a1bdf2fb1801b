//! Runs work that may block for long on a plain thread, and awaits it. Not on the runtime's own
//! pool: shutdown waits for that, and a hanging thread must not hold up the end of the process.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
};

use tokio::sync::oneshot;

use crate::files::Lock;

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

/// The jobs of one command. A command that is interrupted leaves its last job running, and must not
/// let go of its locks before that has ended: what it writes would mix with the next command's.
#[derive(Debug, Clone, Default)]
pub(super) struct Jobs(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    running: usize,
    /// Locks to be released when none runs any more.
    locks: Vec<Lock>,
}

/// One of them, as long as it runs.
struct Job(Jobs);

impl Jobs {
    /// Runs a job on a thread of its own.
    pub(super) async fn run<T, F>(&self, job: F) -> Result<T, Aborted>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        self.state().running += 1;
        let running = Job(self.clone());
        apart(move || {
            let _running = running;
            job()
        })
        .await
    }

    /// Releases locks as soon as no job runs.
    pub(super) fn release(&self, locks: Vec<Lock>) {
        let mut state = self.state();
        if state.running > 0 {
            state.locks.extend(locks);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.running -= 1;
        if state.running == 0 {
            state.locks.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;
    use crate::files;

    #[tokio::test]
    async fn locks_are_held_until_the_last_job_has_ended() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let is_free = || files::try_lock(&path).unwrap().is_some();
        let jobs = Jobs::default();
        jobs.release(vec![files::try_lock(&path).unwrap().unwrap()]);
        assert!(is_free());
        let (end, ended) = mpsc::channel::<()>();
        let (done, is_done) = mpsc::channel();
        let job = jobs.run(move || {
            let _ = ended.recv();
            done
        });
        tokio::select! {
            biased;
            _ = job => panic!("it waits"),
            () = tokio::task::yield_now() => {}
        }
        // The command was given up.
        jobs.release(vec![files::try_lock(&path).unwrap().unwrap()]);
        assert!(!is_free());
        drop(end);
        // Its answer is dropped after the job has ended.
        let _ = is_done.recv() as Result<(), _>;
        while !is_free() {
            tokio::task::yield_now().await;
        }
    }
}
