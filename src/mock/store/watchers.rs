//! The webhooks that watch for an event, and the callbacks that its deliveries go to.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::Arc,
};

use rusqlite::{Connection, Row};

use crate::{
    mock::store::{callbacks::CallbackRef, error::Result, objects::Place, webhooks},
    model::event::{Event, Phase},
};

/// A webhook that watches for an event.
#[derive(Debug)]
pub(super) struct Watcher {
    pub(super) name: String,
    pub(super) include_result: bool,
    pub(super) callback: CallbackRef,
}

/// The watchers of the events of one write, each looked up once: no write that fires events
/// changes a webhook, and one may create hundreds of requests of the same version.
#[derive(Debug, Default)]
pub(super) struct Watchers(HashMap<(String, Phase), Arc<[Watcher]>>);

impl Watchers {
    pub(super) fn of(
        &mut self,
        c: &Connection,
        place: &Place,
        event: Event,
    ) -> Result<Arc<[Watcher]>> {
        let key = (place.subject.version_id.clone(), event.phase);
        Ok(match self.0.entry(key) {
            Entry::Occupied(known) => known.get().clone(),
            Entry::Vacant(empty) => empty.insert(find(c, place, event)?.into()).clone(),
        })
    }
}

/// A webhook without a version watches the default version.
fn find(c: &Connection, place: &Place, event: Event) -> Result<Vec<Watcher>> {
    let Place { subject, default } = place;
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
    let values = (
        subject.object_type.as_str(),
        &subject.object_name,
        event.as_str(),
        &subject.version_name,
        default,
    );
    // All rows first: they must not be modified while iterating over them.
    let found: Vec<Found> = select
        .query_map(values, row)?
        .collect::<rusqlite::Result<_>>()?;
    let watcher = |found: Found| {
        Ok(Watcher {
            callback: match found.callback {
                Some(callback) => callback,
                None => webhooks::connect(c, found.webhook)?,
            },
            name: found.name,
            include_result: found.include_result,
        })
    };
    found.into_iter().map(watcher).collect()
}

/// The same without a callback if no event has been delivered to it since its last change.
struct Found {
    webhook: i64,
    name: String,
    include_result: bool,
    callback: Option<CallbackRef>,
}

fn row(row: &Row<'_>) -> rusqlite::Result<Found> {
    let callback = Option::zip(row.get(3)?, row.get(4)?);
    Ok(Found {
        webhook: row.get(0)?,
        name: row.get(1)?,
        include_result: row.get(2)?,
        callback: callback.map(|(seq, lane)| CallbackRef { seq, lane }),
    })
}
