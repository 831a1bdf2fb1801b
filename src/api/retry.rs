//! What is retried, and when: pure.
//!
//! Reads are retried after any transient failure, writes only if the platform reports that it did
//! nothing (429). At most three attempts and 60 s of waiting; a wait that would exceed this is not
//! started.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::{Method, header::HeaderMap};

use super::{clock, error::is_passing};

/// How long after its start a write may still be on its way at most: every attempt but the last was
/// refused, and each may take as long as one call.
pub(crate) fn longest_write(timeout: Duration) -> Duration {
    timeout * MAX_TRIES + MAX_WAIT
}

const MAX_TRIES: u32 = 3;
const MAX_WAIT: Duration = Duration::from_secs(60);
/// The wait before the second attempt; before the third it is twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(400);

/// How one attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// With this status.
    Status(u16),
    /// Without a response, for a transient reason.
    Transient,
    /// Without a response, for a permanent reason.
    Permanent,
}

/// What to do after an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// Wait this long, then try again.
    Wait(Duration),
    /// Stop. With the wait that the platform asked for, if that was too long.
    GiveUp(Option<Duration>),
}

/// The attempts of one call.
pub(super) struct Tries {
    made: u32,
    waited: Duration,
    repeats_reads: bool,
}

impl Tries {
    pub(super) fn of(method: &Method) -> Self {
        Self {
            made: 0,
            waited: Duration::ZERO,
            repeats_reads: method == Method::GET,
        }
    }

    /// Decides. `asked` is the wait that the response headers ask for, `jitter` is from 0 to 1.
    pub(super) fn next(&mut self, ended: Ended, asked: Option<Duration>, jitter: f64) -> Next {
        self.made += 1;
        let passing = match ended {
            Ended::Status(429) => true,
            Ended::Status(status) => self.repeats_reads && is_passing(status),
            Ended::Transient => self.repeats_reads,
            Ended::Permanent => false,
        };
        if !passing || self.made >= MAX_TRIES {
            return Next::GiveUp(None);
        }
        let backoff = FIRST_WAIT * 2_u32.pow(self.made - 1);
        let wait = asked.unwrap_or_else(|| backoff.mul_f64(0.5 + jitter / 2.0));
        if self.waited.saturating_add(wait) > MAX_WAIT {
            return Next::GiveUp(asked);
        }
        self.waited += wait;
        Next::Wait(wait)
    }
}

/// The wait that a response of this status asks for, in seconds or as a date; unreadable values are
/// ignored. A date is compared with the response's own, so that no clock here matters; `now` is used
/// if it has none.
pub(super) fn asked(status: u16, headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = |name: &str| Some(headers.get(name)?.to_str().ok()?.trim());
    let number = |name: &str| text(name)?.parse::<f64>().ok();
    let seconds = |name: &str| {
        let digits = text(name)?.bytes().all(|byte| byte.is_ascii_digit());
        let longest = digits.then_some(Duration::from_secs(u32::MAX.into()));
        Duration::try_from_secs_f64(number(name)?).ok().or(longest)
    };
    let until = |name: &str| {
        let date = clock::http_date(text(name)?)?;
        let now = text("date").and_then(clock::http_date).unwrap_or(now);
        // A date that has passed asks for no wait.
        Some(Duration::try_from(date.duration_since(now)).unwrap_or_default())
    };
    let wait = |name: &str| seconds(name).or_else(|| until(name));
    // Every response says when the limit resets. If calls are left, the limit isn't the problem.
    let left = number("x-ratelimit-remaining").is_some_and(|left| left > 0.0);
    let reset = (status == 429 || !left).then(|| wait("x-ratelimit-reset"));
    reset.flatten().or_else(|| wait("retry-after"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waits(method: &Method, ended: Ended, asked: Option<u64>) -> (Vec<Duration>, Next) {
        let mut tries = Tries::of(method);
        let mut waits = Vec::new();
        loop {
            match tries.next(ended, asked.map(Duration::from_secs), 1.0) {
                Next::Wait(wait) => waits.push(wait),
                end @ Next::GiveUp(_) => return (waits, end),
            }
        }
    }

    #[test]
    fn a_read_is_tried_three_times_with_growing_waits() {
        for ended in [Ended::Transient, Ended::Status(503), Ended::Status(429)] {
            let (waits, _) = waits(&Method::GET, ended, None);
            assert_eq!(waits, [FIRST_WAIT, FIRST_WAIT * 2]);
        }
        for ended in [Ended::Permanent, Ended::Status(400), Ended::Status(501)] {
            assert!(waits(&Method::GET, ended, None).0.is_empty());
        }
    }

    #[test]
    fn a_write_is_repeated_only_where_nothing_was_done() {
        for ended in [Ended::Transient, Ended::Status(500), Ended::Status(503)] {
            assert!(waits(&Method::POST, ended, None).0.is_empty());
        }
        assert_eq!(waits(&Method::PATCH, Ended::Status(429), None).0.len(), 2);
    }

    #[test]
    fn a_wait_that_does_not_fit_is_not_begun() {
        let (none, end) = waits(&Method::GET, Ended::Status(429), Some(61));
        assert!(none.is_empty());
        assert_eq!(end, Next::GiveUp(Some(Duration::from_secs(61))));
        let (one, _) = waits(&Method::GET, Ended::Status(429), Some(40));
        assert_eq!(one, [Duration::from_secs(40)]);
    }

    #[test]
    fn the_platforms_own_header_comes_first_and_nonsense_is_nothing() {
        let headers = |pairs: &[(&'static str, &str)]| {
            let pairs = pairs
                .iter()
                .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
            pairs.collect::<HeaderMap>()
        };
        let now = Timestamp::UNIX_EPOCH;
        let asked = |status, headers: &HeaderMap| asked(status, headers, now);
        let both = headers(&[("retry-after", "9"), ("x-ratelimit-reset", "3")]);
        assert_eq!(asked(429, &both), Some(Duration::from_secs(3)));
        let long = headers(&[("retry-after", "99999999999999999999999")]);
        assert_eq!(
            asked(429, &long),
            Some(Duration::from_secs(u32::MAX.into()))
        );
        for nonsense in [
            "soon",
            "-1",
            "nan",
            "1e400",
            "Wed, 21 Oct 2026",
            "Wed, 41 Oct 2026 07:28:00 GMT",
        ] {
            assert_eq!(
                asked(429, &headers(&[("retry-after", nonsense)])),
                None,
                "{nonsense}"
            );
        }
    }

    #[test]
    fn a_date_counts_from_the_date_of_its_own_response() {
        let headers = |after: &str, date: Option<&str>| {
            let mut headers = HeaderMap::new();
            headers.insert("retry-after", after.parse().unwrap());
            if let Some(date) = date {
                headers.insert("date", date.parse().unwrap());
            }
            headers
        };
        let now: Timestamp = "2026-10-21T07:27:00Z".parse().unwrap();
        let (minute, hour) = (Duration::from_secs(60), Duration::from_secs(3600));
        for after in [
            "Wed, 21 Oct 2026 07:28:00 GMT",
            "Wednesday, 21-Oct-26 07:28:00 GMT",
            "Wed Oct 21 07:28:00 2026",
        ] {
            assert_eq!(
                asked(503, &headers(after, None), now),
                Some(minute),
                "{after}"
            );
            let earlier = headers(after, Some("Wed, 21 Oct 2026 06:28:00 GMT"));
            assert_eq!(asked(503, &earlier, now), Some(hour), "{after}");
            let later = headers(after, Some("Wed, 21 Oct 2026 07:28:01 GMT"));
            assert_eq!(asked(503, &later, now), Some(Duration::ZERO), "{after}");
        }
        let single = headers(
            "Sun Nov  1 07:28:00 2026",
            Some("Sun, 01 Nov 2026 07:27:00 GMT"),
        );
        assert_eq!(asked(429, &single, now), Some(minute));
    }

    #[test]
    fn the_end_of_a_limit_that_is_not_reached_is_not_waited_for() {
        let headers = |left: &str| {
            HeaderMap::from_iter([
                (
                    "x-ratelimit-remaining".parse().unwrap(),
                    left.parse().unwrap(),
                ),
                ("x-ratelimit-reset".parse().unwrap(), "60".parse().unwrap()),
            ])
        };
        let asked = |status, headers: &HeaderMap| asked(status, headers, Timestamp::UNIX_EPOCH);
        assert_eq!(asked(503, &headers("299")), None);
        let minute = Some(Duration::from_secs(60));
        assert_eq!(asked(503, &headers("0")), minute);
        assert_eq!(asked(429, &headers("299")), minute);
    }
}
