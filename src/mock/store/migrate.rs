//! Bringing a database of an earlier version up to date.

use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::mock::store::{
    callbacks::{self, Callback},
    error::Error,
    schema, webhooks,
};

type Result<T> = std::result::Result<T, Error>;

/// From version 1, whose deliveries were those of test runs alone. Those that are pending go on;
/// what is known of ended ones stays.
pub(super) fn from_first(connection: &Connection) -> rusqlite::Result<()> {
    migrate(connection).map_err(|error| match error {
        Error::Busy => rusqlite::Error::SqliteFailure(
            rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY),
            None,
        ),
        error => rusqlite::Error::ToSqlConversionFailure(error.into()),
    })
}

fn migrate(connection: &Connection) -> Result<()> {
    // Only a file that is written anew can learn to become smaller. Before all else: whoever is
    // killed in between finds a database of version 1 again.
    connection.execute_batch("PRAGMA auto_vacuum = incremental; VACUUM;")?;
    let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    transaction.execute_batch(
        "DROP INDEX pending; \
         ALTER TABLE deliveries RENAME TO old_deliveries; \
         ALTER TABLE tests RENAME TO old_tests; \
         DROP TABLE attempts;",
    )?;
    transaction.execute_batch(schema::LIVE_TABLES)?;
    move_deliveries(&transaction)?;
    transaction.execute_batch(
        "INSERT INTO tests (id, delivery, state, error) \
             SELECT id, iif(state = 'pending', delivery, NULL), state, error \
             FROM old_tests JOIN old_deliveries ON old_deliveries.seq = delivery \
             ORDER BY old_tests.seq; \
         DROP TABLE old_tests; \
         DROP TABLE old_deliveries;",
    )?;
    webhooks::index_all(&transaction)?;
    transaction.pragma_update(None, "user_version", schema::VERSION)?;
    Ok(transaction.commit()?)
}

fn move_deliveries(c: &Connection) -> Result<()> {
    let sql = "SELECT seq, event, request, url, headers, body, timeout, tries FROM old_deliveries \
               WHERE state = 'pending' ORDER BY seq";
    let mut select = c.prepare(sql)?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let callback = Callback::read(row.get(3)?, &row.get::<_, String>(4)?, row.get(6)?)?;
        let known = callbacks::create(
            c,
            &Callback {
                tries: row.get(7)?,
                ..callback
            },
        )?;
        let sql = "INSERT INTO deliveries (seq, lane, callback, event, request, body) \
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        c.prepare_cached(sql)?.execute((
            row.get::<_, i64>(0)?,
            known.lane,
            known.seq,
            row.get::<_, String>(1)?,
            row.get::<_, String>(2)?,
            row.get::<_, Vec<u8>>(5)?,
        ))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mock::store::{Store, deliveries, open};

    const FIRST: &str = include_str!("first.sql");

    #[test]
    fn a_database_of_the_first_version_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mock.db");
        crate::files::ensure(&path).unwrap();
        let old = Connection::open(&path).unwrap();
        old.execute_batch(FIRST).unwrap();
        drop(old);
        let store = Store::open(&path).unwrap();
        assert_eq!(store.identity().database, "the-database");
        let lanes = store.read(deliveries::lanes).unwrap();
        assert_eq!(lanes.len(), 1);
        let due = store
            .read(|c| deliveries::page(c, lanes[0], 0, 10, false))
            .unwrap();
        assert_eq!((due.len(), due[0].seq, &*due[0].body), (1, 2, &b"{}"[..]));
        let callback = store
            .read(|c| callbacks::find(c, due[0].callback))
            .unwrap()
            .unwrap();
        assert_eq!((callback.tries, callback.headers.len()), (3, 1));
        let connection = open::open(&path).unwrap();
        let one = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, String>(0));
        assert_eq!(
            one("SELECT group_concat(state) FROM tests").unwrap(),
            "completed,pending"
        );
        let seq = connection.query_row("SELECT seq FROM webhooks", [], |row| row.get(0));
        webhooks::connect(&connection, seq.unwrap()).unwrap();
        let url = "SELECT url FROM webhooks JOIN callbacks ON callbacks.seq = callback \
                   WHERE object_name = 'deployment-1' AND enabled AND version IS NULL \
                   AND headers LIKE '%s3cret%'";
        assert_eq!(one(url).unwrap(), "http://127.0.0.1:9/");
        let vacuum: i64 = connection
            .pragma_query_value(None, "auto_vacuum", |row| row.get(0))
            .unwrap();
        assert_eq!(vacuum, 2);
    }
}
