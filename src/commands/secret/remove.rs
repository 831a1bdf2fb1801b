//! `secret remove`: removes values from this machine; the platform is not changed.

use anyhow::Context as _;

use super::protected::{no_header, spelled};
use crate::{
    api::Project,
    args::{Concealed, header::conceal, names::NamesArgs},
    commands::{
        context::Context,
        existing::Existing,
        near,
        verb::{Example, Run},
    },
    model::{
        failure::{Failure, Kind},
        header::HeaderName,
        name::WebhookName,
        shell::quote,
        store::StoreKind,
        webhook::Webhook,
    },
    output::secret::{Stored, StoredResult, StoredValues, pending_removal},
    secrets::{Site, custody::Held},
};

/// Remove values from this machine
///
/// Nothing changes on the platform, but the webhooks can no longer be tested from here
/// without the value. Asks for confirmation unless --yes is given.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    names: NamesArgs,

    /// Only this header; repeatable
    #[arg(long, value_name = "NAME", value_parser = conceal)]
    header: Vec<Concealed>,

    /// Values of this project whose webhook is gone
    #[arg(long, conflicts_with_all = ["name", "header"])]
    orphans: bool,

    /// Don't ask for confirmation
    #[arg(short, long)]
    yes: bool,
}

impl Run for Args {
    const NAME: &'static str = "remove";
    const ALIASES: &'static [&'static str] = &["rm"];
    const EXAMPLES: &'static [Example] = &[
        (
            "Remove all values of a webhook from this machine",
            "ubihook secret remove orders-failed --yes",
        ),
        (
            "Remove the values of webhooks that no longer exist",
            "ubihook secret list --orphans\nubihook secret remove --orphans --yes",
        ),
    ];

    async fn run(self, cx: &mut Context) -> anyhow::Result<()> {
        if self.orphans {
            return orphans(cx, self.yes).await;
        }
        if self.names.is_empty() {
            let hint = "ubihook secret remove NAME\nor ubihook secret remove --orphans";
            return Err(Failure::usage("no webhook specified")
                .with_hint(hint)
                .into());
        }
        let headers: Vec<HeaderName> = self
            .header
            .iter()
            .map(|name| name.parse("--header"))
            .collect::<Result<_, _>>()?;
        if !self.yes {
            if self.names.reads_stdin() {
                let message = "`-` reads the names from standard input, so ubihook can't ask for confirmation";
                return Err(Failure::usage(message)
                    .with_hint("add --yes to confirm")
                    .into());
            }
            cx.must_ask("remove stored values")?;
        }
        let names = self.names.read("secret remove", cx.terminal.stdin).await?;
        if names.is_empty() {
            cx.output.note("nothing to do");
        }
        remove(cx, &names, &headers, self.yes).await
    }
}

/// The headers of each webhook to remove, in lower case.
type Planned = (Webhook, Vec<String>);

async fn remove(
    cx: &mut Context,
    names: &[WebhookName],
    headers: &[HeaderName],
    yes: bool,
) -> anyhow::Result<()> {
    let project = cx.project().await?;
    let locked: Vec<&str> = names.iter().map(WebhookName::as_str).collect();
    let _lock = cx.lock(&locked).await?;
    let (site, held) = (cx.site().await?, cx.custody()?.held().await?);
    let (mut planned, mut failed) = (Vec::new(), Vec::new());
    for name in names {
        match plan(&project, &site, name, headers, &held).await {
            Ok(one) => planned.push(one),
            Err(error) => failed.push((name, error)),
        }
    }
    if names.len() == 1
        && let Some((_, error)) = failed.pop()
    {
        return Err(error);
    }
    for (name, _) in &failed {
        if let Some(failure) = is_header(name, &planned) {
            return Err(failure.into());
        }
    }
    if !yes {
        confirm(cx, &pending(&planned, &site, &held)).await?;
    }
    let mut all = Vec::new();
    for (webhook, headers) in &planned {
        let removed = cx.custody()?.remove_values(&site, webhook, headers).await;
        let removed = match removed {
            Ok(removed) => removed,
            Err(error) => {
                let context = format!("could not remove the values of webhook `{}`", webhook.name);
                let error = anyhow::Error::new(error).context(context);
                if names.len() == 1 {
                    return Err(error);
                }
                let name = names.iter().find(|name| name.as_str() == webhook.name);
                failed.extend(name.map(|name| (name, error)));
                continue;
            }
        };
        for header in headers {
            let found = removed.iter().find(|removed| removed.header == *header);
            all.push(Stored {
                webhook: webhook.name.clone(),
                header: spelled(webhook, header),
                result: match found {
                    Some(_) => StoredResult::Removed,
                    None => StoredResult::Missing,
                },
                store: found.map(|removed| removed.store),
            });
        }
    }
    cx.output.show(&StoredValues(all))?;
    if failed.is_empty() {
        return Ok(());
    }
    let each: Vec<_> = failed
        .iter()
        .map(|(name, error)| format!("`{name}`: {}", error.root_cause()))
        .collect();
    Err(Failure::new(Kind::Partial, each.join("; ")).into())
}

/// Which headers of a webhook are meant: those that were named, or all that are protected or have
/// a value here.
async fn plan(
    project: &Project,
    site: &Site,
    name: &WebhookName,
    headers: &[HeaderName],
    held: &[Held],
) -> anyhow::Result<Planned> {
    let webhook = near::webhook(project, name, "find").await?;
    let of_it = |held: &&Held| held.is_of(site) && held.is_of_webhook(&webhook);
    let mut known: Vec<String> = held
        .iter()
        .filter(of_it)
        .map(|held| held.header().to_owned())
        .collect();
    known.extend(webhook.protected_headers().map(str::to_ascii_lowercase));
    known.sort();
    known.dedup();
    if headers.is_empty() {
        return Ok((webhook, known));
    }
    for header in headers {
        if !known.contains(&header.lower()) {
            return Err(no_header(&webhook, header).into());
        }
    }
    Ok((webhook, headers.iter().map(HeaderName::lower).collect()))
}

/// The error of a name that no webhook has, but a header of another one. Nothing is removed then: without it, all
/// headers of that one are meant.
fn is_header(name: &WebhookName, planned: &[Planned]) -> Option<Failure> {
    let has = |(_, headers): &&Planned| {
        let mut headers = headers.iter();
        headers.any(|header| header.eq_ignore_ascii_case(name.as_str()))
    };
    let (webhook, _) = planned.iter().find(has)?;
    let message = format!(
        "no webhook `{name}`; webhook `{}` has a header of that name",
        webhook.name
    );
    let (webhook, header) = (quote(&webhook.name), quote(name.as_str()));
    let hint = format!("ubihook secret remove {webhook} --header {header}");
    Some(Failure::usage(message).with_hint(hint))
}

fn pending(planned: &[Planned], site: &Site, held: &[Held]) -> Vec<Stored> {
    let mut rows = Vec::new();
    for (webhook, headers) in planned {
        for held in held.iter().filter(|held| {
            held.is_of(site)
                && held.is_of_webhook(webhook)
                && headers.iter().any(|header| header == held.header())
        }) {
            rows.push(Stored {
                header: spelled(webhook, held.header()),
                ..stored(&webhook.name, held)
            });
        }
    }
    rows
}

fn stored(webhook: &str, held: &Held) -> Stored {
    Stored {
        webhook: webhook.to_owned(),
        header: held.header().to_owned(),
        result: StoredResult::Removed,
        store: Some(held.store()).filter(|kind| *kind != StoreKind::None),
    }
}

/// Asks, if the index lists anything to remove.
async fn confirm(cx: &Context, rows: &[Stored]) -> anyhow::Result<()> {
    let question = match rows.len() {
        0 => return Ok(()),
        1 => "Remove it?".to_owned(),
        count => format!("Remove these {count}?"),
    };
    cx.confirm(&question, |paper| pending_removal(paper, rows))
        .await
}

/// Values of this project whose webhook the platform's list doesn't have.
async fn find_orphans(cx: &mut Context, project: &Project) -> anyhow::Result<Vec<Held>> {
    let present = match project.present().await {
        Ok(present) => present,
        Err(error) => return Err(near::project(error, project).await),
    };
    let (site, now) = (cx.site().await?, cx.now().await?);
    let mut held = cx.custody()?.held().await?;
    let existing = Existing::of(&present);
    held.retain(|held| held.is_of(&site) && existing.is_orphan(held, now));
    Ok(held)
}

async fn orphans(cx: &mut Context, yes: bool) -> anyhow::Result<()> {
    if !yes {
        cx.must_ask("remove the values of webhooks that no longer exist")?;
    }
    let project = cx.project().await?;
    let found = find_orphans(cx, &project).await?;
    if found.is_empty() {
        cx.output.note("nothing to do");
        return Ok(cx.output.show(&StoredValues(Vec::new()))?);
    }
    let rows = |found: &[Held]| -> Vec<Stored> {
        let stored = |held: &Held| stored(held.webhook(), held);
        found.iter().map(stored).collect()
    };
    if !yes {
        confirm(cx, &rows(&found)).await?;
    }
    let mut names: Vec<&str> = found.iter().map(Held::webhook).collect();
    names.sort_unstable();
    names.dedup();
    let _lock = cx.lock(&names).await?;
    // Someone may have created a webhook in the meantime, and only what was confirmed is removed.
    let again = find_orphans(cx, &project).await?;
    let still: Vec<Held> = found
        .iter()
        .filter(|held| again.iter().any(|other| other.is_same_place(held)))
        .cloned()
        .collect();
    let site = cx.site().await?;
    cx.custody()?
        .remove_held(&site, &still)
        .await
        .context("some values could not be removed")?;
    Ok(cx.output.show(&StoredValues(rows(&still)))?)
}
