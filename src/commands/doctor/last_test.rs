//! The last test of the webhook from this machine, which the index remembers: the platform doesn't
//! list tests.

use super::{
    asked::Asked,
    meaning::meaning,
    requests::{at, is_before},
    webhook::subject,
};
use crate::{
    commands::context::Context,
    model::{
        checkup::{Check, Status},
        failure::Explain as _,
        shell::quote,
        webhook::Webhook,
    },
    secrets::{Error, Remembered},
};

const ID: &str = "last_test";

/// The check, and when the last test ended if it succeeded with the webhook as it is.
pub(super) async fn check(
    cx: &mut Context,
    asked: &Asked,
    webhook: &Webhook,
) -> (Check, Option<String>) {
    let (Ok(custody), Some(site)) = (cx.custody(), &asked.site) else {
        let why = "there is no folder for its outcome";
        return (Check::skip(ID, &subject(webhook), why), None);
    };
    let test = custody.last_test(site, webhook).await;
    let time = test
        .as_ref()
        .ok()
        .and_then(|test| Some(test.as_ref()?.time()));
    let check = of(webhook, test);
    let succeeded = time.filter(|_| check.status == Status::Pass);
    (check, succeeded)
}

/// What has failed is no problem any more if a later test succeeded.
pub(super) fn since_then(check: Check, failed: &str, succeeded: Option<&str>) -> Check {
    match succeeded {
        Some(tested) if is_before(failed, tested) => Check {
            status: Status::Warn,
            found: format!(
                "{}; a test since then succeeded ({})",
                check.found,
                at(tested)
            ),
            ..check
        },
        _ => check,
    }
}

fn of(webhook: &Webhook, test: Result<Option<Remembered>, Error>) -> Check {
    let subject = subject(webhook);
    let name = &webhook.name;
    let again = format!("ubihook test {}", quote(name));
    let test = match test {
        Ok(Some(test)) => test,
        Ok(None) => {
            return Check::skip(ID, &subject, "it has never been tested from this machine")
                .hint(again);
        }
        Err(error) => return Check::skip(ID, &subject, error.to_string()).hinted(error.hint()),
    };
    let time = at(&test.time());
    let why = test
        .error()
        .map_or_else(String::new, |why| format!(": {why}"));
    let outcome = format!(
        "the last test of webhook `{name}` {}{why} ({time})",
        test.status()
    );
    let is_outdated = test.is_outdated(webhook);
    match test.status() {
        "completed" if is_outdated => {
            let outcome = format!("{outcome}, but the webhook has been changed since");
            Check::warn(ID, &subject, outcome).hint(again)
        }
        "completed" => Check::pass(ID, &subject, outcome),
        "failed" if is_outdated => {
            let outcome = format!("{outcome}; the webhook has been changed since");
            Check::warn(ID, &subject, outcome).hint(again)
        }
        "failed" => {
            let (meaning, hint) = meaning(webhook, test.error().unwrap_or_default());
            Check::fail(ID, &subject, format!("{outcome}{meaning}")).hint(hint.unwrap_or(again))
        }
        _ => Check::warn(ID, &subject, format!("{outcome}, without an outcome")).hint(again),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{super::webhook::tests::webhook_with, *};
    use crate::{
        model::{host::ApiHost, store::StoreKind},
        secrets::{Host, Moment, Site, Unusable},
    };

    fn test(webhook: &Webhook, status: &str, why: Option<&str>) -> Remembered {
        let site = Site {
            host: Host::platform(&ApiHost::public()),
            project: "p".parse().unwrap(),
        };
        Remembered::new(&site, webhook, Moment::now(None), (status, why))
    }

    #[test]
    fn the_last_test_counts_until_the_webhook_changes() {
        let webhook = webhook_with(&json!({}));
        let later = webhook_with(&json!({"last_updated": "2026-02-04T10:11:12.5Z"}));
        for (status, now, afterwards) in [
            ("completed", Status::Pass, Status::Warn),
            ("failed", Status::Fail, Status::Warn),
            ("pending", Status::Warn, Status::Warn),
        ] {
            let tested = || Ok(Some(test(&webhook, status, None)));
            assert_eq!(of(&webhook, tested()).status, now, "{status}");
            assert_eq!(of(&later, tested()).status, afterwards, "{status}");
        }
        assert_eq!(of(&webhook, Ok(None)).status, Status::Skip);
        let unusable = Error::Store {
            kind: StoreKind::File,
            why: Unusable::NoFolder,
        };
        assert_eq!(of(&webhook, Err(unusable)).status, Status::Skip);
    }

    #[test]
    fn a_reason_is_explained() {
        let webhook = webhook_with(&json!({}));
        for (why, meaning) in [
            (
                "Received status code 401",
                "does not accept the credentials",
            ),
            (
                "Received status code 403",
                "does not accept the credentials",
            ),
            ("Received status code 404", "does not know the path"),
            ("Connection error: refused", "nothing listens"),
            ("Connection error: no such host", "can't be resolved"),
            (
                "Connection error: certificate of an unknown authority",
                "certificate is not one",
            ),
            ("Timeout: no answer in 10 s", ""),
        ] {
            let found = of(&webhook, Ok(Some(test(&webhook, "failed", Some(why)))));
            assert!(found.found.contains(why) && found.found.contains(meaning));
            assert!(found.hint.is_some());
        }
    }
}
