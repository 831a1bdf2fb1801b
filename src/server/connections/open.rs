//! Which connections are open, and which of them have been silent for how long. A call only notes the time, without a
//! lock; whoever looks for silent connections looks at all of them.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::{
    sync::Notify,
    time::{self, Duration, Instant},
};

/// How often per silence limit to look for connections that exceed it.
const PARTS: u32 = 10;

/// All connections of one server.
#[derive(Debug, Clone)]
pub(super) struct Connections(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    at_once: usize,
    /// Times count from here.
    start: Instant,
    state: Mutex<State>,
    /// Notified when one has ended, or has become silent.
    changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    open: BTreeMap<u64, Arc<One>>,
    /// How many have been told to close, and haven't ended yet.
    closing: usize,
    /// The number of the next one.
    next: u64,
}

/// A connection.
#[derive(Debug)]
struct One {
    /// Since when it has been silent, in nanoseconds, or one of the values below.
    silent: AtomicU64,
    close: Notify,
}

/// It has a call.
const BUSY: u64 = u64::MAX;
/// It was told to close, and is about to end.
const CLOSING: u64 = u64::MAX - 1;

impl One {
    fn silent_since(&self) -> Option<u64> {
        let since = self.silent.load(Ordering::Relaxed);
        (since < CLOSING).then_some(since)
    }

    /// Tells it to close, unless a call has begun in the meantime.
    fn close(&self, since: u64) -> bool {
        let relaxed = Ordering::Relaxed;
        let told = self
            .silent
            .compare_exchange(since, CLOSING, relaxed, relaxed);
        if told.is_ok() {
            self.close.notify_one();
        }
        told.is_ok()
    }
}

impl State {
    /// Closes the one that has been silent for longest, if there is a silent one.
    fn close_one(&mut self) {
        loop {
            let silent = |one: &Arc<One>| Some((one.silent_since()?, one.clone()));
            let silent = self.open.values().filter_map(silent);
            let Some((since, one)) = silent.min_by_key(|(since, _)| *since) else {
                return;
            };
            if one.close(since) {
                self.closing += 1;
                return;
            }
        }
    }
}

impl Connections {
    pub(super) fn new(at_once: usize) -> Self {
        Self(Arc::new(Shared {
            at_once,
            start: Instant::now(),
            state: Mutex::default(),
            changed: Notify::new(),
        }))
    }

    /// Waits until there is room for another connection, closing a silent one if necessary.
    pub(super) async fn room(&self) {
        loop {
            let changed = self.0.changed.notified();
            {
                let mut state = self.0.state();
                if state.open.len() < self.0.at_once {
                    return;
                }
                if state.open.len() - state.closing >= self.0.at_once {
                    state.close_one();
                }
            }
            changed.await;
        }
    }

    /// Closes the one that has been silent for longest, if there is a silent one.
    pub(super) fn close_one(&self) {
        self.0.state().close_one();
    }

    /// Closes each that has been silent for too long.
    pub(super) async fn close_silent(&self, silence: Duration) {
        loop {
            time::sleep(silence / PARTS).await;
            let now = self.0.now();
            let is_over = |since: &u64| Duration::from_nanos(now.saturating_sub(*since)) >= silence;
            let mut state = self.0.state();
            let silent = state.open.values().filter(|one| {
                let since = one.silent_since().filter(is_over);
                since.is_some_and(|since| one.close(since))
            });
            state.closing += silent.count();
        }
    }

    /// Waits until no connection is open.
    pub(super) async fn none(&self) {
        loop {
            let changed = self.0.changed.notified();
            if self.0.state().open.is_empty() {
                return;
            }
            changed.await;
        }
    }

    /// Registers another connection, which is silent at first.
    pub(super) fn enter(&self) -> Place {
        let one = Arc::new(One {
            silent: AtomicU64::new(self.0.now()),
            close: Notify::new(),
        });
        let mut state = self.0.state();
        state.next += 1;
        let number = state.next;
        state.open.insert(number, one.clone());
        drop(state);
        Place(Arc::new(Entry {
            shared: self.0.clone(),
            number,
            one,
        }))
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> u64 {
        // Enough for centuries.
        u64::try_from(self.start.elapsed().as_nanos()).unwrap_or(CLOSING - 1)
    }
}

/// The registration of one connection, which ends when the last of its clones is dropped.
#[derive(Debug, Clone)]
pub(super) struct Place(Arc<Entry>);

#[derive(Debug)]
struct Entry {
    shared: Arc<Shared>,
    number: u64,
    one: Arc<One>,
}

impl Place {
    /// Waits until it has to close.
    pub(super) async fn is_closed(&self) {
        self.0.one.close.notified().await;
    }

    /// A call begins. A connection has one call at a time.
    pub(super) fn begin(&self) -> Call {
        let silent = &self.0.one.silent;
        let begun = |since| (since != CLOSING).then_some(BUSY);
        // One that was told to close ends, whatever begins on it.
        let _ = silent.fetch_update(Ordering::Relaxed, Ordering::Relaxed, begun);
        Call(self.clone())
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let mut state = self.shared.state();
        state.open.remove(&self.number);
        let is_closing = self.one.silent.load(Ordering::Relaxed) == CLOSING;
        state.closing -= usize::from(is_closing);
        drop(state);
        self.shared.changed.notify_one();
    }
}

/// A running call; the connection is silent again when it is dropped.
#[derive(Debug)]
pub(super) struct Call(Place);

impl Drop for Call {
    fn drop(&mut self) {
        let Entry { shared, one, .. } = &*self.0.0;
        let ended = |since| (since == BUSY).then(|| shared.now());
        let _ = one
            .silent
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, ended);
        shared.changed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    const SOON: Duration = Duration::from_secs(5);

    async fn is_closed(place: &Place) -> bool {
        timeout(Duration::ZERO, place.is_closed()).await.is_ok()
    }

    #[tokio::test]
    async fn the_connection_that_is_silent_for_longest_makes_room() {
        let open = Connections::new(3);
        let (one, two, three) = (open.enter(), open.enter(), open.enter());
        // The first is busy, so the next one that fell silent is closed.
        let call = one.begin();
        drop(two.begin());
        tokio::select! {
            biased;
            () = open.room() => panic!("there is none yet"),
            () = three.is_closed() => drop(three),
        }
        timeout(SOON, open.room()).await.unwrap();
        assert!(!is_closed(&one).await && !is_closed(&two).await);
        drop(call);
        let _four = open.enter();
        tokio::select! {
            biased;
            () = open.room() => panic!("there is none yet"),
            () = two.is_closed() => {}
        }
        assert!(!is_closed(&one).await);
    }

    #[tokio::test]
    async fn where_all_are_busy_the_end_of_a_call_is_waited_for() {
        let open = Connections::new(1);
        let one = open.enter();
        let call = one.begin();
        let waits = async {
            open.room().await;
        };
        let ends = async {
            tokio::task::yield_now().await;
            assert!(!is_closed(&one).await);
            drop(call);
            one.is_closed().await;
            drop(one);
        };
        timeout(SOON, async { tokio::join!(waits, ends) })
            .await
            .unwrap();
        timeout(SOON, open.none()).await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn only_connections_that_are_silent_for_too_long_are_closed() {
        let silence = Duration::from_secs(60);
        let open = Connections::new(9);
        let (silent, busy, lively) = (open.enter(), open.enter(), open.enter());
        let call = busy.begin();
        let acts = async {
            time::sleep(silence / 2).await;
            drop(lively.begin());
            time::timeout(silence, silent.is_closed()).await.unwrap();
            assert!(!is_closed(&busy).await && !is_closed(&lively).await);
            time::timeout(silence, lively.is_closed()).await.unwrap();
            assert!(!is_closed(&busy).await);
            drop(call);
            time::timeout(silence * 2, busy.is_closed()).await.unwrap();
        };
        tokio::select! {
            () = open.close_silent(silence) => {}
            () = acts => {}
        }
    }
}
