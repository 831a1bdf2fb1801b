//! The project's logs: one line for each attempt to deliver (reference, section 11, lines 34, 35).

use axum::http::StatusCode;

use crate::{
    mock::{
        clock,
        hub::State,
        logql::Query,
        refusal::Result,
        reply::answer,
        store::attempts::{self, Filter, Placed},
        uri::{Names, Parameters},
    },
    model::{
        invalid::Invalid,
        log::{LogLine, Metadata, pages::PAGE},
    },
};

/// The default and maximum number of lines.
const LINES: usize = 1000;
const MAX_LINES: usize = PAGE;

/// The default period: a day.
const DEFAULT_PERIOD: i64 = 24 * 60 * 60 * 1_000_000;

pub(crate) async fn list(hub: State, _: Names, parameters: Parameters) -> Result {
    let query = Query::parse(parameters.get("query").unwrap_or_default())?;
    let limit = limit(&parameters)?;
    let filter = Filter {
        webhook: query.webhook().map(str::to_owned),
        ..between(&parameters)?
    };
    let mut lines = Vec::new();
    let read = |placed: Placed| {
        // Test runs log nothing.
        if let Some(name) = &placed.attempt.webhook {
            let line = line(&placed);
            let level = level(&placed);
            let label = |label: &str| match label {
                "webhook_name" => Some(name.as_str()),
                "system" => Some("true"),
                "level" => Some(level),
                _ => None,
            };
            if query.matches(&line, label) {
                lines.push(shown(&placed, line));
            }
        }
        lines.len() < limit
    };
    hub.store.read(|c| attempts::each(c, &filter, read))?;
    Ok(answer(StatusCode::OK, &lines))
}

fn limit(parameters: &Parameters) -> Result<usize> {
    match parameters.get("limit").map(str::parse) {
        None => Ok(LINES),
        Some(Ok(limit @ 1..=MAX_LINES)) => Ok(limit),
        Some(_) => Err(Invalid::new("limit", "must be a number from 1 to 5000").into()),
    }
}

/// From `start` up to `end`; backward if `end` is before `start`.
fn between(parameters: &Parameters) -> Result<Filter> {
    let time = |name: &'static str| {
        let read = |text| time(text).ok_or_else(|| Invalid::new(name, "must be a date or a time"));
        parameters.get(name).map(read).transpose()
    };
    let (start, end, backward) = match (time("start")?, time("end")?) {
        (None, None) => (clock::now() - DEFAULT_PERIOD, None, false),
        (Some(start), Some(end)) if start <= end => (start, Some(end), false),
        // The newest is included, the oldest is not.
        (Some(start), Some(end)) => (end + 1, Some(start + 1), true),
        _ => {
            let rule = "must be given together with `end`";
            return Err(Invalid::new("start", rule).into());
        }
    };
    Ok(Filter {
        start: Some(start),
        end,
        backward,
        ..Filter::default()
    })
}

/// As ISO 8601, or as seconds or nanoseconds since 1970. Rounded up, as clients page by adding a
/// nanosecond to the last time they saw.
fn time(text: &str) -> Option<i64> {
    match text.parse::<i64>() {
        Ok(seconds) if seconds.unsigned_abs() < 100_000_000_000 => seconds.checked_mul(1_000_000),
        Ok(nanos) => Some(nanos.div_euclid(1000) + i64::from(nanos.rem_euclid(1000) > 0)),
        Err(_) => clock::parse(text),
    }
}

fn level(placed: &Placed) -> &'static str {
    match placed.attempt.error {
        None => "info",
        Some(_) => "error",
    }
}

fn line(placed: &Placed) -> String {
    let attempt = &placed.attempt;
    let came = match (&attempt.error, attempt.status) {
        (Some(error), _) => error.clone(),
        (None, status) => format!("Received status code {}", status.unwrap_or_default()),
    };
    format!(
        "Webhook {} called for {} of request {}, attempt {}: {came}",
        attempt.webhook.as_deref().unwrap_or_default(),
        attempt.event,
        attempt.request_id,
        attempt.attempt
    )
}

fn shown(placed: &Placed, log: String) -> LogLine {
    let metadata = Metadata {
        webhook_name: placed.attempt.webhook.clone(),
        system: true,
        level: Some(level(placed).to_owned()),
    };
    LogLine::new(placed.recorded.saturating_mul(1000), log, metadata)
}
