//! One connection to the database, with the settings that every one has.

use std::{
    path::{self, Path},
    time::Duration,
};

use rusqlite::{Connection, OpenFlags, config::DbConfig};

/// How long a transaction waits for one of another process.
pub(super) const BUSY: Duration = Duration::from_secs(5);

/// More than there are statements.
const STATEMENTS: usize = 64;

/// A connection that may write.
pub(super) fn open_writer(path: &Path) -> rusqlite::Result<Connection> {
    let connection = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    // FULL: what a call was answered is on the disk. Deleted values are overwritten, and none is
    // in a temporary file. A longer log writes pages back less often that change again and again.
    // It keeps its length while there is much to write, since one that grows is slow to sync.
    connection.execute_batch(
        "PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; \
         PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; \
         PRAGMA wal_autocheckpoint = 4000; PRAGMA journal_size_limit = 20971520;",
    )?;
    Ok(connection)
}

/// A connection that only reads. It is opened for writing, or it could not take part in the
/// write-ahead log where it is the first to come.
pub(super) fn open_reader(path: &Path) -> rusqlite::Result<Connection> {
    let connection = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

/// The file has been made by now, with its mode.
fn open(path: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    // The bundled SQLite takes `file:…` for a URI, which an absolute path never starts like.
    let path = path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    // A plan holds whatever is bound to its variables. Without this a statement from the cache may
    // be planned again each time, which costs more than running it.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(connection)
}
