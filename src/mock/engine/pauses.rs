//! Deliveries that wait until a given time.

use std::{cmp::Reverse, collections::BinaryHeap};

use tokio::time::Instant;

use super::order::Retry;

/// The end of a pause, its lane, and what goes on then.
type Pause = Reverse<(Instant, i64, Retry)>;

/// All pauses, by their ends.
#[derive(Debug, Default)]
pub(super) struct Pauses(BinaryHeap<Pause>);

impl Pauses {
    pub(super) fn add(&mut self, lane: i64, again: Retry, until: Instant) {
        self.0.push(Reverse((until, lane, again)));
    }

    /// When the first one ends.
    pub(super) fn next(&self) -> Option<Instant> {
        self.0.peek().map(|Reverse((until, ..))| *until)
    }

    /// Removes one that has ended.
    pub(super) fn ended(&mut self, now: Instant) -> Option<(i64, Retry)> {
        self.next().filter(|until| *until <= now)?;
        let Reverse((_, lane, again)) = self.0.pop()?;
        Some((lane, again))
    }
}
