//! Callbacks: URL, headers, timeout and attempts. Rows are never changed, so what was read from one
//! stays valid.

use rusqlite::{Connection, OptionalExtension};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    mock::store::{
        epoch,
        error::{Error, Result},
    },
    model::{
        header::HeaderName,
        received::ReceivedHeader,
        secret::{Raw, Secret},
        timeout::Timeout,
        url::CallbackUrl,
    },
};

/// One callback.
#[derive(Debug)]
pub(crate) struct Callback {
    pub(crate) url: CallbackUrl,
    pub(crate) headers: Vec<(String, Secret)>,
    pub(crate) timeout: Timeout,
    /// The maximum number of attempts.
    pub(crate) tries: u8,
}

/// What can be shown of the calls to a callback.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Shown {
    pub(crate) url: String,
    /// Those of the webhook; protected ones without their values.
    pub(crate) headers: Vec<ReceivedHeader>,
}

/// A callback by its number, and the lane that it shares with all others of its origin.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CallbackRef {
    pub(crate) seq: i64,
    pub(crate) lane: i64,
}

impl Callback {
    /// What can be shown of it, as JSON. Headers whose names speak of credentials count as protected.
    fn shown(&self, is_protected: impl Fn(&str) -> bool) -> String {
        let is_credential = |name: HeaderName| name.carries_credentials();
        let header = |(key, value): &(String, Secret)| {
            let protected = is_protected(key) || key.parse().is_ok_and(is_credential);
            ReceivedHeader {
                key: key.clone(),
                value: (!protected).then(|| value.expose().to_owned()),
                protected,
            }
        };
        let shown = Shown {
            url: self.url.as_str().to_owned(),
            headers: self.headers.iter().map(header).collect(),
        };
        serde_json::to_string(&shown).expect("text serializes")
    }

    /// A number for its origin. Two origins whose numbers collide share their limits, and nothing
    /// else.
    fn lane(&self) -> i64 {
        let digest = Sha256::digest(self.url.origin().as_str());
        let (head, _) = digest.split_at(8);
        i64::from_be_bytes(head.try_into().expect("eight bytes")) & i64::MAX
    }
}

/// Adds a callback. The values of its protected headers are never shown.
pub(crate) fn create(
    c: &Connection,
    callback: &Callback,
    is_protected: impl Fn(&str) -> bool,
) -> Result<CallbackRef> {
    let shown = callback.shown(is_protected);
    let headers: Vec<(&str, &str)> = callback
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.expose()))
        .collect();
    let headers = serde_json::to_string(&headers).expect("pairs of text serialize");
    let lane = callback.lane();
    let sql = "INSERT INTO callbacks (lane, url, headers, timeout, tries, shown) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let seq = c.prepare_cached(sql)?.insert((
        lane,
        callback.url.as_str(),
        headers,
        callback.timeout.seconds(),
        callback.tries,
        shown,
    ))?;
    Ok(CallbackRef { seq, lane })
}

/// Retires a callback that its webhook has replaced. If it is `off`, nothing is sent to it any
/// more.
pub(super) fn retire(c: &Connection, seq: i64, off: bool) -> Result<()> {
    let sql = "UPDATE callbacks SET last = (SELECT ifnull(max(seq), 0) FROM deliveries) \
               WHERE seq = ?1";
    c.prepare_cached(sql)?.execute([seq])?;
    if off {
        let sql = "UPDATE callbacks SET off = 1, headers = '[]' WHERE seq = ?1";
        c.prepare_cached(sql)?.execute([seq])?;
        epoch::turn(c)?;
    }
    Ok(())
}

/// One callback; `None` if it is off or was deleted.
pub(crate) fn find(c: &Connection, seq: i64) -> Result<Option<Callback>> {
    let sql = "SELECT url, headers, timeout, tries FROM callbacks WHERE seq = ?1 AND NOT off";
    let row = c
        .prepare_cached(sql)?
        .query_row([seq], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })
        .optional()?;
    let Some((url, headers, timeout, tries)): Option<(String, String, u16, u8)> = row else {
        return Ok(None);
    };
    let headers: Vec<(String, Raw)> = serde_json::from_str(&headers).map_err(|_| Error::Broken)?;
    let secret = |(name, value): (String, Raw)| (name, Secret::unscrubbed(value));
    Ok(Some(Callback {
        url: CallbackUrl::try_from(url)?,
        headers: headers.into_iter().map(secret).collect(),
        timeout: Timeout::try_from(timeout)?,
        tries,
    }))
}

/// Deletes retired callbacks once no delivery to them can be waiting, as their headers contain
/// secrets. Returns how many.
pub(crate) fn forget(c: &Connection) -> Result<usize> {
    let sql = "DELETE FROM callbacks WHERE last IS NOT NULL AND NOT EXISTS \
               (SELECT 1 FROM deliveries WHERE deliveries.lane = callbacks.lane \
                AND deliveries.seq <= last)";
    Ok(c.prepare_cached(sql)?.execute([])?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mock::store::{
        deliveries::{self, NewDelivery},
        open,
    };

    fn callback(c: &Connection) -> CallbackRef {
        let new = Callback {
            url: "http://127.0.0.1:9/".parse().unwrap(),
            headers: vec![("a".to_owned(), Secret::unscrubbed("s3cret"))],
            timeout: Timeout::try_from(1).unwrap(),
            tries: 1,
        };
        create(c, &new, |_| true).unwrap()
    }

    fn deliver(c: &Connection, callback: CallbackRef) -> i64 {
        let new = NewDelivery {
            callback,
            webhook: Some("w"),
            event: "e",
            request: "r",
            run: None,
            again: None,
            body: b"{}",
        };
        deliveries::create(c, &new).unwrap()
    }

    #[test]
    fn values_go_with_the_last_delivery_to_them_whatever_else_waits_for_their_origin() {
        let folder = tempfile::tempdir().unwrap();
        let c = open::open(&folder.path().join("mock.db")).unwrap();
        let (old, new) = (callback(&c), callback(&c));
        let waits = deliver(&c, old);
        retire(&c, old.seq, false).unwrap();
        deliver(&c, new);
        assert_eq!(forget(&c).unwrap(), 0);
        assert!(find(&c, old.seq).unwrap().is_some());
        c.execute("DELETE FROM deliveries WHERE seq = ?1", [waits])
            .unwrap();
        assert_eq!(forget(&c).unwrap(), 1);
        assert!(find(&c, new.seq).unwrap().is_some());
        // Those that are off are deleted immediately.
        let epoch = epoch::read(&c).unwrap();
        retire(&c, new.seq, true).unwrap();
        assert_eq!(
            (forget(&c).unwrap(), find(&c, new.seq).unwrap().is_none()),
            (0, true)
        );
        assert_ne!(epoch::read(&c).unwrap(), epoch);
        let sql = "SELECT count(*) FROM callbacks WHERE headers LIKE '%s3cret%'";
        let kept: i64 = c.query_row(sql, [], |row| row.get(0)).unwrap();
        assert_eq!(kept, 0);
        let shown: String = c
            .query_row("SELECT shown FROM callbacks LIMIT 1", [], |row| row.get(0))
            .unwrap();
        let headers = r#"[{"key":"a","value":null,"protected":true}]"#;
        let url = "http://127.0.0.1:9/";
        assert_eq!(shown, format!(r#"{{"url":"{url}","headers":{headers}}}"#));
    }
}
