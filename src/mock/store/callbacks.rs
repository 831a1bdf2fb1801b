//! How to call: where, with which headers, how patiently. Rows are never changed, so what has been
//! read of one holds for good.

use rusqlite::{Connection, OptionalExtension};
use sha2::{Digest, Sha256};

use crate::{
    mock::store::error::{Error, Result},
    model::{secret::Secret, timeout::Timeout, url::CallbackUrl},
};

/// One way to call.
#[derive(Debug)]
pub(in crate::mock) struct Callback {
    pub(in crate::mock) url: CallbackUrl,
    pub(in crate::mock) headers: Vec<(String, Secret)>,
    pub(in crate::mock) timeout: Timeout,
    /// How many calls are made at most.
    pub(in crate::mock) tries: u8,
}

/// A callback by its number, and the lane that it shares with all of its origin.
#[derive(Debug, Clone, Copy)]
pub(in crate::mock) struct Known {
    pub(in crate::mock) seq: i64,
    pub(in crate::mock) lane: i64,
}

impl Callback {
    /// From its columns; one try.
    pub(super) fn read(url: String, headers: &str, timeout: u16) -> Result<Self> {
        Ok(Self {
            url: CallbackUrl::try_from(url)?,
            headers: serde_json::from_str(headers).map_err(|_| Error::broken())?,
            timeout: Timeout::try_from(timeout)?,
            tries: 1,
        })
    }

    /// A number for its origin. Two origins that happen to have the same share their limits, and
    /// nothing else.
    fn lane(&self) -> i64 {
        let digest = Sha256::digest(self.url.origin().as_str());
        let (head, _) = digest.split_at(8);
        i64::from_be_bytes(head.try_into().expect("eight bytes")) & i64::MAX
    }
}

/// Adds a callback.
pub(in crate::mock) fn create(c: &Connection, callback: &Callback) -> Result<Known> {
    let headers: Vec<(&str, &str)> = callback
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.expose()))
        .collect();
    let headers = serde_json::to_string(&headers).expect("pairs of text serialise");
    let lane = callback.lane();
    let sql = "INSERT INTO callbacks (lane, url, headers, timeout, tries) \
               VALUES (?1, ?2, ?3, ?4, ?5)";
    let seq = c.prepare_cached(sql)?.insert((
        lane,
        callback.url.as_str(),
        headers,
        callback.timeout.seconds(),
        callback.tries,
    ))?;
    Ok(Known { seq, lane })
}

/// One callback; nothing where it is gone.
pub(in crate::mock) fn find(c: &Connection, seq: i64) -> Result<Option<Callback>> {
    let sql = "SELECT url, headers, timeout, tries FROM callbacks WHERE seq = ?1";
    let row = c
        .prepare_cached(sql)?
        .query_row([seq], |row| {
            let headers: String = row.get(1)?;
            Ok((row.get(0)?, headers, row.get(2)?, row.get(3)?))
        })
        .optional()?;
    let Some((url, headers, timeout, tries)) = row else {
        return Ok(None);
    };
    let callback = Callback::read(url, &headers, timeout)?;
    Ok(Some(Callback { tries, ..callback }))
}

/// Removes those that no webhook has, where nothing waits for their origin. Their headers hold
/// secrets.
pub(in crate::mock) fn forget(c: &Connection) -> Result<()> {
    let sql = "DELETE FROM callbacks WHERE seq NOT IN (SELECT callback FROM webhooks) \
               AND NOT EXISTS (SELECT 1 FROM deliveries WHERE deliveries.lane = callbacks.lane)";
    c.prepare_cached(sql)?.execute([])?;
    Ok(())
}
