//! A connection to the database, with the settings that all connections share.

use std::{
    path::{self, Path},
    time::Duration,
};

use rusqlite::{Connection, OpenFlags, config::DbConfig};

/// How long a transaction waits for one of another process.
pub(super) const BUSY: Duration = Duration::from_secs(5);

/// More than the number of statements.
const STATEMENTS: usize = 64;

/// A connection that can write.
pub(super) fn open_writer(path: &Path) -> rusqlite::Result<Connection> {
    let connection = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    // FULL: once a call is answered, its change is on disk. Deleted values are overwritten, and
    // none is in a temporary file. With a longer log, pages that change repeatedly are written back
    // less often. The log keeps its size while there is much to write, since growing it makes syncs
    // slow.
    connection.execute_batch(
        "PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; \
         PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; \
         PRAGMA wal_autocheckpoint = 4000; PRAGMA journal_size_limit = 20971520;",
    )?;
    Ok(connection)
}

/// A connection that only reads. It is opened for writing, because otherwise it could not use the
/// write-ahead log if it is the first to open the database.
pub(super) fn open_reader(path: &Path) -> rusqlite::Result<Connection> {
    let connection = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

/// The file exists by now, with its mode.
fn open(path: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    // The bundled SQLite interprets `file:…` as a URI, but an absolute path never starts like that.
    let path = path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    // Plans must not depend on bound values. Otherwise a cached statement may be planned again each
    // time, which costs more than running it.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(connection)
}
