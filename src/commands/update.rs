//! `update`: changes the given fields of webhooks and keeps the rest. `several.rs` updates several.

mod several;

use clap::Args as ClapArgs;

use super::{
    change::{self, Care},
    context::Context,
    near, values,
    verb::{Example, Run},
};
use crate::{
    args::{
        Concealed, file, header::conceal, names::NamesArgs, target::TargetArgs,
        webhook::WebhookArgs,
    },
    model::{
        draft::{PartialDraft, reads_stdin},
        edits::Edits,
        failure::Failure,
        name::WebhookName,
        shell::quote,
        target::PartialTarget,
        webhook::Webhook,
    },
};

/// Change webhooks
///
/// Everything you don't mention stays the same, including protected headers, whose values you don't
/// need. With several names, each webhook gets the same changes; a file may contain several webhooks.
#[derive(Debug, Clone, ClapArgs)]
#[command(mut_args(offered))]
pub(crate) struct Args {
    /// Names of the webhooks; - reads them from stdin [default: from the file]
    #[arg(value_name = "WEBHOOK")]
    webhook: Vec<WebhookName>,

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
            "Disable all webhooks of a team",
            "ubihook list --label team=blue -o name | ubihook update - --enabled=false",
        ),
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
        let is_list = NamesArgs::from(self.webhook.clone()).is_list();
        let mut wanted = self.wanted(cx.terminal.stdin).await?;
        if let ([_], false) = (&wanted[..], is_list)
            && let Some(Wanted {
                webhook,
                edits,
                target,
            }) = wanted.pop()
        {
            return one(cx, webhook, edits, target, care, has_file).await;
        }
        several::run(cx, wanted, care, has_file).await
    }
}

/// Updates one webhook, which may be renamed.
async fn one(
    cx: &mut Context,
    webhook: WebhookName,
    mut edits: Edits,
    target: (TargetArgs, PartialTarget),
    care: Care,
    has_file: bool,
) -> anyhow::Result<()> {
    values::warn_of_written(cx, &edits.headers);
    cx.warn_of_variable_in_url(edits.url.as_ref());
    let headers = values::fetch(cx, edits.headers.clone(), care.dry_run).await?;
    let project = cx.project().await?;
    // Held from the first read to the last write of its values.
    let names = std::iter::once(&webhook).chain(&edits.name);
    let names: Vec<&str> = names.map(WebhookName::as_str).collect();
    let _lock = change::lock(cx, &names, care).await?;
    let current = near::webhook(&project, &webhook, "update").await?;
    check_target(&current, target)?;
    // A file has the webhook's own name; that doesn't rename it.
    edits.name = edits.name.filter(|name| name.as_str() != current.name);
    change::warn_of_near_misses(cx, &current, &edits);
    if has_file {
        change::note_what_stays(cx, &current, &edits);
    }
    change::carry_out(cx, current, &edits, headers, care).await
}

/// Refuses a target that isn't the webhook's own.
fn check_target(
    current: &Webhook,
    (flags, file): (TargetArgs, PartialTarget),
) -> anyhow::Result<()> {
    // There is nothing to compare with if the object's type is unknown.
    let whole = current
        .watched()
        .map_or_else(PartialTarget::default, |own| file.over(own).into());
    change::check_target(current, flags.over(whole)?.whole()?.as_ref())
}

/// The API can't change a webhook's target. These arguments are accepted, but hidden, so that the
/// error can suggest what to do.
fn offered(argument: clap::Arg) -> clap::Arg {
    let target = ["deployment", "pipeline", "experiment", "version"];
    let is_offered = !target.contains(&argument.get_id().as_str());
    argument.hide(!is_offered)
}

/// The changes of one webhook.
struct Wanted {
    webhook: WebhookName,
    edits: Edits,
    /// The target from flags and file, which can be given but not changed.
    target: (TargetArgs, PartialTarget),
}

impl Args {
    /// The changes of each webhook: of those that are named, or of those in the file.
    async fn wanted(self, stdin_is_terminal: bool) -> anyhow::Result<Vec<Wanted>> {
        let names = NamesArgs::from(self.webhook.clone());
        let (is_list, has_file) = (names.is_list(), self.changes.file.is_some());
        if has_file {
            let mut names = self.webhook.iter();
            names.try_for_each(|name| file::check_name(Self::NAME, name))?;
        }
        if is_list && has_file {
            let message = "-f and several names can't be given together: a file has its own names";
            return Err(Failure::usage(message).into());
        }
        if is_list && self.name.is_some() {
            let message = "--name is for one webhook: no two can have the same name";
            return Err(Failure::usage(message).into());
        }
        let said = self.changes.clone().over_files().await?;
        if names.reads_stdin() && said.iter().any(|said| reads_stdin(&said.headers)) {
            let message = "standard input can't be both the names and a value";
            return Err(Failure::usage(message).into());
        }
        if let ([name], [_, _, ..]) = (&self.webhook[..], &said[..]) {
            return Err(file::has_several(self.changes.file.as_deref(), name).into());
        }
        if said.len() > 1 && self.name.is_some() {
            let message = "--name is for one webhook: no two can have the same name";
            return Err(Failure::usage(message).into());
        }
        if is_list {
            // Checked before any name is read, so that a mistake is reported for an empty list too.
            let one = said.into_iter().next().unwrap_or_default();
            let (edits, target) = self.edits(one, &self.webhook)?;
            let names = names.read(Self::NAME, stdin_is_terminal).await?;
            let wanted = |webhook| Wanted {
                webhook,
                edits: edits.clone(),
                target: target.clone(),
            };
            return Ok(names.into_iter().map(wanted).collect());
        }
        let of_file = |said: PartialDraft| {
            let given = self.webhook.first().or(said.name.as_ref()).cloned();
            let webhook = given.ok_or_else(|| {
                Failure::usage("no webhook specified").with_hint("ubihook update NAME …")
            })?;
            let (edits, target) = self.edits(said, std::slice::from_ref(&webhook))?;
            Ok(Wanted {
                webhook,
                edits,
                target,
            })
        };
        said.into_iter().map(of_file).collect()
    }

    /// The changes, and the target that must be the webhook's own; `webhooks` are named in a hint.
    fn edits(
        &self,
        said: PartialDraft,
        webhooks: &[WebhookName],
    ) -> Result<(Edits, (TargetArgs, PartialTarget)), Failure> {
        let removed = self.remove_header.iter();
        let removed_headers = removed
            .map(|name| name.parse("--remove-header"))
            .collect::<Result<_, _>>()?;
        let edits = Edits {
            name: self.name.clone(),
            url: said.url,
            event: said.event,
            headers: said.headers,
            removed_headers,
            labels: said.labels.unwrap_or_default(),
            removed_labels: self.remove_label.clone(),
            options: said.options,
        };
        if edits.is_empty() && self.changes.file.is_none() && self.target.is_empty() {
            let names: Vec<_> = webhooks.iter().map(|name| quote(name.as_str())).collect();
            let message = match webhooks {
                [webhook] if webhook.as_str() != "-" => {
                    format!("no changes specified for `{webhook}`")
                }
                _ => "no changes specified".to_owned(),
            };
            return Err(Failure::usage(message).with_hint(format!(
                "ubihook update {} --url URL, for example; see ubihook update -h",
                names.join(" ")
            )));
        }
        edits.check()?;
        Ok((edits, (self.target.clone(), said.target)))
    }
}
