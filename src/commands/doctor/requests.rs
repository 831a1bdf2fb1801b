//! Whether anything was due: the requests of the webhook's object since the webhook was changed.

use super::due::{Due, phase, since};
use crate::{
    api::{self, requests::PAGE, when::When},
    model::{
        checkup::Check, event::Phase, requests::by_status, target::describe, text::counted,
        webhook::Webhook,
    },
};

const ID: &str = "requests";

/// Whether one time is before another. If the other has no fraction, within its second neither is before the other.
pub(super) fn is_before(time: &str, other: &str) -> bool {
    const SECOND: i64 = 1_000_000_000;
    let nanos = |time: &str| Some(time.parse::<When>().ok()?.at(0));
    let (Some(time), Some(other)) = (nanos(time), nanos(other)) else {
        return false;
    };
    if other % SECOND == 0 {
        time / SECOND < other / SECOND
    } else {
        time < other
    }
}

/// `2026-02-03T10:11:12.345Z` without its fraction.
pub(super) fn at(time: &str) -> String {
    match (time.get(..19), time.ends_with('Z')) {
        (Some(start), true) => format!("{start}Z"),
        _ => time.to_owned(),
    }
}

pub(super) fn check(webhook: &Webhook, due: &Result<Due, api::Error>) -> Check {
    let of = webhook.target();
    let due = match due {
        Ok(due) => due,
        Err(error) if error.is_not_found() => {
            return Check::skip(ID, &of, "the object or its version does not exist");
        }
        Err(error) => return Check::skip(ID, &of, error.to_string()),
    };
    let Some(phase) = phase(webhook) else {
        return Check::skip(ID, &of, "the event is not known to this version of ubihook");
    };
    let since = since(webhook).map_or_else(String::new, |since| {
        format!(
            " since webhook `{}` was changed ({})",
            webhook.name,
            at(since)
        )
    });
    let happened = happening(phase);
    let least = if due.ended.len() >= PAGE {
        "at least "
    } else {
        ""
    };
    let count = counted(due.ended.len() as u64, "request");
    if due.fired > 0 {
        let statuses = by_status(&due.ended);
        let fired = match due.fired {
            1 => "1 was due".to_owned(),
            fired => format!("{fired} were due"),
        };
        let found = if due.ended.is_empty() {
            format!(
                "{} of {of} {happened}{since}; {fired}",
                counted(due.fired as u64, "request")
            )
        } else {
            format!("{least}{count} of {of} ended{since}: {statuses}; {fired}")
        };
        return Check::pass(ID, &of, found);
    }
    if due.keeps_none {
        let why = format!("the platform keeps no requests of {of}, so none can be listed");
        return Check::skip(ID, &of, why);
    }
    let warn = |why: String| Check::warn(ID, &of, why).explaining(1);
    if let Some((default, count)) = &due.elsewhere {
        let (object_type, object) = (&webhook.object_type, &webhook.object_name);
        let other = describe(object_type, object, Some(default));
        let have = if *count == 1 { "has" } else { "have" };
        let count = counted(*count as u64, "request");
        return warn(format!(
            "no request of {of} has ended{since}, but {count} of {other} {have}: the webhook watches a different version from the one the requests use"
        ));
    }
    let active = match due.active {
        0 => String::new(),
        1 => "; 1 request has not ended yet".to_owned(),
        count => format!("; {count} requests have not ended yet"),
    };
    if due.ended.is_empty() {
        return warn(format!(
            "no request of {of} has {happened}{since}: nothing was due{active}"
        ));
    }
    let statuses = by_status(&due.ended);
    warn(format!(
        "{least}{count} of {of} ended{since}, but none has {happened} ({statuses}): nothing was due for the event {}{active}",
        webhook.event
    ))
}

fn happening(phase: Phase) -> &'static str {
    match phase {
        Phase::Started => "started",
        Phase::Completed => "completed",
        Phase::Failed => "failed",
        Phase::Finished => "ended",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{super::webhook::tests::webhook_with, *};
    use crate::model::checkup::Status;

    fn due(statuses: &[&str], active: usize, elsewhere: Option<usize>) -> Due {
        let request = |status: &&str| serde_json::from_value(json!({ "status": status })).unwrap();
        let mut due = Due {
            ended: statuses.iter().map(request).collect(),
            active,
            elsewhere: elsewhere.map(|count| ("v2".to_owned(), count)),
            ..Due::default()
        };
        due.count(Phase::Failed);
        due
    }

    #[test]
    fn what_was_due_is_counted_by_status() {
        let webhook = webhook_with(&json!({}));
        let found = |due: Due| check(&webhook, &Ok(due));
        let of = "pipeline `p` version `v1`";
        let since = "since webhook `w` was changed (2026-02-03T10:11:12Z)";
        for (due, status, words) in [
            (
                due(&["failed", "completed"], 0, None),
                Status::Pass,
                format!("2 requests of {of} ended {since}: 1 failed, 1 completed; 1 was due"),
            ),
            (
                due(&[], 0, None),
                Status::Warn,
                format!("no request of {of} has failed {since}: nothing was due"),
            ),
            (
                due(&[], 2, None),
                Status::Warn,
                format!(
                    "no request of {of} has failed {since}: nothing was due; 2 requests have not ended yet"
                ),
            ),
            (
                due(&["completed", "completed"], 0, None),
                Status::Warn,
                format!(
                    "2 requests of {of} ended {since}, but none has failed (2 completed): nothing was due for the event pipeline_request_failed"
                ),
            ),
            (
                due(&[], 0, Some(3)),
                Status::Warn,
                format!(
                    "no request of {of} has ended {since}, but 3 requests of pipeline `p` version `v2` have: the webhook watches a different version from the one the requests use"
                ),
            ),
        ] {
            let found = found(due);
            assert_eq!((found.status, found.found), (status, words));
        }
        let keeps_none = Due {
            keeps_none: true,
            ..Due::default()
        };
        assert_eq!(found(keeps_none).status, Status::Skip);
        let refused = api::Error::Status {
            status: 403,
            message: None,
        };
        assert_eq!(check(&webhook, &Err(refused)).status, Status::Skip);
    }
}
