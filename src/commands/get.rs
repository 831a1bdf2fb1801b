//! `get`: one webhook.

use anyhow::Context as _;

use crate::{commands::context::Context, model::name::WebhookName};

/// Show one webhook
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Name of the webhook
    name: WebhookName,
}

/// Shows it.
pub async fn run(args: Args, cx: &mut Context) -> anyhow::Result<()> {
    let project = cx.project().await?;
    let webhook = project
        .webhook(args.name.as_str())
        .await
        .with_context(|| format!("could not get webhook `{}`", args.name))?;
    let shown = cx.shown_one(webhook).await?;
    Ok(cx.output.show(&shown)?)
}
