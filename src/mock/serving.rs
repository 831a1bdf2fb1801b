//! A mock that serves the API in the current runtime.

use std::{net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use tokio::{
    task,
    time::{self, Instant},
};

use crate::{
    mock::{
        engine::Engine,
        error::Error,
        fault::Faults,
        guard::Guard,
        history::{AttemptFilter, Attempts},
        hub::{Hub, Scope},
        inspected::Inspected,
        options::Options,
        own_address::OwnAddress,
        polling,
        router::{reporting, router},
        store::{self, Store, Warnings},
        tickets::Tickets,
    },
    model::token::Token,
    process,
    server::{self, Limits, Server},
};

/// A mock that serves in the current runtime until it is stopped.
#[derive(Debug)]
pub struct Mock {
    db: PathBuf,
    pub(super) hub: Arc<Hub>,
    server: Server,
    /// `None` while it only answers calls.
    engine: Option<Engine>,
    token: Token,
}

impl Mock {
    /// Opens the database and serves at `address`; port 0 selects a free one.
    pub async fn start(options: Options, address: SocketAddr) -> Result<Self, Error> {
        let mut mock = Self::answer(options, address, true).await?;
        mock.work()?;
        Ok(mock)
    }

    /// Answers calls, without any background work yet. A mock that `stays` will deliver everything
    /// that is waiting; otherwise it belongs to a command, and delivers what that causes.
    pub(super) async fn answer(
        options: Options,
        address: SocketAddr,
        stays: bool,
    ) -> Result<Self, Error> {
        let Options {
            db,
            echo_secrets,
            token,
            allowed_hosts,
            trusted,
            faults,
            group,
            keeps_answers,
            calls,
        } = options;
        // Opening may wait for another process.
        let path = db.clone();
        let store = task::spawn_blocking(move || Store::open(&db))
            .await
            .map_err(|error| Error::Thread(error.into()))??;
        let scope = if stays {
            Scope::All
        } else {
            Scope::awaited(&store).map_err(|error| error.of(&path))?
        };
        store.check_lock()?;
        let bound = server::bind(address).await?;
        let own_address = OwnAddress::at(bound.address(), allowed_hosts.clone());
        let token = token.unwrap_or_else(|| store.identity().token.clone());
        let tickets = Tickets::new(store.identity());
        let guard = Arc::new(Guard::new(bound.address(), allowed_hosts, &token, tickets));
        let faults = Arc::new(Faults::new(faults));
        let hub = Arc::new(Hub::new(
            store,
            group,
            scope,
            own_address,
            faults.clone(),
            trusted,
            keeps_answers,
        ));
        let limits = Limits::of(process::files_at_most());
        let mut router = router(hub.clone(), guard, faults, echo_secrets);
        if let Some(calls) = calls {
            router = reporting(router, calls);
        }
        let server = bound.serve(router, limits);
        Ok(Self {
            db: path,
            hub,
            server,
            engine: None,
            token,
        })
    }

    /// Starts to deliver, unless another mock does.
    pub(super) fn work(&mut self) -> Result<(), Error> {
        self.engine = Some(Engine::start(self.hub.clone()).map_err(Error::Thread)?);
        Ok(())
    }

    /// The base URL for clients: `http://127.0.0.1:PORT/v2`.
    pub fn url(&self) -> String {
        format!("http://{}/v2", self.server.address())
    }

    /// The token that it requires.
    pub fn token(&self) -> &Token {
        &self.token
    }

    /// The id of the database, random and stored in it.
    pub fn database_id(&self) -> &str {
        &self.hub.store.identity().database
    }

    /// The problems that prevent it from working, each reported once.
    pub fn warnings(&self) -> Warnings {
        self.hub.store.warnings()
    }

    /// The attempts from now on, whichever process makes them.
    pub(crate) fn attempts(&self, filter: AttemptFilter) -> Result<Attempts, Error> {
        let mut attempts = Attempts::of(&self.db, self.hub.store.clone(), filter);
        attempts.skip()?;
        Ok(attempts)
    }

    /// The mock as the inspector sees it.
    pub(crate) fn inspected(&self) -> Inspected {
        Inspected::new(self.db.clone(), self.hub.clone())
    }

    /// The faults that nothing has met.
    pub fn unmet_faults(&self) -> Vec<String> {
        self.hub.faults.unmet()
    }

    /// Stops accepting, gives running calls and deliveries at most `drain`, and closes the
    /// database. Deliveries without an outcome continue when a mock next opens this database.
    pub async fn stop(self, drain: Duration) {
        let deadline = Instant::now() + drain;
        let engine = async {
            if let Some(engine) = self.engine {
                engine.stop(deadline).await;
            }
        };
        tokio::join!(self.server.stop(drain), engine);
        // A panic in that task was reported when it happened.
        let _ = task::spawn_blocking(move || self.hub.store.close()).await;
    }

    /// Waits until there is nothing left to deliver, up to a limit. Returns how many deliveries are
    /// left.
    pub async fn deliver_rest(&self, at_most: Duration) -> Result<u64, Error> {
        let give_up = Instant::now() + at_most;
        loop {
            let settled = self.hub.settled.notified();
            let left = self.hub.store.read(store::deliveries::count);
            let left = left.map_err(|error| error.of(&self.db))?;
            if left == 0 || Instant::now() >= give_up {
                return Ok(left);
            }
            let _ = time::timeout(polling::CALL, settled).await;
        }
    }

    /// Waits until the deliveries that calls to this mock caused have their outcome, whichever
    /// process makes them.
    pub(super) async fn settle(&self) {
        let give_up = Instant::now() + self.hub.patience();
        let store = &self.hub.store;
        while self.hub.waits() && store.can_deliver() && Instant::now() < give_up {
            let settled = self.hub.settled.notified();
            let _ = time::timeout(polling::CALL, settled).await;
        }
    }
}
