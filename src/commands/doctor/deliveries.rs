//! The mock's own record of its deliveries.

use super::{meaning::meaning, requests::at, webhook::subject};
use crate::{
    commands::context::Context,
    config::Endpoint,
    mock::{AttemptFilter, Attempts, Error},
    model::{
        checkup::Check, delivery::Attempt, failure::Explain as _, shell::quote, webhook::Webhook,
    },
};

const ID: &str = "deliveries";

pub(super) fn check(cx: &Context, webhook: &Webhook, due: usize) -> Check {
    let subject = subject(webhook);
    let is_mock = match &cx.settings.connection.endpoint {
        Endpoint::Mock => true,
        // Inside `mock run`.
        Endpoint::Platform(host) => host.value.is_loopback() && cx.settings.mock_db.is_some(),
    };
    let Some(db) = cx.mock_db().ok().filter(|db| is_mock && db.exists()) else {
        return Check::skip(
            ID,
            &subject,
            "only the mock records them for ubihook to read",
        );
    };
    let filter = AttemptFilter {
        webhook: Some(webhook.name.clone()),
        ..AttemptFilter::default()
    };
    let newest = Attempts::open(&db, filter).and_then(|mut attempts| attempts.newest(1));
    of(webhook, due, newest)
}

fn of(webhook: &Webhook, due: usize, newest: Result<Vec<Attempt>, Error>) -> Check {
    let subject = subject(webhook);
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
    let changed = webhook.last_updated.as_deref().map(at);
    if changed.is_some_and(|changed| time < changed) {
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
            Check::fail(ID, &subject, found).hint(helps.unwrap_or(hint))
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
            time: "2026-02-03T10:11:12.345Z".to_owned(),
            webhook: Some("w".to_owned()),
            event: "pipeline_request_failed".to_owned(),
            request_id: "r".to_owned(),
            attempt: 1,
            status,
            error: error.map(str::to_owned),
            duration_ms: 2,
            payload: None,
        }
    }

    #[test]
    fn the_last_attempt_decides() {
        let webhook = webhook_with(&json!({}));
        let with = |due, attempts| of(&webhook, due, Ok(attempts));
        let arrived = with(1, vec![attempt(Some(200), None)]);
        assert_eq!(arrived.status, Status::Pass);
        let words = "the last delivery of webhook `w` (2026-02-03T10:11:12Z) was answered 200";
        assert_eq!(arrived.found, words);
        let refused = attempt(Some(401), Some("Received status code 401"));
        assert_eq!(with(1, vec![refused]).status, Status::Fail);
        assert_eq!(with(1, Vec::new()).status, Status::Warn);
        assert_eq!(with(0, Vec::new()).status, Status::Skip);
        let old = Attempt {
            time: "2026-02-03T10:11:11.9Z".to_owned(),
            ..attempt(None, Some("Connection error: refused"))
        };
        assert_eq!(with(0, vec![old.clone()]).status, Status::Skip);
        assert_eq!(with(1, vec![old]).status, Status::Warn);
        let broken = Err(Error::NotADatabase("x".into()));
        assert_eq!(of(&webhook, 0, broken).status, Status::Skip);
    }
}
