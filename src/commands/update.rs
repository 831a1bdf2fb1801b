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

    /// Don't ask before a protected value goes
    #[arg(short, long)]
    yes: bool,

    /// Show what would be sent, and send nothing
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
    let current = match project.webhook(webhook.as_str()).await {
        Ok(current) => current,
        Err(error) => {
            let error = near::webhook(error, &project, webhook.as_str(), "update").await;
            return Err(error.context(format!("could not update webhook `{webhook}`")));
        }
    };
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
