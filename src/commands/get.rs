//! `get`: shows one webhook.

use super::near;
use crate::{
    commands::{
        context::Context,
        verb::{Example, Run},
    },
    model::name::WebhookName,
};

/// Show one webhook
///
/// With -o yaml or -o json, the output can be used as a file for create -f and update -f.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Args {
    /// Name of the webhook
    name: WebhookName,
}

impl Run for Args {
    const NAME: &'static str = "get";
    const ALIASES: &'static [&'static str] = &["show"];
    const EXAMPLES: &'static [Example] = &[
        ("Show a webhook", "ubihook get orders-failed"),
        (
            "Copy it under another name; protected values must be supplied again",
            "ubihook get orders-failed -o yaml |\n    \
             ubihook create new-copy -f - --secret-header Authorization=env:HOOK_TOKEN",
        ),
    ];

    async fn run(self, cx: &mut Context) -> anyhow::Result<()> {
        let project = cx.project().await?;
        let webhook = near::webhook(&project, &self.name, "get").await?;
        let shown = cx.shown_one(webhook).await?;
        Ok(cx.output.show(&shown)?)
    }
}
