//! Keeps many calls within the platform's rate limit: none is sent while the limit's window has none left.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use reqwest::header::HeaderMap;

/// The longest window that is believed, in seconds.
const MAX_WINDOW: u64 = 3600;

/// What the platform has said about its limit.
#[derive(Debug, Default)]
pub(super) struct Pace(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    window: Option<Window>,
    /// Calls that were sent and have no response yet.
    open: u64,
    /// How many calls were sent.
    sent: u64,
    /// The call whose response said what is known: later ones say more.
    latest: u64,
}

#[derive(Debug, Clone, Copy)]
struct Window {
    /// The calls that may still be sent.
    left: u64,
    ends: Instant,
}

/// The number of a call, in the order in which they are sent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ticket(u64);

impl Pace {
    /// Waits until a call may be sent. It counts as sent from then on.
    pub(super) async fn wait(&self) -> Ticket {
        loop {
            match self.take(Instant::now()) {
                Ok(ticket) => return ticket,
                Err(wait) => tokio::time::sleep(wait).await,
            }
        }
    }

    /// Takes one of the calls that are left; the error is how long to wait.
    fn take(&self, now: Instant) -> Result<Ticket, Duration> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut state.window {
            Some(window) if window.ends > now && window.left == 0 => {
                return Err(window.ends - now);
            }
            Some(window) if window.ends > now => window.left -= 1,
            _ => state.window = None,
        }
        state.open += 1;
        state.sent += 1;
        Ok(Ticket(state.sent))
    }

    /// A call has ended; `headers` are those of its response, if there was one.
    pub(super) fn ended(&self, Ticket(call): Ticket, headers: Option<&HeaderMap>, now: Instant) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.open = state.open.saturating_sub(1);
        let number = |name: &str| {
            let text = headers?.get(name)?.to_str().ok()?;
            text.trim().parse::<u64>().ok()
        };
        let left = number("x-ratelimit-remaining");
        let (Some(left), Some(reset)) = (left, number("x-ratelimit-reset")) else {
            return;
        };
        // A time in place of seconds says nothing about the window.
        if reset > MAX_WINDOW {
            return;
        }
        let ends = now + Duration::from_secs(reset);
        // It is unknown which of the open calls this response counts.
        let left = left.saturating_sub(state.open);
        state.window = Some(match state.window {
            Some(known) if call < state.latest => Window {
                left: known.left.min(left),
                ..known
            },
            _ => Window { left, ends },
        });
        state.latest = state.latest.max(call);
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
        let first = pace.take(now).unwrap();
        // Sent before anything is known, and counted or not.
        let second = pace.take(now).unwrap();
        pace.ended(first, Some(&answer(3, 10)), now);
        let third = pace.take(now).unwrap();
        let fourth = pace.take(now).unwrap();
        assert_eq!(pace.take(now).unwrap_err(), Duration::from_secs(10));
        pace.ended(fourth, Some(&answer(0, 10)), now);
        // An older response arrives late.
        pace.ended(second, Some(&answer(2, 10)), now);
        pace.ended(third, None, now);
        assert!(pace.take(now).is_err());
        // After the end, a response tells about the next window.
        let later = now + Duration::from_secs(11);
        let next = pace.take(later).unwrap();
        pace.ended(next, Some(&answer(5, 60)), later);
        for _ in 0..5 {
            pace.take(later).unwrap();
        }
        assert!(pace.take(later).is_err());
    }

    #[test]
    fn a_limit_that_fills_up_again_is_used() {
        let (pace, now) = (Pace::default(), Instant::now());
        for _ in 0..1000 {
            let call = pace.take(now).unwrap();
            pace.ended(call, Some(&answer(299, 60)), now);
        }
    }

    #[test]
    fn a_time_in_place_of_seconds_is_not_a_window() {
        let (pace, now) = (Pace::default(), Instant::now());
        let call = pace.take(now).unwrap();
        pace.ended(call, Some(&answer(0, 1_790_000_000)), now);
        assert!(pace.take(now).is_ok());
    }
}
