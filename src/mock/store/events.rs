//! What a change of a request sets off: a delivery to each webhook that watches for it.

use rusqlite::Connection;
use serde_json::value::RawValue;

use crate::{
    mock::store::{
        callbacks::Known,
        deliveries::{self, NewDelivery},
        error::{Error, Result},
        objects::Place,
        webhooks,
    },
    model::{
        event::{Event, Phase},
        payload::{Payload, RequestStatus, Subject},
    },
};

/// A request at one moment of its life.
#[derive(Debug)]
pub(super) struct Moment<'a> {
    pub(super) place: &'a Place,
    pub(super) request: &'a str,
    pub(super) status: RequestStatus,
    /// As compact JSON.
    pub(super) result: Option<&'a str>,
    pub(super) run: Option<i64>,
}

/// What has been set off: how many deliveries, in which lanes.
#[derive(Debug, Default)]
pub(in crate::mock) struct Fired {
    pub(in crate::mock) deliveries: u64,
    pub(in crate::mock) lanes: Vec<i64>,
    /// Requests that ended in the same write, and deliveries of theirs: not counted yet in the
    /// run that they belong to.
    pub(in crate::mock) ended: u64,
    pub(in crate::mock) counted: u64,
}

/// Adds the deliveries of one event. A webhook without a version watches the default version.
pub(super) fn fire(
    c: &Connection,
    moment: &Moment<'_>,
    phase: Phase,
    to: &mut Fired,
) -> Result<()> {
    let Place { subject, default } = moment.place;
    let event = Event {
        object_type: subject.object_type,
        phase,
    };
    // Two looks into the index: with an OR it would be read for each version that is watched.
    let sql = "SELECT webhooks.seq, name, include_result, callback, lane \
               FROM webhooks LEFT JOIN callbacks ON callbacks.seq = callback \
               WHERE object_type = ?1 AND object_name = ?2 AND event = ?3 AND enabled \
               AND version = ?4 \
               UNION ALL \
               SELECT webhooks.seq, name, include_result, callback, lane \
               FROM webhooks LEFT JOIN callbacks ON callbacks.seq = callback \
               WHERE object_type = ?1 AND object_name = ?2 AND event = ?3 AND enabled \
               AND version IS NULL AND ?5";
    let mut select = c.prepare_cached(sql)?;
    let mut rows = select.query((
        subject.object_type.as_str(),
        &subject.object_name,
        event.as_str(),
        &subject.version_name,
        default,
    ))?;
    let (mut bare, mut full) = (None, None);
    let mut deliver = |webhook: &str, with_result: bool, callback: Known| {
        let body = if with_result { &mut full } else { &mut bare };
        if body.is_none() {
            *body = Some(body_of(moment, subject, event, with_result)?);
        }
        deliveries::create(
            c,
            &NewDelivery {
                callback,
                webhook: Some(webhook),
                event: event.as_str(),
                request: moment.request,
                run: moment.run,
                body: body.as_ref().expect("it was just made"),
            },
        )?;
        to.deliveries += 1;
        if !to.lanes.contains(&callback.lane) {
            to.lanes.push(callback.lane);
        }
        Ok::<_, Error>(())
    };
    let mut first: Vec<(i64, String, bool)> = Vec::new();
    while let Some(row) = rows.next()? {
        let (name, with_result) = (row.get_ref(1)?, row.get(2)?);
        let name = name.as_str().map_err(|_| Error::broken())?;
        match (row.get(3)?, row.get(4)?) {
            (Some(seq), Some(lane)) => deliver(name, with_result, Known { seq, lane })?,
            _ => first.push((row.get(0)?, name.to_owned(), with_result)),
        }
    }
    // After all are read: a row is not changed under who reads it.
    drop(rows);
    for (webhook, name, with_result) in first {
        deliver(&name, with_result, webhooks::connect(c, webhook)?)?;
    }
    Ok(())
}

fn body_of(
    moment: &Moment<'_>,
    subject: &Subject,
    event: Event,
    with_result: bool,
) -> Result<Vec<u8>> {
    let result = moment.result.filter(|_| with_result);
    let result = result.map(serde_json::from_str::<&RawValue>).transpose();
    let payload = Payload {
        event,
        subject,
        request_id: moment.request,
        status: moment.status,
        result: result.map_err(|_| Error::broken())?,
    };
    Ok(payload.to_bytes())
}
