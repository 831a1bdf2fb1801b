//! The state of the mock in SQLite, durable when a call is answered. All that touches the
//! database is in this folder: a file per resource, each with its statements.
//!
//! Reads run on a small pool, within the call that wants them; writes go to the one writer.

pub(super) mod attempts;
pub(super) mod callbacks;
mod connection;
pub(super) mod deliveries;
pub(super) mod epoch;
mod error;
pub(super) mod events;
mod identity;
pub(super) mod life;
mod migrate;
pub(super) mod objects;
mod open;
pub(super) mod outcomes;
pub(super) mod requests;
mod reset;
pub(super) mod retention;
pub(super) mod runs;
mod schema;
pub(super) mod tests;
pub(super) mod webhooks;
mod writer;

use std::{
    path::{Path, PathBuf},
    sync::{
        Mutex, MutexGuard, PoisonError, TryLockError,
        atomic::{AtomicUsize, Ordering},
    },
};

use rusqlite::Connection;

pub(super) use crate::mock::store::{
    error::{Error, Result},
    identity::Identity,
    reset::{contents, reset},
};
use crate::mock::{self, store::writer::Writer};

/// Enough for two cores; more only share them.
const READERS: usize = 4;

/// One database, open.
#[derive(Debug)]
pub(super) struct Store {
    path: PathBuf,
    identity: Identity,
    readers: [Mutex<Option<Connection>>; READERS],
    writer: Writer,
}

impl Store {
    /// Opens the database, making it where there is none.
    pub(super) fn open(path: &Path) -> std::result::Result<Self, mock::Error> {
        let connection = open::open(path)?;
        let identity = identity::read(&connection).map_err(|error| open::failed(path, &error))?;
        let writer = Writer::start(connection).map_err(mock::Error::Thread)?;
        Ok(Self {
            path: path.to_owned(),
            identity,
            readers: Default::default(),
            writer,
        })
    }

    /// The lock of whoever delivers.
    pub(super) fn lock_path(&self) -> PathBuf {
        open::beside(&self.path, ".deliver.lock")
    }

    /// Who the mock of this database is.
    pub(super) fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Runs a read on a connection of the pool. Short enough to run within a call's task.
    pub(super) fn read<T>(&self, read: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let mut reader = self.reader();
        let connection = match &mut *reader {
            Some(connection) => connection,
            empty => empty.insert(connection::open_reader(&self.path)?),
        };
        read(connection)
    }

    /// Runs a write in a transaction that it shares with others; what it returns is durable. One
    /// that fails is undone alone.
    pub(super) async fn write<T, W>(&self, write: W) -> Result<T>
    where
        T: Send + 'static,
        W: FnOnce(&Connection) -> Result<T> + Send + 'static,
    {
        self.writer.write(write).await
    }

    /// A connection of one's own that sees what others commit.
    pub(super) fn watcher(&self) -> Result<Watcher> {
        Ok(Watcher {
            connection: connection::open_reader(&self.path)?,
            version: 0,
        })
    }

    /// Has the file and its log become as small as what they hold. Whether they are.
    pub(super) async fn settle(&self) -> bool {
        self.writer.settle().await
    }

    /// Ends the writer after what it has been given; later writes are refused. Blocks.
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
            // A read that panicked left its connection as good as it was.
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

/// Tells when the database has changed.
#[derive(Debug)]
pub(super) struct Watcher {
    connection: Connection,
    version: i64,
}

impl Watcher {
    /// Whether anyone has committed since the last time this was asked.
    pub(super) fn has_changed(&mut self) -> Result<bool> {
        let version = self
            .connection
            .prepare_cached("PRAGMA data_version")?
            .query_row([], |row| row.get(0))?;
        Ok(std::mem::replace(&mut self.version, version) != version)
    }
}
