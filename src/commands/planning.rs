//! The plan of `diff` and `apply`: the webhooks in files compared with those on the platform.

use std::path::{Path, PathBuf};

use clap::Args as ClapArgs;

use super::{context::Context, near, values};
use crate::{
    args::manifest::{self, Manifest, ManifestOptions},
    model::{
        draft::{DraftHeader, DraftValue},
        failure::Failure,
        name::WebhookName,
        plan::{Action, Change, Compared, Present, Summary, Terms, Values, plan, summary},
        secret::Secret,
        shell::{quote, quote_path},
        store::StoreKind,
        text::nearest,
        webhook::Webhook,
    },
    output::differences::Differences,
    secrets::{Destination, Moment, source},
};

/// Which webhooks are wanted.
#[derive(Debug, Clone, ClapArgs)]
pub(super) struct WantedArgs {
    /// Only these webhooks
    #[arg(value_name = "NAME")]
    name: Vec<WebhookName>,

    /// File or folder with webhooks; - for stdin; repeatable
    ///
    /// YAML or JSON: one webhook, a list of them, or a mapping with webhooks, and with defaults for
    /// them. In a folder, all *.yaml, *.yml and *.json files are read.
    #[arg(short, long, value_name = "PATH", required = true)]
    file: Vec<PathBuf>,

    /// Owner of the webhooks in the files
    ///
    /// Webhooks that belong to an owner have the label ubihook-owner. Those of another owner are a
    /// conflict.
    #[arg(long, value_name = "OWNER")]
    owner: Option<String>,

    /// Allow credentials in plain headers
    #[arg(long)]
    allow_plain: bool,
}

impl WantedArgs {
    /// The named webhooks of the files. If it `prunes`, they must have an owner, and there must be some. `typed` is
    /// the verb with its own flags, for a command in a hint.
    pub(super) async fn read(
        &self,
        cx: &Context,
        prunes: bool,
        typed: &str,
    ) -> anyhow::Result<Manifest> {
        for file in &self.file {
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
        if prunes {
            check_prune(&manifest)?;
        }
        choose(&mut manifest, &self.name, |is_unknown| {
            self.with_files(typed, is_unknown)
        })?;
        let drafts = manifest.wanted.iter().map(|one| &one.draft);
        let headers: Vec<_> = drafts.flat_map(|draft| draft.headers.clone()).collect();
        values::warn_of_written(cx, &headers);
        Ok(manifest)
    }

    /// The command with `-f` before names that are files and of no webhook, as they were meant.
    fn with_files(&self, typed: &str, is_unknown: &dyn Fn(&WebhookName) -> bool) -> Option<String> {
        let is_file = |name: &&WebhookName| is_unknown(name) && Path::new(name.as_str()).exists();
        let (files, names): (Vec<_>, Vec<_>) = self.name.iter().partition(is_file);
        if files.is_empty() {
            return None;
        }
        let all = Self {
            file: self
                .file
                .iter()
                .cloned()
                .chain(files.iter().map(|name| name.as_str().into()))
                .collect(),
            ..self.clone()
        };
        let names = names
            .iter()
            .map(|name| format!(" {}", quote(name.as_str())));
        Some(format!(
            "ubihook {typed} {}{}",
            all.flags(),
            names.collect::<String>()
        ))
    }

    /// The flags that name the files, for a command in a hint.
    pub(super) fn flags(&self) -> String {
        let files = self
            .file
            .iter()
            .map(|file| format!("-f {}", quote_path(file)));
        let owner = self
            .owner
            .iter()
            .map(|owner| format!("--owner {}", quote(owner)));
        let plain = self.allow_plain.then(|| "--allow-plain".to_owned());
        files
            .chain(owner)
            .chain(plain)
            .collect::<Vec<_>>()
            .join(" ")
    }
}

/// The changes that lead to a manifest, and what the platform has now.
pub(super) struct Planned {
    pub(super) present: Present,
    pub(super) changes: Vec<Change>,
}

/// Reads what the platform has, and plans. The owner is that of the manifest.
pub(super) async fn planned(
    cx: &mut Context,
    manifest: &Manifest,
    terms: Terms<'_>,
) -> anyhow::Result<Planned> {
    let project = cx.project().await?;
    let present = match project.present().await {
        Ok(present) => present,
        Err(error) => return Err(near::project(error, &project).await),
    };
    let read = Moment::now(project.client().clock());
    let values = compared(cx, manifest, &present, read).await?;
    let terms = Terms {
        owner: manifest.owner.as_deref(),
        ..terms
    };
    let changes = plan(&manifest.wanted, &present, &values, terms);
    Ok(Planned { present, changes })
}

fn check_prune(manifest: &Manifest) -> Result<(), Failure> {
    if manifest.owner.is_none() {
        let message = "--prune needs an owner: only webhooks with its label are deleted";
        return Err(Failure::usage(message).with_hint("add --owner OWNER, or `owner:` in a file"));
    }
    if manifest.wanted.is_empty() {
        return Err(Failure::usage(
            "--prune with no webhook in the files would delete all webhooks of the owner",
        ));
    }
    Ok(())
}

/// Leaves only the named webhooks. `corrected` is the command that was meant, if names are files.
fn choose(
    manifest: &mut Manifest,
    names: &[WebhookName],
    corrected: impl Fn(&dyn Fn(&WebhookName) -> bool) -> Option<String>,
) -> Result<(), Failure> {
    if names.is_empty() {
        return Ok(());
    }
    let known = || manifest.wanted.iter().map(|one| one.draft.name.as_str());
    let is_unknown = |name: &WebhookName| known().all(|known| known != name.as_str());
    if let Some(name) = names.iter().find(|name| is_unknown(name)) {
        let near = nearest(name.as_str(), known());
        let near = || near.map(|near| format!("did you mean `{near}`?"));
        let message = format!("no webhook `{name}` in the files");
        return Err(Failure::usage(message).hinted(corrected(&is_unknown).or_else(near)));
    }
    let is_named = |name: &WebhookName| names.iter().any(|named| named.as_str() == name.as_str());
    manifest.wanted.retain(|one| is_named(&one.draft.name));
    Ok(())
}

/// Shows the plan. Unchanged webhooks are listed only with -v.
pub(super) fn show(cx: &Context, mut changes: Vec<Change>) -> anyhow::Result<Summary> {
    let summary = summary(&changes);
    if cx.output.verbose() == 0 {
        changes.retain(|change| change.action != Action::Keep);
    }
    cx.output.show(&Differences { summary, changes })?;
    Ok(summary)
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
