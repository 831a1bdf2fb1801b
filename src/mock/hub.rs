//! State that the calls and the engine of one mock share.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError, atomic::AtomicBool},
    time::Duration,
};

use tokio::sync::Notify;

use crate::{
    deliver::Authorities,
    mock::{
        fault::Faults,
        own_address::OwnAddress,
        store::{self, Store},
        tickets::Tickets,
    },
    model::url::CallbackUrl,
};

/// The hub, as handlers receive it.
pub(crate) type State = axum::extract::State<Arc<Hub>>;

/// The database, and the notifications between the calls and the engine.
#[derive(Debug)]
pub(super) struct Hub {
    pub(super) store: Arc<Store>,
    /// The maximum number of outcomes in one write.
    pub(super) group: usize,
    /// What it delivers, if anything.
    pub(super) scope: Scope,
    /// The address it listens on.
    pub(super) own_address: OwnAddress,
    /// Authorities that receivers may be signed by, besides the system's.
    pub(super) trusted: Authorities,
    /// Whether the beginnings of receivers' responses are kept.
    pub(super) keeps_answers: bool,
    /// What happens to deliveries on demand.
    pub(super) faults: Arc<Faults>,
    /// Links to the content of files.
    pub(super) tickets: Tickets,
    /// Whether this mock is the one that works on the database by itself.
    pub(super) leads: AtomicBool,
    /// A delivery was added.
    pub(super) queued: Notify,
    /// A delivery has an outcome.
    pub(super) settled: Notify,
    /// A request is waiting, or another process changed the database.
    pub(super) due: Notify,
    /// A request has ended.
    pub(super) ended: Notify,
    /// Lanes in which deliveries were added.
    fresh: Mutex<BTreeSet<i64>>,
    /// The deliveries that calls to this mock have added and wait for.
    caused: Mutex<Vec<CausedDelivery>>,
}

/// Which deliveries a mock makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// All that are waiting.
    All,
    /// What the running command waits for: tests, and requests that are counted. Other deliveries
    /// are left to a mock that keeps running.
    Awaited {
        /// The last delivery that existed before.
        after: i64,
    },
}

impl Scope {
    /// The deliveries of a command on this database.
    pub(super) fn awaited(store: &Store) -> store::Result<Self> {
        let after = store.read(store::deliveries::last)?;
        Ok(Self::Awaited { after })
    }

    /// The last delivery that is not included.
    pub(super) fn after(self) -> i64 {
        match self {
            Self::All => 0,
            Self::Awaited { after } => after,
        }
    }
}

/// A delivery that a call to this mock added, and its maximum duration.
#[derive(Debug, Clone, Copy)]
pub(super) struct CausedDelivery {
    pub(super) delivery: i64,
    pub(super) lane: i64,
    pub(super) at_most: Duration,
}

impl Hub {
    /// Nothing is under way yet.
    pub(super) fn new(
        store: Store,
        group: usize,
        scope: Scope,
        own_address: OwnAddress,
        faults: Arc<Faults>,
        trusted: Authorities,
        keeps_answers: bool,
    ) -> Self {
        Self {
            trusted,
            keeps_answers,
            faults,
            tickets: Tickets::new(store.identity()),
            store: Arc::new(store),
            group,
            scope,
            own_address,
            leads: AtomicBool::new(false),
            queued: Notify::new(),
            settled: Notify::new(),
            due: Notify::new(),
            ended: Notify::new(),
            fresh: Mutex::default(),
            caused: Mutex::default(),
        }
    }

    /// Whether a URL is the address of this mock.
    pub(super) fn is_own_address(&self, url: &CallbackUrl) -> bool {
        self.own_address.is_at(url)
    }

    /// Has the new deliveries in these lanes made.
    pub(super) fn queue(&self, mut lanes: BTreeSet<i64>) {
        if lanes.is_empty() {
            return;
        }
        let mut fresh = self.fresh.lock().unwrap_or_else(PoisonError::into_inner);
        fresh.append(&mut lanes);
        self.queued.notify_one();
    }

    /// Lanes in which deliveries were added since the last call.
    pub(super) fn take_fresh(&self) -> BTreeSet<i64> {
        let mut fresh = self.fresh.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut fresh)
    }

    /// Remembers a delivery that a call has added, and triggers it.
    pub(super) fn caused(&self, caused: CausedDelivery) {
        // Only a command waits for them.
        if self.scope != Scope::All {
            let mut known = self.caused.lock().unwrap_or_else(PoisonError::into_inner);
            known.push(caused);
        }
        self.queue(BTreeSet::from([caused.lane]));
    }

    /// Whether any of them has no outcome yet.
    pub(super) fn waits(&self) -> bool {
        let mut known = self.caused.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|caused| self.is_pending(caused.delivery));
        !known.is_empty()
    }

    /// The longest that they may take, one after the other, plus some time for a busy process.
    pub(super) fn patience(&self) -> Duration {
        const ON_TOP: Duration = Duration::from_secs(2);

        let known = self.caused.lock().unwrap_or_else(PoisonError::into_inner);
        known.iter().map(|caused| caused.at_most).sum::<Duration>() + ON_TOP
    }

    fn is_pending(&self, delivery: i64) -> bool {
        self.store
            .read(|c| store::deliveries::is_pending(c, delivery))
            // If that is unknown, it counts as pending: it is read again.
            .unwrap_or(true)
    }
}
