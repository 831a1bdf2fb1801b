//! Invalidates what mocks have in memory, after a reset or when a webhook was disabled or deleted.

use rusqlite::{Connection, OptionalExtension};

use crate::mock::store::error::Result;

/// A number that changes when rows that were read before may be deleted or disabled.
pub(crate) fn read(c: &Connection) -> Result<i64> {
    let sql = "SELECT CAST(value AS INTEGER) FROM identity WHERE key = 'epoch'";
    let value = c.prepare_cached(sql)?.query_row([], |row| row.get(0));
    Ok(value.optional()?.unwrap_or_default())
}

/// Begins the next epoch.
pub(super) fn turn(c: &Connection) -> Result<()> {
    let sql = "INSERT INTO identity (key, value) VALUES ('epoch', '1') \
               ON CONFLICT DO UPDATE SET value = CAST(value AS INTEGER) + 1";
    c.prepare_cached(sql)?.execute([])?;
    Ok(())
}
