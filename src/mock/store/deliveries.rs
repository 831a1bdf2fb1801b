//! Deliveries: one event on its way to one callback. Here only until it got through or was given
//! up; what came of each attempt stands in `attempts`.

use rusqlite::{Connection, OptionalExtension, Row};

use crate::mock::store::{callbacks::Known, error::Result};

/// A delivery to be made.
#[derive(Debug)]
pub(in crate::mock) struct NewDelivery<'a> {
    pub(in crate::mock) callback: Known,
    /// The webhook's name; none for a test run.
    pub(in crate::mock) webhook: Option<&'a str>,
    pub(in crate::mock) event: &'a str,
    pub(in crate::mock) request: &'a str,
    pub(in crate::mock) run: Option<i64>,
    /// What every attempt sends.
    pub(in crate::mock) body: &'a [u8],
}

/// A delivery that waits for its attempt.
#[derive(Debug)]
pub(in crate::mock) struct Due {
    pub(in crate::mock) seq: i64,
    pub(in crate::mock) callback: i64,
    /// Attempts whose outcome is known.
    pub(in crate::mock) made: u8,
    pub(in crate::mock) body: Vec<u8>,
}

/// Adds a delivery, and returns its number.
pub(in crate::mock) fn create(c: &Connection, new: &NewDelivery<'_>) -> Result<i64> {
    let sql = "INSERT INTO deliveries (lane, callback, webhook, event, request, run, body) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    Ok(c.prepare_cached(sql)?.insert((
        new.callback.lane,
        new.callback.seq,
        new.webhook,
        new.event,
        new.request,
        new.run,
        new.body,
    ))?)
}

/// The lanes in which deliveries wait. Costs a step a lane, however many wait in each.
pub(in crate::mock) fn lanes(c: &Connection) -> Result<Vec<i64>> {
    let sql = "SELECT min(lane) FROM deliveries WHERE lane > ?1";
    let mut select = c.prepare_cached(sql)?;
    let mut lanes = Vec::new();
    let mut last = -1_i64;
    while let Some(lane) = select.query_row([last], |row| row.get::<_, Option<i64>>(0))? {
        lanes.push(lane);
        last = lane;
    }
    Ok(lanes)
}

/// The number of the last delivery that is there.
pub(in crate::mock) fn last(c: &Connection) -> Result<i64> {
    let sql = "SELECT ifnull(max(seq), 0) FROM deliveries";
    Ok(c.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
}

/// The next deliveries of a lane with a number above `after`, oldest first; where only those are
/// asked for that somebody waits for, tests and those of a run.
pub(in crate::mock) fn page(
    c: &Connection,
    lane: i64,
    after: i64,
    most: usize,
    awaited: bool,
) -> Result<Vec<Due>> {
    let sql = if awaited {
        "SELECT seq, callback, made, body FROM deliveries \
         WHERE lane = ?1 AND seq > ?2 AND (run IS NOT NULL OR webhook IS NULL) \
         ORDER BY seq LIMIT ?3"
    } else {
        "SELECT seq, callback, made, body FROM deliveries \
         WHERE lane = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3"
    };
    let mut select = c.prepare_cached(sql)?;
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let mut rows = select.query((lane, after, most))?;
    let mut due = Vec::new();
    while let Some(row) = rows.next()? {
        due.push(read(row)?);
    }
    Ok(due)
}

/// One delivery; nothing where it has its outcome, or is gone.
pub(in crate::mock) fn one(c: &Connection, seq: i64) -> Result<Option<Due>> {
    let sql = "SELECT seq, callback, made, body FROM deliveries WHERE seq = ?1";
    Ok(c.prepare_cached(sql)?.query_row([seq], read).optional()?)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Due> {
    Ok(Due {
        seq: row.get(0)?,
        callback: row.get(1)?,
        made: row.get(2)?,
        body: row.get(3)?,
    })
}

/// How many wait.
pub(in crate::mock) fn count(c: &Connection) -> Result<u64> {
    let sql = "SELECT count(*) FROM deliveries";
    let count: i64 = c.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
    Ok(count.unsigned_abs())
}

/// Whether a delivery still waits for its outcome.
pub(in crate::mock) fn is_pending(c: &Connection, seq: i64) -> Result<bool> {
    let sql = "SELECT 1 FROM deliveries WHERE seq = ?1";
    Ok(c.prepare_cached(sql)?
        .query_row([seq], |_| Ok(()))
        .optional()?
        .is_some())
}
