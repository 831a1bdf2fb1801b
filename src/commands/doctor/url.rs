//! Whether the platform can reach the URL, judging by its spelling; with `--reach`, whether
//! this machine can.

use std::time::Duration;

use crate::{
    deliver,
    model::{
        checkup::Check,
        place::{self, Place},
        shell::quote,
        url::CallbackUrl,
        webhook::Webhook,
    },
};

const ID: &str = "url";

/// What would show more than the spelling.
const TRY: &str = "; `--reach` shows whether something listens there";

/// How long a connection may take.
const LIMIT: Duration = Duration::from_secs(5);

pub(super) async fn check(webhook: &Webhook, is_local: bool, reach: bool) -> Check {
    let spelled = of(webhook, is_local);
    let address = place::authority(&webhook.url).filter(|_| reach);
    let Some((host, port)) = address else {
        return spelled;
    };
    let reached = deliver::reach(&host, port, LIMIT).await;
    reached_or(spelled, webhook, reached)
}

fn reached_or(spelled: Check, webhook: &Webhook, reached: Result<(), String>) -> Check {
    match reached {
        Ok(()) => Check {
            found: format!(
                "{}; this machine can connect to it{}",
                spelled.found.trim_end_matches(TRY),
                if webhook.url.to_ascii_lowercase().starts_with("https:") {
                    ", which says nothing about its certificate"
                } else {
                    ""
                }
            ),
            ..spelled
        },
        Err(why) => {
            let origin = origin(webhook);
            let why = format!("this machine can't connect to {origin}: {why}");
            Check::fail(ID, &spelled.subject, why).hint(format!(
                "start the receiver, or change the URL: ubihook update {} --url URL",
                quote(&webhook.name)
            ))
        }
    }
}

fn origin(webhook: &Webhook) -> String {
    let origin = webhook.origin();
    origin.map_or_else(|| "the URL".to_owned(), |origin| origin.to_string())
}

/// What its spelling shows; `is_local` is whether the platform is on this machine.
fn of(webhook: &Webhook, is_local: bool) -> Check {
    // The path may be a secret.
    let subject = origin(webhook);
    let (name, update) = (
        &webhook.name,
        format!("ubihook update {} --url URL", quote(&webhook.name)),
    );
    if let Err(invalid) = CallbackUrl::try_from(webhook.url.clone()) {
        let why = format!(
            "the URL of webhook `{name}` can't be called: it {}",
            invalid.rule
        );
        return Check::fail(ID, &subject, why).hint(update);
    }
    let unreachable = |what: &str| {
        let why = format!(
            "the URL of webhook `{name}` is at {subject}, {what}: the platform can't reach it"
        );
        Check::warn(ID, &subject, why)
            .explaining(2)
            .hint(update.clone())
    };
    match place::of(&webhook.url) {
        Some(Place::Loopback | Place::Private) if is_local => Check::pass(
            ID,
            &subject,
            format!(
                "an address that the platform can reach, because it is on this machine too{TRY}"
            ),
        ),
        Some(Place::Loopback) => {
            unreachable("which, seen from the platform, is its own machine and not this one")
        }
        Some(Place::Private) => unreachable("which is only reachable within its own network"),
        _ if !webhook.url.to_ascii_lowercase().starts_with("https:") => {
            let why = format!(
                "the URL of webhook `{name}` is plain http: payload and headers can be read in transit"
            );
            Check::warn(ID, &subject, why).hint(update)
        }
        _ => Check::pass(ID, &subject, "https, and the address looks public"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{super::webhook::tests::webhook_with, *};
    use crate::model::checkup::Status;

    #[test]
    fn what_the_platform_cant_reach_is_a_warning_unless_it_is_here_too() {
        for (url, elsewhere, here) in [
            ("https://hooks.example.org/x", Status::Pass, Status::Pass),
            ("http://hooks.example.org/x", Status::Warn, Status::Warn),
            ("http://localhost:80/x", Status::Warn, Status::Pass),
            ("https://10.0.0.1/x", Status::Warn, Status::Pass),
            ("nonsense", Status::Fail, Status::Fail),
        ] {
            let webhook = webhook_with(&json!({ "url": url }));
            assert_eq!(of(&webhook, false).status, elsewhere, "{url}");
            assert_eq!(of(&webhook, true).status, here, "{url}");
            assert!(!of(&webhook, false).found.contains("/x"), "{url}");
        }
    }

    #[test]
    fn what_this_machine_cant_reach_fails() {
        let webhook = webhook_with(&json!({}));
        let found = reached_or(of(&webhook, false), &webhook, Err("refused".to_owned()));
        assert_eq!(found.status, Status::Fail);
        let found = reached_or(of(&webhook, false), &webhook, Ok(()));
        assert_eq!(found.status, Status::Pass);
        let here = webhook_with(&json!({"url": "http://127.0.0.1:9/in"}));
        assert!(of(&here, true).found.contains("`--reach` shows"));
        let found = reached_or(of(&here, true), &here, Ok(()));
        assert!(!found.found.contains("--reach"), "{}", found.found);
    }
}
