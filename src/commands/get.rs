//! `get`: one webhook.

use super::near;
use crate::{commands::context::Context, model::name::WebhookName};

/// Show one webhook
///
/// With -o yaml or json it is a file for create -f and update -f.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Name of the webhook
    name: WebhookName,
}

/// Shows it.
pub async fn run(args: Args, cx: &mut Context) -> anyhow::Result<()> {
    let project = cx.project().await?;
    let webhook = match project.webhook(args.name.as_str()).await {
        Ok(webhook) => webhook,
        Err(error) => {
            let error = near::webhook(error, &project, args.name.as_str(), "get").await;
            return Err(error.context(format!("could not get webhook `{}`", args.name)));
        }
    };
    let shown = cx.shown_one(webhook).await?;
    Ok(cx.output.show(&shown)?)
}
