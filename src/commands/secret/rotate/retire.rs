//! Whether a receiver refuses a value that was replaced.

use super::event::{keys, test_of};
use crate::{
    api::Project,
    commands::{context::Context, stored::Values, test_runs},
    model::{
        failure::{Failure, Kind},
        header::{Content, HeaderName, NewHeader},
        shell::quote,
        test_run::TestStatus,
        text::printable,
        webhook::Webhook,
    },
};

/// Tests the webhook with each previous value, one at a time, and removes the value if the receiver
/// refuses it. `present` are the webhook's values now; `tried` gets the headers that were tested.
pub(super) async fn all(
    cx: &mut Context,
    project: &Project,
    webhook: &Webhook,
    (others, new): (&Values, &[NewHeader]),
    tried: &mut Vec<HeaderName>,
) -> anyhow::Result<()> {
    let (custody, site) = (cx.custody()?, cx.site().await?);
    let mut previous = Vec::new();
    for name in webhook.protected_headers() {
        let key: HeaderName = name.parse()?;
        if !new.is_empty() && !keys(new).contains(&key) {
            continue;
        }
        if let Some(value) = custody.previous(&site, webhook, &key).await? {
            previous.push((key, value));
        }
    }
    if previous.is_empty() {
        let name = &webhook.name;
        let message = format!("no previous value of webhook `{name}` is stored on this machine");
        return Err(Failure::new(Kind::Secret, message)
            .with_hint(format!("ubihook secret list {}", quote(name)))
            .into());
    }
    for (key, value) in previous {
        tried.push(key.clone());
        let mut given: Vec<NewHeader> = new.to_vec();
        given.retain(|header| header.key != key);
        given.push(NewHeader {
            key: key.clone(),
            content: Content::protected(value)?,
        });
        let test = test_of(webhook, others, given)?;
        let (run, _) = test_runs::outcome(cx, project, &test).await?;
        let why = run.error_message.as_deref().unwrap_or("no reason given");
        // The platform's words may repeat the URL.
        let why = test.private().hide_all(&printable(why)).into_owned();
        match run.status {
            TestStatus::Failed if is_refusal(&why) => {
                custody
                    .retire(&site, webhook, std::slice::from_ref(&key))
                    .await?;
            }
            status => return Err(judged(webhook, &key, &status, &why).into()),
        }
    }
    Ok(())
}

/// Why the old value can't be considered dead.
fn judged(webhook: &Webhook, key: &HeaderName, status: &TestStatus, why: &str) -> Failure {
    let name = &webhook.name;
    let again = format!("ubihook secret rotate {} --retire", quote(name));
    match status {
        TestStatus::Completed => Failure::new(
            Kind::Failed,
            format!("the receiver of webhook `{name}` still accepts the old value of `{key}`"),
        )
        .with_hint(format!("remove the old value from the receiver, then: {again}")),
        TestStatus::Failed => Failure::new(
            Kind::Failed,
            format!(
                "whether the receiver of webhook `{name}` still accepts the old value of `{key}` is \
                 unknown: the test failed for another reason ({why})"
            ),
        )
        .with_hint(again),
        _ => Failure::new(
            Kind::Pending,
            format!(
                "whether the receiver of webhook `{name}` still accepts the old value of `{key}` is \
                 unknown: the test is still pending"
            ),
        )
        .with_hint(again),
    }
}

/// Whether a test failed because the receiver refused the credentials: its message names the
/// status 401 or 403. Any other failure may have nothing to do with them.
fn is_refusal(why: &str) -> bool {
    let mut words = why.split(|c: char| !c.is_ascii_alphanumeric());
    why.to_ascii_lowercase().contains("status") && words.any(|word| matches!(word, "401" | "403"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_status_401_or_403_is_a_refusal() {
        for why in [
            "Received status code 401",
            "Received status code 403.",
            "status: 403",
        ] {
            assert!(is_refusal(why), "{why}");
        }
        for why in [
            "Received status code 500",
            "Received status code 4010",
            "Connection error (port 403)",
            "Timeout",
            "",
        ] {
            assert!(!is_refusal(why), "{why}");
        }
    }
}
