//! What a response says about the platform's rate limit: pure. No other file reads these headers.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::HeaderMap;

use super::clock;

/// The longest window that is believed.
pub(super) const MAX_WINDOW: Duration = Duration::from_secs(3600);

/// What a response says about the rate limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Limit {
    /// How many calls are left, and for how long.
    pub(super) window: Option<(u64, Duration)>,
    /// The wait that it asks for; `None` if that has already passed.
    pub(super) asked: Option<Duration>,
}

impl Limit {
    /// Reads the headers of a response with this status. Waits are in seconds or dates; unreadable values are
    /// ignored. A date is compared with the response's own, so that no clock here matters; `now` is used
    /// if it has none.
    pub(super) fn of(status: u16, headers: &HeaderMap, now: Timestamp) -> Self {
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
            // A date in the past requests no extra wait.
            Some(Duration::try_from(date.duration_since(now)).unwrap_or_default())
        };
        let wait = |name: &str| seconds(name).or_else(|| until(name));
        let left = text("x-ratelimit-remaining").and_then(|left| left.parse::<u64>().ok());
        let reset = wait("x-ratelimit-reset");
        // A time in place of seconds says nothing about the window.
        let ends = reset.filter(|reset| *reset <= MAX_WINDOW);
        // Every response says when the limit resets. If calls are left, the limit isn't the problem.
        let is_reached = status == 429 || left.is_none_or(|left| left == 0);
        Self {
            window: left.zip(ends),
            asked: reset
                .filter(|reset| is_reached && !reset.is_zero())
                .or_else(|| wait("retry-after"))
                .filter(|asked| !asked.is_zero()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_believed_only_as_seconds_or_a_date_and_if_it_is_short() {
        let window = |left: &str, reset: &str| {
            let headers = [
                ("x-ratelimit-remaining", left),
                ("x-ratelimit-reset", reset),
            ];
            let headers =
                headers.map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
            Limit::of(200, &HeaderMap::from_iter(headers), Timestamp::UNIX_EPOCH).window
        };
        let minute = Duration::from_secs(60);
        assert_eq!(window("299", "60"), Some((299, minute)));
        assert_eq!(
            window("0", "Thu, 01 Jan 1970 00:01:00 GMT"),
            Some((0, minute))
        );
        for (left, reset) in [
            ("many", "60"),
            ("-1", "60"),
            ("0", "1790000000"),
            ("0", "soon"),
        ] {
            assert_eq!(window(left, reset), None, "{left} {reset}");
        }
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
        let asked = |status, headers: &HeaderMap| Limit::of(status, headers, now).asked;
        let both = headers(&[("retry-after", "9"), ("x-ratelimit-reset", "3")]);
        assert_eq!(asked(429, &both), Some(Duration::from_secs(3)));
        let over = headers(&[("retry-after", "9"), ("x-ratelimit-reset", "0")]);
        assert_eq!(asked(429, &over), Some(Duration::from_secs(9)));
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
        let asked = |status, headers: &HeaderMap, now| Limit::of(status, headers, now).asked;
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
            assert_eq!(asked(503, &later, now), None, "{after}");
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
        let asked =
            |status, headers: &HeaderMap| Limit::of(status, headers, Timestamp::UNIX_EPOCH).asked;
        assert_eq!(asked(503, &headers("299")), None);
        let minute = Some(Duration::from_secs(60));
        assert_eq!(asked(503, &headers("0")), minute);
        assert_eq!(asked(429, &headers("299")), minute);
    }
}
