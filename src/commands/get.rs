//! `get`: shows webhooks.

use super::{many, near};
use crate::{
    args::names::NamesArgs,
    commands::{
        context::Context,
        verb::{Example, Run},
    },
    output::webhook::Cards,
};

/// Show webhooks
///
/// With -o yaml or -o json, the output can be used as a file for create -f and update -f. It is a
/// list for several names, or if names are read from stdin.
#[derive(Debug, Clone, clap::Args)]
#[command(mut_arg("name", |name| name.required(true)))]
pub(crate) struct Args {
    #[command(flatten)]
    names: NamesArgs,
}

impl Run for Args {
    const NAME: &'static str = "get";
    const ALIASES: &'static [&'static str] = &["show"];
    const EXAMPLES: &'static [Example] = &[
        ("Show a webhook", "ubihook get orders-failed"),
        (
            "Show all webhooks of a team",
            "ubihook list --label team=blue -o name | ubihook get -",
        ),
        (
            "Copy it under another name; protected values must be supplied again",
            "ubihook get orders-failed -o yaml |\n    \
             ubihook create new-copy -f - --secret-header Authorization=env:HOOK_TOKEN",
        ),
    ];

    async fn run(self, cx: &mut Context) -> anyhow::Result<()> {
        let is_list = self.names.is_list();
        let names = self.names.read(Self::NAME, cx.terminal.stdin).await?;
        if names.is_empty() {
            return many::nothing(cx, &Cards(Vec::new()));
        }
        let project = cx.project().await?;
        let mut read = many::at_once(project.client(), 1, &names, |name| {
            project.webhook(name.as_str())
        })
        .await;
        if let ([name], true) = (&names[..], matches!(read[..], [Err(_)]))
            && let Some(Err(error)) = read.pop()
        {
            if is_list {
                cx.output.show(&Cards(Vec::new()))?;
            }
            return Err(near::no_webhook(error, &project, name, "get").await);
        }
        let shows = cx.shows().await?;
        let (mut found, mut failed) = (Vec::new(), Vec::new());
        for (name, webhook) in names.iter().zip(read) {
            match webhook {
                Ok(webhook) => found.push(shows(webhook)),
                Err(error) => failed.push((name.to_string(), error.into())),
            }
        }
        match &found[..] {
            [webhook] if !is_list => cx.output.show(webhook)?,
            _ => cx.output.show(&Cards(found))?,
        }
        many::verdict(cx, names.len(), failed, "read")
    }
}
