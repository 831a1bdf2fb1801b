//! What the platform's dates prove about a change whose response was lost: pure.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One moment by this machine's clock, and by the platform's if it has responded before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// Seconds since 1970, by this machine's clock.
    pub(super) local: i64,
    /// The same by the platform's clock, in whole seconds that have certainly passed (`Date`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) platform: Option<i64>,
}

impl Moment {
    /// Now. `platform` is a lower bound of the platform's time.
    pub fn now(platform: Option<Timestamp>) -> Self {
        Self::at(Timestamp::now(), platform)
    }

    /// A moment by both clocks.
    pub fn at(local: Timestamp, platform: Option<Timestamp>) -> Self {
        Self {
            local: local.as_second(),
            platform: platform.map(Timestamp::as_second),
        }
    }
}

/// A date from the platform, as it was written. Compared as text: the platform writes its dates in
/// one format, and even a date that can't be parsed shows that something has changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Stamp(String);

impl Stamp {
    pub(super) fn of(date: Option<&String>) -> Option<Self> {
        date.cloned().map(Self)
    }

    fn read(&self) -> Option<Timestamp> {
        self.0.parse().ok()
    }

    /// Whether two changes can't have the same date, because it has fractions of a second. In whole
    /// seconds, two changes within one second look alike.
    pub(super) fn has_subseconds(&self) -> bool {
        self.read()
            .is_some_and(|date| date.subsec_nanosecond() != 0)
    }

    /// Whether a change sent at `sent` would have a different date from this one.
    pub(super) fn precedes(&self, sent: Moment) -> bool {
        let whole_second = || {
            let (date, platform) = (self.read()?, sent.platform?);
            Some(date.as_second() < platform)
        };
        self.has_subseconds() || whole_second().unwrap_or(false)
    }

    /// Whether something with this date existed before a call that was sent at `sent`, as far as
    /// both clocks show at `now`.
    pub(super) fn is_older_than(&self, sent: Moment, now: Moment) -> bool {
        let known = || {
            let (date, platform) = (self.read()?, now.platform?);
            let passed = now.local.checked_sub(sent.local).filter(|s| *s >= 0)?;
            // Both clocks were read in whole seconds, and so may the date be.
            Some(date.as_second() + 1 < platform - passed - 1)
        };
        known().unwrap_or(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp(text: &str) -> Stamp {
        Stamp(text.to_owned())
    }

    fn at(local: i64, platform: &str) -> Moment {
        Moment {
            local,
            platform: Some(platform.parse::<Timestamp>().unwrap().as_second()),
        }
    }

    #[test]
    fn two_changes_of_one_whole_second_look_alike() {
        let sent = at(0, "2026-01-01T00:00:05Z");
        assert!(stamp("2026-01-01T00:00:05.000001Z").precedes(sent));
        assert!(stamp("2026-01-01T00:00:04Z").precedes(sent));
        assert!(!stamp("2026-01-01T00:00:05Z").precedes(sent));
        let unknown = Moment {
            platform: None,
            ..sent
        };
        assert!(!stamp("2026-01-01T00:00:04Z").precedes(unknown));
        assert!(!stamp("yesterday").precedes(sent));
    }

    #[test]
    fn the_platforms_clock_shows_what_existed_before_a_call() {
        // The platform is a day ahead of this machine.
        let (sent, now) = (
            at(100, "2026-01-02T00:00:00Z"),
            at(160, "2026-01-02T00:01:00Z"),
        );
        assert!(stamp("2026-01-01T23:59:50Z").is_older_than(sent, now));
        assert!(!stamp("2026-01-01T23:59:59.9Z").is_older_than(sent, now));
        assert!(!stamp("2026-01-02T00:00:30Z").is_older_than(sent, now));
        // A clock that was set back proves nothing.
        let back = Moment { local: 50, ..now };
        assert!(!stamp("2020-01-01T00:00:00Z").is_older_than(sent, back));
    }
}
