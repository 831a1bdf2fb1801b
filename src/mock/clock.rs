//! Time, as it is stored and as the API writes it.

use jiff::{Timestamp, tz::Offset};

/// Microseconds since 1970.
pub(super) fn now() -> i64 {
    Timestamp::now().as_microsecond()
}

/// A stored time as the API writes it.
pub(super) fn text(micros: i64) -> String {
    let time = Timestamp::from_microsecond(micros).unwrap_or(Timestamp::UNIX_EPOCH);
    format!("{time:.6}")
}

/// A time as a client writes it: RFC 3339, a date and a time without a zone, which is then UTC, or
/// only a date.
pub(super) fn parse(text: &str) -> Option<i64> {
    let text = text.trim();
    let time = text.parse::<Timestamp>().ok().or_else(|| {
        let civil = text.parse::<jiff::civil::DateTime>().ok()?;
        Offset::UTC.to_timestamp(civil).ok()
    });
    time.map(Timestamp::as_microsecond)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_clients_write_them() {
        let known = 1_770_113_472_000_000;
        for text in [
            "2026-02-03T10:11:12Z",
            "2026-02-03 10:11:12",
            "2026-02-03T11:11:12+01:00",
        ] {
            assert_eq!(parse(text), Some(known), "{text}");
        }
        assert!(parse("2026-02-03").is_some() && parse("x").is_none());
        assert_eq!(text(known), "2026-02-03T10:11:12.000000Z");
    }
}
