//! The only way in and out of the stores.
//!
//! In: `keep_new` or `keep_changes` before the call, `promote` when the platform has said yes,
//! `discard` when it has said no; after an end without an answer neither, and the next `find` or
//! `settle` tells from the webhook what became of it. Out: `find`, which takes the destination.
//! A store is opened by the first call that reads or writes a value.

mod erase;
mod keep;
mod token;

use std::path::PathBuf;

use tokio::sync::Mutex;

pub use self::keep::Pending;
use crate::{
    model::{
        header::HeaderName, origin::Origin, scrub::Scrubber, secret::Secret, webhook::Webhook,
    },
    secrets::{
        apart::apart,
        error::{Error, Missing, Unusable},
        index::{Index, Local, Row},
        key::{Destination, Owner, Site, Slot},
        pending::{self, Envelope, Found, Standing},
        store::{Change, Choice, Deadlines, Entry, Kind, Note, Store},
    },
};

/// What custody works with.
#[derive(Clone)]
pub struct Settings {
    /// The store that was asked for.
    pub choice: Choice,
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
    store: Mutex<Option<Store>>,
}

impl Custody {
    /// Opens nothing yet.
    pub fn new(settings: Settings) -> Self {
        Self {
            index: Index::new(settings.index.clone()),
            settings,
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

    /// The value of a header for a destination: the only way out.
    ///
    /// What an interrupted create or update left behind is settled on the way, by the webhook as
    /// the destination has it.
    pub async fn find(&self, to: &Destination, header: &HeaderName) -> Result<Secret, Error> {
        let store = self.store().await?;
        let slots = [
            to.slot(Owner::Id(to.id()), header),
            to.slot(Owner::Update(to.id()), header),
            to.slot(Owner::Create(&to.webhook, &to.fingerprint), header),
        ];
        let entries: Vec<Entry> = slots.iter().map(Slot::entry).collect();
        let got = self.or_none(store.get(entries.clone()).await).await?;
        let mut got = got.into_iter().flatten();
        let found = Found {
            kept: self.learned(got.next().flatten()),
            update: self.opened(got.next().flatten()),
            create: self.opened(got.next().flatten()),
        };
        let verdict = pending::weigh(found, to.last_updated.as_deref());

        let mut changes = Vec::new();
        if let (Standing::Arrived, Some(value)) = (verdict.standing, &verdict.value) {
            changes.push(Change::Set(entries[0].clone(), value.clone()));
        }
        let drops = [(verdict.drop_update, 1), (verdict.drop_create, 2)];
        let drops = drops
            .into_iter()
            .filter_map(|(drop, at)| drop.then_some(at));
        changes.extend(drops.clone().map(|at| Change::Remove(entries[at].clone())));
        // Tidying up: what can't be moved now stays pending, and is found again.
        if store.apply(changes).await.is_ok() {
            let new = verdict
                .value
                .as_ref()
                .filter(|_| verdict.standing != Standing::Open);
            let new: Vec<Row> = new
                .map(|_| slots[0].row(store.kind()))
                .into_iter()
                .collect();
            let gone: Vec<Row> = drops.map(|at| slots[at].row(store.kind())).collect();
            // The index only words things; a value is given out without it.
            let _ = self.index(move |index| index.enter(&new, &gone)).await;
        }
        match verdict.value {
            Some(value) => Ok(value),
            None => Err(self.missing(to, header).await),
        }
    }

    /// Settles what an interrupted command left behind for this webhook. To be called before a
    /// webhook is changed, as it was read: a change could make it impossible to tell what became
    /// of an earlier one. Opens no store unless the index knows of something.
    pub async fn settle(&self, site: &Site, webhook: &Webhook) -> Result<(), Error> {
        let rows = self.index(Index::rows).await?;
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
        store.apply(vec![Change::Set(slot.entry(), value)]).await?;
        self.index(move |index| index.enter(&[row], &[])).await?;
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
        self.index(move |index| index.change(change)).await
    }

    async fn store(&self) -> Result<Store, Error> {
        let mut opened = self.store.lock().await;
        if let Some(store) = &*opened {
            return Ok(store.clone());
        }
        let store = match self.settings.choice {
            Choice::None => Store::None(None),
            Choice::File => self.file(),
            Choice::Keyring => self.keyring().await?,
            Choice::Auto => match self.keyring().await {
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
        Store::keyring(self.settings.waits, self.settings.note.clone()).await
    }

    /// With `auto`, a keyring that turns out not to be there for us, locked as it is or silent,
    /// counts as none from then on.
    async fn or_none<T>(&self, done: Result<T, Error>) -> Result<Option<T>, Error> {
        match done {
            Err(Error::Store {
                kind: Kind::Keyring,
                why,
            }) if self.settings.choice == Choice::Auto && why.is_absent() => {
                *self.store.lock().await = Some(Store::None(Some(why)));
                Ok(None)
            }
            done => done.map(Some),
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

    fn learned(&self, value: Option<Secret>) -> Option<Secret> {
        value.inspect(|value| self.settings.scrubber.learn(value))
    }

    fn opened(&self, entry: Option<Secret>) -> Option<Envelope> {
        let entry = entry?;
        let envelope = Envelope::open(&entry);
        match &envelope {
            Some(envelope) => envelope
                .values()
                .iter()
                .for_each(|v| self.settings.scrubber.learn(v)),
            // Somebody has put something else there.
            None => self.settings.scrubber.learn(&entry),
        }
        envelope
    }

    async fn missing(&self, to: &Destination, header: &HeaderName) -> Error {
        let place = self.place().await.ok();
        let kind = place.as_ref().map_or(Kind::None, |place| place.kind);
        let rows = self.index(Index::rows).await.unwrap_or_default();
        let mut others: Vec<Row> = rows
            .into_iter()
            .filter(|row| row.is_value(to, header))
            .collect();
        others.retain(|row| row.origin != to.origin.as_str() || row.store != kind);
        // The same origin in another store helps more than another origin.
        others.sort_by_key(|row| row.origin != to.origin.as_str());
        Error::Missing(Box::new(Missing {
            header: header.clone(),
            webhook: to.webhook.clone(),
            origin: to.origin.as_str().to_owned(),
            other: others.into_iter().next().map(|row| (row.origin, row.store)),
            why_none: place.and_then(|place| place.why_none),
        }))
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
