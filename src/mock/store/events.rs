//! Events: each adds a delivery to every webhook that watches for it.

use rusqlite::Connection;
use serde_json::value::RawValue;

use crate::{
    mock::store::{
        callbacks::Known,
        deliveries::{self, NewDelivery},
        error::{Error, Result},
        objects::Place,
        runs, webhooks,
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

/// What writes cause: deliveries in these lanes, and changes of runs.
#[derive(Debug, Default)]
pub(crate) struct Fired {
    pub(crate) lanes: Vec<i64>,
    pub(crate) runs: runs::Changes,
}

impl Fired {
    /// Makes writes, and with them the changes of runs that they cause.
    pub(crate) fn by<T>(
        c: &Connection,
        write: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<(T, Self)> {
        let mut fired = Self::default();
        let result = write(&mut fired)?;
        fired.runs.apply(c)?;
        Ok((result, fired))
    }

    fn add(&mut self, lane: i64, run: Option<i64>) {
        if !self.lanes.contains(&lane) {
            self.lanes.push(lane);
        }
        self.runs.count(run, |tally| tally.deliveries += 1);
    }
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
        to.add(callback.lane, moment.run);
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
    // Only now: rows must not change while they are read.
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
