//! The attempts recorded in a database, read without a server.

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
pub(crate) struct AttemptFilter {
    /// Only attempts of this webhook.
    pub webhook: Option<String>,
    /// Only attempts that don't count as delivered.
    pub failed: bool,
}

/// Reads the attempts recorded in a database.
#[derive(Debug)]
pub(crate) struct Attempts {
    path: PathBuf,
    store: Store,
    watcher: Watcher,
    filter: attempts::Filter,
}

impl Attempts {
    /// Opens the database.
    pub(crate) fn open(db: &Path, wanted: AttemptFilter) -> Result<Self, Error> {
        Ok(Self {
            path: db.to_owned(),
            store: Store::open(db)?,
            watcher: Watcher::default(),
            filter: attempts::Filter {
                webhook: wanted.webhook,
                failed: wanted.failed,
                ..attempts::Filter::default()
            },
        })
    }

    /// Skips all existing attempts.
    pub(crate) fn skip(&mut self) -> Result<(), Error> {
        self.filter.after = self.explained(self.store.read(attempts::last))?;
        Ok(())
    }

    /// The attempts that have not been read yet, oldest first, up to a limit.
    pub(crate) fn read(&mut self, most: usize) -> Result<Vec<Attempt>, Error> {
        let mut found = Vec::new();
        let mut last = self.filter.after;
        let read = self.store.read(|c| {
            attempts::each(c, &self.filter, |placed| {
                last = placed.seq;
                found.push(placed.attempt);
                found.len() < most
            })
        });
        self.explained(read)?;
        self.filter.after = last;
        Ok(found)
    }

    /// Waits until there may be more.
    pub(crate) async fn changed(&mut self) -> Result<(), Error> {
        loop {
            let changed = self.watcher.has_changed(&self.store);
            if self.explained(changed)? {
                return Ok(());
            }
            time::sleep(polling::DATABASE).await;
        }
    }

    fn explained<T>(&self, result: store::Result<T>) -> Result<T, Error> {
        result.map_err(|error| error.of(&self.path))
    }
}
