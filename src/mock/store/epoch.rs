//! Tells who keeps in memory what stands in the database that it may not hold any more.

use rusqlite::{Connection, OptionalExtension};

use crate::mock::store::error::Result;

/// A number that changes when something that was read before may be gone or off.
pub(in crate::mock) fn read(c: &Connection) -> Result<i64> {
    let sql = "SELECT CAST(value AS INTEGER) FROM identity WHERE key = 'epoch'";
    let value = c.prepare_cached(sql)?.query_row([], |row| row.get(0));
    Ok(value.optional()?.unwrap_or_default())
}

/// Begins the next one.
pub(super) fn turn(c: &Connection) -> Result<()> {
    let sql = "INSERT INTO identity (key, value) VALUES ('epoch', '1') \
               ON CONFLICT DO UPDATE SET value = CAST(value AS INTEGER) + 1";
    c.prepare_cached(sql)?.execute([])?;
    Ok(())
}
