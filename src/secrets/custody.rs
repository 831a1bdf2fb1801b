//! The only way in and out of the stores.
//!
//! In: `begin_create` or `begin_update` before the call, `finish` after the platform accepted it,
//! `withdraw` after the platform refused it; if the response was lost, neither is called and all
//! values stay.
//! Out: `look`, which takes the destination. A store is opened by the first call that reads or
//! writes a value.

mod begin;
mod checkup;
mod erase;
mod finish;
mod given;
mod held;
mod look;
mod relist;
mod rotate;
mod token;

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio::sync::Mutex;

pub(crate) use self::begin::Pending;
pub(crate) use self::held::{Checked, Held, State};
pub use self::{begin::Call, look::Found};
use crate::{
    model::{
        failure::Explain as _,
        scrub::Scrubber,
        store::{StoreChoice, StoreKind},
    },
    secrets::{
        apart::Jobs,
        error::{Error, Unusable},
        index::{Index, Local},
        key::Site,
        lock::{self, Locks},
        store::{Deadlines, Note, Store, keyring::Keyring},
    },
};

/// The settings of custody.
#[derive(Clone)]
pub struct Settings {
    /// The store that was chosen.
    pub choice: StoreChoice,
    /// Its files. Without a folder for them there is no `file` store, no index and no lock.
    pub files: Option<Files>,
    /// The time limits of a keyring.
    pub waits: Deadlines,
    /// Learns every value that is loaded.
    pub scrubber: Scrubber,
    /// Reports that the keyring is being waited for.
    pub note: Note,
    /// Reports an index that can't be used.
    pub warn: Note,
}

/// The files of custody.
#[derive(Debug, Clone)]
pub struct Files {
    pub index: PathBuf,
    /// The `file` store.
    pub secrets: PathBuf,
    /// The folder of the webhook locks.
    pub locks: PathBuf,
}

impl Files {
    /// In the state folder; a mock's values are next to its database.
    pub fn under(state: &Path, mock_db: Option<&Path>) -> Self {
        Self {
            index: state.join("index.json"),
            locks: state.to_owned(),
            secrets: match mock_db {
                None => state.join("secrets.json"),
                Some(db) => db.with_file_name("mock-secrets.json"),
            },
        }
    }
}

/// Where this command stores values.
#[derive(Debug, Clone)]
pub struct Place {
    pub kind: StoreKind,
    /// Why there is no keyring, for the one warning of `auto`.
    pub why_none: Option<Unusable>,
}

/// Custody of values and tokens.
pub struct Custody {
    settings: Settings,
    index: Index,
    told_of_index: AtomicBool,
    // One for all clones, so that a call that hung is remembered.
    keyring: Arc<Keyring>,
    store: Mutex<Option<Store>>,
    jobs: Jobs,
}

impl Custody {
    /// Doesn't open a store yet.
    pub fn new(settings: Settings) -> Self {
        let jobs = Jobs::default();
        let note = Arc::clone(&settings.note);
        Self {
            index: Index::new(settings.files.as_ref().map(|files| files.index.clone())),
            keyring: Arc::new(Keyring::new(settings.waits, note, jobs.clone())),
            jobs,
            settings,
            told_of_index: AtomicBool::new(false),
            store: Mutex::new(None),
        }
    }

    /// Where this command stores values. Opens the store.
    pub async fn place(&self) -> Result<Place, Error> {
        Ok(place(&self.store().await?))
    }

    /// Where the values of a project's webhooks are stored, according to the index alone.
    /// If that can't be used, nothing is known, and a warning says so.
    pub async fn local(&self, site: &Site) -> Local {
        let site = site.clone();
        let local = self.index(move |index| index.local(&site)).await;
        local.unwrap_or_else(|error| {
            self.warn_of_index(&error);
            Local::default()
        })
    }

    /// Takes the locks of these webhooks, by name. They must be held from the first read of a
    /// webhook to the last write of its values.
    pub async fn lock(&self, site: &Site, names: &[&str]) -> Result<Locks, Error> {
        let folder = self.settings.files.as_ref().map(|files| &*files.locks);
        lock::take(folder, site, names, &self.settings.note, &self.jobs).await
    }

    async fn store(&self) -> Result<Store, Error> {
        let mut opened = self.store.lock().await;
        if let Some(store) = &*opened {
            return Ok(store.clone());
        }
        let store = match self.settings.choice {
            StoreChoice::None => Store::None(None),
            StoreChoice::File => self.file()?,
            StoreChoice::Keyring => self.keyring().await?,
            StoreChoice::Auto => match self.keyring().await {
                Err(Error::Store { why, .. }) => Store::None(Some(why)),
                opened => opened?,
            },
        };
        *opened = Some(store.clone());
        Ok(store)
    }

    fn file(&self) -> Result<Store, Error> {
        match &self.settings.files {
            Some(files) => Ok(Store::file(files.secrets.clone(), self.jobs.clone())),
            None => Err(Error::Store {
                kind: StoreKind::File,
                why: Unusable::NoFolder,
            }),
        }
    }

    async fn keyring(&self) -> Result<Store, Error> {
        Store::keyring(&self.keyring).await
    }

    /// With `auto`, a keyring that turns out to be unavailable, locked or unresponsive counts as no
    /// store from then on.
    async fn or_none<T>(&self, done: Result<T, Error>) -> Result<Option<T>, Error> {
        match done {
            Err(Error::Store {
                kind: StoreKind::Keyring,
                why,
            }) if self.settings.choice == StoreChoice::Auto && why.is_absent() => {
                *self.store.lock().await = Some(Store::None(Some(why)));
                Ok(None)
            }
            done => done.map(Some),
        }
    }

    /// The same if the index is broken: it only improves messages, so its part is left out, with a
    /// warning.
    async fn list<T, F>(&self, job: F) -> Result<T, Error>
    where
        T: Default + Send + 'static,
        F: FnOnce(&Index) -> Result<T, Error> + Send + 'static,
    {
        match self.index(job).await {
            Err(error @ Error::State { .. }) => {
                self.warn_of_index(&error);
                Ok(T::default())
            }
            // A command that stores nothing needs no list of what is stored.
            Err(error) if error.is_of_index() && self.stores_nothing().await => {
                self.warn_of_index(&error);
                Ok(T::default())
            }
            done => done,
        }
    }

    async fn stores_nothing(&self) -> bool {
        self.settings.choice == StoreChoice::None
            || matches!(*self.store.lock().await, Some(Store::None(_)))
    }

    /// Once for each command.
    fn warn_of_index(&self, error: &Error) {
        if self.told_of_index.swap(true, Ordering::Relaxed) {
            return;
        }
        let text = match (error, error.hint()) {
            (Error::State { .. }, Some(command)) => format!("{error}; {command} starts a new one"),
            _ => error.to_string(),
        };
        (self.settings.warn)(&text);
    }

    async fn index<T, F>(&self, job: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&Index) -> Result<T, Error> + Send + 'static,
    {
        let index = self.index.clone();
        let done = self.jobs.run(move || job(&index)).await;
        done.unwrap_or_else(|_| {
            let files = self.settings.files.as_ref();
            Err(Error::State {
                path: files.map_or_else(PathBuf::new, |files| files.index.clone()),
                why: "could not be accessed".to_owned(),
                is_broken: false,
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
