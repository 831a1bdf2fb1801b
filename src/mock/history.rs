//! The attempts that a database knows, read without a server.

use std::path::{Path, PathBuf};

use tokio::time;

use crate::{
    mock::{
        error::Error,
        polling,
        store::{self, Store, Watcher, attempts},
    },
    model::delivery::Attempt,
};

/// Which attempts to read.
#[derive(Debug, Clone, Default)]
pub struct AttemptFilter {
    /// Those of this webhook.
    pub webhook: Option<String>,
    /// Those that don't count as delivered.
    pub failed: bool,
}

/// The attempts that a database knows.
#[derive(Debug)]
pub struct Attempts {
    path: PathBuf,
    store: Store,
    watcher: Option<Watcher>,
    filter: attempts::Filter,
}

impl Attempts {
    /// Opens the database.
    pub fn open(db: &Path, wanted: AttemptFilter) -> Result<Self, Error> {
        Ok(Self {
            path: db.to_owned(),
            store: Store::open(db)?,
            watcher: None,
            filter: attempts::Filter {
                webhook: wanted.webhook,
                failed: wanted.failed,
                ..attempts::Filter::default()
            },
        })
    }

    /// Passes over all that are there.
    pub fn skip(&mut self) -> Result<(), Error> {
        self.filter.after = self.told(self.store.read(attempts::last))?;
        Ok(())
    }

    /// Those that have not been read yet, oldest first, at most so many.
    pub fn read(&mut self, most: usize) -> Result<Vec<Attempt>, Error> {
        let mut found = Vec::new();
        let mut last = self.filter.after;
        let read = self.store.read(|c| {
            attempts::each(c, &self.filter, |placed| {
                last = placed.seq;
                found.push(placed.attempt);
                found.len() < most
            })
        });
        self.told(read)?;
        self.filter.after = last;
        Ok(found)
    }

    /// Waits until there may be more.
    pub async fn changed(&mut self) -> Result<(), Error> {
        loop {
            if self.watcher.is_none() {
                self.watcher = Some(self.told(self.store.watcher())?);
            }
            // What can't be told counts as changed.
            let changed = |watcher: &mut Watcher| watcher.has_changed().unwrap_or(true);
            if self.watcher.as_mut().is_none_or(changed) {
                return Ok(());
            }
            time::sleep(polling::DATABASE).await;
        }
    }

    fn told<T>(&self, result: store::Result<T>) -> Result<T, Error> {
        result.map_err(|error| Error::Broken(self.path.clone(), error.to_string()))
    }
}
