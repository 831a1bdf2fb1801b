//! `update`: changes what is named, and leaves the rest.

use std::path::PathBuf;

use clap::Args as ClapArgs;

use super::{
    change::{self, Care},
    context::Context,
    near, values,
};
use crate::{
    args::{
        Concealed, Error, file,
        header::{HeaderArgs, conceal},
        options::OptionArgs,
        target::TargetArgs,
    },
    model::{
        draft::PartialDraft, edits::Edits, event::EventName, labels::Label, name::WebhookName,
        shell::quote, target::PartialTarget,
    },
};

/// Change a webhook
///
/// What isn't named stays as it is, protected headers included: their values need not be known.
#[derive(Debug, Clone, ClapArgs)]
pub struct Args {
    /// Name of the webhook [default: the file's]
    webhook: Option<WebhookName>,

    /// New name
    #[arg(long, value_name = "NAME")]
    name: Option<WebhookName>,

    /// URL that events are sent to
    #[arg(short, long, value_name = "URL", value_parser = conceal)]
    url: Option<Concealed>,

    /// started, completed, failed or finished
    ///
    /// Or the full name, such as pipeline_request_failed.
    #[arg(short, long, value_name = "EVENT")]
    event: Option<EventName>,

    #[command(flatten)]
    headers: HeaderArgs,

    /// Remove a header; repeats
    #[arg(long, value_name = "NAME", value_parser = conceal)]
    remove_header: Vec<Concealed>,

    /// Add or change a label; repeats
    #[arg(short, long, value_name = "KEY=VALUE")]
    label: Vec<Label>,

    /// Remove a label; repeats
    #[arg(long, value_name = "KEY")]
    remove_label: Vec<String>,

    #[command(flatten)]
    options: OptionArgs,

    /// Take changes from a file; - is stdin
    ///
    /// YAML or JSON, such as the output of get, edited. What it leaves out stays; what flags say
    /// wins.
    #[arg(short, long, value_name = "FILE")]
    file: Option<PathBuf>,

    /// Let kept values follow to another origin
    ///
    /// Without it, a new URL at another scheme, host or port is refused while a protected header
    /// stays: the platform would send it the old value.
    #[arg(long)]
    keep_secrets: bool,

    // Not offered, since the API can't change it; taken, so that the refusal can say what can.
    #[command(flatten)]
    target: TargetArgs,

    /// Don't ask before a protected value goes
    #[arg(short, long)]
    yes: bool,

    /// Show what would be sent, and send nothing
    #[arg(long)]
    dry_run: bool,
}

/// Changes it.
pub async fn run(args: Args, cx: &mut Context) -> anyhow::Result<()> {
    cx.note_stdin(args.file.as_deref());
    let care = Care {
        keep_secrets: args.keep_secrets,
        yes: args.yes,
        dry_run: args.dry_run,
    };
    let Wanted {
        webhook,
        mut edits,
        target,
    } = args.wanted().await?;
    let headers = values::fetch(cx, edits.headers.clone()).await?;
    let project = cx.project().await?;
    // From the first read to the last write of its values.
    let names = std::iter::once(&webhook).chain(&edits.name);
    let names: Vec<&str> = names.map(WebhookName::as_str).collect();
    let _lock = change::lock(cx, &names, care).await?;
    let current = match project.webhook(webhook.as_str()).await {
        Ok(current) => current,
        Err(error) => {
            let error = near::webhook(error, &project, webhook.as_str(), "update").await;
            return Err(error.context(format!("could not update webhook `{webhook}`")));
        }
    };
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

struct Wanted {
    webhook: WebhookName,
    edits: Edits,
    /// What flags and file name of the target: it can't be changed, but may be named.
    target: (TargetArgs, PartialTarget),
}

/// What this verb takes and doesn't offer, by the names of the arguments.
pub const NOT_OFFERED: [&str; 4] = ["deployment", "pipeline", "experiment", "version"];

impl Args {
    async fn wanted(self) -> Result<Wanted, Error> {
        let mut file = match &self.file {
            Some(path) => file::read(path).await?,
            None => PartialDraft::default(),
        };
        let webhook = self.webhook.or_else(|| file.name.take()).ok_or_else(|| {
            Error::new("the webhook to update is not named").hint("ubihook update NAME …")
        })?;
        let url = self.url.map(|url| url.parse("--url")).transpose()?;
        let headers = self.headers.over(std::mem::take(&mut file.headers))?;
        file::check_stdin(self.file.as_deref(), &headers)?;
        let mut labels = file.labels.take().unwrap_or_default();
        labels.extend(self.label.into_iter().map(|label| (label.key, label.value)));
        let removed = self.remove_header.iter();
        let removed_headers = removed
            .map(|name| name.parse("--remove-header"))
            .collect::<Result<_, _>>()?;
        let edits = Edits {
            name: self.name,
            url: url.or(file.url.take()),
            event: self.event.or(file.event.take()),
            headers,
            removed_headers,
            labels,
            removed_labels: self.remove_label,
            options: self.options.over(std::mem::take(&mut file.options)),
        };
        if edits.is_empty() && self.file.is_none() && self.target.is_empty() {
            return Err(
                Error::new(format!("no change to `{webhook}` is named")).hint(format!(
                    "ubihook update {} --url URL, for one; see ubihook update -h",
                    quote(webhook.as_str())
                )),
            );
        }
        edits.check()?;
        Ok(Wanted {
            webhook,
            edits,
            target: (self.target, file.target),
        })
    }
}
