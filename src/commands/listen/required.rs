//! The headers that identify the sender: those of a webhook, and those given on the command line.

use crate::{
    commands::{context::Context, stored, values},
    model::{
        draft::DraftHeader,
        failure::Failure,
        header::{Content, HeaderName, check_unique},
        secret::Secret,
        shell::quote,
    },
    receiver::verify::Required,
};

/// Reads their values, and the webhook if one is named.
pub(super) async fn required(
    cx: &mut Context,
    webhook: Option<&str>,
    given: Vec<DraftHeader>,
) -> anyhow::Result<Required> {
    check_unique(given.iter().map(|header| &header.key))
        .map_err(|invalid| Failure::invalid("--secret-header", &invalid))?;
    let given = values::fetch(cx, given, false).await?;
    let mut headers = Vec::new();
    for header in &given {
        if let Content::Protected(Some(value)) = &header.content {
            headers.push((header.key.clone(), value.clone()));
        }
    }
    if let Some(name) = webhook {
        headers.extend(of_webhook(cx, name, &given).await?);
    }
    Ok(Required::new(headers))
}

async fn of_webhook(
    cx: &mut Context,
    name: &str,
    given: &[crate::model::header::NewHeader],
) -> anyhow::Result<Vec<(HeaderName, Secret)>> {
    let project = cx.project().await?;
    let webhook = project.webhook(name).await;
    let webhook = webhook.map_err(|error| {
        anyhow::Error::new(error).context(format!("could not get webhook `{name}`"))
    })?;
    if webhook.headers.is_empty() {
        let message =
            format!("webhook `{name}` has no headers, so its deliveries can't be verified");
        let hint = format!(
            "ubihook update {} --secret-header Authorization=prompt",
            quote(name)
        );
        return Err(Failure::usage(message).with_hint(hint).into());
    }
    let request = stored::Request {
        url: None,
        given,
        keep_secrets: false,
        what: stored::Purpose::Verify,
        is_locked: false,
    };
    let (webhook, found) = stored::values(cx, &project, webhook, &request).await?;
    let filled = found.fill(&webhook, given.to_vec())?.into_iter();
    let own = filled.filter(|header| given.iter().all(|given| given.key != header.key));
    let value = |content| match content {
        Content::Plain(value) => Some(cx.scrubber.secret(value.as_str())),
        Content::Protected(value) => value,
    };
    Ok(own
        .filter_map(|header| Some((header.key, value(header.content)?)))
        .collect())
}
