//! The tables, and what a new database starts with.

use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::mock::{
    rules,
    store::{identity, objects},
};

/// Marks the file as ours, for SQLite's `application_id`: "ubih".
pub(super) const APPLICATION: i64 = 0x7562_6968;

/// The version of the tables, for SQLite's `user_version`.
pub(super) const VERSION: i64 = 1;

// `answer` is what the API shows of a row, as the JSON that goes out; protected values stand
// apart. Numbers of deliveries are never used twice: who has seen all up to one has missed none,
// even across a reset.
const TABLES: &str = "
CREATE TABLE identity (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE objects (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL,
    object_type TEXT NOT NULL,
    name TEXT NOT NULL,
    default_version TEXT,
    answer TEXT NOT NULL,
    UNIQUE (object_type, name)
);

CREATE TABLE versions (
    seq INTEGER PRIMARY KEY,
    object INTEGER NOT NULL REFERENCES objects ON DELETE CASCADE,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    answer TEXT NOT NULL,
    UNIQUE (object, name)
);

CREATE TABLE webhooks (
    seq INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    object_type TEXT NOT NULL,
    event TEXT NOT NULL,
    answer TEXT NOT NULL
);

CREATE TABLE protected_values (
    webhook INTEGER NOT NULL REFERENCES webhooks ON DELETE CASCADE,
    header TEXT NOT NULL, -- in lower case
    value TEXT NOT NULL,
    PRIMARY KEY (webhook, header)
) WITHOUT ROWID;

-- One event on its way to one callback.
CREATE TABLE deliveries (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'completed', 'failed')),
    error TEXT,
    event TEXT NOT NULL,
    request TEXT NOT NULL,
    url TEXT NOT NULL,
    headers TEXT NOT NULL, -- with their values; emptied at the end
    body BLOB NOT NULL,
    timeout INTEGER NOT NULL,
    tries INTEGER NOT NULL
);
CREATE INDEX pending ON deliveries (seq) WHERE state = 'pending';

CREATE TABLE attempts (
    delivery INTEGER NOT NULL REFERENCES deliveries ON DELETE CASCADE,
    number INTEGER NOT NULL,
    time TEXT NOT NULL,
    status INTEGER,
    error TEXT,
    duration_ms INTEGER NOT NULL,
    PRIMARY KEY (delivery, number)
) WITHOUT ROWID;

CREATE TABLE tests (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    delivery INTEGER NOT NULL UNIQUE REFERENCES deliveries ON DELETE CASCADE
);
";

/// Turns an empty file into the database of a new mock.
pub(super) fn create(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "journal_mode", "wal")?;
    let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    transaction.execute_batch(TABLES)?;
    identity::create(&transaction)?;
    fill(&transaction)?;
    transaction.pragma_update(None, "application_id", APPLICATION)?;
    transaction.pragma_update(None, "user_version", VERSION)?;
    transaction.commit()
}

/// The objects that every mock starts with.
pub(super) fn fill(connection: &Connection) -> rusqlite::Result<()> {
    for (object_type, name, version) in rules::FIRST_OBJECTS {
        let object = rules::object(object_type, rules::first_object(name));
        objects::insert(connection, object_type, &object)?;
        let seq = connection.last_insert_rowid();
        let version = rules::version(object_type, name, rules::first_version(version));
        objects::insert_version(connection, seq, &version)?;
    }
    Ok(())
}
