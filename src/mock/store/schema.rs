//! The tables, and the content of a new database.

use rusqlite::{Connection, Transaction, TransactionBehavior};
use serde_json::Map;

use crate::{
    mock::{
        rules,
        store::{belongings, identity, objects},
    },
    model::event::ObjectType,
};

/// Marks the file as ours, for SQLite's `application_id`: "ubih".
pub(super) const APPLICATION: i64 = 0x7562_6968;

/// The version of the tables, for SQLite's `user_version`.
pub(super) const VERSION: i64 = 4;

/// The oldest one that is brought up to date.
pub(super) const OLDEST: i64 = 2;

// `answer` is the JSON that the API shows for a row; protected values are in a separate table.
// Numbers of deliveries, requests and callbacks are never reused: a reader that has seen everything
// up to one has missed nothing, even across a reset. Times are microseconds since 1970, in UTC.
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
    object_name TEXT NOT NULL,
    version TEXT,
    event TEXT NOT NULL,
    enabled INTEGER NOT NULL,
    include_result INTEGER NOT NULL,
    callback INTEGER, -- from its first event on
    answer TEXT NOT NULL
);

CREATE TABLE protected_values (
    webhook INTEGER NOT NULL REFERENCES webhooks ON DELETE CASCADE,
    header TEXT NOT NULL, -- in lower case
    value TEXT NOT NULL,
    PRIMARY KEY (webhook, header)
) WITHOUT ROWID;
CREATE INDEX watching ON webhooks (object_type, object_name, event, version);

-- How to call: never changed, so that one that was read stays valid. A webhook gets one with its
-- first event, and another after a change; the old one goes with the last delivery to it.
CREATE TABLE callbacks (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    lane INTEGER NOT NULL, -- the same for all of one origin
    url TEXT NOT NULL,
    headers TEXT NOT NULL, -- with their values
    timeout INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    off INTEGER NOT NULL DEFAULT 0, -- its webhook was disabled or deleted: nothing is sent any more
    last INTEGER -- the last delivery that may be to it, where no webhook has it any more
);
CREATE INDEX retired ON callbacks (last) WHERE last IS NOT NULL;

-- One event on its way to one callback, until it got through or was given up.
CREATE TABLE deliveries (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    lane INTEGER NOT NULL,
    callback INTEGER NOT NULL,
    webhook TEXT, -- its name; null for a test run
    event TEXT NOT NULL,
    request TEXT NOT NULL,
    run INTEGER, -- whose doing it is, where somebody counts
    made INTEGER NOT NULL DEFAULT 0, -- attempts so far
    body BLOB NOT NULL
);
CREATE INDEX waiting ON deliveries (lane, seq);

CREATE TABLE attempts (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    delivery INTEGER NOT NULL,
    webhook TEXT,
    event TEXT NOT NULL,
    request TEXT NOT NULL,
    number INTEGER NOT NULL,
    time INTEGER NOT NULL, -- when it began
    recorded INTEGER NOT NULL, -- when that was known: later than all that were recorded before
    status INTEGER,
    error TEXT,
    duration_ms INTEGER NOT NULL
);

CREATE TABLE tests (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    delivery INTEGER UNIQUE, -- until it has its outcome
    state TEXT NOT NULL DEFAULT 'pending',
    error TEXT
);

CREATE TABLE requests (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    object_type TEXT NOT NULL,
    object_name TEXT NOT NULL,
    version TEXT NOT NULL,
    status TEXT NOT NULL,
    outcome TEXT NOT NULL, -- what it will become
    duration INTEGER NOT NULL,
    due INTEGER, -- when it goes on; null at its end
    created INTEGER NOT NULL,
    started INTEGER,
    ended INTEGER,
    timeout INTEGER,
    run INTEGER,
    data TEXT NOT NULL,
    result TEXT, -- null where it echoes the data
    error TEXT
);
CREATE INDEX requests_of ON requests (object_type, object_name, seq);
CREATE INDEX living ON requests (due) WHERE due IS NOT NULL;
CREATE INDEX over ON requests (ended) WHERE ended IS NOT NULL;

-- Requests whose results a command counts.
CREATE TABLE runs (
    run INTEGER PRIMARY KEY,
    requests INTEGER NOT NULL DEFAULT 0,
    ended INTEGER NOT NULL DEFAULT 0,
    deliveries INTEGER NOT NULL DEFAULT 0,
    delivered INTEGER NOT NULL DEFAULT 0,
    failed INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE run_failures (
    run INTEGER NOT NULL,
    webhook TEXT NOT NULL,
    error TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (run, webhook, error)
) WITHOUT ROWID;
";

// What version 3 has on top of 2. A content is a file; a body is what an attempt sent.
const THIRD: &str = "
CREATE TABLE belongings (
    seq INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    owner TEXT NOT NULL, -- the id of what it belongs to
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    answer TEXT NOT NULL,
    content BLOB,
    UNIQUE (kind, owner, name)
);
ALTER TABLE requests ADD COLUMN reason TEXT; -- why it fails, where that was said
ALTER TABLE attempts ADD COLUMN body BLOB;
";

// What version 4 has on top of 3.
const FOURTH: &str = "
ALTER TABLE callbacks ADD COLUMN shown TEXT; -- its URL and headers, without protected values
ALTER TABLE deliveries ADD COLUMN again INTEGER; -- the delivery that it repeats
ALTER TABLE attempts ADD COLUMN again INTEGER;
ALTER TABLE attempts ADD COLUMN shown TEXT; -- of its callback, which is deleted sooner
ALTER TABLE attempts ADD COLUMN answer BLOB; -- the beginning of the response, where it was wanted
";

/// Turns an empty file into the database of a new mock.
pub(super) fn create(connection: &Connection) -> rusqlite::Result<()> {
    // Must come before the first table to have an effect: deleted rows make the file smaller.
    connection.pragma_update(None, "auto_vacuum", "incremental")?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    transaction.execute_batch(TABLES)?;
    identity::create(&transaction)?;
    fill(&transaction)?;
    add_since(&transaction, OLDEST)?;
    transaction.pragma_update(None, "application_id", APPLICATION)?;
    transaction.pragma_update(None, "user_version", VERSION)?;
    transaction.commit()
}

/// Adds what the versions after this one have on top of it.
fn add_since(connection: &Connection, version: i64) -> rusqlite::Result<()> {
    if version < 3 {
        connection.execute_batch(THIRD)?;
        belongings::fill(connection)?;
    }
    connection.execute_batch(FOURTH)
}

/// Brings a database of an older version up to date, unless another process was quicker.
pub(super) fn upgrade(connection: &Connection) -> rusqlite::Result<()> {
    let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    let version: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if version < VERSION {
        add_since(&transaction, version)?;
        transaction.pragma_update(None, "user_version", VERSION)?;
    }
    transaction.commit()
}

/// The objects that every mock starts with.
fn fill(connection: &Connection) -> rusqlite::Result<()> {
    for (object_type, name, version) in rules::FIRST_OBJECTS {
        add(connection, object_type, name, &[version])?;
    }
    Ok(())
}

/// Adds an object with its versions; the first is its default version.
pub(super) fn add(
    connection: &Connection,
    object_type: ObjectType,
    name: &str,
    versions: &[&str],
) -> rusqlite::Result<()> {
    let object = rules::object(object_type, rules::first_object(name));
    objects::insert(connection, object_type, &object)?;
    let seq = connection.last_insert_rowid();
    for version in versions {
        let version = rules::version(object_type, name, rules::first_version(version), Map::new());
        objects::insert_version(connection, seq, &version)?;
    }
    Ok(())
}
