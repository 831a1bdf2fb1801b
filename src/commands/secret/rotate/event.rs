//! The test event of a rotation, and what a dry run shows of it.

use super::super::protected::check_protected;
use crate::{
    api::Project,
    commands::{change, near, preview::preview, stored::Values},
    model::{
        failure::{Failure, Kind},
        header::{Content, HeaderName, NewHeader},
        name::WebhookName,
        routes,
        test_run::NewTest,
        webhook::Webhook,
    },
    output::preview::Preview,
};

pub(super) fn keys(headers: &[NewHeader]) -> Vec<HeaderName> {
    headers.iter().map(|header| header.key.clone()).collect()
}

/// A test event like the webhook's own events, with these values.
pub(super) fn test_of(
    webhook: &Webhook,
    others: &Values,
    given: Vec<NewHeader>,
) -> anyhow::Result<NewTest> {
    let target = webhook.watched().ok_or_else(|| {
        let message = format!("the object of webhook `{}` can't be tested", webhook.name);
        Failure::new(Kind::Refused, message)
    })?;
    let (event, url) = (webhook.event.parse()?, webhook.url.clone().try_into()?);
    let headers = others.fill(webhook, given)?;
    Ok(NewTest::new(target, event, url, headers).with(&webhook.options()))
}

/// The calls of a rotation, with the values masked: the test and the update.
pub(super) async fn previews(
    project: &Project,
    name: &WebhookName,
    headers: &[NewHeader],
) -> anyhow::Result<(Preview, Preview)> {
    let webhook = near::webhook(project, name, "find").await?;
    for header in headers {
        check_protected(&webhook, &header.key)?;
    }
    let mut given = headers.to_vec();
    for name in webhook.protected_headers() {
        let key: HeaderName = name.parse()?;
        if !given.iter().any(|header| header.key == key) {
            given.push(NewHeader {
                key,
                content: Content::unread(),
            });
        }
    }
    let new = test_of(&webhook, &Values::default(), given)?;
    let test = preview(project, "POST", routes::TESTS, None, Some(&new));
    let (patch, changes) = change::rotation(&webhook, headers)?;
    let name = Some(webhook.name.as_str());
    let switch = Preview {
        changes,
        ..preview(project, "PATCH", routes::WEBHOOK, name, Some(&patch))
    };
    Ok((test, switch))
}
