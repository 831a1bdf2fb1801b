//! Keeps commands for many webhooks within the platform's rate limit. A change reserves all of its calls before it
//! begins, so that within an announced limit none of them waits between two steps that belong together. After a
//! refusal (429), all calls wait for the same time, and then as many continue as were allowed before.

use std::{
    cmp::Reverse,
    collections::BTreeSet,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tokio::sync::Notify;

use super::{
    limit::{Limit, MAX_WINDOW},
    retry::MAX_WAIT,
};

/// How long calls are held if a refusal says nothing credible about it.
const HOLD: Duration = Duration::from_millis(400);

/// What is known of the platform's limit, and the calls that depend on it.
#[derive(Debug, Default)]
pub(super) struct Pace {
    state: Mutex<State>,
    /// Wakes waiting calls when a call or a change has ended.
    ended: Notify,
}

#[derive(Debug, Default)]
struct State {
    window: Option<Window>,
    refused: Option<Refused>,
    /// The calls of changes that have begun and not ended.
    taken: u64,
    /// The changes themselves.
    changes: u64,
    /// How many calls were sent.
    sent: u64,
    /// How many of them have no response yet.
    under_way: u64,
    /// Calls that wait to be sent, by their number of refusals (most first), then by their arrival.
    waiting: BTreeSet<(Reverse<u32>, u64)>,
    /// How many calls have waited; the next one's number.
    came: u64,
    /// The latest call whose response reported the limit; responses to earlier ones are ignored.
    latest: u64,
}

#[derive(Debug, Clone, Copy)]
struct Window {
    /// The calls that the limit allowed after the latest response.
    left: u64,
    ends: Instant,
}

/// What is known after a refusal: the platform may say no more than when to try again.
#[derive(Debug, Clone, Copy)]
struct Refused {
    /// No call is sent before this time.
    until: Instant,
    /// The last call that was sent before it.
    last: u64,
    /// How many calls had been allowed before it.
    allowed: u64,
    /// How many have been since.
    passed: u64,
    /// Whether none had been since the previous refusal.
    is_in_vain: bool,
}

impl Refused {
    /// Whether changes that have not begun should wait. If nothing is let through, or only after
    /// longer than a call may wait, each is refused at once instead.
    fn is_worth_waiting(&self, now: Instant) -> bool {
        let is_short = self.until.saturating_duration_since(now) <= MAX_WAIT;
        is_short && !(self.is_in_vain && self.passed == 0)
    }

    /// Whether one more call may be sent in addition to that many. What is not known to be allowed
    /// is tried with one call, then with more.
    fn allows(&self, under_way: u64) -> bool {
        let is_known = self.passed + under_way < self.allowed;
        is_known || under_way == 0 || under_way < self.passed.saturating_sub(self.allowed)
    }
}

/// What a call or a change has to wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wait {
    For(Duration),
    /// For other calls or changes, for at most this long.
    Others(Duration),
}

impl Wait {
    fn longest(self) -> Duration {
        match self {
            Self::For(wait) | Self::Others(wait) => wait,
        }
    }
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
        let mut state = self.pace.state();
        state.taken -= self.calls;
        state.changes -= 1;
        drop(state);
        self.pace.ended.notify_waiters();
    }
}

/// A call that is under way, until this is dropped.
#[must_use = "without it, others are sent in its place"]
pub(super) struct UnderWay<'a> {
    pace: &'a Pace,
    /// How long it has waited.
    pub(super) waited: Duration,
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.pace.state().under_way -= 1;
        self.pace.ended.notify_waiters();
    }
}

/// A call that waits, until this is dropped.
struct Turn<'a> {
    pace: &'a Pace,
    rank: (Reverse<u32>, u64),
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.pace.state().waiting.remove(&self.rank);
        self.pace.ended.notify_waiters();
    }
}

impl Pace {
    /// Waits until the limit allows this many calls; `told` is given each wait.
    pub(super) async fn place(&self, calls: u64, told: impl Fn(Duration)) -> Place<'_> {
        loop {
            let ended = self.ended.notified();
            tokio::pin!(ended);
            ended.as_mut().enable();
            let Some(wait) = self.take(calls, Instant::now()) else {
                return Place { pace: self, calls };
            };
            if let Wait::For(wait) = wait {
                told(wait);
            }
            // Whether it ran out or something has ended: it is looked at again.
            let _ = tokio::time::timeout(wait.longest(), ended).await;
        }
    }

    /// Reserves capacity for this many calls; otherwise returns what to wait for.
    fn take(&self, calls: u64, now: Instant) -> Option<Wait> {
        let mut state = self.state();
        let refused = state
            .refused
            .filter(|refused| refused.is_worth_waiting(now));
        if let Some(refused) = refused {
            if refused.until > now {
                return Some(Wait::For(refused.until - now));
            }
            let busy = state.changes.max(state.under_way);
            if !state.waiting.is_empty() || !refused.allows(busy) {
                return Some(Wait::Others(MAX_WINDOW));
            }
        }
        if state.window.is_some_and(|window| window.ends <= now) {
            state.window = None;
        }
        if let Some(Window { left, ends }) = state.window {
            // One change alone may need more than a whole window has.
            let is_alone = state.taken == 0 && left > 0;
            if left < state.taken + calls && !is_alone {
                let ends = ends - now;
                return Some(if state.taken == 0 {
                    Wait::For(ends)
                } else {
                    Wait::Others(ends)
                });
            }
        }
        state.taken += calls;
        state.changes += 1;
        None
    }

    /// Waits until a call that was refused this many times may be sent; for at most about this
    /// long, and not at all if that isn't enough.
    pub(super) async fn turn(&self, refusals: u32, at_most: Duration) -> UnderWay<'_> {
        let turn = Turn {
            pace: self,
            rank: self.came(refusals),
        };
        let (came, mut waited) = (Instant::now(), Duration::ZERO);
        let ends = came + at_most;
        loop {
            let ended = self.ended.notified();
            tokio::pin!(ended);
            ended.as_mut().enable();
            let now = Instant::now();
            let left = ends.saturating_duration_since(now);
            let wait = match self.go(turn.rank, now) {
                None => break,
                Some(_) if left.is_zero() => break,
                Some(Wait::For(wait)) if wait > left + HOLD => break,
                Some(Wait::For(wait)) => wait,
                Some(Wait::Others(_)) => left,
            };
            let _ = tokio::time::timeout(wait, ended).await;
            waited = came.elapsed();
        }
        self.state().under_way += 1;
        UnderWay { pace: self, waited }
    }

    /// Adds a waiting call, and returns its rank among the waiting ones.
    fn came(&self, refusals: u32) -> (Reverse<u32>, u64) {
        let mut state = self.state();
        state.came += 1;
        let rank = (Reverse(refusals), state.came);
        state.waiting.insert(rank);
        rank
    }

    /// What a call of that rank has to wait for.
    fn go(&self, rank: (Reverse<u32>, u64), now: Instant) -> Option<Wait> {
        let state = self.state();
        let refused = state.refused?;
        if refused.until > now {
            return Some(Wait::For(refused.until - now));
        }
        let is_first = state.waiting.first() == Some(&rank);
        let may_go = is_first && refused.allows(state.under_way);
        (!may_go).then_some(Wait::Others(MAX_WINDOW))
    }

    /// A call is being sent.
    pub(super) fn sent(&self) -> Number {
        let mut state = self.state();
        state.sent += 1;
        Number(state.sent)
    }

    /// A call was answered with that status.
    pub(super) fn answered(&self, Number(call): Number, status: u16, limit: Limit, now: Instant) {
        let mut state = self.state();
        if status == 429 {
            let wait = limit.asked.filter(|wait| *wait <= MAX_WINDOW);
            let wait = wait.unwrap_or(HOLD);
            state.refuse(call, now + wait);
        } else {
            state.pass(call);
        }
        let Some((left, ends)) = limit.window else {
            return;
        };
        let ends = now + ends;
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
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn refuse(&mut self, call: u64, until: Instant) {
        let last = self.sent;
        self.refused = Some(match self.refused {
            Some(known) if call <= known.last => Refused {
                until: known.until.max(until),
                ..known
            },
            known => Refused {
                until,
                last,
                allowed: known.map_or(self.allowed_so_far(), |known| known.passed),
                passed: 0,
                is_in_vain: known.is_some_and(|known| known.passed == 0),
            },
        });
    }

    /// Before the first refusal, all calls but those under way were allowed.
    fn allowed_so_far(&self) -> u64 {
        self.sent.saturating_sub(self.under_way)
    }

    fn pass(&mut self, call: u64) {
        if let Some(refused) = &mut self.refused {
            if call <= refused.last {
                refused.allowed += 1;
            } else {
                refused.passed += 1;
            }
        }
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
        pace.answered(pace.sent(), 201, answer(5, 10), now);
        assert!(begins(&pace, 3, now).is_none());
        assert_eq!(
            pace.take(3, now),
            Some(Wait::Others(Duration::from_secs(10)))
        );
        let (second, third) = (pace.sent(), pace.sent());
        pace.answered(third, 201, answer(3, 10), now);
        // A late response adds nothing.
        pace.answered(second, 201, answer(4, 10), now);
        drop(first);
        let next = begins(&pace, 3, now).unwrap();
        assert!(begins(&pace, 1, now).is_none());
        pace.answered(pace.sent(), 201, answer(0, 10), now);
        drop(next);
        assert_eq!(pace.take(1, now), Some(Wait::For(Duration::from_secs(10))));
        let later = now + Duration::from_secs(11);
        assert!(begins(&pace, 3, later).is_some());
    }

    #[test]
    fn a_limit_that_fills_up_again_is_used() {
        let (pace, now) = (Pace::default(), Instant::now());
        for _ in 0..1000 {
            let _place = begins(&pace, 4, now).unwrap();
            pace.answered(pace.sent(), 201, answer(299, 60), now);
        }
    }

    #[test]
    fn a_change_that_needs_more_than_a_window_has_begins_alone() {
        let (pace, now) = (Pace::default(), Instant::now());
        pace.answered(pace.sent(), 201, answer(2, 10), now);
        let _alone = begins(&pace, 4, now).unwrap();
        assert!(begins(&pace, 1, now).is_none());
    }

    /// A call that is sent at once.
    fn goes(pace: &Pace, refusals: u32, now: Instant) -> Option<(UnderWay<'_>, Number)> {
        let rank = pace.came(refusals);
        let turn = Turn { pace, rank };
        if pace.go(rank, now).is_some() {
            return None;
        }
        drop(turn);
        pace.state().under_way += 1;
        let waited = Duration::ZERO;
        Some((UnderWay { pace, waited }, pace.sent()))
    }

    fn refusal(seconds: u64) -> Limit {
        Limit {
            window: None,
            asked: Some(Duration::from_secs(seconds)),
        }
    }

    #[test]
    fn after_a_refusal_all_wait_and_then_as_many_go_as_were_allowed() {
        let (pace, start) = (Pace::default(), Instant::now());
        let first: Vec<_> = (0..5).map(|_| goes(&pace, 0, start).unwrap()).collect();
        for (number, (call, sent)) in first.into_iter().enumerate() {
            let status = if number < 3 { 201 } else { 429 };
            pace.answered(sent, status, refusal(9), start);
            drop(call);
        }
        assert!(goes(&pace, 1, start).is_none());
        assert_eq!(pace.take(1, start), Some(Wait::For(Duration::from_secs(9))));
        let now = start + Duration::from_secs(9);
        let again: Vec<_> = (0..3).map(|_| goes(&pace, 1, now).unwrap()).collect();
        assert!(goes(&pace, 0, now).is_none());
        for (call, sent) in again {
            pace.answered(sent, 201, Limit::default(), now);
            drop(call);
        }
        // A single call finds out whether there is more.
        let (probe, sent) = goes(&pace, 0, now).unwrap();
        assert!(goes(&pace, 0, now).is_none());
        pace.answered(sent, 429, refusal(9), now);
        drop(probe);
        let now = now + Duration::from_secs(9);
        assert!(goes(&pace, 1, now).is_some());
    }

    #[test]
    fn those_that_were_refused_go_first_and_before_new_changes() {
        let (pace, start) = (Pace::default(), Instant::now());
        let (call, sent) = goes(&pace, 0, start).unwrap();
        pace.answered(sent, 429, refusal(1), start);
        drop(call);
        let now = start + Duration::from_secs(1);
        let new = Turn {
            pace: &pace,
            rank: pace.came(0),
        };
        let refused = Turn {
            pace: &pace,
            rank: pace.came(1),
        };
        assert_eq!(pace.go(new.rank, now), Some(Wait::Others(MAX_WINDOW)));
        assert_eq!(pace.go(refused.rank, now), None);
        assert_eq!(pace.take(1, now), Some(Wait::Others(MAX_WINDOW)));
        drop((new, refused));
        assert!(begins(&pace, 1, now).is_some());
    }

    #[tokio::test]
    async fn no_change_waits_for_a_platform_that_lets_nothing_through() {
        let (pace, now) = (Pace::default(), Instant::now());
        let asked = |seconds| Limit {
            window: None,
            asked: Some(Duration::from_secs(seconds)),
        };
        pace.answered(pace.sent(), 200, Limit::default(), now);
        let long = MAX_WAIT.as_secs() + 1;
        pace.answered(pace.sent(), 429, asked(long), now);
        assert!(pace.take(1, now).is_none());
        let (pace, refused) = (Pace::default(), asked(5));
        pace.answered(pace.sent(), 200, Limit::default(), now);
        pace.answered(pace.sent(), 429, refused, now);
        assert_eq!(pace.take(1, now), Some(Wait::For(Duration::from_secs(5))));
        // After that wait, nothing is let through either.
        let later = now + Duration::from_secs(6);
        pace.answered(pace.sent(), 429, refused, later);
        assert!(pace.take(1, later).is_none());
        // Once something is, changes wait again.
        pace.answered(pace.sent(), 200, Limit::default(), later);
        assert!(pace.take(1, later).is_some());
    }
}
