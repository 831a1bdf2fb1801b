//! Makes the deliveries that are due, and records what came of each attempt.
//!
//! Of all mocks on a database the one that holds the lock delivers. An attempt whose outcome
//! isn't recorded counts as none, so whoever holds the lock next repeats it: at least once.

use std::{
    collections::{HashMap, VecDeque},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use tokio::{
    sync::{oneshot, watch},
    task::{Id, JoinHandle, JoinSet},
    time::{self, Instant, MissedTickBehavior},
};

use crate::{
    deliver::{Post, Sender},
    files::{self, Lock},
    mock::{
        Platform, now, rules,
        store::{self, Watcher, deliveries},
    },
    model::origin::Origin,
};

/// How the mock calls itself to callbacks.
const USER_AGENT: &str = concat!("ubihook-mock/", env!("CARGO_PKG_VERSION"));

/// The most calls at once, and to one origin: a receiver that never answers holds up none but
/// its own.
const AT_ONCE: usize = 512;
/// See `AT_ONCE`.
pub(super) const PER_ORIGIN: usize = 32;

/// How often the database is asked for what other processes have added.
const LOOK: Duration = Duration::from_millis(50);

/// How often a mock that doesn't deliver tries to become the one that does, in looks.
const LOOKS_PER_LOCK: u32 = 2;

/// The pause before an outcome that could not be recorded is tried again.
const RECORD_AGAIN: Duration = Duration::from_millis(100);

/// The deliveries of one mock. Dropping it ends them at once.
#[derive(Debug)]
pub(super) struct Engine {
    stop: oneshot::Sender<Instant>,
    task: JoinHandle<()>,
}

impl Engine {
    /// Starts delivering in the current runtime.
    pub(super) fn start(platform: Arc<Platform>) -> Self {
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(Work::new(platform).run(stopped));
        Self { stop, task }
    }

    /// Begins no further attempt, and gives those that run until `deadline`.
    pub(super) async fn stop(self, deadline: Instant) {
        // It ends by itself in no other way than by a panic, and then there is nothing to stop.
        let _ = self.stop.send(deadline);
        let _ = self.task.await;
    }
}

/// What waits for one origin.
#[derive(Debug, Default)]
struct Queue {
    waiting: VecDeque<i64>,
    running: usize,
}

struct Work {
    platform: Arc<Platform>,
    sender: Arc<Sender>,
    lock_path: PathBuf,
    /// While it is held, this mock delivers.
    lock: Option<Lock>,
    watcher: Option<Watcher>,
    /// The last delivery that was seen.
    seen: i64,
    /// Whether there may be more to see.
    stale: bool,
    queues: HashMap<Origin, Queue>,
    /// The origins that could go on, each once; they take turns.
    turns: VecDeque<Origin>,
    running: JoinSet<()>,
    origins: HashMap<Id, Origin>,
    stopping: watch::Sender<bool>,
}

impl Work {
    fn new(platform: Arc<Platform>) -> Self {
        Self {
            lock_path: platform.store.lock_path(),
            platform,
            sender: Arc::new(Sender::new(USER_AGENT)),
            lock: None,
            watcher: None,
            seen: 0,
            stale: false,
            queues: HashMap::new(),
            turns: VecDeque::new(),
            running: JoinSet::new(),
            origins: HashMap::new(),
            stopping: watch::Sender::new(false),
        }
    }

    async fn run(mut self, mut stop: oneshot::Receiver<Instant>) {
        let platform = self.platform.clone();
        let mut look = time::interval(LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut looks = 0_u32;
        let deadline = loop {
            tokio::select! {
                deadline = &mut stop => break deadline,
                Some(ended) = self.running.join_next_with_id() => {
                    self.free(ended.map_or_else(|error| error.id(), |(id, ())| id));
                }
                () = platform.queued.notified() => self.stale = true,
                _ = look.tick() => {
                    if self.lock.is_none() && looks.is_multiple_of(LOOKS_PER_LOCK) {
                        self.take_lock();
                    }
                    looks = looks.wrapping_add(1);
                    self.watch();
                }
            }
            if self.lock.is_some() {
                self.see();
                self.begin();
            }
        };
        self.stopping.send_replace(true);
        // Without a deadline the mock was dropped.
        let Ok(deadline) = deadline else { return };
        let ended = async { while self.running.join_next().await.is_some() {} };
        // What still runs is ended by dropping it, and repeated by whoever is next.
        let _ = time::timeout_at(deadline, ended).await;
    }

    /// A failure is like a lock that another holds: it is tried again.
    fn take_lock(&mut self) {
        self.lock = files::try_lock(&self.lock_path).ok().flatten();
        self.watcher = match self.lock {
            Some(_) => self.platform.store.watcher().ok(),
            None => None,
        };
        self.stale = self.lock.is_some();
    }

    fn watch(&mut self) {
        if self.lock.is_some() && self.watcher.is_none() {
            self.watcher = self.platform.store.watcher().ok();
        }
        // What can't be told counts as changed.
        let changed = |watcher: &mut Watcher| watcher.has_changed().unwrap_or(true);
        self.stale |= self.watcher.as_mut().is_some_and(changed);
    }

    /// Takes in what has been added. What fails is tried at the next look.
    fn see(&mut self) {
        if !self.stale {
            return;
        }
        let due = self
            .platform
            .store
            .read(|c| deliveries::pending_after(c, self.seen));
        let Ok(due) = due else { return };
        self.stale = false;
        for deliveries::Due { seq, origin } in due {
            self.seen = seq;
            let queue = self.queues.entry(origin.clone()).or_default();
            queue.waiting.push_back(seq);
            if queue.waiting.len() == 1 && queue.running < PER_ORIGIN {
                self.turns.push_back(origin);
            }
        }
    }

    fn begin(&mut self) {
        while self.running.len() < AT_ONCE
            && let Some(origin) = self.turns.pop_front()
        {
            let Some(queue) = self.queues.get_mut(&origin) else {
                continue;
            };
            let Some(seq) = queue.waiting.pop_front() else {
                continue;
            };
            queue.running += 1;
            if !queue.waiting.is_empty() && queue.running < PER_ORIGIN {
                self.turns.push_back(origin.clone());
            }
            let delivery = deliver(
                self.platform.clone(),
                self.sender.clone(),
                self.stopping.subscribe(),
                seq,
            );
            let task = self.running.spawn(delivery);
            self.origins.insert(task.id(), origin);
        }
    }

    fn free(&mut self, task: Id) {
        self.platform.settled.notify_one();
        let Some(origin) = self.origins.remove(&task) else {
            return;
        };
        let Some(queue) = self.queues.get_mut(&origin) else {
            return;
        };
        queue.running -= 1;
        if !queue.waiting.is_empty() {
            // Below its limit it has its turn already.
            if queue.running + 1 == PER_ORIGIN {
                self.turns.push_back(origin);
            }
        } else if queue.running == 0 {
            self.queues.remove(&origin);
        }
    }
}

/// Makes the attempts of one delivery that are left.
async fn deliver(
    platform: Arc<Platform>,
    sender: Arc<Sender>,
    mut stopping: watch::Receiver<bool>,
    seq: i64,
) {
    let found = platform.store.read(|c| deliveries::find_pending(c, seq));
    let Ok(Some(delivery)) = found else { return };
    let first = (delivery.made + 1).min(delivery.tries);
    for number in first..=delivery.tries {
        if number > first && pause(number, &mut stopping).await.is_err() {
            return;
        }
        let time = now();
        let call = &delivery.call;
        let post = Post {
            url: &call.url,
            headers: &call.headers,
            body: call.body.clone(),
            timeout: call.timeout,
        };
        let outcome = sender.send(post).await;
        let attempt = deliveries::Attempt {
            delivery: seq,
            number,
            time,
            outcome,
            last: outcome.is_success() || number == delivery.tries,
        };
        let last = attempt.last;
        if record(&platform, attempt).await.is_err() || last {
            return;
        }
    }
}

/// Stopped in between.
struct Stopped;

/// Waits before attempt `number`, the second or a later one.
async fn pause(number: u8, stopping: &mut watch::Receiver<bool>) -> Result<(), Stopped> {
    let pauses = rules::PAUSES_MS;
    let millis = pauses[usize::from(number - 2).min(pauses.len() - 1)];
    tokio::select! {
        () = time::sleep(Duration::from_millis(millis)) => Ok(()),
        _ = stopping.wait_for(|stopping| *stopping) => Err(Stopped),
    }
}

/// Records an attempt however long that takes: it has been made, and may not be made again.
async fn record(platform: &Platform, attempt: deliveries::Attempt) -> Result<(), Stopped> {
    loop {
        let attempt = attempt.clone();
        let written = platform
            .store
            .write(move |c| deliveries::record(c, &attempt))
            .await;
        match written {
            Ok(()) => return Ok(()),
            Err(store::Error::Stopped) => return Err(Stopped),
            Err(_) => time::sleep(RECORD_AGAIN).await,
        }
    }
}
