//! The platform's time, from the `Date` of its responses. It has no fractions of a second, so one
//! response gives a lower and an upper bound.

use std::{
    sync::Mutex,
    time::{Duration, Instant},
};

use jiff::{
    SignedDuration, Timestamp,
    fmt::{rfc2822, strtime},
    tz::TimeZone,
};
use reqwest::header::{DATE, HeaderMap};

/// The date of one response, and its earliest and latest possible time.
#[derive(Debug, Clone, Copy)]
struct Reading {
    date: Timestamp,
    asked: Instant,
    answered: Instant,
}

/// The platform's clock, as far as its responses reveal it.
#[derive(Debug, Default)]
pub(super) struct Clock(Mutex<Option<Reading>>);

/// The platform's time at one moment: within these bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bounds {
    pub(super) earliest: Timestamp,
    pub(super) latest: Timestamp,
}

const SECOND: SignedDuration = SignedDuration::from_secs(1);

impl Clock {
    /// Learns from the response to a request sent at `asked`.
    pub(super) fn learn(&self, headers: &HeaderMap, asked: Instant) {
        let date = headers.get(DATE).and_then(|date| date.to_str().ok());
        if let Some(date) = date.and_then(http_date) {
            *self.lock() = Some(Reading {
                date,
                asked,
                answered: Instant::now(),
            });
        }
    }

    /// The platform's time at `at`.
    pub(super) fn at(&self, at: Instant) -> Option<Bounds> {
        let Reading {
            date,
            asked,
            answered,
        } = (*self.lock())?;
        Some(Bounds {
            earliest: moved(date, answered, at)?,
            latest: moved(date.checked_add(SECOND).ok()?, asked, at)?,
        })
    }

    /// The date of the last response, and when it was requested.
    pub(super) fn last(&self) -> Option<(Timestamp, Instant)> {
        self.lock().map(|reading| (reading.date, reading.asked))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Reading>> {
        self.0.lock().expect("nothing panics while it is held")
    }
}

/// A date in any of the three forms that HTTP has had.
pub(super) fn http_date(text: &str) -> Option<Timestamp> {
    if let Ok(date) = rfc2822::parse(text) {
        return Some(date.timestamp());
    }
    let forms = ["%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"];
    let date = forms
        .iter()
        .find_map(|form| strtime::parse(form, text).ok()?.to_datetime().ok())?;
    TimeZone::UTC.to_timestamp(date).ok()
}

/// The time at `to`, given the time at `from`.
fn moved(time: Timestamp, from: Instant, to: Instant) -> Option<Timestamp> {
    let passed = |later: Instant, earlier: Instant| {
        let passed: Duration = later.saturating_duration_since(earlier);
        SignedDuration::try_from(passed).ok()
    };
    let time = time.checked_add(passed(to, from)?).ok()?;
    time.checked_sub(passed(from, to)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn an_answer_bounds_the_time_before_and_after_it() {
        let clock = Clock::default();
        let asked = Instant::now();
        assert_eq!(clock.at(asked), None);
        let mut headers = HeaderMap::new();
        headers.insert(DATE, "Tue, 03 Feb 2026 10:11:12 GMT".parse().unwrap());
        clock.learn(&headers, asked);
        assert_eq!(clock.last(), Some((time("2026-02-03T10:11:12Z"), asked)));
        let Bounds { earliest, latest } = clock.at(asked).unwrap();
        assert!(earliest <= time("2026-02-03T10:11:12Z"));
        assert_eq!(latest, time("2026-02-03T10:11:13Z"));
        let later = clock.at(asked + Duration::from_secs(10)).unwrap();
        assert_eq!(later.latest, time("2026-02-03T10:11:23Z"));
        headers.insert(DATE, "soon".parse().unwrap());
        clock.learn(&headers, asked);
        assert!(clock.at(asked).is_some());
    }
}
