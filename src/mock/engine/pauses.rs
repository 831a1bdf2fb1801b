//! Deliveries that wait until a given time.

use std::{cmp::Reverse, collections::BinaryHeap};

use tokio::time::Instant;

use super::lane::Retry;

/// The end of a pause, its lane, and the delivery that continues then.
type Pause = Reverse<(Instant, i64, i64, u8)>;

/// All pauses, by their ends.
#[derive(Debug, Default)]
pub(super) struct Pauses(BinaryHeap<Pause>);

impl Pauses {
    pub(super) fn add(&mut self, lane: i64, retry: Retry, until: Instant) {
        self.0.push(Reverse((until, lane, retry.seq, retry.made)));
    }

    /// When the first one ends.
    pub(super) fn next(&self) -> Option<Instant> {
        self.0.peek().map(|Reverse((until, ..))| *until)
    }

    /// Removes one that has ended.
    pub(super) fn ended(&mut self, now: Instant) -> Option<(i64, Retry)> {
        self.next().filter(|until| *until <= now)?;
        let Reverse((_, lane, seq, made)) = self.0.pop()?;
        Some((lane, Retry { seq, made }))
    }
}
