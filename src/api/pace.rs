//! Keeps many calls within the platform's rate limit: none is sent while the limit's window has none left.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use reqwest::header::HeaderMap;

/// Two ends of a window that are closer than this are those of one window: resets are whole seconds.
const SAME: Duration = Duration::from_millis(1500);

/// What the platform has said about its limit.
#[derive(Debug, Default)]
pub(super) struct Pace(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    window: Option<Window>,
    /// Calls that were sent and have no response yet.
    open: u64,
}

#[derive(Debug, Clone, Copy)]
struct Window {
    /// The calls that may still be sent.
    left: u64,
    ends: Instant,
}

impl Pace {
    /// Waits until a call may be sent. It counts as sent from then on.
    pub(super) async fn wait(&self) {
        while let Some(wait) = self.take(Instant::now()) {
            tokio::time::sleep(wait).await;
        }
    }

    /// Takes one of the calls that are left; otherwise returns how long to wait.
    fn take(&self, now: Instant) -> Option<Duration> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut state.window {
            Some(window) if window.ends > now && window.left == 0 => {
                return Some(window.ends - now);
            }
            Some(window) if window.ends > now => window.left -= 1,
            _ => state.window = None,
        }
        state.open += 1;
        None
    }

    /// A call has ended; `headers` are those of its response, if there was one.
    pub(super) fn ended(&self, headers: Option<&HeaderMap>, now: Instant) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.open = state.open.saturating_sub(1);
        let number = |name: &str| {
            let text = headers?.get(name)?.to_str().ok()?;
            text.trim().parse::<u64>().ok()
        };
        let (Some(left), Some(reset)) =
            (number("x-ratelimit-remaining"), number("x-ratelimit-reset"))
        else {
            return;
        };
        // Some platforms give the time of the reset instead: then nothing is known about the window.
        if reset > 3600 {
            return;
        }
        let ends = now + Duration::from_secs(reset);
        // Whether the calls that are open are counted in this response is unknown.
        let left = left.saturating_sub(state.open);
        state.window = Some(match state.window {
            Some(known) if known.ends + SAME > ends && known.ends > now => Window {
                left: known.left.min(left),
                ends: known.ends.max(ends),
            },
            _ => Window { left, ends },
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(left: u64, reset: u64) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert("x-ratelimit-remaining", left.into());
        headers.insert("x-ratelimit-reset", reset.into());
        headers
    }

    #[test]
    fn no_call_is_sent_beyond_what_is_left() {
        let (pace, now) = (Pace::default(), Instant::now());
        // Nothing is known yet.
        assert_eq!(pace.take(now), None);
        pace.ended(Some(&answer(2, 10)), now);
        assert_eq!(pace.take(now), None);
        assert_eq!(pace.take(now), None);
        assert_eq!(pace.take(now), Some(Duration::from_secs(10)));
        // A response that was sent before the last call doesn't add any.
        pace.ended(Some(&answer(1, 10)), now);
        assert_eq!(pace.take(now), Some(Duration::from_secs(10)));
        pace.ended(None, now);
        // After the end, one response tells about the next window.
        let later = now + Duration::from_secs(11);
        assert_eq!(pace.take(later), None);
        pace.ended(Some(&answer(5, 60)), later);
        for _ in 0..5 {
            assert_eq!(pace.take(later), None);
        }
        assert!(pace.take(later).is_some());
    }

    #[test]
    fn a_time_in_place_of_seconds_is_not_a_window() {
        let (pace, now) = (Pace::default(), Instant::now());
        pace.ended(Some(&answer(0, 1_790_000_000)), now);
        assert_eq!(pace.take(now), None);
    }
}
