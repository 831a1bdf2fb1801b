//! A small UbiOps: stateful, durable, and the other half of the wire types.
//!
//! `Mock` serves it in the current runtime, `Embedded` on a thread of its own inside one command.
//! Both work on the same database, several of them at once; one of them delivers.

mod apply;
mod body;
mod clock;
mod embedded;
mod engine;
mod error;
mod fault;
mod guard;
#[expect(clippy::unused_async, reason = "the router takes async functions")]
mod handlers;
mod hub;
mod json;
mod local;
mod logql;
mod own_address;
mod refusal;
mod request;
mod rules;
mod store;
#[cfg(test)]
mod tests;
mod world;

use std::{
    net::SocketAddr,
    ops::Deref,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use tokio::{
    task,
    time::{self, Instant},
};

pub use crate::mock::{
    embedded::Embedded,
    error::Error,
    fault::{Effect, Fault},
    json::Json,
    local::{Attempts, Local, Names, Plan, Reason, Tally, Wanted},
    logql::Query,
    request::{Ending, SCRIPT_KEY, Script},
    store::Warnings,
    world::{StartObject, World},
};
use crate::{
    mock::{
        engine::Engine,
        fault::Faults,
        guard::Guard,
        hub::{Hub, Scope},
        own_address::OwnAddress,
        store::Store,
    },
    model::token::Token,
    process,
    server::{self, Limits, Server},
};

/// The one project of a mock.
pub const PROJECT: &str = "demo";

/// The most outcomes in one write, unless told otherwise: enough for any number of receivers, and
/// few enough that little is made twice after a crash.
pub const GROUP: usize = 512;

/// Other processes don't tell, so their work is looked at now and then.
const LOOK: Duration = Duration::from_millis(20);

/// How a mock is started.
#[derive(Debug, Clone)]
pub struct Options {
    /// The file of its database; made where there is none, its folder too.
    pub db: PathBuf,
    /// Whether a create echoes protected values, as one reading of the documents has it.
    pub echo_secrets: bool,
    /// The token to ask for; without one, the random token of the database.
    pub token: Option<Token>,
    /// What calls meet from the start.
    pub faults: Vec<Fault>,
    /// The most outcomes in one write: `GROUP`.
    pub group: usize,
}

impl Options {
    /// A mock of this database, like any other.
    pub fn new(db: PathBuf) -> Self {
        Self {
            db,
            echo_secrets: false,
            token: None,
            faults: Vec::new(),
            group: GROUP,
        }
    }
}

/// A mock that serves in the current runtime until it is stopped.
#[derive(Debug)]
pub struct Mock {
    db: PathBuf,
    platform: Arc<Platform>,
    server: Server,
    /// None while it only answers.
    engine: Option<Engine>,
    token: Token,
}

impl Mock {
    /// Opens the database and serves at `address`; port 0 takes a free one.
    pub async fn start(options: Options, address: SocketAddr) -> Result<Self, Error> {
        let mut mock = Self::answer(options, address, true).await?;
        mock.work()?;
        Ok(mock)
    }

    /// One that does nothing by itself yet, whether it is there for all that waits or for one
    /// command.
    async fn answer(options: Options, address: SocketAddr, stays: bool) -> Result<Self, Error> {
        let Options {
            db,
            echo_secrets,
            token,
            faults,
            group,
        } = options;
        // Opening may wait for another process.
        let path = db.clone();
        let store = task::spawn_blocking(move || Store::open(&db))
            .await
            .map_err(|error| Error::Thread(error.into()))??;
        let scope = if stays {
            Scope::All
        } else {
            Scope::awaited(&store).map_err(|e| Error::Broken(path.clone(), e.to_string()))?
        };
        store.check_lock()?;
        let bound = server::bind(address).await?;
        let own_address = OwnAddress::at(bound.address());
        let token = token.unwrap_or_else(|| store.identity().token.clone());
        let platform = Arc::new(Platform {
            guard: Guard::new(bound.address(), &token),
            echo_secrets,
            faults: Faults::new(faults),
            hub: Arc::new(Hub::new(store, group, scope, own_address)),
        });
        let limits = Limits::of(process::files_at_most());
        let server = bound.serve(handlers::router(platform.clone()), limits);
        Ok(Self {
            db: path,
            platform,
            server,
            engine: None,
            token,
        })
    }

    /// From now on it delivers, where no other mock does.
    fn work(&mut self) -> Result<(), Error> {
        self.engine = Some(Engine::start(self.platform.hub.clone()).map_err(Error::Thread)?);
        Ok(())
    }

    /// The base URL for clients: `http://127.0.0.1:PORT/v2`.
    pub fn url(&self) -> String {
        format!("http://{}/v2", self.server.address())
    }

    /// The token that it asks for.
    pub fn token(&self) -> &Token {
        &self.token
    }

    /// The id of the database, random and kept in it.
    pub fn database_id(&self) -> &str {
        &self.platform.store.identity().database
    }

    /// What keeps it from its work, each once.
    pub fn warnings(&self) -> Warnings {
        self.platform.store.warnings()
    }

    /// Stops accepting, gives running calls and deliveries at most `drain`, and closes the
    /// database. Deliveries without an outcome go on when a mock next has this database.
    pub async fn stop(self, drain: Duration) {
        let deadline = Instant::now() + drain;
        let engine = async {
            if let Some(engine) = self.engine {
                engine.stop(deadline).await;
            }
        };
        tokio::join!(self.server.stop(drain), engine);
        let platform = self.platform;
        // A panic in there has been reported where it happened.
        let _ = task::spawn_blocking(move || platform.store.close()).await;
    }

    /// Waits until nothing is left to deliver, for so long at most. How many deliveries are left.
    pub async fn deliver_rest(&self, at_most: Duration) -> Result<u64, Error> {
        let give_up = Instant::now() + at_most;
        loop {
            let settled = self.platform.settled.notified();
            let left = self.platform.store.read(store::deliveries::count);
            let left = left.map_err(|error| Error::Broken(self.db.clone(), error.to_string()))?;
            if left == 0 || Instant::now() >= give_up {
                return Ok(left);
            }
            let _ = time::timeout(LOOK, settled).await;
        }
    }

    /// Waits until the deliveries that calls to this mock caused have their outcome, whichever
    /// process makes them.
    async fn settle(&self) {
        let give_up = Instant::now() + self.platform.patience();
        let store = &self.platform.store;
        while self.platform.waits() && store.can_deliver() && Instant::now() < give_up {
            let settled = self.platform.settled.notified();
            let _ = time::timeout(LOOK, settled).await;
        }
    }
}

/// What a reset took away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reset {
    /// Webhooks.
    pub webhooks: usize,
    /// Test runs.
    pub tests: usize,
    /// Requests.
    pub requests: usize,
    /// Attempts to deliver.
    pub attempts: usize,
}

/// Puts a database back to its first objects: no webhooks, no tests, no deliveries. Mocks that
/// have it open go on with it, so its id and its token stay. Protected values that were kept for
/// it are lost to nobody else: they belong to ids of webhooks, and those never come again.
///
/// What a world says is there instead of the first objects of its kind.
pub fn reset(db: &Path, world: &World) -> Result<Reset, Error> {
    store::reset(db, world)
}

/// What a reset would take away.
pub fn contents(db: &Path) -> Result<Reset, Error> {
    store::contents(db)
}

/// The id of a database, which is made where there is none.
pub fn database_id(db: &Path) -> Result<String, Error> {
    Store::open(db).map(|store| store.identity().database.clone())
}

/// What the calls share.
#[derive(Debug)]
struct Platform {
    hub: Arc<Hub>,
    guard: Guard,
    faults: Faults,
    echo_secrets: bool,
}

impl Deref for Platform {
    type Target = Hub;

    fn deref(&self) -> &Hub {
        &self.hub
    }
}

/// The time as the API writes it.
fn now() -> String {
    clock::text(clock::now())
}
