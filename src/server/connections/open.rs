//! Which connections are open, and which of them have been silent for how long.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
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
    state: Mutex<State>,
    /// Notified when one has ended, or has become silent.
    changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    count: usize,
    /// How many have been told to close, and haven't ended yet.
    closing: usize,
    /// The silent ones, in the order in which they became silent, and since when.
    silent: BTreeMap<u64, (Instant, Arc<Close>)>,
    next: u64,
}

#[derive(Debug, Default)]
struct Close {
    requested: AtomicBool,
    notify: Notify,
}

impl State {
    fn fall_silent(&mut self, close: Arc<Close>) -> u64 {
        self.next += 1;
        // A connection that was told to close is about to end.
        if !close.requested.load(Ordering::Relaxed) {
            self.silent.insert(self.next, (Instant::now(), close));
        }
        self.next
    }

    /// Closes the one that has been silent for longest, if there is a silent one.
    fn close_one(&mut self) {
        if let Some((_, (_, close))) = self.silent.pop_first() {
            self.closing += 1;
            close.requested.store(true, Ordering::Relaxed);
            close.notify.notify_one();
        }
    }
}

impl Connections {
    pub(super) fn new(at_once: usize) -> Self {
        Self(Arc::new(Shared {
            at_once,
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
                if state.count < self.0.at_once {
                    return;
                }
                if state.count - state.closing >= self.0.at_once {
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

    /// Closes each that has been silent for too long. One timer for all of them adds no cost to a
    /// call.
    pub(super) async fn close_silent(&self, silence: Duration) {
        loop {
            time::sleep(silence / PARTS).await;
            let mut state = self.0.state();
            let is_over = |(since, _): &(Instant, _)| since.elapsed() >= silence;
            while state.silent.values().next().is_some_and(is_over) {
                state.close_one();
            }
        }
    }

    /// Waits until no connection is open.
    pub(super) async fn none(&self) {
        loop {
            let changed = self.0.changed.notified();
            if self.0.state().count == 0 {
                return;
            }
            changed.await;
        }
    }

    /// Registers another connection, which is silent at first.
    pub(super) fn enter(&self) -> Place {
        let close = Arc::<Close>::default();
        let silent_since = {
            let mut state = self.0.state();
            state.count += 1;
            state.fall_silent(close.clone())
        };
        Place(Arc::new(Entry {
            shared: self.0.clone(),
            close,
            silent_since: AtomicU64::new(silent_since),
        }))
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The registration of one connection, which ends when the last of its clones is dropped.
#[derive(Debug, Clone)]
pub(super) struct Place(Arc<Entry>);

#[derive(Debug)]
struct Entry {
    shared: Arc<Shared>,
    close: Arc<Close>,
    /// Its current or last number among the silent ones.
    silent_since: AtomicU64,
}

impl Place {
    /// Waits until it has to close.
    pub(super) async fn is_closed(&self) {
        self.0.close.notify.notified().await;
    }

    /// A call begins. A connection has one call at a time.
    pub(super) fn begin(&self) -> Call {
        let since = self.0.silent_since.load(Ordering::Relaxed);
        self.0.shared.state().silent.remove(&since);
        Call(self.clone())
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let since = self.silent_since.load(Ordering::Relaxed);
        {
            let mut state = self.shared.state();
            state.count -= 1;
            state.closing -= usize::from(self.close.requested.load(Ordering::Relaxed));
            state.silent.remove(&since);
        }
        self.shared.changed.notify_one();
    }
}

/// A running call; the connection is silent again when it is dropped.
#[derive(Debug)]
pub(super) struct Call(Place);

impl Drop for Call {
    fn drop(&mut self) {
        let entry = &self.0.0;
        let since = entry.shared.state().fall_silent(entry.close.clone());
        entry.silent_since.store(since, Ordering::Relaxed);
        entry.shared.changed.notify_one();
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
