//! New destinations, to which no call has ended yet. A silent one occupies a call until its
//! timeout, and there may be any number of them. So newcomers never take all calls, and the newest
//! goes first: a destination that responds is called soon, however many silent ones came before it.

use std::time::Duration;

use crate::mock::polling;

/// The longest timeout of a call, in ticks.
const TICKS_PER_TIMEOUT: usize = polling::ticks(Duration::from_secs(30)) as usize;

/// Once half of the calls are running, newcomers may start at most this fraction of the call limit
/// per timeout, so that a quarter stays free for others.
const PART: usize = 4;

/// The most that may start at once after a quiet time.
const BURST: usize = 8;

/// Starting a call costs this many credits. Each tick adds as many as the total call limit, but at
/// least `LEAST`, which is enough for a call every two seconds.
const COST: usize = TICKS_PER_TIMEOUT * PART;
const LEAST: usize = 64;

/// Newcomers in order of arrival.
#[derive(Debug)]
pub(super) struct Newcomers {
    waiting: Vec<i64>,
    earned: usize,
}

impl Newcomers {
    pub(super) fn new() -> Self {
        Self {
            waiting: Vec::new(),
            earned: BURST * COST,
        }
    }

    /// Adds one that has to wait.
    pub(super) fn wait(&mut self, lane: i64) {
        self.waiting.push(lane);
    }

    pub(super) fn newest(&self) -> Option<i64> {
        self.waiting.last().copied()
    }

    /// Removes the newest.
    pub(super) fn pop(&mut self) {
        self.waiting.pop();
    }

    /// Adds the credit of one tick, given how many calls may run in all.
    pub(super) fn tick(&mut self, all: usize) {
        self.earned = (self.earned + all.max(LEAST)).min(BURST * COST);
    }

    /// Whether one may start although half of all calls are running.
    pub(super) fn may_begin(&self) -> bool {
        self.earned >= COST
    }

    /// Pays for such a call.
    pub(super) fn begin(&mut self) {
        self.earned -= COST;
    }
}
