//! New destinations, of which no call has ended yet, that wait for room. A silent one occupies a
//! call until its timeout, and there may be any number of them. So they never take all the room,
//! and the newest goes first: one that answers is called soon, however many silent ones came before
//! it.

use std::time::Duration;

use crate::mock::polling;

/// The longest timeout of a call, in ticks.
const TICKS_PER_TIMEOUT: usize = polling::ticks(Duration::from_secs(30)) as usize;

/// Once half of the room is in use, newcomers take at most this fraction of it within the longest
/// timeout, which leaves a quarter.
const PART: usize = 4;

/// The most that may begin at once after a quiet time.
const BURST: usize = 8;

/// Beginning a call costs this much, and each look earns as much as there is room. Where that is
/// very little, it is enough for a call every two seconds.
const COST: usize = TICKS_PER_TIMEOUT * PART;
const LEAST: usize = 64;

/// Newcomers in the order in which they came.
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

    /// Adds one that found no room.
    pub(super) fn wait(&mut self, lane: i64) {
        self.waiting.push(lane);
    }

    /// The newest.
    pub(super) fn newest(&self) -> Option<i64> {
        self.waiting.last().copied()
    }

    /// Removes the newest.
    pub(super) fn pop(&mut self) {
        self.waiting.pop();
    }

    /// Earns what one look is worth, with room for so many calls in all.
    pub(super) fn look(&mut self, all: usize) {
        self.earned = (self.earned + all.max(LEAST)).min(BURST * COST);
    }

    /// Whether one may begin although half of the room is in use.
    pub(super) fn may_begin(&self) -> bool {
        self.earned >= COST
    }

    /// Pays for such a call.
    pub(super) fn begin(&mut self) {
        self.earned -= COST;
    }
}
