//! One destination: how many calls it may have at once, and what it has to begin.

use std::collections::VecDeque;

use crate::mock::store::deliveries::Due;

/// The most calls at once to one destination.
pub(in crate::mock) const PER_LANE: usize = 64;

/// Where a destination starts, and where it falls to when it doesn't answer: a slow one must not
/// take much before it is known to be slow.
pub(super) const FIRST: usize = 4;
pub(super) const LEAST: usize = 1;

/// Looks without a sign of life after which a destination counts as quiet: a second. Its timeout
/// may be much longer.
pub(super) const QUIET_AFTER: u32 = 20;

/// The most deliveries that pause before another attempt: those behind them stay in the database.
const PAUSED: usize = 1024;

/// How a call to a lane ended, as far as the lane is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// It was answered, however.
    Answered,
    /// It was refused, which takes no time.
    Refused,
    /// It was not answered in time.
    Silent,
}

/// A delivery whose pause is over; its body is read again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Again {
    pub(super) seq: i64,
    /// Attempts so far, whether recorded or not.
    pub(super) made: u8,
}

/// One destination.
#[derive(Debug)]
pub(super) struct Lane {
    /// How many calls may run at once: grows with each that is answered.
    pub(super) window: usize,
    pub(super) running: usize,
    /// Made, and not recorded yet.
    pub(super) unrecorded: usize,
    /// The last delivery that was taken in.
    pub(super) seen: i64,
    pub(super) ready: VecDeque<Due>,
    pub(super) again: VecDeque<Again>,
    /// How many pause.
    pub(super) paused: usize,
    /// Whether there may be more in the database.
    pub(super) more: bool,
    /// Whether it has its turn, or waits for room.
    pub(super) listed: bool,
    /// Whether its last call was answered.
    pub(super) proven: bool,
    /// Whether it doesn't answer, or has not for a while.
    pub(super) quiet: bool,
    /// The look of its last sign of life.
    pub(super) since: u32,
}

impl Lane {
    /// With what comes behind a delivery.
    pub(super) fn new(seen: i64, proven: bool) -> Self {
        Self {
            window: FIRST,
            running: 0,
            unrecorded: 0,
            seen,
            ready: VecDeque::new(),
            again: VecDeque::new(),
            paused: 0,
            more: true,
            listed: false,
            proven,
            quiet: false,
            since: 0,
        }
    }

    /// Whether it has something to begin, and may.
    pub(super) fn has_room(&self) -> bool {
        let more = self.more && self.paused + self.again.len() < PAUSED;
        self.running < self.window && (more || !self.again.is_empty() || !self.ready.is_empty())
    }

    /// Whether nothing is left of it. What is not recorded yet would be found in the database once
    /// more.
    pub(super) fn is_over(&self) -> bool {
        self.running + self.unrecorded + self.paused == 0
            && self.ready.is_empty()
            && self.again.is_empty()
            && !self.more
    }

    /// Takes in how a call ended.
    pub(super) fn learn(&mut self, end: End) {
        match end {
            End::Answered => {
                self.window = (self.window + 1).min(PER_LANE);
                self.proven = true;
            }
            End::Refused => {}
            End::Silent => {
                self.window = (self.window / 2).max(LEAST);
                self.proven = false;
            }
        }
        self.quiet = end == End::Silent;
    }
}
