//! Reads recorded attempts: all, those of one webhook, those that failed, the newest.

use rusqlite::{Connection, OptionalExtension, Row};

use crate::{
    mock::{
        clock,
        store::{callbacks::Shown, error::Result},
    },
    model::delivery::{Attempt, Payload},
};

/// Which attempts to read.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filter {
    /// Those of this webhook.
    pub(crate) webhook: Option<String>,
    /// Those about this request.
    pub(crate) request: Option<String>,
    /// Those of these events, where it is not empty.
    pub(crate) events: Vec<&'static str>,
    /// Those that don't count as delivered.
    pub(crate) failed: bool,
    /// With what they sent.
    pub(crate) payload: bool,
    /// Those whose place is after this one.
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
    let shown: Option<String> = row.get(12)?;
    // It is our own text.
    let shown = shown.and_then(|text| serde_json::from_str::<Shown>(&text).ok());
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
            headers: shown.map(|shown| shown.headers),
            payload: row.get::<_, Option<String>>(11)?.map(Payload),
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
         recorded, iif(?6, CAST(body AS TEXT), NULL), iif(?6, shown, NULL) FROM attempts WHERE seq > ?1 AND (?2 IS NULL OR webhook = ?2) \
         AND (NOT ?3 OR error IS NOT NULL) AND (?4 IS NULL OR recorded >= ?4) \
         AND (?5 IS NULL OR recorded < ?5) AND (?7 IS NULL OR request = ?7) \
         AND (?8 = ',,' OR instr(?8, ',' || event || ',')) ORDER BY seq {order}"
    );
    let mut select = c.prepare_cached(&sql)?;
    let mut rows = select.query((
        filter.after,
        &filter.webhook,
        filter.failed,
        filter.start,
        filter.end,
        filter.payload,
        &filter.request,
        format!(",{},", filter.events.join(",")),
    ))?;
    while let Some(row) = rows.next()? {
        if !take(placed(row)?) {
            break;
        }
    }
    Ok(())
}

/// Whether a webhook is there, or was tried to be called.
pub(crate) fn knows(c: &Connection, webhook: &str) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM webhooks WHERE name = ?1) \
               OR EXISTS (SELECT 1 FROM deliveries WHERE webhook = ?1) \
               OR EXISTS (SELECT 1 FROM attempts WHERE webhook = ?1)";
    Ok(c.prepare_cached(sql)?
        .query_row([webhook], |row| row.get(0))?)
}

/// The names of the webhooks that are there.
pub(crate) fn webhooks(c: &Connection) -> Result<Vec<String>> {
    let mut select = c.prepare_cached("SELECT name FROM webhooks ORDER BY seq")?;
    let names = select.query_map([], |row| row.get(0))?;
    Ok(names.collect::<rusqlite::Result<_>>()?)
}

/// The place of the last of all.
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
