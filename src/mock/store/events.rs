//! Events: each adds a delivery for every webhook that watches for it.

use rusqlite::Connection;
use serde_json::value::RawValue;

use crate::{
    mock::{
        request::Ending,
        store::{
            callbacks::CallbackRef,
            deliveries::{self, NewDelivery},
            error::{Error, Result},
            objects::Place,
            runs, webhooks,
        },
    },
    model::{
        event::{Event, Phase},
        payload::{Payload, RequestStatus},
    },
};

/// The request whose events are effects.
#[derive(Debug)]
pub(super) struct Origin<'a> {
    pub(super) place: &'a Place,
    pub(super) id: &'a str,
    pub(super) run: Option<i64>,
}

impl Origin<'_> {
    /// Fires the event of a request that starts.
    pub(super) fn starts(&self, c: &Connection, to: &mut Effects) -> Result<()> {
        self.fire(c, Phase::Started, RequestStatus::Processing, None, to)
    }

    /// Fires the events of a request that ends; its result is compact JSON.
    pub(super) fn ends(
        &self,
        c: &Connection,
        ending: Ending,
        result: Option<&str>,
        to: &mut Effects,
    ) -> Result<()> {
        for phase in ending.phases() {
            self.fire(c, *phase, ending.status(), result, to)?;
        }
        to.runs.count(self.run, |tally| tally.ended += 1);
        Ok(())
    }

    /// Adds the deliveries of one event. A webhook without a version watches the default version.
    fn fire(
        &self,
        c: &Connection,
        phase: Phase,
        status: RequestStatus,
        result: Option<&str>,
        to: &mut Effects,
    ) -> Result<()> {
        let Place { subject, default } = self.place;
        let event = Event {
            object_type: subject.object_type,
            phase,
        };
        // Two index look-ups: with an OR it would be scanned for each watched version.
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
        let mut deliver = |webhook: &str, with_result: bool, callback: CallbackRef| {
            let body = if with_result { &mut full } else { &mut bare };
            if body.is_none() {
                let result = result.filter(|_| with_result);
                let result = result.map(serde_json::from_str::<&RawValue>).transpose();
                let payload = Payload {
                    event,
                    subject,
                    request_id: self.id,
                    status,
                    result: result.map_err(|_| Error::Broken)?,
                };
                *body = Some(payload.to_bytes());
            }
            deliveries::create(
                c,
                &NewDelivery {
                    callback,
                    webhook: Some(webhook),
                    event: event.as_str(),
                    request: self.id,
                    run: self.run,
                    body: body.as_ref().expect("it was just made"),
                },
            )?;
            to.add(callback.lane, self.run);
            Ok::<_, Error>(())
        };
        let mut first: Vec<(i64, String, bool)> = Vec::new();
        while let Some(row) = rows.next()? {
            let (name, with_result) = (row.get_ref(1)?, row.get(2)?);
            let name = name.as_str().map_err(|_| Error::Broken)?;
            match (row.get(3)?, row.get(4)?) {
                (Some(seq), Some(lane)) => deliver(name, with_result, CallbackRef { seq, lane })?,
                _ => first.push((row.get(0)?, name.to_owned(), with_result)),
            }
        }
        // Only now: rows must not be modified while iterating over them.
        drop(rows);
        for (webhook, name, with_result) in first {
            deliver(&name, with_result, webhooks::connect(c, webhook)?)?;
        }
        Ok(())
    }
}

/// The effects of writes: deliveries in these lanes, and changes of runs.
#[derive(Debug, Default)]
pub(crate) struct Effects {
    pub(crate) lanes: Vec<i64>,
    pub(crate) runs: runs::Changes,
}

impl Effects {
    /// Performs writes, including the changes of runs that they cause.
    pub(crate) fn by<T>(
        c: &Connection,
        write: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<(T, Self)> {
        let mut effects = Self::default();
        let result = write(&mut effects)?;
        effects.runs.apply(c)?;
        Ok((result, effects))
    }

    fn add(&mut self, lane: i64, run: Option<i64>) {
        if !self.lanes.contains(&lane) {
            self.lanes.push(lane);
        }
        self.runs.count(run, |tally| tally.deliveries += 1);
    }
}
