//! The system clock, which can be set while the mock runs, and the monotonic clock, which can't.
//! The database contains times of the system clock; durations are measured with the monotonic
//! clock.

use std::time::{Duration, Instant};

use crate::mock::clock;

/// How far the clocks may drift apart between two updates before the system clock counts as set.
const DRIFT: i64 = 250_000;

/// How long the clocks must have agreed before anything is removed because of its age: if a machine
/// starts with a wrong clock, it is usually corrected soon.
const SETTLED: Duration = Duration::from_secs(30);

/// Both clocks at one moment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sample {
    /// Microseconds since 1970.
    pub(super) wall: i64,
    /// Since an arbitrary moment.
    pub(super) steady: Duration,
}

impl Sample {
    /// Now, as the time since `start`.
    pub(super) fn now(start: Instant) -> Self {
        const AT_ONCE: Duration = Duration::from_millis(10);
        const TRIES: usize = 10;

        let read = || {
            let (before, wall) = (start.elapsed(), clock::now());
            (wall, before, start.elapsed().saturating_sub(before))
        };
        // If the process is suspended between the two readings, the clock seems to have been set.
        let (wall, steady, _) = (0..TRIES)
            .map(|_| read())
            .find(|(.., took)| *took < AT_ONCE)
            .unwrap_or_else(read);
        Self { wall, steady }
    }

    fn since(self, earlier: Self) -> i64 {
        micros(self.steady.saturating_sub(earlier.steady))
    }
}

fn micros(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX)
}

/// The system clock was set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Step {
    /// By how much: forward, or back if negative.
    pub(super) by: i64,
    /// The earliest time that it can have shown since.
    pub(super) from: i64,
}

impl Step {
    /// Reads both, one after the other.
    pub(super) fn and(self, later: Self) -> Self {
        Self {
            by: self.by + later.by,
            ..later
        }
    }
}

/// Watches the two clocks.
#[derive(Debug)]
pub(super) struct Clocks {
    first: Sample,
    last: Sample,
    /// Since when they have agreed.
    agree: Duration,
}

impl Clocks {
    pub(super) fn new(first: Sample) -> Self {
        Self {
            first,
            last: first,
            agree: first.steady,
        }
    }

    /// Whether the system clock was set since the last update.
    pub(super) fn update(&mut self, now: Sample) -> Option<Step> {
        let passed = now.since(self.last);
        let by = (now.wall - self.last.wall) - passed;
        self.last = now;
        if by.abs() < DRIFT {
            return None;
        }
        self.agree = now.steady;
        let from = now.wall - passed;
        Some(Step { by, from })
    }

    /// The system time at the last update.
    pub(super) fn wall(&self) -> i64 {
        self.last.wall
    }

    /// A time that has passed by both clocks: setting the system clock forward makes nothing old.
    pub(super) fn certainly_passed(&self) -> i64 {
        let steady = self.first.wall + self.last.since(self.first);
        steady.min(self.last.wall)
    }

    /// Whether ages can be trusted.
    pub(super) fn are_settled(&self) -> bool {
        self.last.steady.saturating_sub(self.agree) >= SETTLED
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000_000;

    fn sample(wall: i64, seconds: u64) -> Sample {
        Sample {
            wall,
            steady: Duration::from_secs(seconds),
        }
    }

    #[test]
    fn a_clock_that_is_set_makes_a_step_and_one_that_is_corrected_none() {
        let mut clocks = Clocks::new(sample(HOUR, 0));
        assert_eq!(clocks.update(sample(HOUR + 1_000_000, 1)), None);
        assert_eq!(clocks.update(sample(HOUR + 2_100_000, 2)), None);
        let ahead = clocks.update(sample(9 * HOUR, 3)).unwrap();
        assert_eq!(ahead.by, 8 * HOUR - 3_100_000);
        assert_eq!(ahead.from, 9 * HOUR - 1_000_000);
        assert_eq!(clocks.update(sample(9 * HOUR + 1_000_000, 4)), None);
        let back = clocks.update(sample(HOUR, 5)).unwrap();
        assert_eq!(back.by, -8 * HOUR - 2_000_000);
    }

    #[test]
    fn no_clock_alone_makes_anything_old() {
        let mut clocks = Clocks::new(sample(HOUR, 0));
        clocks.update(sample(HOUR + 60_000_000, 60));
        assert_eq!(clocks.certainly_passed(), HOUR + 60_000_000);
        assert!(clocks.are_settled());
        clocks.update(sample(200 * HOUR, 61));
        assert_eq!(clocks.certainly_passed(), HOUR + 61_000_000);
        assert!(!clocks.are_settled());
        clocks.update(sample(200 * HOUR + 30_000_000, 91));
        assert!(clocks.are_settled());
        clocks.update(sample(0, 92));
        assert_eq!(clocks.certainly_passed(), 0);
    }

    #[test]
    fn a_new_process_takes_no_age_for_granted() {
        let mut clocks = Clocks::new(sample(HOUR, 7));
        assert!(!clocks.are_settled());
        clocks.update(sample(HOUR + 29_000_000, 36));
        assert!(!clocks.are_settled());
    }
}
