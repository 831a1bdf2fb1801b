//! The mock's state in SQLite; a change is durable before its call is answered. All database
//! access is in this folder: a file per resource, each with its statements.
//!
//! Reads run on a small pool, within the call that needs them; all writes go through one writer.

pub(super) mod attempts;
pub(super) mod belongings;
pub(super) mod callbacks;
pub(super) mod changes;
mod connection;
pub(super) mod deliveries;
pub(super) mod epoch;
mod error;
pub(super) mod events;
mod files;
mod health;
mod identity;
pub(super) mod inspected;
pub(super) mod life;
pub(super) mod objects;
mod open;
pub(super) mod outcomes;
pub(super) mod requests;
mod reset;
pub(super) mod retention;
pub(super) mod runs;
mod schema;
pub(super) mod steps;
pub(super) mod tests;
mod watchers;
pub(super) mod webhooks;
mod writer;

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, TryLockError,
        atomic::{AtomicUsize, Ordering},
    },
};

use rusqlite::Connection;

/// A connection to the database, as those name it who only pass it on.
pub(super) use rusqlite::Connection as Sql;

pub(crate) use crate::mock::store::health::Warnings;
pub use crate::mock::store::reset::reset;
pub(crate) use crate::mock::store::reset::{contents, remove};
pub use crate::mock::store::writer::GROUP;
pub(super) use crate::mock::store::{
    error::{Error, Result},
    identity::Identity,
};
use crate::{
    files::Guard,
    mock::{
        self,
        store::{
            files::Files,
            health::Health,
            writer::{Database, Writer},
        },
    },
};

/// Enough for two cores; more would only compete for them.
const READERS: usize = 4;

/// One open database.
#[derive(Debug)]
pub(super) struct Store {
    path: PathBuf,
    identity: Identity,
    readers: [Mutex<Option<Connection>>; READERS],
    writer: Writer,
    files: Arc<Files>,
    health: Arc<Health>,
}

impl Store {
    /// Opens the database, creating it if it doesn't exist.
    pub(super) fn open(path: &Path) -> std::result::Result<Self, mock::Error> {
        let connection = open::open(path)?;
        let identity = identity::read(&connection).map_err(|error| open::failed(path, &error))?;
        let files = Files::opened(path)
            .map_err(|error| mock::Error::Broken(path.to_owned(), error.to_string()))?;
        let (files, health) = (Arc::new(files), Arc::new(Health::new()));
        let writer = Writer::start(Database {
            connection,
            files: files.clone(),
            health: health.clone(),
        });
        Ok(Self {
            path: path.to_owned(),
            identity,
            readers: Default::default(),
            writer: writer.map_err(mock::Error::Thread)?,
            files,
            health,
        })
    }

    /// The lock of the mock that delivers.
    pub(super) fn lock_path(&self) -> PathBuf {
        open::beside(&self.path, ".deliver.lock")
    }

    /// Fails if the lock can't be taken by anyone.
    pub(super) fn check_lock(&self) -> std::result::Result<(), mock::Error> {
        crate::files::check(&self.lock_path(), Guard::Unreadable)?;
        Ok(())
    }

    /// Its ids and its token.
    pub(super) fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Runs a read on a connection of the pool. It must be short enough to run within a call's
    /// task.
    pub(super) fn read<T>(&self, read: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let mut reader = self.reader();
        let connection = match &mut *reader {
            Some(connection) => connection,
            empty => empty.insert(self.open_reader()?),
        };
        read(connection)
    }

    /// Runs a write in a transaction that it shares with others; when it returns, the result is
    /// durable. A write that fails is rolled back alone.
    pub(super) async fn write<T, W>(&self, write: W) -> Result<T>
    where
        T: Send + 'static,
        W: FnOnce(&Connection) -> Result<T> + Send + 'static,
    {
        self.health.check()?;
        self.writer.write(write).await
    }

    /// Another file at that path would be another database.
    fn open_reader(&self) -> Result<Connection> {
        self.check()?;
        Ok(connection::open_reader(&self.path)?)
    }

    /// Whether the database file is still the one that was opened.
    pub(super) fn check(&self) -> Result<()> {
        let lost = self.files.first_lost().map(health::lost);
        match lost {
            Some(why) => {
                self.health.note_writing(Some(why.clone()));
                Err(Error::Unusable(why))
            }
            None => Ok(()),
        }
    }

    /// Fails if there is a problem that someone has to fix.
    pub(super) fn check_use(&self) -> Result<()> {
        self.health.check()?;
        self.check()
    }

    /// Whether writes are durable, as far as is known.
    pub(super) fn is_writable(&self) -> bool {
        !self.health.is_unwritable()
    }

    /// Whether deliveries are made, by this mock or another, as far as is known.
    pub(super) fn can_deliver(&self) -> bool {
        self.health.check().is_ok()
    }

    /// Records why nothing can be delivered, or that deliveries are possible.
    pub(super) fn note_delivering(&self, why: Option<String>) {
        self.health.note_delivering(why);
    }

    /// The problems that prevent the mock from working.
    pub(super) fn warnings(&self) -> Warnings {
        self.health.warnings()
    }

    /// Shrinks the file and its log to the size of their content. Returns whether that succeeded.
    pub(super) async fn settle(&self) -> bool {
        self.writer.settle().await
    }

    /// Stops the writer after all queued writes; later ones are refused. Blocks.
    pub(super) fn close(&self) {
        self.writer.stop();
    }

    fn reader(&self) -> MutexGuard<'_, Option<Connection>> {
        thread_local! {
            static FIRST: usize = {
                static NEXT: AtomicUsize = AtomicUsize::new(0);
                NEXT.fetch_add(1, Ordering::Relaxed)
            };
        }
        let first = FIRST.with(|first| *first);
        for offset in 0..READERS {
            // A read that panicked leaves its connection intact.
            match self.readers[(first + offset) % READERS].try_lock() {
                Ok(reader) => return reader,
                Err(TryLockError::Poisoned(reader)) => return reader.into_inner(),
                Err(TryLockError::WouldBlock) => {}
            }
        }
        self.readers[first % READERS]
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Notices changes of the database, on a connection of its own.
#[derive(Debug, Default)]
pub(super) struct Watcher {
    connection: Option<Connection>,
    version: i64,
}

impl Watcher {
    /// Whether any process has committed since the last call; if that can't be read, yes.
    pub(super) fn has_changed(&mut self, store: &Store) -> Result<bool> {
        let connection = match &mut self.connection {
            Some(connection) => connection,
            empty => empty.insert(store.open_reader()?),
        };
        let read = || -> rusqlite::Result<i64> {
            let mut select = connection.prepare_cached("PRAGMA data_version")?;
            select.query_row([], |row| row.get(0))
        };
        let Ok(version) = read() else { return Ok(true) };
        Ok(std::mem::replace(&mut self.version, version) != version)
    }
}
