//! Times in words.

use jiff::Timestamp;

use super::paper::Paper;

/// A time as the platform writes it; on a terminal, how long ago that is.
pub(super) fn time(paper: &Paper, text: &str) -> String {
    match (paper.width(), text.parse::<Timestamp>()) {
        (Some(_), Ok(then)) => ago(Timestamp::now().duration_since(then).as_secs()),
        _ => paper.clean(text),
    }
}

/// The time of day of a time as the platform writes it.
pub(super) fn clock(paper: &Paper, text: &str) -> String {
    let (_, time) = text.split_at_checked(11).unwrap_or_default();
    paper.clean(time.split('.').next().unwrap_or_default())
}

/// How long ago that is, or how far ahead if the platform's clock and ours differ.
fn ago(seconds: i64) -> String {
    if seconds < -44 {
        return format!("in {}", span(seconds.saturating_neg()));
    }
    match seconds {
        ..=44 => "just now".to_owned(),
        _ => format!("{} ago", span(seconds)),
    }
}

fn span(seconds: i64) -> String {
    let (number, unit) = match seconds {
        ..=5_399 => ((seconds + 30) / 60, "minute"),
        5_400..=129_599 => ((seconds + 1_800) / 3_600, "hour"),
        129_600..=5_183_999 => ((seconds + 43_200) / 86_400, "day"),
        5_184_000..=63_071_999 => (seconds / 2_592_000, "month"),
        _ => (seconds / 31_536_000, "year"),
    };
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {unit}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_as_far_away_as_it_is_in_both_directions() {
        const DAY: i64 = 86_400;
        for (seconds, text) in [
            (0, "just now"),
            (44, "just now"),
            (-44, "just now"),
            (60, "1 minute ago"),
            (-60, "in 1 minute"),
            (-3 * 3600, "in 3 hours"),
            (-2 * DAY, "in 2 days"),
            (400 * DAY, "13 months ago"),
            (-400 * DAY, "in 13 months"),
            (-1000 * DAY, "in 2 years"),
            (i64::MIN, "in 292471208677 years"),
        ] {
            assert_eq!(ago(seconds), text);
        }
    }
}
