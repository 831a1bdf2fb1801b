//! Back to the start.

use std::path::Path;

use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::mock::{
    Error, Reset,
    store::{open, schema},
};

/// Empties the database and fills it as a new one is. Those who have it open go on with it.
pub(in crate::mock) fn reset(path: &Path) -> Result<Reset, Error> {
    let connection = open::open(path)?;
    empty(&connection).map_err(|error| open::failed(path, &error))
}

/// What is there to be emptied. A database that isn't there is made, as by every other look at one.
pub(in crate::mock) fn contents(path: &Path) -> Result<Reset, Error> {
    let connection = open::open(path)?;
    let count = |table: &str| -> rusqlite::Result<usize> {
        let query = format!("SELECT count(*) FROM {table}");
        let counted: i64 = connection.query_row(&query, [], |row| row.get(0))?;
        Ok(usize::try_from(counted).expect("a count is no debt"))
    };
    let counted = || -> rusqlite::Result<Reset> {
        Ok(Reset {
            webhooks: count("webhooks")?,
            tests: count("tests")?,
        })
    };
    counted().map_err(|error| open::failed(path, &error))
}

fn empty(connection: &Connection) -> rusqlite::Result<Reset> {
    let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    let reset = Reset {
        webhooks: transaction.execute("DELETE FROM webhooks", [])?,
        tests: transaction.execute("DELETE FROM tests", [])?,
    };
    transaction.execute("DELETE FROM deliveries", [])?;
    transaction.execute("DELETE FROM objects", [])?;
    schema::fill(&transaction)?;
    transaction.commit()?;
    Ok(reset)
}
