//! `diff`: compares the webhooks of files with those of the platform.

use std::path::PathBuf;

use clap::Args as ClapArgs;

use super::{
    context::Context,
    near,
    verb::{Example, Run},
};
use crate::{
    api::{Project, webhooks::Filter},
    args::manifest::{self, Manifest, ManifestOptions},
    model::{
        draft::{DraftHeader, DraftValue},
        failure::{Failure, Kind},
        name::WebhookName,
        plan::{Action, Change, Compared, Present, Summary, Terms, Values, plan, summary},
        secret::Secret,
        store::StoreKind,
        text::{counted, nearest},
        webhook::Webhook,
    },
    output::differences::Differences,
    secrets::{Destination, Moment, source},
};

/// Compare the webhooks in files with those of the project
///
/// Shows what would have to be created, updated, replaced or deleted, so that the project has the
/// webhooks of the files. Changes nothing. Files are exact: a field that is missing in a file has its
/// default, except for enabled. Unchanged webhooks are counted, and listed with -v.
///
/// The platform doesn't return protected values. A value in a file is compared with the one that was
/// last sent from this machine, or is unknown.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct Args {
    /// Only these webhooks
    #[arg(value_name = "NAME")]
    name: Vec<WebhookName>,

    /// File or folder with webhooks; - for stdin; repeatable
    ///
    /// YAML or JSON: one webhook, a list of them, or a mapping with webhooks, and with defaults for
    /// them. Of a folder, its *.yaml, *.yml and *.json files are read.
    #[arg(short, long, value_name = "PATH", required = true)]
    file: Vec<PathBuf>,

    /// Owner of the webhooks in the files
    ///
    /// Webhooks that belong to an owner have the label ubihook-owner. Those of another owner are a
    /// conflict.
    #[arg(long, value_name = "OWNER")]
    owner: Option<String>,

    /// Also show the owner's webhooks that are not in the files
    #[arg(long, conflicts_with = "name")]
    prune: bool,

    /// Exit with 10 if something differs
    #[arg(long)]
    exit_code: bool,

    /// Allow credentials in plain headers
    #[arg(long)]
    allow_plain: bool,
}

impl Run for Args {
    const NAME: &'static str = "diff";
    const EXAMPLES: &'static [Example] = &[
        (
            "Show how the project differs from the files in a folder",
            "ubihook diff -f webhooks",
        ),
        (
            "In a nightly job, fail if something was changed by hand",
            "ubihook diff -f webhooks --exit-code",
        ),
        (
            "Include webhooks of the team that are not in the files",
            "ubihook diff -f webhooks --owner orders-team --prune",
        ),
    ];

    async fn run(self, cx: &mut Context) -> anyhow::Result<()> {
        let files: Vec<_> = self.file.iter().map(PathBuf::as_path).collect();
        for file in files {
            cx.note_stdin(Some(file));
        }
        let owner = self.owner.as_deref();
        if owner.is_some_and(|owner| owner.trim().is_empty()) {
            return Err(Failure::usage("--owner must not be empty").into());
        }
        let options = ManifestOptions {
            owner,
            allow_plain: self.allow_plain,
        };
        let mut manifest = manifest::read(&self.file, &options).await?;
        self.check_prune(&manifest)?;
        choose(&mut manifest, &self.name)?;
        let project = cx.project().await?;
        let present = present(&project).await?;
        let read = Moment::now(project.client().clock());
        let values = compared(cx, &manifest, &present, read).await?;
        let terms = Terms {
            owner: manifest.owner.as_deref(),
            prune: self.prune,
        };
        let mut changes = plan(&manifest.wanted, &present, &values, terms);
        let summary = summary(&changes);
        if cx.output.verbose() == 0 {
            changes.retain(is_listed);
        }
        cx.output.show(&Differences { summary, changes })?;
        if self.exit_code {
            return verdict(&summary);
        }
        Ok(())
    }
}

/// Whether it is shown without -v.
fn is_listed(change: &Change) -> bool {
    change.action != Action::Keep
}

impl Args {
    fn check_prune(&self, manifest: &Manifest) -> Result<(), Failure> {
        if !self.prune {
            return Ok(());
        }
        if manifest.owner.is_none() {
            let message = "--prune needs an owner: only webhooks with its label are deleted";
            return Err(
                Failure::usage(message).with_hint("add --owner OWNER, or `owner:` in a file")
            );
        }
        if manifest.wanted.is_empty() {
            return Err(Failure::usage(
                "--prune with no webhook in the files would delete all webhooks of the owner",
            ));
        }
        Ok(())
    }
}

/// Leaves only the named webhooks.
fn choose(manifest: &mut Manifest, names: &[WebhookName]) -> Result<(), Failure> {
    if names.is_empty() {
        return Ok(());
    }
    let known = || manifest.wanted.iter().map(|one| one.draft.name.as_str());
    if let Some(name) = names
        .iter()
        .find(|name| known().all(|known| known != name.as_str()))
    {
        let near = nearest(name.as_str(), known());
        let near = near.map(|near| format!("did you mean `{near}`?"));
        let message = format!("no webhook `{name}` in the files");
        return Err(Failure::usage(message).hinted(near));
    }
    let is_named = |name: &WebhookName| names.iter().any(|named| named.as_str() == name.as_str());
    manifest.wanted.retain(|one| is_named(&one.draft.name));
    Ok(())
}

async fn present(project: &Project) -> anyhow::Result<Present> {
    let listed = match project.list(&Filter::default()).await {
        Ok(listed) => listed,
        Err(error) => return Err(near::project(error, project).await),
    };
    let mut present = Present::default();
    for webhook in listed {
        match webhook? {
            Ok(webhook) => present.webhooks.push(webhook),
            Err(odd) => present.odd.push((odd.name, odd.field)),
        }
    }
    Ok(present)
}

/// Compares the values in the files with those that this machine stores. A value that can't be read
/// or isn't stored is unknown. Opens a store only if the index lists one for a header of the files.
async fn compared(
    cx: &mut Context,
    manifest: &Manifest,
    present: &Present,
    read: Moment,
) -> anyhow::Result<Values> {
    let mut values = Values::default();
    let is_given =
        |header: &&DraftHeader| matches!(header.value, DraftValue::Given(_) | DraftValue::From(_));
    let drafts = manifest.wanted.iter().map(|one| &one.draft);
    let drafts: Vec<_> = drafts
        .filter(|draft| draft.headers.iter().any(|header| is_given(&header)))
        .collect();
    if drafts.is_empty() {
        return Ok(values);
    }
    let (shows, site) = (cx.shows().await?, cx.site().await?);
    let webhooks: std::collections::HashMap<&str, &Webhook> = present
        .webhooks
        .iter()
        .map(|webhook| (webhook.name.as_str(), webhook))
        .collect();
    for draft in drafts {
        let Some(webhook) = webhooks.get(draft.name.as_str()) else {
            continue;
        };
        let webhook_here = shows((*webhook).clone());
        for header in draft.headers.iter().filter(is_given) {
            let is_stored = webhook_here.headers.iter().any(|own| {
                header.key.is(&own.key) && own.local.is_some_and(|kind| kind != StoreKind::None)
            });
            if !is_stored {
                continue;
            }
            let Some(to) = Destination::of(&site, webhook, read) else {
                continue;
            };
            let Some(given) = value(cx, header).await else {
                continue;
            };
            let found = cx.custody()?.look(&to, &header.key).await;
            if let Some(found) = found.ok().filter(|found| found.is_current) {
                let compared = if found.value == given {
                    Compared::Same
                } else {
                    Compared::Changed
                };
                values.add(&webhook.name, &header.key, compared);
            }
        }
    }
    Ok(values)
}

/// The value that the files give; `None` if it can't be read now.
async fn value(cx: &Context, header: &DraftHeader) -> Option<Secret> {
    match &header.value {
        DraftValue::Given(value) => Some(cx.scrubber.secret(value.clone())),
        DraftValue::From(text) => source::fetch(&header.key, text, &cx.env, &cx.scrubber)
            .await
            .ok()?,
        DraftValue::Plain(_) | DraftValue::Missing => None,
    }
}

/// The error of `--exit-code`. A value that can't be compared is no difference.
fn verdict(summary: &Summary) -> anyhow::Result<()> {
    let Summary {
        create,
        update,
        replace,
        delete,
        conflict,
        ..
    } = *summary;
    if conflict > 0 {
        let message = format!("{} in conflict", counted(conflict, "webhook"));
        return Err(Failure::new(Kind::Refused, message).into());
    }
    let differing = create + update + replace + delete;
    if differing == 0 {
        return Ok(());
    }
    let message = match differing {
        1 => "1 webhook differs".to_owned(),
        count => format!("{count} webhooks differ"),
    };
    Err(Failure::new(Kind::Differs, message).into())
}
