//! Whether a receiver refuses a value that was replaced.

use super::event::{keys, test_of};
use crate::{
    api::Project,
    commands::{context::Context, stored::Values, test_runs},
    model::{
        failure::{Failure, Kind},
        header::{Content, HeaderName, NewHeader},
        shell::quote,
        test_run::{TestStatus, is_refusal},
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
