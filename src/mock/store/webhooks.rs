//! Webhooks: the API's response is stored, protected values are stored separately.

use rusqlite::{Connection, OptionalExtension};

use crate::{
    mock::{
        apply::{self, Protected},
        store::{
            callbacks::{self, Callback, CallbackRef},
            error::{Error, Result, is_duplicate},
            objects,
        },
    },
    model::{
        event::ObjectType,
        labels::Label,
        secret::Secret,
        test_run,
        timeout::Timeout,
        webhook::{Webhook, WebhookPatch},
    },
};

const MISSING: Error = Error::Missing("Webhook");

/// The filters of a list.
#[derive(Debug, Default)]
pub(crate) struct Filter {
    pub(crate) object_type: Option<String>,
    pub(crate) event: Option<String>,
    /// Any of these.
    pub(crate) labels: Option<Vec<Label>>,
}

/// One webhook, as JSON.
pub(crate) fn find(c: &Connection, name: &str) -> Result<Vec<u8>> {
    let mut select = c.prepare_cached("SELECT answer FROM webhooks WHERE name = ?1")?;
    let mut rows = select.query([name])?;
    let row = rows.next()?.ok_or(MISSING)?;
    Ok(answer(row)?.to_owned())
}

/// A page of a list.
#[derive(Debug)]
pub(crate) struct Page {
    /// The webhooks that match the filter, oldest first: JSON, separated by commas.
    pub(crate) items: Vec<u8>,
    /// The position after which the next page begins; `None` if this is the last.
    pub(crate) next: Option<i64>,
}

/// How many webhooks are examined for a page: some hundred kilobytes of them.
const PAGE: usize = 256;

/// The webhooks after a position of the list, which begins at 0.
pub(crate) fn page(c: &Connection, filter: &Filter, after: i64) -> Result<Page> {
    let sql = "SELECT answer, seq FROM webhooks \
               WHERE seq > ?3 AND (?1 IS NULL OR object_type = ?1) AND (?2 IS NULL OR event = ?2) \
               ORDER BY seq";
    let mut select = c.prepare_cached(sql)?;
    let mut rows = select.query((&filter.object_type, &filter.event, after))?;
    let mut items = Vec::new();
    let mut left = PAGE;
    while let Some(row) = rows.next()? {
        let answer = answer(row)?;
        let fits = match &filter.labels {
            Some(labels) => has_any(&read(answer)?, labels),
            None => true,
        };
        if fits {
            if !items.is_empty() {
                items.push(b',');
            }
            items.extend_from_slice(answer);
        }
        left -= 1;
        if left == 0 {
            let next = Some(row.get(1)?);
            return Ok(Page { items, next });
        }
    }
    Ok(Page { items, next: None })
}

fn answer<'a>(row: &'a rusqlite::Row<'_>) -> Result<&'a [u8]> {
    let value = row.get_ref(0)?;
    value.as_bytes().map_err(|_| Error::Broken)
}

fn read(answer: &[u8]) -> Result<Webhook> {
    serde_json::from_slice(answer).map_err(|_| Error::Broken)
}

fn has_any(webhook: &Webhook, labels: &[Label]) -> bool {
    let has = |label: &Label| webhook.labels.get(&label.key) == Some(&label.value);
    labels.iter().any(has)
}

/// Adds a webhook; `answer` is its JSON. Its name must not be taken, and its object must exist.
pub(crate) fn create(
    c: &Connection,
    webhook: &Webhook,
    answer: &str,
    protected: &[Protected],
) -> Result<()> {
    let object_type: ObjectType = webhook.object_type.parse()?;
    let version = webhook.version.as_deref();
    objects::check(c, object_type, &webhook.object_name, version)?;
    let sql = "INSERT INTO webhooks (name, object_type, event, answer, object_name, version, \
                                     enabled, include_result) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    let inserted = c.prepare_cached(sql)?.insert((
        &webhook.name,
        object_type.as_str(),
        &webhook.event,
        answer,
        &webhook.object_name,
        version,
        webhook.enabled,
        webhook.include_result,
    ));
    let seq = inserted.map_err(|error| taken(error, &webhook.name))?;
    keep_values(c, seq, protected)
}

/// Sets the callback that a webhook's events go to.
pub(super) fn connect(c: &Connection, seq: i64) -> Result<CallbackRef> {
    let sql = "SELECT answer FROM webhooks WHERE seq = ?1";
    let answer: String = c.prepare_cached(sql)?.query_row([seq], |row| row.get(0))?;
    let known = call(c, seq, &read(answer.as_bytes())?)?;
    let sql = "UPDATE webhooks SET callback = ?2 WHERE seq = ?1";
    c.prepare_cached(sql)?.execute((seq, known.seq))?;
    Ok(known)
}

/// A webhook's number and itself.
fn row_of(c: &Connection, name: &str) -> Result<(i64, Webhook)> {
    let mut select = c.prepare_cached("SELECT seq, answer FROM webhooks WHERE name = ?1")?;
    let mut rows = select.query([name])?;
    let row = rows.next()?.ok_or(MISSING)?;
    Ok((row.get(0)?, objects::json(row, 1)?))
}

/// The callback that its events go to, as it is now.
pub(super) fn callback_of(c: &Connection, name: &str) -> Result<CallbackRef> {
    let sql = "SELECT callbacks.seq, lane FROM webhooks JOIN callbacks ON callbacks.seq = callback \
               WHERE name = ?1";
    let read = |row: &rusqlite::Row<'_>| {
        Ok(CallbackRef {
            seq: row.get(0)?,
            lane: row.get(1)?,
        })
    };
    match c.prepare_cached(sql)?.query_row([name], read).optional()? {
        Some(known) => Ok(known),
        None => connect(c, row_of(c, name)?.0),
    }
}

/// A callback for one test of a webhook as it is now, and the webhook.
pub(crate) fn test_callback(c: &Connection, name: &str) -> Result<(CallbackRef, Webhook)> {
    let (seq, webhook) = row_of(c, name)?;
    Ok((call(c, seq, &webhook)?, webhook))
}

/// Adds a callback from its current state.
fn call(c: &Connection, seq: i64, webhook: &Webhook) -> Result<CallbackRef> {
    let is_protected = |name: &str| {
        let mut protected = webhook.protected_headers();
        protected.any(|header| header.eq_ignore_ascii_case(name))
    };
    callbacks::create(c, &callback(c, seq, webhook)?, is_protected)
}

/// Its callback, with the values of its protected headers.
fn callback(c: &Connection, seq: i64, webhook: &Webhook) -> Result<Callback> {
    let mut headers = Vec::new();
    for header in &webhook.headers {
        let value = if let Some(value) = &header.value {
            value.clone()
        } else {
            let sql = "SELECT value FROM protected_values WHERE webhook = ?1 AND header = ?2";
            let name = header.key.to_ascii_lowercase();
            c.prepare_cached(sql)?
                .query_row((seq, name), |row| row.get(0))?
        };
        headers.push((header.key.clone(), Secret::unscrubbed(value)));
    }
    let seconds = u16::try_from(webhook.timeout).map_err(|_| Error::Broken)?;
    Ok(Callback {
        url: webhook.url.clone().try_into()?,
        headers,
        timeout: Timeout::try_from(seconds)?,
        tries: test_run::tries(webhook.retry),
    })
}

fn taken(error: rusqlite::Error, name: &str) -> Error {
    if is_duplicate(&error) {
        objects::exists("name", name)
    } else {
        error.into()
    }
}

fn keep_values(c: &Connection, seq: i64, protected: &[Protected]) -> Result<()> {
    let sql = "INSERT INTO protected_values (webhook, header, value) VALUES (?1, ?2, ?3) \
               ON CONFLICT (webhook, header) DO UPDATE SET value = excluded.value";
    for (header, value) in protected {
        c.prepare_cached(sql)?
            .execute((seq, header, value.expose()))?;
    }
    Ok(())
}

/// Changes a webhook, and returns its new JSON.
pub(crate) fn update(c: &Connection, name: &str, patch: WebhookPatch) -> Result<String> {
    let select = "SELECT seq, answer, callback FROM webhooks WHERE name = ?1";
    let (seq, answer, callback): (i64, String, Option<i64>) = c
        .prepare_cached(select)?
        .query_row([name], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?
        .ok_or(MISSING)?;
    let mut webhook = read(answer.as_bytes())?;
    let given = apply::update(&mut webhook, patch)?;
    let answer = serde_json::to_string(&webhook).expect("text, numbers and maps of text serialize");
    // Its next event creates a callback from its state at that time.
    let sql = "UPDATE webhooks SET name = ?2, event = ?3, answer = ?4, enabled = ?5, \
               include_result = ?6, callback = NULL WHERE seq = ?1";
    let updated = c.prepare_cached(sql)?.execute((
        seq,
        &webhook.name,
        &webhook.event,
        &answer,
        webhook.enabled,
        webhook.include_result,
    ));
    updated.map_err(|error| taken(error, &webhook.name))?;
    forget_values(c, seq, &webhook)?;
    keep_values(c, seq, &given)?;
    if let Some(callback) = callback {
        callbacks::retire(c, callback, !webhook.enabled)?;
        callbacks::forget(c)?;
    }
    Ok(answer)
}

/// Deletes the values of headers that were removed, or are no longer protected.
fn forget_values(c: &Connection, seq: i64, webhook: &Webhook) -> Result<()> {
    let mut select = c.prepare_cached("SELECT header FROM protected_values WHERE webhook = ?1")?;
    let kept = select.query_map([seq], |row| row.get::<_, String>(0))?;
    for header in kept.collect::<rusqlite::Result<Vec<_>>>()? {
        let mut protected = webhook.protected_headers();
        if !protected.any(|name| name.eq_ignore_ascii_case(&header)) {
            let sql = "DELETE FROM protected_values WHERE webhook = ?1 AND header = ?2";
            c.prepare_cached(sql)?.execute((seq, &header))?;
        }
    }
    Ok(())
}

/// Deletes a webhook and its values. Waiting deliveries to it are not sent.
pub(crate) fn delete(c: &Connection, name: &str) -> Result<()> {
    let sql = "DELETE FROM webhooks WHERE name = ?1 RETURNING callback";
    let callback = c.prepare_cached(sql)?.query_row([name], |row| row.get(0));
    if let Some(callback) = callback.optional()?.ok_or(MISSING)? {
        callbacks::retire(c, callback, true)?;
        callbacks::forget(c)?;
    }
    Ok(())
}
