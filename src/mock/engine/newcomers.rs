//! Destinations that no call to has ended yet, and that wait for room. A silent one keeps a call
//! for as long as its timeout, and there may be any number of them: they never take all the room,
//! and the newest goes first. So one that answers begins soon, however many that don't came
//! before it.

/// The longest timeout of a call, in looks.
const LOOKS_PER_TIMEOUT: usize = 600;

/// The part of all the room that newcomers take within the longest timeout, once half of it is in
/// use: then a quarter is left in any case.
const PART: usize = 4;

/// The most that may begin at once after a time in which none came.
const BURST: usize = 8;

/// What one call costs. Each look earns as much as there is room, and where that is very little,
/// one every two seconds.
const COST: usize = LOOKS_PER_TIMEOUT * PART;
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

    /// One has found no room.
    pub(super) fn wait(&mut self, lane: i64) {
        self.waiting.push(lane);
    }

    /// The newest.
    pub(super) fn newest(&self) -> Option<i64> {
        self.waiting.last().copied()
    }

    /// The newest waits no more.
    pub(super) fn pop(&mut self) {
        self.waiting.pop();
    }

    /// Earns what a look is worth where there is room for so many calls.
    pub(super) fn look(&mut self, all: usize) {
        self.earned = (self.earned + all.max(LEAST)).min(BURST * COST);
    }

    /// Whether one may begin although half of the room is in use.
    pub(super) fn may_begin(&self) -> bool {
        self.earned >= COST
    }

    /// One has begun so.
    pub(super) fn begin(&mut self) {
        self.earned -= COST;
    }
}
