//! The mock's database without its server: for commands that make requests and look at deliveries
//! on this machine, and so never on a real platform.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use tokio::{
    task,
    time::{self, Instant},
};

use crate::{
    mock::{
        engine::Engine,
        error::Error,
        hub::{Hub, Scope},
        options::Options,
        own_address::OwnAddress,
        polling,
        request::Script,
        store::{
            self, Store, Watcher, deliveries,
            events::Fired,
            objects,
            requests::{self, Mode, NewRequest},
            runs,
        },
    },
    model::{
        delivery::{Reason, Tally},
        name::VersionName,
        target::Target,
    },
};

/// The requests to make.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Of what.
    pub target: Target,
    /// What becomes of each.
    pub script: Script,
}

/// The names that exist where an unknown one was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Candidates {
    /// Objects of that type.
    Objects(Vec<String>),
    /// Versions of that object.
    Versions(Vec<String>),
}

/// Requests made and counted on a database, and delivered where no other mock does.
#[derive(Debug)]
pub struct Local {
    path: PathBuf,
    hub: Arc<Hub>,
    engine: Option<Engine>,
    run: Option<i64>,
    watcher: Option<Watcher>,
    /// When somebody last changed the database, as far as was looked.
    changed: Instant,
}

impl Local {
    /// Opens the database. Where it `waits`, what it causes is counted, and delivered.
    pub async fn open(options: Options, waits: bool) -> Result<Self, Error> {
        let Options { db, group, .. } = options;
        let path = db.clone();
        let store = task::spawn_blocking(move || Store::open(&db))
            .await
            .map_err(|error| Error::Thread(error.into()))??;
        let scope = Scope::awaited(&store).map_err(|error| told(&path, error))?;
        if waits {
            store.check_lock()?;
        }
        let hub = Arc::new(Hub::new(store, group, scope, OwnAddress::default()));
        let mut local = Self {
            path,
            hub,
            engine: None,
            run: None,
            watcher: None,
            changed: Instant::now(),
        };
        if waits {
            let begun = local.hub.store.write(runs::begin).await;
            local.run = Some(local.told(begun)?);
            let engine = Engine::start(local.hub.clone()).map_err(Error::Thread)?;
            local.engine = Some(engine);
        }
        Ok(local)
    }

    fn told<T>(&self, result: store::Result<T>) -> Result<T, Error> {
        result.map_err(|error| told(&self.path, error))
    }

    /// Makes so many requests in one write, and returns their ids.
    pub async fn request(&self, plan: &Plan, count: usize) -> Result<Vec<String>, Error> {
        let (plan, run) = (plan.clone(), self.run);
        let write = move |c: &_| {
            let Target {
                object_type,
                object_name,
                version,
            } = &plan.target;
            let version = version.as_ref().map(VersionName::as_str);
            let place = objects::place(c, *object_type, object_name.as_str(), version)?;
            let new = NewRequest {
                script: plan.script.clone(),
                data: "{}".to_owned(),
                timeout: None,
            };
            Fired::by(c, |fired| {
                fired
                    .runs
                    .count(run, |tally| tally.requests += count as u64);
                let mut make = || requests::create(c, &place, &new, Mode::Direct, run, fired);
                let ids = (0..count).map(|_| make().map(|(_, id)| id));
                ids.collect::<store::Result<Vec<String>>>()
            })
        };
        let (ids, fired) = self.told(self.hub.store.write(write).await)?;
        self.hub.queue(&fired.lanes);
        self.hub.due.notify_one();
        Ok(ids)
    }

    /// The names of what there is to choose from: objects, or the versions of an object that is
    /// there.
    pub fn names(&self, target: &Target) -> Result<Candidates, Error> {
        let (kind, name) = (target.object_type, target.object_name.as_str());
        let read = self
            .hub
            .store
            .read(|c| match objects::versions(c, kind, name) {
                Ok(versions) => {
                    let names = versions.into_iter().map(|version| version.version);
                    Ok(Candidates::Versions(names.collect()))
                }
                Err(store::Error::Missing(_)) => {
                    let names = objects::list(c, kind)?
                        .into_iter()
                        .map(|object| object.name);
                    Ok(Candidates::Objects(names.collect()))
                }
                Err(error) => Err(error),
            });
        self.told(read)
    }

    /// How what was caused stands.
    pub fn tally(&self) -> Result<Tally, Error> {
        let Some(run) = self.run else {
            return Ok(Tally::default());
        };
        // It would be waited for without end.
        self.told(self.hub.store.check_use())?;
        let found = self.told(self.hub.store.read(|c| runs::find(c, run)))?;
        found.ok_or_else(|| Error::Reset(self.path.clone()))
    }

    /// Whether any delivery waits, whoever caused it.
    pub fn waiting(&self) -> Result<bool, Error> {
        let lanes = self.told(self.hub.store.read(deliveries::lanes))?;
        Ok(!lanes.is_empty())
    }

    /// Waits until it may stand differently.
    pub async fn changed(&self) {
        let _ = time::timeout(polling::DATABASE, self.hub.settled.notified()).await;
    }

    /// For how long nobody has changed the database, this process or another. A mock that delivers
    /// notes what becomes of each attempt.
    pub fn silence(&mut self) -> Result<Duration, Error> {
        if self.watcher.is_none() {
            self.watcher = Some(self.told(self.hub.store.watcher())?);
        }
        // What can't be told counts as changed.
        let changed = |watcher: &mut Watcher| watcher.has_changed().unwrap_or(true);
        if self.watcher.as_mut().is_none_or(changed) {
            self.changed = Instant::now();
        }
        Ok(self.changed.elapsed())
    }

    /// Why deliveries never got through; most first.
    pub fn reasons(&self) -> Result<Vec<Reason>, Error> {
        let Some(run) = self.run else {
            return Ok(Vec::new());
        };
        self.told(self.hub.store.read(|c| runs::failures(c, run)))
    }

    /// Stops counting, gives deliveries that are under way at most `drain`, and closes the
    /// database.
    pub async fn close(self, drain: Duration) {
        if let Some(run) = self.run {
            // A row that stays does no harm.
            let _ = self.hub.store.write(move |c| runs::end(c, run)).await;
        }
        if let Some(engine) = self.engine {
            engine.stop(Instant::now() + drain).await;
        }
        let hub = self.hub;
        // A panic in there has been reported where it happened.
        let _ = task::spawn_blocking(move || hub.store.close()).await;
    }
}

fn told(db: &Path, error: store::Error) -> Error {
    match error {
        store::Error::Missing(what) => Error::Missing(what),
        store::Error::Invalid(invalid) => Error::Refused(invalid.with_field()),
        store::Error::Busy => Error::Locked(db.to_owned()),
        store::Error::Unusable(why) => Error::Unusable(why),
        error => Error::Broken(db.to_owned(), error.to_string()),
    }
}
