//! The attempts recorded in a database, read without a server.

use std::{
    path::{Path, PathBuf},
    str::FromStr,
    sync::Arc,
    time::Duration,
};

use tokio::time;

use crate::{
    mock::{
        clock,
        error::Error,
        polling,
        store::{self, Store, Watcher, attempts},
    },
    model::{
        delivery::Attempt,
        duration,
        event::{Event, EventName},
        invalid::Invalid,
    },
};

/// Which attempts to read.
#[derive(Debug, Clone, Default)]
pub(crate) struct AttemptFilter {
    /// Only attempts of this webhook.
    pub webhook: Option<String>,
    /// Those about this request.
    pub request: Option<String>,
    /// Those of this event.
    pub event: Option<EventName>,
    /// Those recorded since.
    pub since: Option<Since>,
    /// Those that don't count as delivered.
    pub failed: bool,
    /// With what they sent.
    pub payload: bool,
}

/// The time from which on something is shown: a point in time, or how long ago it was.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Since(i64);

impl FromStr for Since {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let ago = |time: Duration| {
            clock::now().saturating_sub(i64::try_from(time.as_micros()).unwrap_or(i64::MAX))
        };
        let ago = duration::parse(text).ok().map(ago);
        let rule = "must be a time such as `2026-02-03T10:11:12Z`, or how long ago, such as `10m`";
        let at = ago.or_else(|| clock::parse(text));
        at.map(Self)
            .ok_or_else(|| Invalid::new("since", rule).instead("10m"))
    }
}

/// Reads the attempts recorded in a database.
#[derive(Debug)]
pub(crate) struct Attempts {
    path: PathBuf,
    store: Arc<Store>,
    watcher: Watcher,
    filter: attempts::Filter,
}

impl Attempts {
    /// Opens the database.
    pub(crate) fn open(db: &Path, wanted: AttemptFilter) -> Result<Self, Error> {
        Ok(Self::of(db, Arc::new(Store::open(db)?), wanted))
    }

    /// Reads a database that is open already.
    pub(super) fn of(db: &Path, store: Arc<Store>, wanted: AttemptFilter) -> Self {
        Self {
            path: db.to_owned(),
            store,
            watcher: Watcher::default(),
            filter: attempts::Filter {
                webhook: wanted.webhook,
                failed: wanted.failed,
                request: wanted.request,
                events: Event::all()
                    .map(Event::as_str)
                    .filter(|full| wanted.event.is_some_and(|event| event.matches(full)))
                    .collect(),
                start: wanted.since.map(|Since(at)| at),
                payload: wanted.payload,
                ..attempts::Filter::default()
            },
        }
    }

    /// Skips all existing attempts.
    pub(crate) fn skip(&mut self) -> Result<(), Error> {
        self.filter.after = self.explained(self.store.read(attempts::last))?;
        Ok(())
    }

    /// The attempts that have not been read yet, oldest first, up to a limit.
    pub(crate) fn read(&mut self, most: usize) -> Result<Vec<Attempt>, Error> {
        let mut found = Vec::new();
        let mut last = self.filter.after;
        let read = self.store.read(|c| {
            attempts::each(c, &self.filter, |placed| {
                last = placed.seq;
                found.push(placed.attempt);
                found.len() < most
            })
        });
        self.explained(read)?;
        self.filter.after = last;
        Ok(found)
    }

    /// The newest ones, oldest first.
    pub(crate) fn newest(&mut self, most: usize) -> Result<Vec<Attempt>, Error> {
        self.filter.backward = true;
        let after = self.filter.after;
        let mut found = self.read(most)?;
        (self.filter.backward, self.filter.after) = (false, after);
        found.reverse();
        Ok(found)
    }

    /// The names of the webhooks that are there, where this one isn't, and never was.
    pub(crate) fn instead_of(&self, webhook: &str) -> Result<Option<Vec<String>>, Error> {
        let read = self.store.read(|c| {
            if attempts::knows(c, webhook)? {
                Ok(None)
            } else {
                attempts::webhooks(c).map(Some)
            }
        });
        self.explained(read)
    }

    /// Waits until there may be more.
    pub(crate) async fn changed(&mut self) -> Result<(), Error> {
        loop {
            let changed = self.watcher.has_changed(&self.store);
            if self.explained(changed)? {
                return Ok(());
            }
            time::sleep(polling::DATABASE).await;
        }
    }

    fn explained<T>(&self, result: store::Result<T>) -> Result<T, Error> {
        result.map_err(|error| error.of(&self.path))
    }
}
