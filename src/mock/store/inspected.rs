//! What the inspector reads, and the deliveries that it causes.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, Row as SqlRow};

use crate::{
    mock::{
        clock,
        store::{
            callbacks::{CallbackRef, Shown},
            deliveries::{self, NewDelivery},
            error::{Error, Result},
            objects, webhooks,
        },
    },
    model::{
        event::ObjectType,
        inspection::{Detail, MockState, ObjectState, Of, RequestState, Row, Try, WebhookState},
        invalid::Invalid,
        json::Json,
        objects::Object,
        webhook::Webhook,
    },
};

/// How many webhooks, requests and objects are shown.
const WEBHOOKS: usize = 1000;
const REQUESTS: usize = 50;
const OBJECTS: usize = 1000;

/// The attempts after a place, oldest first.
pub(crate) fn rows(c: &Connection, after: i64, most: usize) -> Result<Vec<Row>> {
    // Attempts count on when a delivery is sent again. A test run has no request: what it is about is in its payload.
    let sql = "SELECT a.seq, ifnull(a.again, a.delivery), a.time, a.webhook, a.event, \
                      r.object_type, r.object_name, r.version, a.request, \
                      iif(a.again IS NULL, a.number, \
                          (SELECT count(*) FROM attempts b WHERE b.seq <= a.seq \
                           AND (b.delivery = a.again OR b.again = a.again))), \
                      a.again IS NOT NULL, \
                      NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.seq = a.delivery), \
                      a.status, a.error, a.duration_ms, \
                      iif(r.id IS NULL, CAST(a.body AS TEXT), NULL) \
               FROM attempts a LEFT JOIN requests r ON r.id = a.request \
               WHERE a.seq > ?1 ORDER BY a.seq LIMIT ?2";
    let mut select = c.prepare_cached(sql)?;
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let rows = select.query_map((after, most), row)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn row(row: &SqlRow<'_>) -> rusqlite::Result<Row> {
    let payload: Option<String> = row.get(15)?;
    let of = match payload.and_then(|text| serde_json::from_str::<Json>(&text).ok()) {
        Some(payload) => Of::payload(&payload),
        None => Of {
            object_type: row.get(5)?,
            object: row.get(6)?,
            version: row.get(7)?,
        },
    };
    Ok(Row {
        place: row.get(0)?,
        id: row.get::<_, i64>(1)?.to_string(),
        time: clock::text(row.get(2)?),
        second: row.get::<_, i64>(2)? / 1_000_000,
        webhook: row.get(3)?,
        event: row.get(4)?,
        of,
        request: row.get(8)?,
        attempt: row.get(9)?,
        again: row.get(10)?,
        last: row.get(11)?,
        status: row.get(12)?,
        error: row.get(13)?,
        duration_ms: row.get::<_, i64>(14)?.unsigned_abs(),
        ..Row::default()
    })
}

/// One delivery with its attempts; `None` if it has never been attempted, or is too old.
pub(crate) fn detail(c: &Connection, id: i64) -> Result<Option<Detail>> {
    let sql = "SELECT webhook, event, request, body, shown FROM attempts \
               WHERE delivery = ?1 OR again = ?1 ORDER BY seq DESC LIMIT 1";
    let read = |row: &SqlRow<'_>| {
        let body: Option<Vec<u8>> = row.get(3)?;
        let shown: Option<String> = row.get(4)?;
        let raw = body.and_then(|body| String::from_utf8(body).ok());
        let payload = raw
            .as_deref()
            .and_then(|text| serde_json::from_str::<Json>(text).ok());
        let shown = shown.and_then(|text| serde_json::from_str::<Shown>(&text).ok());
        let (url, headers) = shown.map(|shown| (shown.url, shown.headers)).unzip();
        Ok(Detail {
            id: id.to_string(),
            webhook: row.get(0)?,
            event: row.get(1)?,
            of: payload.as_ref().map(Of::payload).unwrap_or_default(),
            request: row.get(2)?,
            method: "POST".to_owned(),
            url,
            path: None,
            headers: headers.unwrap_or_default(),
            bytes: raw.as_ref().map_or(0, String::len) as u64,
            payload,
            raw,
            body_base64: None,
            attempts: Vec::new(),
            verified: None,
            repeat: false,
            why_not: None,
        })
    };
    let found = c.prepare_cached(sql)?.query_row([id], read).optional()?;
    let Some(mut detail) = found else {
        return Ok(None);
    };
    detail.attempts = attempts(c, id)?;
    detail.why_not = why_not(c, detail.webhook.as_deref())?;
    Ok(Some(detail))
}

fn attempts(c: &Connection, id: i64) -> Result<Vec<Try>> {
    let sql = "SELECT row_number() OVER (ORDER BY seq), again IS NOT NULL, time, status, error, \
                      duration_ms, answer \
               FROM attempts WHERE delivery = ?1 OR again = ?1 ORDER BY seq";
    let mut select = c.prepare_cached(sql)?;
    let attempts = select.query_map([id], |row| {
        let answer: Option<Vec<u8>> = row.get(6)?;
        Ok(Try {
            attempt: row.get(0)?,
            again: row.get(1)?,
            time: clock::text(row.get(2)?),
            status: row.get(3)?,
            error: row.get(4)?,
            duration_ms: row.get::<_, i64>(5)?.unsigned_abs(),
            answer: answer.map(|answer| String::from_utf8_lossy(&answer).into_owned()),
        })
    })?;
    Ok(attempts.collect::<rusqlite::Result<_>>()?)
}

/// Why deliveries of this webhook can't be sent again.
fn why_not(c: &Connection, webhook: Option<&str>) -> Result<Option<String>> {
    let Some(webhook) = webhook else {
        let why = "a test run keeps no headers: start another test instead";
        return Ok(Some(why.to_owned()));
    };
    let sql = "SELECT enabled FROM webhooks WHERE name = ?1";
    let enabled = c
        .prepare_cached(sql)?
        .query_row([webhook], |row| row.get(0));
    Ok(match enabled.optional()? {
        Some(true) => None,
        Some(false) => Some(format!("webhook `{webhook}` is disabled")),
        None => Some(format!("webhook `{webhook}` no longer exists")),
    })
}

/// Adds a delivery that repeats another one: the same payload, to the webhook as it is now.
pub(crate) fn again(c: &Connection, id: i64) -> Result<CallbackRef> {
    let sent = detail(c, id)?.ok_or(Error::Missing("Delivery"))?;
    let refused = |why| Invalid::new("delivery", format!("can't be sent again: {why}"));
    if let Some(why) = sent.why_not {
        return Err(refused(why).into());
    }
    let kept = || refused("its payload was not kept".to_owned());
    let body = sent.raw.ok_or_else(kept)?;
    let (webhook, event, request) = sent
        .webhook
        .zip(sent.event)
        .zip(sent.request)
        .map(|((webhook, event), request)| (webhook, event, request))
        .ok_or(Error::Broken)?;
    let callback = webhooks::callback_of(c, &webhook)?;
    let new = NewDelivery {
        callback,
        webhook: Some(&webhook),
        event: &event,
        request: &request,
        run: None,
        again: Some(id),
        body: body.as_bytes(),
    };
    deliveries::create(c, &new)?;
    Ok(callback)
}

/// The webhooks, requests and objects; the faults are not in the database.
pub(crate) fn state(c: &Connection) -> Result<MockState> {
    let mut state = MockState {
        webhooks: webhook_states(c)?,
        requests: request_states(c)?,
        ..MockState::default()
    };
    for object_type in [ObjectType::Pipeline, ObjectType::Deployment] {
        let takes_requests = |object: &Object| object.takes_requests();
        let objects = objects::list(c, object_type)?
            .into_iter()
            .filter(takes_requests);
        state
            .objects
            .extend(objects.take(OBJECTS).map(|object| ObjectState {
                object_type: object_type.as_str(),
                name: object.name,
            }));
    }
    Ok(state)
}

fn webhook_states(c: &Connection) -> Result<Vec<WebhookState>> {
    let mut waiting: HashMap<String, u64> = HashMap::new();
    let sql = "SELECT webhook, count(*) FROM deliveries WHERE webhook IS NOT NULL GROUP BY webhook";
    let mut select = c.prepare_cached(sql)?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        waiting.insert(row.get(0)?, row.get::<_, i64>(1)?.unsigned_abs());
    }
    let mut select = c.prepare_cached("SELECT answer FROM webhooks ORDER BY seq LIMIT ?1")?;
    let mut rows = select.query([i64::try_from(WEBHOOKS).unwrap_or(i64::MAX)])?;
    let mut webhooks = Vec::new();
    while let Some(row) = rows.next()? {
        let webhook: Webhook = objects::json(row, 0)?;
        webhooks.push(WebhookState {
            waiting: waiting.get(&webhook.name).copied().unwrap_or(0),
            name: webhook.name,
            object_type: webhook.object_type,
            object: webhook.object_name,
            version: webhook.version,
            event: webhook.event,
            url: webhook.url,
            enabled: webhook.enabled,
        });
    }
    Ok(webhooks)
}

fn request_states(c: &Connection) -> Result<Vec<RequestState>> {
    let sql = "SELECT id, object_type, object_name, version, status, created, started, ended, error \
               FROM requests ORDER BY seq DESC LIMIT ?1";
    let mut select = c.prepare_cached(sql)?;
    let requests = select.query_map([i64::try_from(REQUESTS).unwrap_or(i64::MAX)], |row| {
        let time = |column| -> rusqlite::Result<Option<String>> {
            Ok(row.get::<_, Option<i64>>(column)?.map(clock::text))
        };
        Ok(RequestState {
            id: row.get(0)?,
            object_type: row.get(1)?,
            object: row.get(2)?,
            version: row.get(3)?,
            status: row.get(4)?,
            created: clock::text(row.get(5)?),
            started: time(6)?,
            ended: time(7)?,
            error: row.get(8)?,
        })
    })?;
    Ok(requests.collect::<rusqlite::Result<_>>()?)
}
