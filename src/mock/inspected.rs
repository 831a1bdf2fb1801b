//! A mock as the inspector sees it: what it reads, and what its buttons do.

use std::{collections::BTreeSet, path::PathBuf, sync::Arc};

use tokio::time;
use uuid::Uuid;

use crate::{
    mock::{
        error::Error,
        hub::Hub,
        polling,
        request::{Ending, Script},
        store::{
            self, Watcher,
            events::Effects,
            inspected, objects,
            requests::{self, Mode, NewRequest},
            tests, webhooks,
        },
    },
    model::{
        event::{Event, ObjectType},
        inspection::{Detail, MockState, Row},
        webhook::WebhookPatch,
    },
};

/// A running mock. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Inspected {
    db: PathBuf,
    hub: Arc<Hub>,
}

impl Inspected {
    pub(super) fn new(db: PathBuf, hub: Arc<Hub>) -> Self {
        Self { db, hub }
    }

    /// The id of the database.
    pub(crate) fn database_id(&self) -> &str {
        &self.hub.store.identity().database
    }

    /// The attempts after a place, oldest first, up to a limit.
    pub(crate) fn rows(&self, after: i64, most: usize) -> Result<Vec<Row>, Error> {
        self.explained(self.hub.store.read(|c| inspected::rows(c, after, most)))
    }

    /// One delivery; `None` if it isn't kept.
    pub(crate) fn detail(&self, id: i64) -> Result<Option<Detail>, Error> {
        self.explained(self.hub.store.read(|c| inspected::detail(c, id)))
    }

    /// What there is besides deliveries.
    pub(crate) fn state(&self) -> Result<MockState, Error> {
        let mut state = self.explained(self.hub.store.read(inspected::state))?;
        state.faults = self.hub.faults.states();
        Ok(state)
    }

    /// Notices changes of the database.
    pub(crate) fn changes(&self) -> Changes {
        Changes {
            of: self.clone(),
            watcher: Watcher::default(),
        }
    }

    /// Delivers the payload of a delivery again, to its webhook as it is now.
    pub(crate) async fn send_again(&self, id: i64) -> Result<(), Error> {
        let written = self.hub.store.write(move |c| inspected::again(c, id)).await;
        let callback = self.explained(written)?;
        self.hub.queue(BTreeSet::from([callback.lane]));
        Ok(())
    }

    /// Delivers a test event to a webhook, with its headers.
    pub(crate) async fn test(&self, webhook: String) -> Result<(), Error> {
        let write = move |c: &_| {
            let (callback, webhook) = webhooks::test_callback(c, &webhook)?;
            let object_type: ObjectType = webhook.object_type.parse()?;
            let event: Event = webhook.event.parse()?;
            let version = webhook.version.as_deref();
            let subject = objects::subject(c, object_type, &webhook.object_name, version)?;
            let id = Uuid::new_v4().to_string();
            tests::create(c, &id, callback, event, &subject, webhook.include_result)?;
            Ok(callback.lane)
        };
        let lane = self.explained(self.hub.store.write(write).await)?;
        self.hub.queue(BTreeSet::from([lane]));
        Ok(())
    }

    /// Turns a webhook on or off.
    pub(crate) async fn enable(&self, webhook: String, enabled: bool) -> Result<(), Error> {
        let patch = WebhookPatch {
            enabled: Some(enabled),
            ..WebhookPatch::default()
        };
        let write = move |c: &_| webhooks::update(c, &webhook, patch);
        self.explained(self.hub.store.write(write).await)?;
        Ok(())
    }

    /// Creates a request with this outcome, and returns its id.
    pub(crate) async fn request(
        &self,
        object_type: ObjectType,
        object: String,
        ending: Ending,
    ) -> Result<String, Error> {
        let write = move |c: &_| {
            let place = objects::place(c, object_type, &object, None)?;
            let new = NewRequest {
                script: Script {
                    ending,
                    ..Script::default()
                },
                data: "{}".to_owned(),
                timeout: None,
            };
            Effects::by(c, |effects| {
                requests::create(c, &place, &new, Mode::Direct, None, effects)
            })
        };
        let (id, effects) = self.explained(self.hub.store.write(write).await)?;
        self.hub.queue(effects.lanes);
        self.hub.due.notify_one();
        Ok(id)
    }

    /// Removes all faults.
    pub(crate) fn clear_faults(&self) {
        self.hub.faults.remove_all();
    }

    fn explained<T>(&self, result: store::Result<T>) -> Result<T, Error> {
        result.map_err(|error| error.of(&self.db))
    }
}

/// Notices changes of a mock.
#[derive(Debug)]
pub(crate) struct Changes {
    of: Inspected,
    watcher: Watcher,
}

impl Changes {
    /// Waits until something may have changed; the first time, not at all.
    pub(crate) async fn next(&mut self) -> Result<(), Error> {
        loop {
            let changed = self.watcher.has_changed(&self.of.hub.store);
            if self.of.explained(changed)? {
                return Ok(());
            }
            time::sleep(polling::DATABASE).await;
        }
    }
}
