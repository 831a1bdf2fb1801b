//! Times as typed: a time, or how long ago that was on the platform's clock.

use std::{str::FromStr, time::Duration};

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};

use crate::model::{duration, invalid::Invalid};

/// The platform reads smaller numbers as seconds.
const FIRST: i64 = 100_000_000_000;

const SECOND: i64 = 1_000_000_000;

/// A time as typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    /// That long ago.
    Ago(Duration),
    /// Nanoseconds since 1970.
    At(i64),
}

impl When {
    /// The time in nanoseconds since 1970, if it is `now`.
    pub(crate) fn at(self, now: i64) -> i64 {
        let at = match self {
            // Whole seconds, since times are shown to users.
            Self::Ago(time) => {
                let ago = i64::try_from(time.as_nanos()).unwrap_or(i64::MAX);
                let at = now.saturating_sub(ago);
                at - at.rem_euclid(SECOND)
            }
            Self::At(nanos) => nanos,
        };
        at.max(FIRST)
    }
}

impl FromStr for When {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let text = text.trim();
        let rule =
            "must be a time such as `2026-02-03T10:11:12Z`, or how long ago, such as `1h` or `7d`";
        if let Some(ago) = duration::span(text) {
            return Ok(Self::Ago(ago));
        }
        let time = text.parse::<Timestamp>().or_else(|_| {
            // Without a zone, as the platform accepts it.
            let civil = text.parse::<DateTime>()?;
            TimeZone::UTC.to_timestamp(civil)
        });
        let time = time.map_err(|_| Invalid::new("time", rule).instead("1h"))?;
        Ok(Self::At(nanos(time)))
    }
}

/// Nanoseconds since 1970, as far as 64 bits reach.
pub(super) fn nanos(time: Timestamp) -> i64 {
    let limit = if time < Timestamp::UNIX_EPOCH {
        i64::MIN
    } else {
        i64::MAX
    };
    i64::try_from(time.as_nanosecond()).unwrap_or(limit)
}

/// A time in nanoseconds since 1970, as it is typed.
pub(crate) fn text(nanos: i64) -> String {
    Timestamp::from_nanosecond(nanos.into())
        .map_or_else(|_| nanos.to_string(), |time| time.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_as_people_and_programs_write_it() {
        let known = 1_770_113_472_000_000_000;
        for text in [
            "2026-02-03T10:11:12Z",
            " 2026-02-03 10:11:12",
            "2026-02-03T11:11:12+01:00",
        ] {
            assert_eq!(text.parse(), Ok(When::At(known)), "{text}");
            assert_eq!(text.parse::<When>().unwrap().at(5), known);
        }
        assert_eq!(text(known), "2026-02-03T10:11:12Z");
        assert_eq!(
            "1h".parse::<When>().unwrap().at(known),
            known - 3_600_000_000_000
        );
        for (early, at) in [
            ("1960-01-01", FIRST),
            ("0001-01-01", FIRST),
            ("9999-01-01", i64::MAX),
        ] {
            assert_eq!(early.parse::<When>().unwrap().at(known), at, "{early}");
        }
        assert_eq!("999999d".parse::<When>().unwrap().at(known), FIRST);
        for bad in ["", "yesterday", "5 o'clock", "2026-02-30", "-1h"] {
            assert!(bad.parse::<When>().is_err(), "{bad}");
        }
    }
}
