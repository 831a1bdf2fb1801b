//! Makes the deliveries that are due, and records their outcomes, many in one write.

use std::{
    collections::{HashMap, HashSet},
    future::Future,
    pin::Pin,
    sync::Arc,
    time::Duration,
};

use tokio::{
    sync::{mpsc, oneshot},
    time::{self, Instant, MissedTickBehavior},
};

use super::{
    attempts::{self, AttemptResult, Manner, Route},
    lane::Turn,
    lanes::{Lanes, Source},
    lead::Lead,
    limits::Limits,
    opening::PER_LANE,
    order::Retry,
};
use crate::{
    deliver::{self, Failure, Sender, Sent},
    mock::{
        fault::Effect,
        hub::{Hub, Scope},
        polling,
        store::{
            self, Watcher, callbacks,
            deliveries::{self, Due},
            epoch,
            outcomes::{self, Made},
        },
    },
};

/// The user agent of deliveries, and its prefix in every version.
const USER_AGENT: &str = concat!("ubihook-mock/", env!("CARGO_PKG_VERSION"));
pub(crate) const AGENT: &str = "ubihook-mock/";

/// How often, in ticks, a mock that doesn't deliver tries to take the lock.
const TICKS_PER_LOCK: u32 = 2;

/// The pause before outcomes that could not be recorded are tried again.
const RECORD_AGAIN: Duration = Duration::from_millis(100);

/// The most callbacks in memory.
const ROUTES: usize = 4096;

/// A group of outcomes being recorded, as lane and attempt.
type Group = (Vec<i64>, Arc<Vec<Made>>);
type Recording = Pin<Box<dyn Future<Output = (Group, store::Result<()>)> + Send>>;

/// Makes the deliveries of one mock.
pub(super) struct Work {
    hub: Arc<Hub>,
    sender: Sender,
    /// While this is held, this mock delivers.
    lead: Lead,
    watcher: Watcher,
    lanes: Lanes,
    routes: HashMap<i64, Arc<Route>>,
    report: mpsc::UnboundedSender<AttemptResult>,
    results: mpsc::UnboundedReceiver<AttemptResult>,
    /// Outcomes that are not in a group yet.
    made: (Vec<i64>, Vec<Made>),
    recording: Option<Recording>,
    /// All outcomes that are not recorded yet.
    unrecorded: usize,
    /// Whether lanes with new deliveries still have to be found.
    must_find_lanes: bool,
    /// The epoch in which callbacks and deliveries were read.
    epoch: Option<i64>,
    /// When idle connections were last closed.
    closed_idle: Instant,
    /// Deliveries that wait because of a fault, which they don't meet again.
    treated: HashSet<i64>,
}

impl Work {
    /// The work of a mock that doesn't deliver yet.
    pub(super) fn new(hub: Arc<Hub>) -> Self {
        let (report, results) = mpsc::unbounded_channel();
        let lanes = Lanes::new(hub.scope.after());
        let mut work = Self {
            sender: Sender::new(USER_AGENT, &hub.trusted),
            hub,
            lead: Lead::default(),
            watcher: Watcher::default(),
            lanes,
            routes: HashMap::new(),
            report,
            results,
            made: (Vec::new(), Vec::new()),
            recording: None,
            unrecorded: 0,
            must_find_lanes: false,
            epoch: None,
            closed_idle: Instant::now(),
            treated: HashSet::new(),
        };
        // Before any call gets a response: if the lock can't be taken, writes are refused.
        work.take_lead();
        work
    }

    /// Delivers until `stop` receives a deadline.
    pub(super) async fn run(mut self, mut stop: oneshot::Receiver<Instant>) {
        let hub = self.hub.clone();
        let mut tick = time::interval(polling::DATABASE);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut ticks = 0_u32;
        let deadline = loop {
            tokio::select! {
                deadline = &mut stop => break deadline,
                Some(result) = self.results.recv() => self.receive(result),
                recorded = recorded(&mut self.recording) => self.settle(recorded).await,
                () = hub.queued.notified() => {}
                () = due(self.lanes.next_again()) => self.lanes.resume(Instant::now()),
                _ = tick.tick() => {
                    self.lead.check(&hub);
                    if ticks.is_multiple_of(TICKS_PER_LOCK) {
                        self.take_lead();
                    }
                    ticks = ticks.wrapping_add(1);
                    self.watch();
                    self.lanes.tick(Limits::now());
                }
            }
            for lane in hub.take_fresh() {
                // Another mock delivers it.
                if self.lead.is_held() {
                    self.lanes.wake(lane);
                }
            }
            // Attempts that can't be recorded would be made again.
            if self.lead.is_held() && hub.store.is_writable() {
                self.begin();
            }
            self.record();
        };
        // Without a deadline: the mock was dropped.
        let Ok(deadline) = deadline else { return };
        // Attempts that take longer are dropped, and repeated by the next mock that delivers.
        let _ = time::timeout_at(deadline, self.drain()).await;
    }

    async fn drain(&mut self) {
        loop {
            self.record();
            if self.lanes.running() == 0 && self.recording.is_none() {
                return;
            }
            tokio::select! {
                Some(result) = self.results.recv() => self.receive(result),
                recorded = recorded(&mut self.recording) => self.settle(recorded).await,
            }
        }
    }

    /// Starts delivering, if no other mock does.
    fn take_lead(&mut self) {
        if !self.lead.is_held() && self.lead.take(&self.hub) {
            // Another mock may have delivered in the meantime.
            (self.watcher, self.epoch) = (Watcher::default(), None);
        }
    }

    /// Checks for changes by other processes.
    fn watch(&mut self) {
        if !self.lead.is_held() {
            return;
        }
        if self.watcher.has_changed(&self.hub.store).unwrap_or(true) {
            self.hub.due.notify_one();
            self.must_find_lanes = true;
            self.check_epoch();
        }
        if self.must_find_lanes {
            self.find_lanes();
        }
    }

    /// Forgets cached rows that may be outdated: webhooks that were disabled or deleted, deliveries
    /// that a reset deleted. If the epoch can't be read, it counts as changed.
    fn check_epoch(&mut self) {
        let store = &self.hub.store;
        let epoch = store.read(epoch::read).ok();
        if epoch.is_none() || epoch != self.epoch {
            self.epoch = epoch;
            self.routes.clear();
            let is_there = |due: &Due| {
                let pending = store.read(|c| deliveries::is_pending(c, due.seq));
                pending.unwrap_or(true)
            };
            self.lanes.retain(is_there);
        }
    }

    /// Finds the lanes that have deliveries. After a failure it is retried at the next tick.
    fn find_lanes(&mut self) {
        let found = self.hub.store.read(deliveries::lanes);
        self.must_find_lanes = found.is_err();
        for lane in found.unwrap_or_default() {
            self.lanes.wake(lane);
        }
    }

    /// Processes a report, and all others that have arrived.
    fn receive(&mut self, result: AttemptResult) {
        let mut next = Some(result);
        while let Some(result) = next {
            match result {
                AttemptResult::Made(turn, sent, made) => self.take_in(turn, &sent, made),
                AttemptResult::Stale(turn, sent, retry) => self.lanes.stale(turn, &sent, retry),
                AttemptResult::NoRoom(turn, retry) => {
                    let until = Instant::now() + attempts::NO_ROOM;
                    self.lanes.postpone(turn, retry, until);
                    self.close_idle();
                }
            }
            next = self.results.try_recv().ok();
        }
    }

    fn take_in(&mut self, turn: Turn, sent: &Sent, made: Made) {
        let lane = turn.lane;
        self.lanes.ended(turn, sent);
        if made.last {
            self.lanes.over(turn, made.delivery);
        } else {
            let retry = Retry {
                seq: made.delivery,
                made: made.number,
                of: turn.of,
            };
            let until = Instant::now() + deliver::pause(made.number);
            self.lanes.pause(lane, retry, until);
        }
        self.note(lane, made);
    }

    /// Adds it to the next group to record.
    fn note(&mut self, lane: i64, made: Made) {
        self.unrecorded += 1;
        self.made.0.push(lane);
        self.made.1.push(made);
    }

    /// Closes unused connections: they belong to the sender that opened them.
    fn close_idle(&mut self) {
        if self.closed_idle.elapsed() >= attempts::NO_ROOM {
            self.closed_idle = Instant::now();
            self.sender = Sender::new(USER_AGENT, &self.hub.trusted);
            self.routes.clear();
        }
    }

    fn begin(&mut self) {
        let hub = self.hub.clone();
        // Attempts that are not recorded are repeated after a crash: none begins while a whole group
        // of them is waiting to be recorded.
        while self.unrecorded < hub.group.max(PER_LANE) {
            let next = self.lanes.next(&mut Reader(&hub));
            let Some((turn, due)) = next else { return };
            let fault = self.fault(&due);
            match fault {
                Some(Effect::Delay(delay)) => {
                    self.treated.insert(due.seq);
                    let again = Retry {
                        of: turn.of,
                        ..Retry::of(&due)
                    };
                    self.lanes.postpone(turn, again, Instant::now() + delay);
                    continue;
                }
                Some(Effect::Swap) if self.lanes.swap(turn, &due) => {
                    self.treated.insert(due.seq);
                    continue;
                }
                _ => {}
            }
            let route = if fault == Some(Effect::Drop) {
                Ok(Arc::new(Route::none(Failure::Dropped)))
            } else {
                self.route(due.callback)
            };
            let manner = match fault {
                Some(Effect::Twice) => Manner::Twice,
                _ => Manner::Once,
            };
            match route {
                Ok(route) => {
                    let report = self.report.clone();
                    tokio::spawn(attempts::make(turn, due, route, manner, report));
                }
                Err(_) => self.lanes.put_back(turn, &due),
            }
        }
    }

    /// What a fault does to a delivery, whose first attempt alone meets one.
    fn fault(&mut self, due: &Due) -> Option<Effect> {
        if due.made > 0 || self.treated.remove(&due.seq) {
            return None;
        }
        self.hub.faults.on_delivery(due.webhook.as_deref()?)
    }

    /// How to call. A callback that can't be parsed can never be called.
    fn route(&mut self, callback: i64) -> store::Result<Arc<Route>> {
        let hub = self.hub.clone();
        if let Some(route) = self.routes.get(&callback) {
            return Ok(route.clone());
        }
        let found = match self.hub.store.read(|c| callbacks::find(c, callback)) {
            Err(store::Error::Broken | store::Error::Invalid(_)) => None,
            found => found?,
        };
        let route = Arc::new(match found {
            // It may have been created by another mock, or when this one had another address.
            Some(callback) if self.hub.is_own_address(&callback.url) => {
                Route::none(Failure::OwnAddress)
            }
            Some(callback) => Route {
                call: self
                    .sender
                    .prepare(&callback.url, &callback.headers, callback.timeout),
                tries: callback.tries,
                keeps_answers: hub.keeps_answers,
            },
            None => Route::none(Failure::Gone),
        });
        // Not cached: it is retried when files can be opened.
        if matches!(route.call, Err(Failure::NoRoom)) {
            return Ok(route);
        }
        if self.routes.len() >= ROUTES {
            self.routes.clear();
        }
        self.routes.insert(callback, route.clone());
        Ok(route)
    }

    /// Starts to record a group, unless one is being recorded.
    fn record(&mut self) {
        if self.recording.is_some() || self.made.1.is_empty() {
            return;
        }
        let most = self.made.1.len().min(self.hub.group);
        let lanes = self.made.0.drain(..most).collect();
        let made = Arc::new(self.made.1.drain(..most).collect::<Vec<_>>());
        self.recording = Some(record(self.hub.clone(), (lanes, made)));
    }

    async fn settle(&mut self, (group, result): (Group, store::Result<()>)) {
        match result {
            Ok(()) => {
                self.unrecorded -= group.0.len();
                for lane in group.0 {
                    self.lanes.recorded(lane);
                }
                self.hub.settled.notify_waiters();
            }
            // Nothing can be recorded any more; these attempts will be repeated.
            Err(store::Error::Stopped) => {}
            Err(_) => {
                time::sleep(RECORD_AGAIN).await;
                self.recording = Some(record(self.hub.clone(), group));
            }
        }
    }
}

/// The deliveries that are waiting, as they are in the database.
struct Reader<'a>(&'a Hub);

impl Source for Reader<'_> {
    fn page(&mut self, lane: i64, after: i64, most: usize) -> store::Result<Vec<Due>> {
        let awaited = self.0.scope != Scope::All;
        self.0
            .store
            .read(|c| deliveries::page(c, lane, after, most, awaited))
    }

    fn one(&mut self, seq: i64) -> store::Result<Option<Due>> {
        self.0.store.read(|c| deliveries::one(c, seq))
    }
}

/// Waits until that time, or forever.
async fn due(time: Option<Instant>) {
    match time {
        Some(time) => time::sleep_until(time).await,
        None => std::future::pending().await,
    }
}

fn record(hub: Arc<Hub>, group: Group) -> Recording {
    Box::pin(async move {
        let made = group.1.clone();
        let result = hub.store.write(move |c| outcomes::record(c, &made)).await;
        (group, result)
    })
}

/// Waits for the current write, if there is one.
async fn recorded(recording: &mut Option<Recording>) -> (Group, store::Result<()>) {
    match recording {
        Some(write) => {
            let ended = write.await;
            *recording = None;
            ended
        }
        None => std::future::pending().await,
    }
}
