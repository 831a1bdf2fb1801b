//! Times for people.

use jiff::Timestamp;

use super::paper::Paper;

/// A time as the platform writes it; on a terminal, how long ago that is.
pub(super) fn time(paper: &Paper, text: &str) -> String {
    match (paper.width(), text.parse::<Timestamp>()) {
        (Some(_), Ok(then)) => ago(Timestamp::now().duration_since(then).as_secs()),
        _ => paper.clean(text),
    }
}

fn ago(seconds: i64) -> String {
    let (number, unit) = match seconds {
        ..=44 => return "just now".to_owned(),
        45..=5_399 => ((seconds + 30) / 60, "minute"),
        5_400..=129_599 => ((seconds + 1_800) / 3_600, "hour"),
        129_600..=5_183_999 => ((seconds + 43_200) / 86_400, "day"),
        5_184_000..=63_071_999 => (seconds / 2_592_000, "month"),
        _ => (seconds / 31_536_000, "year"),
    };
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {unit}{plural} ago")
}
