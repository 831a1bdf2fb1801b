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

fn empty(connection: &Connection) -> rusqlite::Result<Reset> {
    let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    let reset = Reset {
        webhooks: transaction.execute("DELETE FROM webhooks", [])?,
        tests: transaction.execute("DELETE FROM tests", [])?,
    };
    transaction.execute_batch(
        "DELETE FROM deliveries; DELETE FROM attempts; DELETE FROM requests; \
         DELETE FROM callbacks; DELETE FROM objects; DELETE FROM runs; DELETE FROM run_failures;",
    )?;
    schema::fill(&transaction)?;
    transaction.commit()?;
    Ok(reset)
}
