//! Durations as typed: `500ms`, `10s`, `2m`; a bare number is seconds.

use std::time::Duration;

use crate::model::invalid::Invalid;

/// The longest duration accepted: one day.
const MAX: Duration = Duration::from_secs(24 * 60 * 60);

/// Reads a duration of at most a day.
pub fn parse(text: &str) -> Result<Duration, Invalid> {
    let text = text.trim();
    let digits = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let scale = match unit.trim_start() {
        "ms" => Some(0.001),
        "" | "s" => Some(1.0),
        "m" => Some(60.0),
        "h" => Some(3600.0),
        _ => None,
    };
    let seconds = number
        .parse::<f64>()
        .ok()
        .zip(scale)
        .map(|(n, scale)| n * scale);
    seconds
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .filter(|duration| *duration <= MAX)
        .ok_or_else(|| {
            Invalid::new(
                "duration",
                "must be a duration such as `500ms`, `10s` or `2m`; a bare number is seconds",
            )
        })
}

/// Reads the time limit of a call, which can't be zero.
pub(crate) fn call_time(text: &str) -> Result<Duration, Invalid> {
    let time = parse(text)?;
    if time.is_zero() {
        return Err(Invalid::new("duration", "must be greater than zero"));
    }
    Ok(time)
}

/// A duration as it is typed: `500ms`, `2s`.
pub(crate) fn short(duration: Duration) -> String {
    if duration.subsec_millis() == 0 {
        return format!("{}s", duration.as_secs());
    }
    format!("{}ms", duration.as_millis())
}

/// A duration in words: `340 ms`, `2.1 s`, `3 min`.
pub fn describe(duration: Duration) -> String {
    let (seconds, millis) = (duration.as_secs(), duration.as_millis());
    match seconds {
        0 => format!("{millis} ms"),
        1..60 if millis % 1000 == 0 => format!("{seconds} s"),
        1..60 => format!("{:.1} s", duration.as_secs_f64()),
        _ if seconds % 60 == 0 => format!("{} min", seconds / 60),
        _ => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_with_and_without_a_unit() {
        for (text, millis) in [
            ("500ms", 500),
            ("10s", 10_000),
            ("2m", 120_000),
            ("3", 3000),
            ("0.5", 500),
        ] {
            assert_eq!(parse(text).unwrap().as_millis(), millis, "{text}");
        }
        for bad in ["", "-1", "s", "10 days", "1e9", "nan", "1.2.3", "999999h"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
