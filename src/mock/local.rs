//! The mock's database without its server: for commands that create requests and show deliveries on
//! this machine, and so never on a real platform.

use std::{path::PathBuf, sync::Arc, time::Duration};

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
            events::Effects,
            objects,
            requests::{self, Mode, NewRequest},
            runs,
        },
    },
    model::{
        delivery::{Reason, Tally},
        json::Json,
        name::VersionName,
        target::Target,
    },
};

/// The requests to create.
#[derive(Debug, Clone)]
pub struct Plan {
    pub target: Target,
    /// The data of each.
    pub data: Json,
    /// What becomes of each.
    pub script: Script,
}

/// The names that exist, for when an unknown one was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Candidates {
    /// Objects of that type.
    Objects(Vec<String>),
    /// Versions of that object.
    Versions(Vec<String>),
}

/// Requests that were created and are counted on a database, and delivered if no other mock does.
#[derive(Debug)]
pub struct Local {
    path: PathBuf,
    hub: Arc<Hub>,
    engine: Option<Engine>,
    run: Option<i64>,
    watcher: Watcher,
    /// When the database was last changed, as far as was checked.
    changed: Instant,
}

impl Local {
    /// Opens the database. If it `waits`, the deliveries that it causes are counted and made.
    pub async fn open(options: Options, waits: bool) -> Result<Self, Error> {
        let Options {
            db, group, trusted, ..
        } = options;
        let path = db.clone();
        let store = task::spawn_blocking(move || Store::open(&db))
            .await
            .map_err(|error| Error::Thread(error.into()))??;
        let scope = Scope::awaited(&store).map_err(|error| error.of(&path))?;
        if waits {
            store.check_lock()?;
        }
        let hub = Arc::new(Hub::new(
            store,
            group,
            scope,
            OwnAddress::default(),
            Arc::default(),
            trusted,
            false,
        ));
        let mut local = Self {
            path,
            hub,
            engine: None,
            run: None,
            watcher: Watcher::default(),
            changed: Instant::now(),
        };
        if waits {
            let begun = local.hub.store.write(runs::begin).await;
            local.run = Some(local.explained(begun)?);
            let engine = Engine::start(local.hub.clone()).map_err(Error::Thread)?;
            local.engine = Some(engine);
        }
        Ok(local)
    }

    fn explained<T>(&self, result: store::Result<T>) -> Result<T, Error> {
        result.map_err(|error| error.of(&self.path))
    }

    /// Creates this many requests in one write, and returns their ids.
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
                data: plan.data.to_string(),
                timeout: None,
            };
            Effects::by(c, |effects| {
                effects
                    .runs
                    .count(run, |tally| tally.requests += count as u64);
                let make = |_| requests::create(c, &place, &new, Mode::Direct, run, effects);
                (0..count).map(make).collect::<store::Result<Vec<String>>>()
            })
        };
        let (ids, effects) = self.explained(self.hub.store.write(write).await)?;
        self.hub.queue(effects.lanes);
        self.hub.due.notify_one();
        Ok(ids)
    }

    /// The names to choose from: objects, or the versions of an existing object.
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
        self.explained(read)
    }

    /// The state of the deliveries that were caused.
    pub fn tally(&self) -> Result<Tally, Error> {
        let Some(run) = self.run else {
            return Ok(Tally::default());
        };
        // Otherwise the command would wait forever.
        self.explained(self.hub.store.check_use())?;
        let found = self.explained(self.hub.store.read(|c| runs::find(c, run)))?;
        found.ok_or_else(|| Error::Reset(self.path.clone()))
    }

    /// Whether any delivery is waiting, of this process or another.
    pub fn waiting(&self) -> Result<bool, Error> {
        let lanes = self.explained(self.hub.store.read(deliveries::lanes))?;
        Ok(!lanes.is_empty())
    }

    /// Waits until that may have changed.
    pub async fn changed(&self) {
        let _ = time::timeout(polling::DATABASE, self.hub.settled.notified()).await;
    }

    /// How long ago any process changed the database. A mock that delivers records each attempt.
    pub fn silence(&mut self) -> Result<Duration, Error> {
        let changed = self.watcher.has_changed(&self.hub.store);
        if self.explained(changed)? {
            self.changed = Instant::now();
        }
        Ok(self.changed.elapsed())
    }

    /// Why deliveries were given up; the most frequent reason first.
    pub fn reasons(&self) -> Result<Vec<Reason>, Error> {
        let Some(run) = self.run else {
            return Ok(Vec::new());
        };
        self.explained(self.hub.store.read(|c| runs::failures(c, run)))
    }

    /// Stops counting, gives running deliveries at most `drain`, and closes the database.
    pub async fn close(self, drain: Duration) {
        if let Some(run) = self.run {
            // If that fails, the row remains, which does no harm.
            let _ = self.hub.store.write(move |c| runs::end(c, run)).await;
        }
        if let Some(engine) = self.engine {
            engine.stop(Instant::now() + drain).await;
        }
        let hub = self.hub;
        // A panic in that task was reported when it happened.
        let _ = task::spawn_blocking(move || hub.store.close()).await;
    }
}
