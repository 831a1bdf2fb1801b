//! The mock's own record of its deliveries.

use std::path::Path;

use super::{
    last_test::since_then,
    meaning::meaning,
    requests::{at, is_before},
    webhook::subject,
};
use crate::{
    commands::context::Context,
    config::Endpoint,
    mock::{AttemptFilter, Attempts, Error},
    model::{
        checkup::Check, delivery::Attempt, failure::Explain as _, shell::quote, webhook::Webhook,
    },
};

const ID: &str = "deliveries";

/// `succeeded` is the time of a test that succeeded.
pub(super) fn check(cx: &Context, webhook: &Webhook, due: usize, succeeded: Option<&str>) -> Check {
    let (is_mock, is_near) = match &cx.settings.connection.endpoint {
        Endpoint::Mock => (true, true),
        // With a database, it is inside `mock run`.
        Endpoint::Platform(host) => {
            let is_near = host.value.is_loopback();
            (is_near && cx.settings.mock_db.is_some(), is_near)
        }
    };
    let Some(db) = cx.mock_db().ok().filter(|db| is_mock && db.exists()) else {
        return not_looked_at(webhook, is_near);
    };
    let filter = AttemptFilter {
        webhook: Some(webhook.name.clone()),
        ..AttemptFilter::default()
    };
    let newest = Attempts::open(&db, filter).and_then(|mut attempts| attempts.newest(1));
    of(webhook, &db, (due, succeeded), newest)
}

fn not_looked_at(webhook: &Webhook, is_near: bool) -> Check {
    let why = "only the mock records them for ubihook to read";
    if !is_near {
        return Check::skip(ID, &subject(webhook), why);
    }
    let why = format!("{why}, and the database of a mock at this address is not known");
    let name = quote(&webhook.name);
    Check::skip(ID, &subject(webhook), why).hint(format!(
        "ubihook mock deliveries --webhook {name} --db PATH"
    ))
}

fn of(
    webhook: &Webhook,
    db: &Path,
    (due, succeeded): (usize, Option<&str>),
    newest: Result<Vec<Attempt>, Error>,
) -> Check {
    // Which one it is: there may be several mocks.
    let subject = db.display().to_string();
    let name = &webhook.name;
    let newest = match newest {
        Ok(newest) => newest.into_iter().next(),
        Err(error) => return Check::skip(ID, &subject, error.to_string()).hinted(error.hint()),
    };
    let hint = format!("ubihook mock deliveries --webhook {}", quote(name));
    let Some(attempt) = newest else {
        if due == 0 {
            return Check::skip(ID, &subject, "there is none, and none was due");
        }
        let why = format!("events of webhook `{name}` were due, but the mock has delivered none");
        return Check::warn(ID, &subject, why).hint(hint);
    };
    let time = at(&attempt.time);
    let last = format!("the last delivery of webhook `{name}` ({time})");
    let changed = webhook.last_updated.as_deref();
    if changed.is_some_and(|changed| is_before(&attempt.time, changed)) {
        let why = format!("{last} was before it was changed");
        return if due == 0 {
            Check::skip(ID, &subject, why)
        } else {
            Check::warn(ID, &subject, why).hint(hint)
        };
    }
    match (&attempt.error, attempt.status) {
        (None, Some(status)) => Check::pass(ID, &subject, format!("{last} was answered {status}")),
        (None, None) => Check::pass(ID, &subject, format!("{last} arrived")),
        (Some(why), _) => {
            let (meaning, helps) = meaning(webhook, why);
            let found = format!("{last} failed: {why}{meaning}");
            let failed = Check::fail(ID, &subject, found).hint(helps.unwrap_or(hint));
            since_then(failed, &attempt.time, succeeded)
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{super::webhook::tests::webhook_with, *};
    use crate::model::checkup::Status;

    fn attempt(status: Option<u16>, error: Option<&str>) -> Attempt {
        Attempt {
            id: 1,
            time: "2026-02-03T10:11:12.645Z".to_owned(),
            webhook: Some("w".to_owned()),
            event: "pipeline_request_failed".to_owned(),
            request_id: "r".to_owned(),
            attempt: 1,
            status,
            error: error.map(str::to_owned),
            duration_ms: 2,
            headers: None,
            payload: None,
        }
    }

    #[test]
    fn the_last_attempt_decides() {
        let webhook = webhook_with(&json!({}));
        let with = |due, attempts| of(&webhook, Path::new("m.db"), (due, None), Ok(attempts));
        let arrived = with(1, vec![attempt(Some(200), None)]);
        assert_eq!(arrived.status, Status::Pass);
        let words = "the last delivery of webhook `w` (2026-02-03T10:11:12Z) was answered 200";
        assert_eq!(arrived.found, words);
        assert_eq!(arrived.subject, "m.db");
        let refused = attempt(Some(401), Some("Received status code 401"));
        assert_eq!(with(1, vec![refused]).status, Status::Fail);
        assert_eq!(with(1, Vec::new()).status, Status::Warn);
        assert_eq!(with(0, Vec::new()).status, Status::Skip);
        let old = Attempt {
            time: "2026-02-03T10:11:12.345Z".to_owned(),
            ..attempt(None, Some("Connection error: refused"))
        };
        assert_eq!(with(0, vec![old.clone()]).status, Status::Skip);
        assert_eq!(with(1, vec![old]).status, Status::Warn);
        let broken = Err(Error::NotADatabase("x".into()));
        let broken = of(&webhook, Path::new("m.db"), (0, None), broken);
        assert_eq!(broken.status, Status::Skip);
    }

    #[test]
    fn a_mock_that_may_be_there_is_told_from_the_platform() {
        let webhook = webhook_with(&json!({}));
        assert_eq!(not_looked_at(&webhook, false).hint, None);
        let near = not_looked_at(&webhook, true);
        assert_eq!(near.status, Status::Skip);
        let hint = "ubihook mock deliveries --webhook w --db PATH";
        assert_eq!(near.hint.as_deref(), Some(hint));
    }
}
