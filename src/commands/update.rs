//! `update`: changes the given fields of a webhook and keeps the rest.

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
/// Everything you don't mention stays the same, including protected headers, whose values you don't
/// need.
#[derive(Debug, Clone, ClapArgs)]
#[command(mut_args(offered))]
pub(crate) struct Args {
    /// Name of the webhook [default: from the file]
    webhook: Option<WebhookName>,

    /// New name
    #[arg(long, value_name = "NAME")]
    name: Option<WebhookName>,

    #[command(flatten)]
    changes: WebhookArgs,

    /// Remove a header; repeatable
    #[arg(long, value_name = "NAME", value_parser = conceal)]
    remove_header: Vec<Concealed>,

    /// Remove a label; repeatable
    #[arg(long, value_name = "KEY")]
    remove_label: Vec<String>,

    /// Allow sending secrets to another origin
    ///
    /// Without this option, a new URL with another scheme, host or port is refused if the webhook
    /// keeps a protected header, because the platform would send it the old value.
    #[arg(long)]
    keep_secrets: bool,

    #[command(flatten)]
    target: TargetArgs,

    /// Don't ask before deleting a protected value
    #[arg(short, long)]
    yes: bool,

    /// Show what would be sent without sending it
    #[arg(long)]
    dry_run: bool,
}

impl Run for Args {
    const NAME: &'static str = "update";
    const ALIASES: &'static [&'static str] = &["edit"];
    const EXAMPLES: &'static [Example] = &[
        (
            "Add a header and raise the timeout",
            "ubihook update orders-failed --header 'X-Team: blue' --timeout 20",
        ),
        ("Disable it", "ubihook update orders-failed --enabled=false"),
        (
            "Rotate a protected value",
            "ubihook update orders-failed --secret-header Authorization=env:HOOK_TOKEN",
        ),
        (
            "Move it to another host, which may get the protected value too",
            "ubihook update orders-failed --url https://other.example.org/in --keep-secrets",
        ),
        (
            "Edit it as a file",
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
        let has_file = self.changes.file.is_some();
        let Wanted {
            webhook,
            mut edits,
            target,
        } = self.wanted().await?;
        values::warn_of_written(cx, &edits.headers);
        let headers = values::fetch(cx, edits.headers.clone(), care.dry_run).await?;
        let project = cx.project().await?;
        // Held from the first read to the last write of its values.
        let names = std::iter::once(&webhook).chain(&edits.name);
        let names: Vec<&str> = names.map(WebhookName::as_str).collect();
        let _lock = change::lock(cx, &names, care).await?;
        let current = near::webhook(&project, &webhook, "update").await?;
        // There is nothing to compare with if the object's type is unknown.
        let (flags, file) = target;
        let whole = current
            .watched()
            .map_or_else(PartialTarget::default, |own| file.over(own).into());
        change::check_target(&current, flags.over(whole)?.whole()?.as_ref())?;
        // A file has the webhook's own name; that doesn't rename it.
        edits.name = edits.name.filter(|name| name.as_str() != current.name);
        if has_file {
            change::note_what_stays(cx, &current, &edits);
        }
        change::carry_out(cx, current, &edits, headers, care).await
    }
}

/// The API can't change a webhook's target. These arguments are accepted, but hidden, so that the
/// error can suggest what to do.
fn offered(argument: clap::Arg) -> clap::Arg {
    let target = ["deployment", "pipeline", "experiment", "version"];
    let is_offered = !target.contains(&argument.get_id().as_str());
    argument.hide(!is_offered)
}

struct Wanted {
    webhook: WebhookName,
    edits: Edits,
    /// The target from flags and file, which can be given but not changed.
    target: (TargetArgs, PartialTarget),
}

impl Args {
    async fn wanted(self) -> Result<Wanted, Failure> {
        let has_file = self.changes.file.is_some();
        let said = self.changes.over_file().await?;
        let webhook = self.webhook.or(said.name).ok_or_else(|| {
            Failure::usage("no webhook specified").with_hint("ubihook update NAME …")
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
                Failure::usage(format!("no changes specified for `{webhook}`")).with_hint(format!(
                    "ubihook update {} --url URL, for example; see ubihook update -h",
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
