//! `update`: changes what is named, and leaves the rest.

use clap::Args as ClapArgs;

use super::{
    change::{self, Care},
    context::Context,
    near, values,
    verb::{Example, Run},
};
use crate::{
    args::{Concealed, header::conceal, target::TargetArgs, webhook::WebhookArgs},
    model::{
        edits::Edits, failure::Failure, name::WebhookName, shell::quote, target::PartialTarget,
    },
};

/// Change a webhook
///
/// What isn't named stays as it is, protected headers included: their values need not be known.
#[derive(Debug, Clone, ClapArgs)]
#[command(mut_args(offered))]
pub(crate) struct Args {
    /// Name of the webhook [default: the file's]
    webhook: Option<WebhookName>,

    /// New name
    #[arg(long, value_name = "NAME")]
    name: Option<WebhookName>,

    #[command(flatten)]
    changes: WebhookArgs,

    /// Remove a header; repeats
    #[arg(long, value_name = "NAME", value_parser = conceal)]
    remove_header: Vec<Concealed>,

    /// Remove a label; repeats
    #[arg(long, value_name = "KEY")]
    remove_label: Vec<String>,

    /// Let kept values follow to another origin
    ///
    /// Without it, a new URL at another scheme, host or port is refused while a protected header
    /// stays: the platform would send it the old value.
    #[arg(long)]
    keep_secrets: bool,

    #[command(flatten)]
    target: TargetArgs,

    /// Don't ask before a protected value goes
    #[arg(short, long)]
    yes: bool,

    /// Show what would be sent, and send nothing
    #[arg(long)]
    dry_run: bool,
}

impl Run for Args {
    const NAME: &'static str = "update";
    const EXAMPLES: &'static [Example] = &[
        (
            "Add a header and wait longer; all else stays",
            "ubihook update orders-failed --header 'X-Team: blue' --timeout 20",
        ),
        (
            "Stop it for now",
            "ubihook update orders-failed --enabled=false",
        ),
        (
            "Rotate a protected value",
            "ubihook update orders-failed --secret-header Authorization=env:HOOK_TOKEN",
        ),
        (
            "Move it to another host, which may have the protected value as well",
            "ubihook update orders-failed --url https://other.example.org/in --keep-secrets",
        ),
        (
            "Edit it as a file, and give it back",
            "ubihook get orders-failed -o yaml > orders-failed.yaml\n\
             ${EDITOR:-vi} orders-failed.yaml\n\
             ubihook update -f orders-failed.yaml",
        ),
    ];

    async fn run(self, cx: &mut Context) -> anyhow::Result<()> {
        cx.note_stdin(self.changes.file.as_deref());
        let care = Care {
            keep_secrets: self.keep_secrets,
            yes: self.yes,
            dry_run: self.dry_run,
        };
        let Wanted {
            webhook,
            mut edits,
            target,
        } = self.wanted().await?;
        let headers = values::fetch(cx, edits.headers.clone()).await?;
        let project = cx.project().await?;
        // From the first read to the last write of its values.
        let names = std::iter::once(&webhook).chain(&edits.name);
        let names: Vec<&str> = names.map(WebhookName::as_str).collect();
        let _lock = change::lock(cx, &names, care).await?;
        let current = near::webhook(&project, &webhook, "update").await?;
        // Nothing to compare with where the object's type isn't known here.
        let (flags, file) = target;
        let whole = current
            .watched()
            .map_or_else(PartialTarget::default, |own| file.over(own).into());
        change::check_target(&current, flags.over(whole)?.whole()?.as_ref())?;
        // A file names the webhook that it is about; that is no renaming.
        edits.name = edits.name.filter(|name| name.as_str() != current.name);
        change::carry_out(cx, current, &edits, headers, care).await
    }
}

/// The API can't change what a webhook watches: taken, so that the refusal can say what can.
fn offered(argument: clap::Arg) -> clap::Arg {
    let target = ["deployment", "pipeline", "experiment", "version"];
    let is_offered = !target.contains(&argument.get_id().as_str());
    argument.hide(!is_offered)
}

struct Wanted {
    webhook: WebhookName,
    edits: Edits,
    /// What flags and file name of the target: it can't be changed, but may be named.
    target: (TargetArgs, PartialTarget),
}

impl Args {
    async fn wanted(self) -> Result<Wanted, Failure> {
        let has_file = self.changes.file.is_some();
        let said = self.changes.over_file().await?;
        let webhook = self.webhook.or(said.name).ok_or_else(|| {
            Failure::usage("the webhook to update is not named").with_hint("ubihook update NAME …")
        })?;
        let removed = self.remove_header.iter();
        let removed_headers = removed
            .map(|name| name.parse("--remove-header"))
            .collect::<Result<_, _>>()?;
        let edits = Edits {
            name: self.name,
            url: said.url,
            event: said.event,
            headers: said.headers,
            removed_headers,
            labels: said.labels.unwrap_or_default(),
            removed_labels: self.remove_label,
            options: said.options,
        };
        if edits.is_empty() && !has_file && self.target.is_empty() {
            return Err(
                Failure::usage(format!("no change to `{webhook}` is named")).with_hint(format!(
                    "ubihook update {} --url URL, for one; see ubihook update -h",
                    quote(webhook.as_str())
                )),
            );
        }
        edits.check()?;
        Ok(Wanted {
            webhook,
            edits,
            target: (self.target, said.target),
        })
    }
}
