//! Deliveries: one event to one callback. A row exists only until the delivery succeeded or was
//! given up; the outcome of each attempt is in `attempts`.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use rusqlite::{Connection, OptionalExtension, Row};

use crate::mock::store::{callbacks::CallbackRef, error::Result};

/// A delivery to make.
#[derive(Debug)]
pub(crate) struct NewDelivery<'a> {
    pub(crate) callback: CallbackRef,
    /// The webhook's name; `None` for a test run.
    pub(crate) webhook: Option<&'a str>,
    pub(crate) event: &'a str,
    pub(crate) request: &'a str,
    pub(crate) run: Option<i64>,
    /// The delivery that it repeats.
    pub(crate) again: Option<i64>,
    /// The body of every attempt.
    pub(crate) body: &'a [u8],
}

/// A delivery that waits for its next attempt.
#[derive(Debug)]
pub(crate) struct Due {
    pub(crate) seq: i64,
    pub(crate) callback: i64,
    /// The webhook's name; none for a test run.
    pub(crate) webhook: Option<String>,
    /// Attempts whose outcome is known.
    pub(crate) made: u8,
    pub(crate) of: Of,
    pub(crate) body: Vec<u8>,
}

/// The request and the event that a delivery is about, each as a number: two that happen to have the
/// same wait for each other, and nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Of {
    pub(crate) request: u64,
    pub(crate) event: u64,
}

/// Adds a delivery, and returns its number.
pub(crate) fn create(c: &Connection, new: &NewDelivery<'_>) -> Result<i64> {
    let sql = "INSERT INTO deliveries (lane, callback, webhook, event, request, run, again, body) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    Ok(c.prepare_cached(sql)?.insert((
        new.callback.lane,
        new.callback.seq,
        new.webhook,
        new.event,
        new.request,
        new.run,
        new.again,
        new.body,
    ))?)
}

/// The lanes that have waiting deliveries. Takes one step per lane, however many deliveries each
/// has.
pub(crate) fn lanes(c: &Connection) -> Result<Vec<i64>> {
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

/// The number of the last existing delivery.
pub(crate) fn last(c: &Connection) -> Result<i64> {
    let sql = "SELECT ifnull(max(seq), 0) FROM deliveries";
    Ok(c.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
}

/// The next deliveries of a lane with a number above `after`, oldest first. If `awaited`, only
/// those that a command waits for: tests, and those of a run.
pub(crate) fn page(
    c: &Connection,
    lane: i64,
    after: i64,
    most: usize,
    awaited: bool,
) -> Result<Vec<Due>> {
    let sql = if awaited {
        "SELECT seq, callback, made, body, webhook, request, event FROM deliveries \
         WHERE lane = ?1 AND seq > ?2 AND (run IS NOT NULL OR webhook IS NULL) \
         ORDER BY seq LIMIT ?3"
    } else {
        "SELECT seq, callback, made, body, webhook, request, event FROM deliveries \
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

/// One delivery; `None` if it has an outcome or was deleted.
pub(crate) fn one(c: &Connection, seq: i64) -> Result<Option<Due>> {
    let sql =
        "SELECT seq, callback, made, body, webhook, request, event FROM deliveries WHERE seq = ?1";
    Ok(c.prepare_cached(sql)?.query_row([seq], read).optional()?)
}

fn number(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

fn read(row: &Row<'_>) -> rusqlite::Result<Due> {
    Ok(Due {
        seq: row.get(0)?,
        callback: row.get(1)?,
        made: row.get(2)?,
        body: row.get(3)?,
        webhook: row.get(4)?,
        of: Of {
            request: number(row.get_ref(5)?.as_str()?),
            event: number(row.get_ref(6)?.as_str()?),
        },
    })
}

/// How many are waiting.
pub(crate) fn count(c: &Connection) -> Result<u64> {
    let sql = "SELECT count(*) FROM deliveries";
    let count: i64 = c.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
    Ok(count.unsigned_abs())
}

/// Whether a delivery has no outcome yet.
pub(crate) fn is_pending(c: &Connection, seq: i64) -> Result<bool> {
    let sql = "SELECT 1 FROM deliveries WHERE seq = ?1";
    Ok(c.prepare_cached(sql)?
        .query_row([seq], |_| Ok(()))
        .optional()?
        .is_some())
}
