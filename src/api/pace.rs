//! Keeps commands for many webhooks within the platform's rate limit. A change takes the place of all of its calls
//! before it begins, so that none of them waits between two steps that belong together.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use super::limit::Limit;

/// How often to look whether others have ended in the meantime.
const PAUSE: Duration = Duration::from_millis(50);

/// What the platform has said about its limit.
#[derive(Debug, Default)]
pub(super) struct Pace(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    window: Option<Window>,
    /// The calls of changes that have begun and not ended.
    taken: u64,
    /// How many calls were sent.
    sent: u64,
    /// The call whose response said what is known: later ones say more.
    latest: u64,
}

#[derive(Debug, Clone, Copy)]
struct Window {
    /// The calls that the limit allowed after the latest response.
    left: u64,
    ends: Instant,
}

/// The number of a call, in the order in which they are sent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Number(u64);

/// The place of a change, until this is dropped.
#[must_use = "without it, others take its place"]
pub(crate) struct Place<'a> {
    pace: &'a Pace,
    calls: u64,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.pace.state().taken -= self.calls;
    }
}

impl Pace {
    /// Waits until the limit allows so many calls.
    pub(super) async fn place(&self, calls: u64) -> Place<'_> {
        while let Some(wait) = self.take(calls, Instant::now()) {
            tokio::time::sleep(wait).await;
        }
        Place { pace: self, calls }
    }

    /// Takes the place of so many calls; otherwise returns when to try again.
    fn take(&self, calls: u64, now: Instant) -> Option<Duration> {
        let mut state = self.state();
        if state.window.is_some_and(|window| window.ends <= now) {
            state.window = None;
        }
        if let Some(Window { left, ends }) = state.window {
            // One change alone may need more than a whole window has.
            let is_alone = state.taken == 0 && left > 0;
            if left < state.taken + calls && !is_alone {
                let ends = ends - now;
                return Some(if state.taken == 0 {
                    ends
                } else {
                    PAUSE.min(ends)
                });
            }
        }
        state.taken += calls;
        None
    }

    /// A call is being sent.
    pub(super) fn sent(&self) -> Number {
        let mut state = self.state();
        state.sent += 1;
        Number(state.sent)
    }

    /// A call was answered.
    pub(super) fn answered(&self, Number(call): Number, limit: Limit, now: Instant) {
        let Some((left, ends)) = limit.window else {
            return;
        };
        let ends = now + ends;
        let mut state = self.state();
        state.window = Some(match state.window {
            Some(known) if call < state.latest => Window {
                left: known.left.min(left),
                ..known
            },
            _ => Window { left, ends },
        });
        state.latest = state.latest.max(call);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(left: u64, reset: u64) -> Limit {
        Limit {
            window: Some((left, Duration::from_secs(reset))),
            asked: None,
        }
    }

    /// Whether a change may begin; it ends when the place is dropped.
    fn begins(pace: &Pace, calls: u64, now: Instant) -> Option<Place<'_>> {
        pace.take(calls, now)
            .is_none()
            .then(|| Place { pace, calls })
    }

    #[test]
    fn no_change_begins_whose_calls_the_limit_does_not_allow() {
        let (pace, now) = (Pace::default(), Instant::now());
        let first = begins(&pace, 3, now).unwrap();
        pace.answered(pace.sent(), answer(5, 10), now);
        assert!(begins(&pace, 3, now).is_none());
        assert_eq!(pace.take(3, now), Some(PAUSE));
        let (second, third) = (pace.sent(), pace.sent());
        pace.answered(third, answer(3, 10), now);
        // A response that comes late doesn't say more.
        pace.answered(second, answer(4, 10), now);
        drop(first);
        let next = begins(&pace, 3, now).unwrap();
        assert!(begins(&pace, 1, now).is_none());
        pace.answered(pace.sent(), answer(0, 10), now);
        drop(next);
        assert_eq!(pace.take(1, now), Some(Duration::from_secs(10)));
        let later = now + Duration::from_secs(11);
        assert!(begins(&pace, 3, later).is_some());
    }

    #[test]
    fn a_limit_that_fills_up_again_is_used() {
        let (pace, now) = (Pace::default(), Instant::now());
        for _ in 0..1000 {
            let _place = begins(&pace, 4, now).unwrap();
            pace.answered(pace.sent(), answer(299, 60), now);
        }
    }

    #[test]
    fn a_change_that_needs_more_than_a_window_has_begins_alone() {
        let (pace, now) = (Pace::default(), Instant::now());
        pace.answered(pace.sent(), answer(2, 10), now);
        let _alone = begins(&pace, 4, now).unwrap();
        assert!(begins(&pace, 1, now).is_none());
    }
}
