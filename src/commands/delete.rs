//! `delete`: deletes webhooks and their stored values.

use anyhow::Context as _;
use clap::{Args as ClapArgs, ValueEnum};

use super::{
    context::Context,
    many::{self, Failed},
    near,
    preview::preview,
    reason,
    sender::Sender,
    verb::{Example, Run},
};
use crate::{
    api::{self, Project, webhooks::Filter},
    args::names::NamesArgs,
    model::{
        failure::{Failure, Kind},
        name::WebhookName,
        routes,
        text::counted,
        webhook::Webhook,
    },
    output::{
        change::{Deletion, DeletionResult, Deletions},
        deletion::PendingDeletion,
        preview::Previews,
    },
};

/// The calls for one webhook: it is read, then deleted.
const CALLS: u64 = 2;

/// Delete webhooks
///
/// Also deletes their protected values stored on this machine. Asks for confirmation unless --yes is
/// given. With -o json, the output is a list for several names, or if names are read from stdin.
#[derive(Debug, Clone, ClapArgs)]
#[command(mut_arg("name", |name| name.required(true)))]
pub(crate) struct Args {
    #[command(flatten)]
    names: NamesArgs,

    /// Don't ask for confirmation
    #[arg(short, long)]
    yes: bool,

    /// If a webhook doesn't exist: fail, skip
    #[arg(
        long,
        value_name = "ACTION",
        default_value = "fail",
        hide_default_value = true,
        hide_possible_values = true
    )]
    if_missing: IfMissing,

    /// Show what would be sent without sending it
    #[arg(long)]
    dry_run: bool,
}

/// What to do if a webhook doesn't exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum IfMissing {
    /// Fail with an error
    Fail,
    /// Continue
    Skip,
}

impl Run for Args {
    const NAME: &'static str = "delete";
    const ALIASES: &'static [&'static str] = &["rm"];
    const EXAMPLES: &'static [Example] = &[
        (
            "Delete one without confirmation",
            "ubihook delete orders-failed --yes",
        ),
        (
            "Delete several, whether they exist or not",
            "ubihook delete orders-failed nightly old-one --yes --if-missing skip",
        ),
        (
            "Delete all webhooks of a team",
            "ubihook list --label team=blue -o name | ubihook delete - --yes",
        ),
        (
            "Show what would be sent",
            "ubihook delete nightly --dry-run",
        ),
    ];

    async fn run(self, cx: &mut Context) -> anyhow::Result<()> {
        let is_list = self.names.is_list();
        let names = self.names.read(Self::NAME, cx.terminal.stdin).await?;
        if names.is_empty() {
            return many::nothing(cx, &Deletions(Vec::new()));
        }
        if self.dry_run {
            let project = cx.project().await?;
            return previews(cx, &project, &names, is_list);
        }
        if !self.yes {
            let quoted: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
            let deed = format!(
                "delete {} and its stored protected values",
                quoted.join(", ")
            );
            cx.must_ask(&deed)?;
        }
        let project = cx.project().await?;
        if !self.yes {
            confirm(cx, &project, &names).await?;
        }
        let (mut all, mut failed, mut left) = (Vec::new(), Vec::new(), Vec::new());
        // Before any call to a keyring: one that hangs holds the locks taken so far, and two names may
        // share a lock.
        let locked: Vec<&str> = names.iter().map(WebhookName::as_str).collect();
        // If one of them can't be taken, each webhook has its own, and the others are deleted.
        let together = cx.lock(&locked).await.ok();
        let sender = cx.sender().await?;
        let removed = if together.is_some() {
            many::at_once(project.client(), CALLS, &names, |name| {
                delete(&sender, name, self.if_missing)
            })
            .await
        } else {
            Vec::new()
        };
        let mut removed = removed.into_iter();
        for name in &names {
            let gone = match removed.next() {
                Some(gone) => after(&sender, gone).await,
                None => remove(cx, &sender, name, self.if_missing).await,
            };
            let (result, error) = match gone {
                Ok((result, kept)) => {
                    left.extend(kept);
                    (result, None)
                }
                Err(error) => {
                    let error = match &names[..] {
                        [name] => explained(error, &project, name).await,
                        _ => error,
                    };
                    let why = reason::as_data(&error);
                    failed.push((name.to_string(), error));
                    (DeletionResult::Failed, Some(why))
                }
            };
            let name = name.to_string();
            all.push(Deletion {
                name,
                result,
                error,
            });
        }
        let deleted = all
            .iter()
            .filter(|one| one.result == DeletionResult::Deleted);
        let gone = counted(deleted.count() as u64, "webhook");
        let shown = match &all[..] {
            [one] if !is_list => cx.output.show(one),
            _ => cx.output.show(&Deletions(all)),
        };
        shown.with_context(|| format!("{gone} deleted"))?;
        if let [_] = names[..]
            && let Some(error) = failed.pop().map(|(_, error)| error).or_else(|| left.pop())
        {
            return Err(error);
        }
        verdict(cx, names.len(), &failed, &left)
    }
}

/// The same error with what is there instead. Only for one name: it takes further calls.
async fn explained(error: anyhow::Error, project: &Project, name: &WebhookName) -> anyhow::Error {
    match error.downcast::<api::Error>() {
        Ok(error) => near::no_webhook(error, project, name, "delete").await,
        Err(error) => error,
    }
}

/// Shows what will be deleted and asks for confirmation, unless none of the webhooks exist.
async fn confirm(cx: &mut Context, project: &Project, names: &[WebhookName]) -> anyhow::Result<()> {
    let (mut webhooks, mut missing) = (Vec::new(), Vec::new());
    let read = many::at_once(project.client(), 1, names, |name| {
        project.webhook(name.as_str())
    })
    .await;
    for (name, webhook) in names.iter().zip(read) {
        match webhook {
            Ok(webhook) => webhooks.push(webhook),
            Err(error) if error.is_not_found() => missing.push(name.to_string()),
            Err(error) => return Err(error).context("nothing was deleted"),
        }
    }
    if webhooks.is_empty() {
        return Ok(());
    }
    let question = match webhooks.len() {
        1 => "Delete it?".to_owned(),
        count => format!("Delete these {count}?"),
    };
    let shows = cx.shows().await?;
    let webhooks = webhooks.into_iter().map(shows).collect();
    let pending = PendingDeletion { webhooks, missing };
    cx.confirm(&question, |paper| pending.text(paper)).await
}

/// A webhook that was deleted, or is missing, and the error if some of its values are left.
type Gone = (DeletionResult, Option<anyhow::Error>);

/// Deletes one under its lock, then its values.
async fn remove(
    cx: &mut Context,
    sender: &Sender,
    name: &WebhookName,
    if_missing: IfMissing,
) -> anyhow::Result<Gone> {
    let _lock = cx.lock(&[name.as_str()]).await?;
    let gone = delete(sender, name, if_missing).await;
    after(sender, gone).await
}

/// Deletes the values of a webhook that was deleted.
async fn after(sender: &Sender, gone: anyhow::Result<Option<Webhook>>) -> anyhow::Result<Gone> {
    Ok(match gone? {
        Some(was) => (DeletionResult::Deleted, sender.forget(&was).await.err()),
        None => (DeletionResult::Missing, None),
    })
}

/// Deletes one and returns it; `None` if it doesn't exist and that is allowed.
async fn delete(
    sender: &Sender,
    name: &WebhookName,
    if_missing: IfMissing,
) -> anyhow::Result<Option<Webhook>> {
    let failed = || format!("could not delete webhook `{name}`");
    let project = &sender.project;
    // Read first, because its values are stored under its id.
    let webhook = match project.webhook(name.as_str()).await {
        Ok(webhook) => webhook,
        Err(error) if error.is_not_found() && if_missing == IfMissing::Skip => {
            return skip(project).await.with_context(failed);
        }
        Err(error) => return Err(error).with_context(failed),
    };
    match sender.delete(name.as_str()).await {
        Ok(()) => Ok(Some(webhook)),
        Err(error) if error.is_not_found() && if_missing == IfMissing::Skip => {
            skip(project).await.with_context(failed)
        }
        Err(error) => Err(error).with_context(failed),
    }
}

/// A project that doesn't exist also responds with 404, and is never skipped.
async fn skip(project: &Project) -> Result<Option<Webhook>, api::Error> {
    project.webhooks(&Filter::default()).await?;
    Ok(None)
}

/// The error for several names: webhooks that could not be deleted, then those whose values are
/// still stored.
fn verdict(
    cx: &Context,
    asked: usize,
    failed: &[Failed],
    left: &[anyhow::Error],
) -> anyhow::Result<()> {
    let still_there = many::sentence(cx, asked, failed, "deleted");
    let left = left.iter().map(|error| format!("{error:#}"));
    let said: Vec<_> = still_there.into_iter().chain(left).collect();
    if said.is_empty() {
        return Ok(());
    }
    Err(Failure::new(Kind::Partial, said.join("; ")).into())
}

fn previews(
    cx: &Context,
    project: &Project,
    names: &[WebhookName],
    is_list: bool,
) -> anyhow::Result<()> {
    let of = |name: &WebhookName| {
        let name = Some(name.as_str());
        preview(project, "DELETE", routes::WEBHOOK, name, None::<&()>)
    };
    match names {
        [one] if !is_list => Ok(cx.output.show(&of(one))?),
        many => Ok(cx.output.show(&Previews(many.iter().map(of).collect()))?),
    }
}
