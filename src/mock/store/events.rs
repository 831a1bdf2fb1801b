//! Events: each adds a delivery for every webhook that watches for it.

use std::collections::BTreeSet;

use rusqlite::Connection;
use serde_json::value::RawValue;

use crate::{
    mock::{
        request::Ending,
        store::{
            deliveries::{self, NewDelivery},
            error::{Error, Result},
            objects::Place,
            runs,
            watchers::Watchers,
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

    /// Adds the deliveries of one event.
    fn fire(
        &self,
        c: &Connection,
        phase: Phase,
        status: RequestStatus,
        result: Option<&str>,
        to: &mut Effects,
    ) -> Result<()> {
        let subject = &self.place.subject;
        let event = Event {
            object_type: subject.object_type,
            phase,
        };
        let (mut bare, mut full) = (None, None);
        for watcher in to.watchers.of(c, self.place, event)?.iter() {
            let with_result = watcher.include_result;
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
                    callback: watcher.callback,
                    webhook: Some(&watcher.name),
                    event: event.as_str(),
                    request: self.id,
                    run: self.run,
                    again: None,
                    body: body.as_ref().expect("it was just made"),
                },
            )?;
            to.add(watcher.callback.lane, self.run);
        }
        Ok(())
    }
}

/// The effects of writes: deliveries in these lanes, and changes of runs.
#[derive(Debug, Default)]
pub(crate) struct Effects {
    pub(crate) lanes: BTreeSet<i64>,
    pub(crate) runs: runs::Changes,
    watchers: Watchers,
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
        self.lanes.insert(lane);
        self.runs.count(run, |tally| tally.deliveries += 1);
    }
}
