//! The only way in and out of the stores.
//!
//! In: `keep_new` or `keep_changes` before the call, `promote` when the platform has said yes,
//! `discard` when it has said no; after an end without an answer neither, and the next `find` or
//! `settle` tells from the webhook what became of it. Out: `find`, which takes the destination.
//! A store is opened by the first call that reads or writes a value.

mod erase;
mod find;
mod keep;
mod token;

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio::sync::Mutex;

pub use self::keep::Pending;
use crate::{
    model::{
        header::HeaderName, origin::Origin, scrub::Scrubber, store::StoreChoice, webhook::Webhook,
    },
    secrets::{
        apart::apart,
        error::{Error, Unusable},
        index::{Index, Local},
        key::{Destination, Owner, Site, Slot},
        row::Row,
        store::{Change, Deadlines, Kind, Note, Store, keyring::Keyring},
    },
};

/// What custody works with.
#[derive(Clone)]
pub struct Settings {
    /// The store that was asked for.
    pub choice: StoreChoice,
    /// The index file.
    pub index: PathBuf,
    /// The file of the store `file`.
    pub secrets: PathBuf,
    /// How long a keyring may take.
    pub waits: Deadlines,
    /// Learns every value that is loaded.
    pub scrubber: Scrubber,
    /// Says that the keyring is waited for.
    pub note: Note,
}

/// Where this command keeps values.
#[derive(Debug, Clone)]
pub struct Place {
    /// The store.
    pub kind: Kind,
    /// With `auto` and no keyring: why there is none, for the one warning about it.
    pub why_none: Option<Unusable>,
}

/// Custody of values and tokens.
pub struct Custody {
    settings: Settings,
    index: Index,
    told_of_index: AtomicBool,
    // One for all, so that a call that hung is remembered.
    keyring: Arc<Keyring>,
    store: Mutex<Option<Store>>,
}

impl Custody {
    /// Opens nothing yet.
    pub fn new(settings: Settings) -> Self {
        Self {
            index: Index::new(settings.index.clone()),
            keyring: Arc::new(Keyring::new(settings.waits, Arc::clone(&settings.note))),
            settings,
            told_of_index: AtomicBool::new(false),
            store: Mutex::new(None),
        }
    }

    /// Where this command keeps values. Opens the store.
    pub async fn place(&self) -> Result<Place, Error> {
        Ok(place(&self.store().await?))
    }

    /// Where the values of a project's webhooks are, by the index alone.
    pub async fn local(&self, site: &Site) -> Result<Local, Error> {
        let site = site.clone();
        self.index(move |index| index.local(&site)).await
    }

    /// Settles what an interrupted command left behind for this webhook. To be called before a
    /// webhook is changed, as it was read: a change could make it impossible to tell what became
    /// of an earlier one. Opens no store unless the index knows of something.
    pub async fn settle(&self, site: &Site, webhook: &Webhook) -> Result<(), Error> {
        let rows = self.list(Index::rows).await?;
        for row in rows
            .iter()
            .filter(|row| row.pending && row.concerns(site, webhook))
        {
            let (Some(origin), Ok(header)) = (Origin::of(&row.origin), row.header.parse()) else {
                continue;
            };
            match self
                .find(&Destination::at(site, webhook, origin), &header)
                .await
            {
                Ok(_) | Err(Error::Missing(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Gives a value to a second origin as well, after `update --url --keep-secrets` has been
    /// done. `from` is the webhook as read before. Whether there was a value to carry.
    pub async fn carry(
        &self,
        from: &Destination,
        header: &HeaderName,
        to: &Origin,
    ) -> Result<bool, Error> {
        let value = match self.find(from, header).await {
            Ok(value) => value,
            Err(Error::Missing(_)) => return Ok(false),
            Err(error) => return Err(error),
        };
        let store = self.store().await?;
        let slot = Slot {
            origin: to.as_str(),
            ..from.slot(Owner::Id(from.id()), header)
        };
        let row = slot.row(store.kind());
        store
            .apply(vec![Change::Set(slot.entry(), value.into())])
            .await?;
        self.list(move |index| index.enter(&[row], &[])).await?;
        Ok(true)
    }

    /// Notes a webhook's new name. Values are kept by its id, so only words change.
    pub async fn rename(&self, site: &Site, webhook_id: &str, name: &str) -> Result<(), Error> {
        let (site, id, name) = (site.clone(), webhook_id.to_owned(), name.to_owned());
        let change = move |rows: &mut Vec<Row>| {
            for row in rows {
                if row.is_of(&site) && row.webhook_id.as_ref() == Some(&id) {
                    row.webhook.clone_from(&name);
                }
            }
        };
        self.list(move |index| index.change(change)).await
    }

    async fn store(&self) -> Result<Store, Error> {
        let mut opened = self.store.lock().await;
        if let Some(store) = &*opened {
            return Ok(store.clone());
        }
        let store = match self.settings.choice {
            StoreChoice::None => Store::None(None),
            StoreChoice::File => self.file(),
            StoreChoice::Keyring => self.keyring().await?,
            StoreChoice::Auto => match self.keyring().await {
                Err(Error::Store { why, .. }) => Store::None(Some(why)),
                opened => opened?,
            },
        };
        *opened = Some(store.clone());
        Ok(store)
    }

    fn file(&self) -> Store {
        Store::file(self.settings.secrets.clone())
    }

    async fn keyring(&self) -> Result<Store, Error> {
        Store::keyring(&self.keyring).await
    }

    /// With `auto`, a keyring that turns out not to be there for us, locked as it is or silent,
    /// counts as none from then on.
    async fn or_none<T>(&self, done: Result<T, Error>) -> Result<Option<T>, Error> {
        match done {
            Err(Error::Store {
                kind: Kind::Keyring,
                why,
            }) if self.settings.choice == StoreChoice::Auto && why.is_absent() => {
                *self.store.lock().await = Some(Store::None(Some(why)));
                Ok(None)
            }
            done => done.map(Some),
        }
    }

    /// The same where the list is broken: it only words things, so what it would have said is
    /// left out, and said to be.
    async fn list<T, F>(&self, job: F) -> Result<T, Error>
    where
        T: Default + Send + 'static,
        F: FnOnce(&Index) -> Result<T, Error> + Send + 'static,
    {
        match self.index(job).await {
            Err(error @ Error::State { .. }) => {
                if !self.told_of_index.swap(true, Ordering::Relaxed) {
                    (self.settings.note)(&error.to_string());
                }
                Ok(T::default())
            }
            done => done,
        }
    }

    async fn index<T, F>(&self, job: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&Index) -> Result<T, Error> + Send + 'static,
    {
        let index = self.index.clone();
        let done = apart(move || job(&index)).await;
        done.unwrap_or_else(|_| {
            Err(Error::State {
                path: self.settings.index.clone(),
                why: "could not be worked on".to_owned(),
            })
        })
    }
}

fn place(store: &Store) -> Place {
    Place {
        kind: store.kind(),
        why_none: match store {
            Store::None(why) => why.clone(),
            _ => None,
        },
    }
}

#[cfg(test)]
mod tests;
