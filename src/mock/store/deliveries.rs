//! Deliveries and their attempts: one event on its way to one callback, whatever it came of.

use rusqlite::{Connection, OptionalExtension};

use crate::{
    deliver::Outcome,
    mock::store::error::{Error, Result},
    model::{event::Event, origin::Origin, secret::Secret, timeout::Timeout, url::CallbackUrl},
};

/// A delivery to be made.
#[derive(Debug)]
pub(in crate::mock) struct NewDelivery {
    pub(in crate::mock) event: Event,
    pub(in crate::mock) request_id: String,
    pub(in crate::mock) call: Call,
    /// How many calls are made at most.
    pub(in crate::mock) tries: u8,
}

/// What each attempt of a delivery sends.
#[derive(Debug)]
pub(in crate::mock) struct Call {
    pub(in crate::mock) url: CallbackUrl,
    pub(in crate::mock) headers: Vec<(String, Secret)>,
    pub(in crate::mock) body: Vec<u8>,
    pub(in crate::mock) timeout: Timeout,
}

/// A delivery without its final outcome.
#[derive(Debug)]
pub(in crate::mock) struct Pending {
    pub(in crate::mock) call: Call,
    pub(in crate::mock) tries: u8,
    /// Attempts whose outcome is known.
    pub(in crate::mock) made: u8,
}

/// Where a delivery stands in the order of all, and where it goes.
#[derive(Debug)]
pub(in crate::mock) struct Due {
    pub(in crate::mock) seq: i64,
    pub(in crate::mock) origin: Origin,
}

/// Adds a delivery, and returns its number.
pub(in crate::mock) fn create(c: &Connection, new: &NewDelivery) -> Result<i64> {
    let call = &new.call;
    let headers: Vec<(&str, &str)> = call
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.expose()))
        .collect();
    let headers = serde_json::to_string(&headers).expect("pairs of text serialise");
    let sql = "INSERT INTO deliveries (event, request, url, headers, body, timeout, tries) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    Ok(c.prepare_cached(sql)?.insert((
        new.event.as_str(),
        &new.request_id,
        call.url.as_str(),
        headers,
        &call.body,
        call.timeout.seconds(),
        new.tries,
    ))?)
}

/// The pending deliveries with a number above `seq`, oldest first.
pub(in crate::mock) fn pending_after(c: &Connection, seq: i64) -> Result<Vec<Due>> {
    let sql = "SELECT seq, url FROM deliveries WHERE state = 'pending' AND seq > ?1 ORDER BY seq";
    let mut select = c.prepare_cached(sql)?;
    let mut rows = select.query([seq])?;
    let mut due = Vec::new();
    while let Some(row) = rows.next()? {
        let url: String = row.get(1)?;
        let origin = Origin::of(&url).ok_or_else(Error::broken)?;
        due.push(Due {
            seq: row.get(0)?,
            origin,
        });
    }
    Ok(due)
}

/// A delivery with all that an attempt needs; nothing where it is gone or has its outcome.
pub(in crate::mock) fn find_pending(c: &Connection, seq: i64) -> Result<Option<Pending>> {
    let sql = "SELECT url, headers, body, timeout, tries, \
                      (SELECT count(*) FROM attempts WHERE delivery = seq) \
               FROM deliveries WHERE seq = ?1 AND state = 'pending'";
    let mut select = c.prepare_cached(sql)?;
    let mut rows = select.query([seq])?;
    let Some(row) = rows.next()? else {
        return Ok(None);
    };
    let headers: String = row.get(1)?;
    let call = Call {
        url: CallbackUrl::try_from(row.get::<_, String>(0)?)?,
        headers: serde_json::from_str(&headers).map_err(|_| Error::broken())?,
        body: row.get(2)?,
        timeout: Timeout::try_from(row.get::<_, u16>(3)?)?,
    };
    Ok(Some(Pending {
        call,
        tries: row.get(4)?,
        made: row.get(5)?,
    }))
}

/// One attempt whose outcome is known.
#[derive(Debug, Clone)]
pub(in crate::mock) struct Attempt {
    pub(in crate::mock) delivery: i64,
    /// From 1.
    pub(in crate::mock) number: u8,
    /// When it began.
    pub(in crate::mock) time: String,
    pub(in crate::mock) outcome: Outcome,
    /// Whether none follows.
    pub(in crate::mock) last: bool,
}

/// Records an attempt, and with the last one the outcome of the delivery. Without effect where
/// the delivery has gone in the meantime.
pub(in crate::mock) fn record(c: &Connection, attempt: &Attempt) -> Result<()> {
    let Attempt {
        delivery,
        number,
        time,
        outcome,
        last,
    } = attempt;
    let error = outcome.error();
    let millis = u64::try_from(outcome.duration.as_millis()).unwrap_or(u64::MAX);
    let sql = "INSERT INTO attempts (delivery, number, time, status, error, duration_ms) \
               SELECT ?1, ?2, ?3, ?4, ?5, ?6 \
               WHERE EXISTS (SELECT 1 FROM deliveries WHERE seq = ?1) ON CONFLICT DO NOTHING";
    c.prepare_cached(sql)?.execute((
        delivery,
        number,
        time,
        outcome.answer.ok(),
        &error,
        i64::try_from(millis).unwrap_or(i64::MAX),
    ))?;
    if *last {
        let state = if outcome.is_success() {
            "completed"
        } else {
            "failed"
        };
        // The values of its headers have no use any more.
        let sql = "UPDATE deliveries SET state = ?2, error = ?3, headers = '[]' \
                   WHERE seq = ?1 AND state = 'pending'";
        c.prepare_cached(sql)?.execute((delivery, state, &error))?;
    }
    Ok(())
}

/// Whether a delivery still waits for its outcome.
pub(in crate::mock) fn is_pending(c: &Connection, seq: i64) -> Result<bool> {
    let sql = "SELECT 1 FROM deliveries WHERE seq = ?1 AND state = 'pending'";
    Ok(c.prepare_cached(sql)?
        .query_row([seq], |_| Ok(()))
        .optional()?
        .is_some())
}
