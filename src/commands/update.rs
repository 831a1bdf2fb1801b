//! `update`: changes what is named, and leaves the rest.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args as ClapArgs;

use super::{
    change::{self, Care},
    context::Context,
    values,
};
use crate::{
    args::{
        Concealed, Error, file,
        header::{HeaderArgs, conceal},
        options::OptionArgs,
    },
    model::{
        draft, edits::Edits, event::EventName, header::HeaderName, labels::Label,
        name::WebhookName, target::Target,
    },
};

/// Change a webhook
///
/// What isn't named stays as it is, protected headers included: their values need not be known.
#[derive(Debug, Clone, ClapArgs)]
pub struct Args {
    /// Name of the webhook; the file's, where it is left out
    webhook: Option<WebhookName>,

    /// New name
    #[arg(long, value_name = "NAME")]
    name: Option<WebhookName>,

    /// URL that events are sent to
    #[arg(short, long, value_name = "URL", value_parser = conceal)]
    url: Option<Concealed>,

    /// Event: started, completed, failed, finished, or a full name
    #[arg(short, long, value_name = "EVENT")]
    event: Option<EventName>,

    #[command(flatten)]
    headers: HeaderArgs,

    /// Remove a header; repeats
    #[arg(long, value_name = "NAME")]
    remove_header: Vec<HeaderName>,

    /// Add or change a label; repeats
    #[arg(short, long, value_name = "KEY=VALUE")]
    label: Vec<Label>,

    /// Remove a label; repeats
    #[arg(long, value_name = "KEY")]
    remove_label: Vec<String>,

    #[command(flatten)]
    options: OptionArgs,

    /// Take changes from a YAML or JSON file, - for stdin; flags win
    #[arg(short, long, value_name = "FILE")]
    file: Option<PathBuf>,

    /// Let the kept protected values follow the URL to another origin
    #[arg(long)]
    keep_secrets: bool,

    /// Don't ask before a protected header is removed
    #[arg(short, long)]
    yes: bool,

    /// Show what would be sent, secrets masked, and send nothing
    #[arg(long)]
    dry_run: bool,
}

/// Changes it.
pub async fn run(args: Args, cx: &mut Context) -> anyhow::Result<()> {
    let care = Care {
        keep_secrets: args.keep_secrets,
        yes: args.yes,
        dry_run: args.dry_run,
    };
    let Wanted {
        webhook,
        mut edits,
        target,
    } = args.wanted()?;
    let headers = values::fetch(cx, edits.headers.clone()).await?;
    let project = cx.project().await?;
    let current = project
        .webhook(webhook.as_str())
        .await
        .with_context(|| format!("could not update webhook `{webhook}`"))?;
    change::check_target(&current, target.over(&current).as_ref())?;
    // A file names the webhook that it is about; that is no renaming.
    edits.name = edits.name.filter(|name| name.as_str() != current.name);
    change::carry_out(cx, current, &edits, headers, care).await
}

struct Wanted {
    webhook: WebhookName,
    edits: Edits,
    target: FileTarget,
}

/// What a file says of the target, which can't be changed but may be said.
struct FileTarget(file::WebhookFile);

impl FileTarget {
    fn over(&self, current: &crate::model::webhook::Webhook) -> Option<Target> {
        let FileTarget(file) = self;
        if file.object_type.is_none() && file.object_name.is_none() && file.version.is_none() {
            return None;
        }
        Some(Target {
            object_type: file.object_type.or(current.object_type.parse().ok())?,
            object_name: file
                .object_name
                .clone()
                .or(current.object_name.parse().ok())?,
            version: file
                .version
                .clone()
                .or_else(|| current.version.as_ref()?.parse().ok()),
        })
    }
}

impl Args {
    fn wanted(self) -> Result<Wanted, Error> {
        let mut file = self
            .file
            .as_ref()
            .map(file::read)
            .transpose()?
            .unwrap_or_default();
        let webhook = self.webhook.or_else(|| file.name.take()).ok_or_else(|| {
            Error::new("the webhook to update is not named").hint("ubihook update NAME …")
        })?;
        let url = self.url.map(|url| url.parse("--url")).transpose()?;
        let mut headers = self.headers.parse()?;
        for header in std::mem::take(&mut file.headers) {
            if !headers.iter().any(|known| known.key == header.key) {
                headers.push(header);
            }
        }
        let mut labels = file.labels.take().unwrap_or_default();
        labels.extend(self.label.into_iter().map(|label| (label.key, label.value)));
        let edits = Edits {
            name: self.name,
            url: url.or(file.url.take()),
            event: self.event.or(file.event.take()),
            headers,
            removed_headers: self.remove_header,
            labels,
            removed_labels: self.remove_label,
            options: self.options.over(std::mem::take(&mut file.options)),
        };
        if edits.is_empty() && self.file.is_none() {
            return Err(
                Error::new(format!("no change to `{webhook}` is named")).hint(format!(
                    "ubihook update {webhook} --url URL, for one; see ubihook update -h"
                )),
            );
        }
        edits
            .check()
            .map_err(|invalid| Error::new(invalid.with_field()))?;
        if self
            .file
            .as_ref()
            .is_some_and(|path| path.as_os_str() == "-")
            && draft::reads_stdin(&edits.headers)
        {
            return Err(Error::new(
                "-f - and a header's value can't both come from stdin",
            ));
        }
        Ok(Wanted {
            webhook,
            edits,
            target: FileTarget(file),
        })
    }
}
