//! Whether the mock can store and deliver. While it can't, calls that write are refused, and a
//! warning is printed once.

use std::{
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tokio::sync::watch;

use crate::mock::store::error::{Error, Result};

/// A recurring problem is not reported again within this time.
const REPEAT_AFTER: Duration = Duration::from_secs(60);

/// The state of one mock.
#[derive(Debug)]
pub(super) struct Health {
    now: Mutex<Problem>,
    warning: watch::Sender<Option<String>>,
}

#[derive(Debug, Default)]
struct Problem {
    /// Why nothing can be written.
    writing: Option<String>,
    /// Why nothing is delivered.
    delivering: Option<String>,
    /// The problem that was last reported.
    last: Option<(String, Instant)>,
}

/// The problems that prevent a mock from working, for the command that runs it.
#[derive(Debug)]
pub struct Warnings(watch::Receiver<Option<String>>);

impl Warnings {
    /// Waits for the next problem.
    pub async fn next(&mut self) -> String {
        loop {
            if self.0.changed().await.is_err() {
                // The mock has ended.
                std::future::pending::<()>().await;
            }
            if let Some(warning) = self.0.borrow_and_update().clone() {
                return warning;
            }
        }
    }

    /// The last problem, unless it was returned before.
    pub fn take(&mut self) -> Option<String> {
        let last = self.0.borrow_and_update();
        if last.has_changed() {
            last.clone()
        } else {
            None
        }
    }
}

impl Health {
    pub(super) fn new() -> Self {
        Self {
            now: Mutex::default(),
            warning: watch::Sender::new(None),
        }
    }

    /// Watches from the start.
    pub(super) fn warnings(&self) -> Warnings {
        let mut warnings = self.warning.subscribe();
        warnings.mark_changed();
        Warnings(warnings)
    }

    /// Fails while nothing is delivered.
    pub(super) fn check(&self) -> Result<()> {
        match &self.now().delivering {
            Some(why) => Err(Error::Unusable(why.clone())),
            None => Ok(()),
        }
    }

    /// Whether the last write failed, or would have.
    pub(super) fn is_unwritable(&self) -> bool {
        self.now().writing.is_some()
    }

    /// Records why nothing can be written, or that a write succeeded.
    pub(super) fn note_writing(&self, why: Option<String>) {
        let mut now = self.now();
        if let Some(why) = why.as_ref().filter(|_| now.writing.is_none()) {
            self.warn(&mut now, why);
        }
        now.writing = why;
    }

    /// Records why nothing can be delivered, or that deliveries are possible.
    pub(super) fn note_delivering(&self, why: Option<String>) {
        let mut now = self.now();
        if let Some(why) = why.as_ref().filter(|_| now.delivering.is_none()) {
            self.warn(&mut now, why);
        }
        now.delivering = why;
    }

    fn warn(&self, now: &mut Problem, why: &str) {
        let is_new = now
            .last
            .as_ref()
            .is_none_or(|(last, at)| *last != why || at.elapsed() >= REPEAT_AFTER);
        if is_new {
            now.last = Some((why.to_owned(), Instant::now()));
            self.warning.send_replace(Some(format!(
                "{why}; until this is fixed, calls that change something get a 503"
            )));
        }
    }

    fn now(&self) -> MutexGuard<'_, Problem> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The message for when a file of the database was removed or replaced.
pub(super) fn lost(path: &Path) -> String {
    format!(
        "{} was removed or replaced while the mock was using it, so new data would be lost: restore \
         it, or restart the mock",
        path.display()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_is_reported_once_and_refuses_writes_until_it_is_fixed() {
        let health = Health::new();
        let mut warnings = health.warnings();
        assert_eq!(warnings.take(), None);
        for _ in 0..3 {
            health.note_delivering(Some("no lock".to_owned()));
            assert!(matches!(health.check(), Err(Error::Unusable(why)) if why == "no lock"));
        }
        assert!(warnings.take().unwrap().starts_with("no lock; "));
        assert_eq!(warnings.take(), None);
        health.note_delivering(None);
        assert!(health.check().is_ok());
        // A recurring problem is not reported each time.
        health.note_delivering(Some("no lock".to_owned()));
        assert_eq!(warnings.take(), None);
        health.note_writing(Some("full".to_owned()));
        assert!(health.is_unwritable() && warnings.take().unwrap().starts_with("full; "));
        // Nor is one whose reason has changed.
        health.note_writing(Some("still full".to_owned()));
        assert_eq!(warnings.take(), None);
        // A problem that was not taken is still available at the end.
        let mut late = health.warnings();
        drop(health);
        assert!(late.take().unwrap().starts_with("full; "));
    }
}
