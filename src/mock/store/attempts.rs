//! Reads recorded attempts: all, those of one webhook, those that failed, the newest.

use rusqlite::{Connection, OptionalExtension, Row};

use crate::{
    mock::{clock, store::error::Result},
    model::delivery::Attempt,
};

/// Which attempts to read.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filter {
    /// Those of this webhook.
    pub(crate) webhook: Option<String>,
    /// Those that don't count as delivered.
    pub(crate) failed: bool,
    /// Those after this position.
    pub(crate) after: i64,
    /// Recorded from this time, and before that time.
    pub(crate) start: Option<i64>,
    pub(crate) end: Option<i64>,
    /// Newest first.
    pub(crate) backward: bool,
}

/// An attempt, its position, and when it was recorded, which increases with the position.
#[derive(Debug)]
pub(crate) struct Placed {
    pub(crate) seq: i64,
    pub(crate) recorded: i64,
    pub(crate) attempt: Attempt,
}

fn placed(row: &Row<'_>) -> rusqlite::Result<Placed> {
    let millis: i64 = row.get(9)?;
    Ok(Placed {
        seq: row.get(0)?,
        recorded: row.get(10)?,
        attempt: Attempt {
            id: row.get(1)?,
            time: clock::text(row.get(2)?),
            webhook: row.get(3)?,
            event: row.get(4)?,
            request_id: row.get(5)?,
            attempt: row.get(6)?,
            status: row.get(7)?,
            error: row.get(8)?,
            duration_ms: millis.unsigned_abs(),
        },
    })
}

/// Passes the attempts that match a filter to `take`, in the order in which they were recorded,
/// until it has enough.
pub(crate) fn each(
    c: &Connection,
    filter: &Filter,
    mut take: impl FnMut(Placed) -> bool,
) -> Result<()> {
    let order = if filter.backward { "DESC" } else { "ASC" };
    let sql = format!(
        "SELECT seq, delivery, time, webhook, event, request, number, status, error, duration_ms, \
         recorded FROM attempts WHERE seq > ?1 AND (?2 IS NULL OR webhook = ?2) \
         AND (NOT ?3 OR error IS NOT NULL) AND (?4 IS NULL OR recorded >= ?4) \
         AND (?5 IS NULL OR recorded < ?5) ORDER BY seq {order}"
    );
    let mut select = c.prepare_cached(&sql)?;
    let mut rows = select.query((
        filter.after,
        &filter.webhook,
        filter.failed,
        filter.start,
        filter.end,
    ))?;
    while let Some(row) = rows.next()? {
        if !take(placed(row)?) {
            break;
        }
    }
    Ok(())
}

/// The position of the last attempt.
pub(crate) fn last(c: &Connection) -> Result<i64> {
    let sql = "SELECT ifnull(max(seq), 0) FROM attempts";
    Ok(c.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
}

/// When the last attempt was recorded.
pub(super) fn last_recorded(c: &Connection) -> Result<i64> {
    let sql = "SELECT recorded FROM attempts ORDER BY seq DESC LIMIT 1";
    let last = c.prepare_cached(sql)?.query_row([], |row| row.get(0));
    Ok(last.optional()?.unwrap_or_default())
}
