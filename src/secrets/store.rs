//! Where values are stored: the OS keyring, a 0600 file, or nowhere.

pub(super) mod file;
pub(super) mod keyring;

use std::{path::PathBuf, sync::Arc, time::Duration};

use crate::{
    model::{secret::Raw, store::StoreKind},
    secrets::{
        apart::Jobs,
        error::{Error, Unusable},
        key::Entry,
        record::Record,
    },
};

/// How many entries of a keyring are read with one call.
const AT_ONCE: usize = 100;

/// How long the keyring may take for one call.
#[derive(Debug, Clone, Copy)]
pub struct Deadlines {
    /// When to report that it is being waited for, if at all.
    pub note_after: Option<Duration>,
    /// When to give up.
    pub give_up_after: Duration,
}

impl Deadlines {
    /// For interactive use, where the user may have to type the keyring's password.
    pub const TERMINAL: Self = Self {
        note_after: Some(Duration::from_secs(1)),
        give_up_after: Duration::from_mins(1),
    };

    /// For scripts.
    pub const UNATTENDED: Self = Self {
        note_after: None,
        give_up_after: Duration::from_secs(3),
    };
}

/// Shows a message to the user who is waiting.
pub(crate) type Note = Arc<dyn Fn(&str) + Send + Sync>;

/// One change to a store.
#[derive(Debug)]
pub(super) enum Change {
    /// Add a record, or replace the existing one.
    Keep(Entry, Record),
    /// Remove a value; removing a missing one changes nothing.
    Remove(Entry),
}

/// The size limit of a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Size {
    /// None: existing values are never refused.
    Any,
    /// The maximum that can be read easily.
    Bounded,
}

impl Change {
    /// Stores a record; an empty one is removed.
    pub(super) fn keep(entry: Entry, record: Record) -> Self {
        if record.is_empty() {
            Self::Remove(entry)
        } else {
            Self::Keep(entry, record)
        }
    }
}

/// An open store.
#[derive(Clone)]
pub(super) enum Store {
    Keyring(Arc<keyring::Keyring>),
    File(file::File),
    /// With the reason, if a store was requested.
    None(Option<Unusable>),
}

impl Store {
    /// The keyring, which has to respond.
    pub(super) async fn keyring(keyring: &Arc<keyring::Keyring>) -> Result<Self, Error> {
        keyring.probe().await.map_err(in_keyring)?;
        Ok(Self::Keyring(Arc::clone(keyring)))
    }

    /// The file, which need not exist yet.
    pub(super) fn file(path: PathBuf, jobs: Jobs) -> Self {
        Self::File(file::File::new(path, jobs))
    }

    pub(super) fn kind(&self) -> StoreKind {
        match self {
            Self::Keyring(_) => StoreKind::Keyring,
            Self::File(_) => StoreKind::File,
            Self::None(_) => StoreKind::None,
        }
    }

    /// How many of `all` entries are read with one call: the file is read as a whole each time, and a
    /// keyring has a time limit for each call.
    pub(super) fn at_once(&self, all: usize) -> usize {
        match self {
            Self::Keyring(_) => AT_ONCE,
            Self::File(_) | Self::None(_) => all.max(1),
        }
    }

    /// The values of these entries, in the same order.
    pub(super) async fn get(&self, entries: Vec<Entry>) -> Result<Vec<Option<Raw>>, Error> {
        match self {
            Self::Keyring(keyring) => keyring.get(entries).await.map_err(in_keyring),
            Self::File(file) => file.get(entries).await,
            Self::None(_) => Ok(vec![None; entries.len()]),
        }
    }

    /// The records of these entries, in the same order; empty where there is none.
    pub(super) async fn records(&self, entries: Vec<Entry>) -> Result<Vec<Record>, Error> {
        if let Self::File(file) = self {
            return file.records(entries).await;
        }
        let got = self.get(entries).await?;
        let record = |entry: Option<Raw>| entry.as_ref().map(Record::read);
        let records = got
            .into_iter()
            .map(|entry| record(entry).unwrap_or_default());
        Ok(records.collect())
    }

    /// Makes these changes in order; the file makes all or none.
    pub(super) async fn apply(&self, changes: Vec<Change>) -> Result<(), Error> {
        self.change(changes, Size::Any).await
    }

    /// The same for new values: refused if the store would exceed its limit.
    pub(super) async fn add(&self, changes: Vec<Change>) -> Result<(), Error> {
        self.change(changes, Size::Bounded).await
    }

    async fn change(&self, changes: Vec<Change>, size: Size) -> Result<(), Error> {
        match self {
            _ if changes.is_empty() => Ok(()),
            Self::Keyring(keyring) => keyring.apply(changes).await.map_err(in_keyring),
            Self::File(file) => file.apply(changes, size).await,
            Self::None(_) => Ok(()),
        }
    }
}

fn in_keyring(why: Unusable) -> Error {
    Error::Store {
        kind: StoreKind::Keyring,
        why,
    }
}
