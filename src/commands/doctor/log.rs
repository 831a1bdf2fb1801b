//! What the platform's log says about the webhook since it was changed.

use super::{due::since, last_test::since_then, meaning::meaning, requests::at, webhook::subject};
use crate::{
    api::{self, Project, logs::Lines, when},
    model::{
        checkup::Check,
        log::{LogLine, Period},
        shell::quote,
        text::{MAX_ERROR_CHARS, counted, cut},
        webhook::Webhook,
    },
};

const ID: &str = "log";

/// Asks only if anything was due. `succeeded` is the time of a test that succeeded.
pub(super) async fn check(
    project: &Project,
    webhook: &Webhook,
    due: usize,
    succeeded: Option<&str>,
) -> Check {
    if due == 0 {
        return Check::skip(ID, &subject(webhook), "not asked: nothing was due");
    }
    let Ok(name) = webhook.name.parse() else {
        return Check::skip(ID, &subject(webhook), "the name can't be looked up");
    };
    let lines = Lines {
        webhook: Some(name),
        ..Lines::default()
    };
    let changed = since(webhook).and_then(|since| since.parse::<when::When>().ok());
    let now = project.client().latest();
    let changed = changed.map_or(0, |changed| changed.at(now));
    // From the end to the start, the newest come first.
    let period = Period {
        start: now.max(changed + 1),
        end: changed,
    };
    of(webhook, project.logs(&lines, period).await, succeeded)
}

fn of(
    webhook: &Webhook,
    lines: Result<Vec<LogLine>, api::Error>,
    succeeded: Option<&str>,
) -> Check {
    let subject = subject(webhook);
    let lines = match lines {
        Ok(lines) => lines,
        Err(error) => return Check::skip(ID, &subject, error.to_string()),
    };
    let hint = format!("ubihook logs {}", quote(&webhook.name));
    let Some(newest) = lines.iter().max_by_key(|line| line.timestamp) else {
        let why = "the platform has logged nothing about it since it was changed";
        return Check::skip(ID, &subject, why).hint(hint);
    };
    let is_error = |line: &LogLine| line.metadata.level.as_deref() == Some("error");
    let errors = lines.iter().filter(|line| is_error(line)).count();
    let text = cut(&newest.log, MAX_ERROR_CHARS);
    let text = webhook.private().hide_all(&text).into_owned();
    let time = at(&when::text(newest.timestamp));
    let last = format!(
        "the last log line about webhook `{}` ({time}) is: {text}",
        webhook.name
    );
    if is_error(newest) {
        let (meaning, helps) = meaning(webhook, &text);
        let found = format!("{last}{meaning}");
        let failed = Check::fail(ID, &subject, found).hint(helps.unwrap_or(hint));
        return since_then(failed, &when::text(newest.timestamp), succeeded);
    }
    if errors > 0 {
        let errors = counted(errors as u64, "error");
        let found = format!("{last}; before it the log has {errors}");
        return Check::warn(ID, &subject, found).hint(hint);
    }
    Check::pass(ID, &subject, last)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{super::webhook::tests::webhook_with, *};
    use crate::model::checkup::Status;

    fn line(second: i64, level: &str, text: &str) -> LogLine {
        let line =
            json!({"timestamp": second * 1_000_000_000, "log": text, "metadata": {"level": level}});
        serde_json::from_value(line).unwrap()
    }

    #[test]
    fn the_newest_line_decides() {
        let webhook = webhook_with(&json!({}));
        let good = || line(1_770_113_472, "info", "Received status code 200");
        let bad = |second| line(second, "error", "Received status code 401");
        let found = |lines| of(&webhook, Ok(lines), None);
        assert_eq!(found(vec![good()]).status, Status::Pass);
        assert_eq!(
            found(vec![good()]).found,
            "the last log line about webhook `w` (2026-02-03T10:11:12Z) is: Received status code 200"
        );
        assert_eq!(found(vec![bad(1), good()]).status, Status::Warn);
        let refused = found(vec![good(), bad(1_770_113_500)]);
        assert_eq!(refused.status, Status::Fail);
        assert!(
            refused
                .found
                .ends_with("does not accept the credentials that it is sent")
        );
        assert_eq!(found(Vec::new()).status, Status::Skip);
        let refused = api::Error::Status {
            status: 403,
            message: None,
        };
        assert_eq!(of(&webhook, Err(refused), None).status, Status::Skip);
        let failed = vec![bad(1_770_113_472)];
        for (tested, status) in [
            ("2026-02-03T10:11:12Z", Status::Fail),
            ("2026-02-03T10:11:13Z", Status::Warn),
        ] {
            let found = of(&webhook, Ok(failed.clone()), Some(tested));
            assert_eq!(found.status, status, "{tested}");
        }
        let told = format!("called {} ", webhook.url);
        assert!(!found(vec![line(1, "info", &told)]).found.contains("/in"));
    }
}
