//! What keeps the mock from keeping what it is given, or from delivering it. Each call that writes
//! is refused with it, and whoever runs the mock is told once.

use std::{
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tokio::sync::watch;

use crate::mock::store::error::{Error, Result};

/// A trouble that comes and goes is not said again before this.
const AGAIN: Duration = Duration::from_secs(60);

/// The troubles of one mock.
#[derive(Debug)]
pub(super) struct Troubles {
    now: Mutex<Now>,
    said: watch::Sender<Option<String>>,
}

#[derive(Debug, Default)]
struct Now {
    /// Why nothing can be written.
    writing: Option<String>,
    /// Why nothing is delivered.
    delivering: Option<String>,
    /// The last that was said.
    last: Option<(String, Instant)>,
}

/// Tells of each trouble once.
#[derive(Debug)]
pub struct Told(watch::Receiver<Option<String>>);

impl Told {
    /// The next trouble, as a sentence.
    pub async fn next(&mut self) -> String {
        loop {
            if self.0.changed().await.is_err() {
                // The mock has ended.
                std::future::pending::<()>().await;
            }
            if let Some(sentence) = self.0.borrow_and_update().clone() {
                return sentence;
            }
        }
    }

    /// The last trouble that was not told yet.
    pub fn take(&mut self) -> Option<String> {
        let new = self.0.has_changed().unwrap_or(false);
        new.then(|| self.0.borrow_and_update().clone()).flatten()
    }
}

impl Troubles {
    pub(super) fn new() -> Self {
        Self {
            now: Mutex::default(),
            said: watch::Sender::new(None),
        }
    }

    pub(super) fn told(&self) -> Told {
        let mut told = self.said.subscribe();
        // What was said before counts too.
        told.mark_changed();
        Told(told)
    }

    /// Refuses what would not be delivered.
    pub(super) fn check(&self) -> Result<()> {
        match &self.now().delivering {
            Some(why) => Err(Error::Unusable(why.clone())),
            None => Ok(()),
        }
    }

    /// Whether writes fail at the moment.
    pub(super) fn is_unwritable(&self) -> bool {
        self.now().writing.is_some()
    }

    /// Takes in why nothing can be written, or that something was.
    pub(super) fn note_writing(&self, why: Option<String>) {
        let mut now = self.now();
        if let Some(why) = why.as_ref().filter(|_| now.writing != why) {
            self.say(&mut now, why);
        }
        now.writing = why;
    }

    /// Takes in why nothing can be delivered, or that something can.
    pub(super) fn note_delivering(&self, why: Option<String>) {
        let mut now = self.now();
        if let Some(why) = why.as_ref().filter(|_| now.delivering != why) {
            self.say(&mut now, why);
        }
        now.delivering = why;
    }

    fn say(&self, now: &mut Now, why: &str) {
        let is_new = now
            .last
            .as_ref()
            .is_none_or(|(last, at)| *last != why || at.elapsed() >= AGAIN);
        if is_new {
            now.last = Some((why.to_owned(), Instant::now()));
            self.said.send_replace(Some(format!(
                "{why}; until that is fixed, calls that change something are answered with 503"
            )));
        }
    }

    fn now(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Of a file of the database that is another by now.
pub(super) fn lost(path: &Path) -> String {
    format!(
        "{} was removed or replaced while the mock uses it, so nothing that is written now would be \
         kept: put it back, or restart the mock",
        path.display()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trouble_is_told_once_and_refuses_for_as_long_as_it_lasts() {
        let troubles = Troubles::new();
        let mut told = troubles.told();
        assert_eq!(told.take(), None);
        for _ in 0..3 {
            troubles.note_delivering(Some("no lock".to_owned()));
            assert!(matches!(troubles.check(), Err(Error::Unusable(why)) if why == "no lock"));
        }
        assert!(told.take().unwrap().starts_with("no lock; "));
        assert_eq!(told.take(), None);
        troubles.note_delivering(None);
        assert!(troubles.check().is_ok());
        // One that comes and goes is not said each time.
        troubles.note_delivering(Some("no lock".to_owned()));
        assert_eq!(told.take(), None);
        troubles.note_writing(Some("full".to_owned()));
        assert!(troubles.is_unwritable() && told.take().unwrap().starts_with("full; "));
    }
}
