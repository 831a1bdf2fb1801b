//! `apply`: makes the platform have the webhooks of files.

mod deeds;
mod sending;
mod trying;
mod values;

use std::time::Instant;

use clap::Args as ClapArgs;
use futures_util::{StreamExt as _, stream::FuturesUnordered};

use self::deeds::{Deed, Terms, deeds};
use super::{
    context::Context,
    planning::{Planned, WantedArgs, planned},
    reason,
    signals::{Signal, Signals, Stopped},
    verb::{Example, Needs, Run},
};
use crate::{
    args::manifest::Manifest,
    model::{
        duration,
        failure::{Failure, Kind},
        header::HeaderName,
        plan::{Action, Change, Summary, summary},
        text::counted,
    },
    output::{
        applied::{Applied, AppliedChange, AppliedResult, AppliedSummary},
        differences::Differences,
        view::View as _,
    },
    secrets::{Destination, Locks},
};

/// Create, update and delete webhooks, so that the project has those of files
///
/// Shows what has to change, as diff does, asks, and carries it out; only what differs is sent. After a
/// failure it goes on with the other webhooks. A second run has nothing to do.
///
/// Files are exact: a field that is missing in a file has its default, except for enabled, and headers and
/// labels that are missing are removed. A protected value is sent if it is not known to be the one that the
/// platform has.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct Args {
    #[command(flatten)]
    wanted: WantedArgs,

    /// Also delete the owner's webhooks that are not in the files
    ///
    /// With a number, at most so many, and without confirmation if --yes is given.
    #[arg(long, value_name = "N", num_args = 0..=1, require_equals = true, conflicts_with = "name")]
    #[expect(
        clippy::option_option,
        reason = "clap's form of an option whose value is optional"
    )]
    prune: Option<Option<u64>>,

    /// Allow deleting a webhook and creating it again
    ///
    /// That is needed if it has another object or version in the files, which can't be changed. Its protected
    /// values must come from the files.
    #[arg(long)]
    allow_replace: bool,

    /// Allow removing protected headers whose value is not stored on this machine
    #[arg(long)]
    remove_protected: bool,

    /// Allow sending secrets to another origin
    ///
    /// Without this option, a webhook whose URL has another scheme, host or port, and which keeps a
    /// protected header, is a conflict.
    #[arg(long)]
    keep_secrets: bool,

    /// Don't send protected values that can't be compared
    #[arg(long)]
    keep_unknown: bool,

    /// Change a webhook only if a test event with its new fields succeeds
    #[arg(long)]
    test: bool,

    /// Webhooks that are changed at the same time, at most
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=64))]
    jobs: u16,

    /// Don't ask for confirmation
    #[arg(short, long)]
    yes: bool,

    /// Show what would be changed, as diff does
    #[arg(long)]
    dry_run: bool,
}

/// How often the plan is made again if others change what is to be deleted.
const MOST_READS: usize = 4;

/// What is left to do, and what it needs.
struct Ready {
    deeds: Vec<Deed>,
    /// The plan's changes that are kept as they are, if they are listed.
    kept: Vec<Change>,
    summary: Summary,
    owner: Option<String>,
    /// The flags that name the same files.
    flags: String,
    /// Held until the end.
    _locks: Locks,
}

impl Run for Args {
    const NAME: &'static str = "apply";
    const EXAMPLES: &'static [Example] = &[
        (
            "Make the project have the webhooks of a folder",
            "ubihook apply -f webhooks --yes",
        ),
        (
            "Also delete up to three webhooks of the team that are no longer in the files",
            "ubihook apply -f webhooks --owner orders-team --prune=3 --yes",
        ),
        (
            "Show what would be changed",
            "ubihook apply -f webhooks --dry-run",
        ),
    ];

    fn needs(&self) -> Needs {
        Needs {
            own_signals: true,
            ..Needs::default()
        }
    }

    async fn run(self, cx: &mut Context) -> anyhow::Result<()> {
        let mut stop = Signals::listen()?;
        let ended = self.until_stopped(cx, &mut stop).await;
        cx.close().await;
        ended
    }
}

impl Args {
    async fn until_stopped(self, cx: &mut Context, stop: &mut Signals) -> anyhow::Result<()> {
        let ready = stop.unless_stopped(self.prepare(cx)).await;
        if ready.is_err() {
            crate::terminal::restore();
        }
        let Some(ready) = ready? else {
            return Ok(());
        };
        let (results, stopped) = self.carry_out(cx, stop, &ready).await?;
        self.show(cx, ready, results, stopped)
    }

    /// Everything before the first write; nothing if nothing is to be carried out.
    async fn prepare(&self, cx: &mut Context) -> anyhow::Result<Option<Ready>> {
        let manifest = self.wanted.read(cx, self.prune.is_some()).await?;
        let project = cx.project().await?;
        project.client().keep_pace();
        let (locks, Planned { present, changes }) = self.locked_plan(cx, &manifest).await?;
        let terms = Terms {
            keep_secrets: self.keep_secrets,
            keep_unknown: self.keep_unknown,
            owner: manifest.owner.as_deref(),
        };
        let (mut deeds, mut kept) = deeds(&manifest.wanted, &present, changes, terms);
        let all = deeds.iter().map(|deed| &deed.change).chain(&kept);
        let all: Vec<Change> = all.cloned().collect();
        let summary = summary(&all);
        if cx.output.verbose() == 0 {
            kept.clear();
        }
        if self.dry_run {
            let shown = deeds.iter().map(|deed| deed.change.clone());
            let changes = shown.chain(kept).collect();
            cx.output.show(&Differences { summary, changes })?;
            return Ok(None);
        }
        self.check(cx, &deeds).await?;
        if deeds.iter().any(Deed::is_to_be_sent) {
            self.check_confirmation(cx, &deeds, summary)?;
            values::collect(cx, &mut deeds).await?;
            self.confirm(cx, &deeds, summary).await?;
            if deeds.iter().any(Deed::sends_a_value) {
                cx.warn_of_what_is_not_kept().await?;
            }
        }
        Ok(Some(Ready {
            deeds,
            kept,
            summary,
            owner: manifest.owner,
            flags: self.wanted.flags(),
            _locks: locks,
        }))
    }

    /// The plan, made under the locks of all webhooks that it changes. They are taken at once, because two names may
    /// share one; which webhooks are deleted is known only after the list was read.
    async fn locked_plan(
        &self,
        cx: &mut Context,
        manifest: &Manifest,
    ) -> anyhow::Result<(Locks, Planned)> {
        let prunes = self.prune.is_some();
        let mut deleted: Vec<String> = Vec::new();
        for _ in 0..MOST_READS {
            let wanted = manifest.wanted.iter().map(|one| one.draft.name.as_str());
            let names: Vec<&str> = wanted.chain(deleted.iter().map(String::as_str)).collect();
            let locks = if self.dry_run || names.is_empty() {
                Locks::default()
            } else {
                cx.lock(&names).await?
            };
            let plan = planned(cx, manifest, prunes).await?;
            let is_deletion = |change: &&Change| change.action == Action::Delete;
            let found = plan.changes.iter().filter(is_deletion);
            let found: Vec<String> = found.map(|change| change.name.clone()).collect();
            if self.dry_run || found.iter().all(|name| deleted.contains(name)) {
                return Ok((locks, plan));
            }
            deleted = found;
        }
        let message = "the owner's webhooks are being changed by others; nothing was changed";
        Err(Failure::new(Kind::Refused, message).into())
    }

    /// Refuses what needs an option, before anything is sent.
    async fn check(&self, cx: &mut Context, deeds: &[Deed]) -> anyhow::Result<()> {
        let named = |action: Action| {
            let all = deeds
                .iter()
                .filter(move |deed| deed.change.action == action);
            all.map(|deed| format!("`{}`", deed.change.name))
                .collect::<Vec<_>>()
        };
        let replaced = named(Action::Replace);
        if !replaced.is_empty() && !self.allow_replace {
            let message = format!(
                "{} would have to be deleted and created again, because the API can't change a \
                 webhook's object or version: {}",
                counted(replaced.len() as u64, "webhook"),
                replaced.join(", ")
            );
            return Err(Failure::usage(message)
                .with_hint("add --allow-replace")
                .into());
        }
        let deleted = named(Action::Delete);
        if let Some(Some(most)) = self.prune
            && deleted.len() as u64 > most
        {
            let message = format!(
                "--prune={most} would delete {}: {}",
                counted(deleted.len() as u64, "webhook"),
                deleted.join(", ")
            );
            return Err(Failure::usage(message).into());
        }
        if self.prune == Some(None) && !deleted.is_empty() && !cx.prompt.is_possible() {
            let message = format!(
                "refusing to delete {} without confirmation: {}",
                deleted.join(", "),
                cx.why_no_prompt()
            );
            let hint = format!("give their number: --prune={}", deleted.len());
            return Err(Failure::usage(message).with_hint(hint).into());
        }
        if self.remove_protected {
            return Ok(());
        }
        let mut lost = Vec::new();
        let (site, read) = (cx.site().await?, cx.now().await?);
        for deed in deeds {
            for (current, header) in deed.removed_headers() {
                let to = Destination::of(&site, current, read);
                let is_held = match (to, header.parse::<HeaderName>()) {
                    (Some(to), Ok(key)) => cx.custody()?.look(&to, &key).await.is_ok(),
                    _ => false,
                };
                if !is_held {
                    lost.push(format!("`{header}` of `{}`", current.name));
                }
            }
        }
        if lost.is_empty() {
            return Ok(());
        }
        let message = format!(
            "protected headers would be removed whose values are not stored on this machine: {}",
            lost.join(", ")
        );
        Err(Failure::usage(message)
            .with_hint("add --remove-protected")
            .into())
    }

    /// Whether the user is asked. Deletions without a limit are never passed over.
    fn asks(&self, summary: Summary) -> bool {
        !self.yes || (self.prune == Some(None) && summary.delete > 0)
    }

    /// Refuses to go on if the user can't be asked; the plan is the output then. It needs no values.
    fn check_confirmation(
        &self,
        cx: &Context,
        deeds: &[Deed],
        summary: Summary,
    ) -> anyhow::Result<()> {
        if !self.asks(summary) || cx.prompt.is_possible() {
            return Ok(());
        }
        cx.output.show(&plan(deeds, summary))?;
        cx.must_ask("change these webhooks")
    }

    /// Shows the plan and asks.
    async fn confirm(&self, cx: &Context, deeds: &[Deed], summary: Summary) -> anyhow::Result<()> {
        if !self.asks(summary) {
            return Ok(());
        }
        let plan = plan(deeds, summary);
        cx.confirm("Apply these changes?", |paper| plan.text(paper))
            .await
    }

    /// Carries out the changes, some at once. After a signal, no further one is begun.
    async fn carry_out(
        &self,
        cx: &mut Context,
        stop: &mut Signals,
        ready: &Ready,
    ) -> anyhow::Result<(
        Vec<Option<Result<AppliedResult, anyhow::Error>>>,
        Option<Signal>,
    )> {
        let at = cx.sender().await?;
        let mut results: Vec<Option<Result<AppliedResult, anyhow::Error>>> = Vec::new();
        results.resize_with(ready.deeds.len(), || None);
        let mut stopped = None;
        if self.test {
            let tried = trying::try_out(cx, &at, &ready.deeds, self.keep_secrets, &mut results);
            if let Err(error) = stop.unless_stopped(tried).await {
                match error.downcast::<Stopped>() {
                    Ok(Stopped(signal)) => stopped = Some(signal),
                    Err(error) => return Err(error),
                }
            }
        }
        let waiting = results
            .iter()
            .enumerate()
            .filter(|(_, result)| result.is_none());
        let mut waiting: Vec<usize> = waiting.map(|(number, _)| number).collect();
        let all = waiting.len();
        waiting.reverse();
        let (begun, mut done) = (Instant::now(), 0);
        let progress = cx.output.progress("applying", None);
        let mut running = FuturesUnordered::new();
        let mut open = Vec::new();
        loop {
            while stopped.is_none() && running.len() < usize::from(self.jobs) {
                let Some(number) = waiting.pop() else { break };
                open.push(number);
                let deed = &ready.deeds[number];
                let terms = sending::Terms {
                    owner: ready.owner.as_deref(),
                    keep_secrets: self.keep_secrets,
                    flags: &ready.flags,
                };
                let sent = sending::send(&at, deed, terms);
                running.push(async move { (number, sent.await) });
            }
            if running.is_empty() {
                break;
            }
            tokio::select! {
                Some((number, result)) = running.next() => {
                    results[number] = Some(result);
                    open.retain(|other| *other != number);
                    done += 1;
                    progress.say(&progress_text(done, all, begun));
                }
                signal = stop.recv() => {
                    // Of what has been sent, the outcome is awaited, unless there is another signal.
                    if stopped.replace(signal).is_some() {
                        break;
                    }
                }
            }
        }
        for number in open {
            let name = &ready.deeds[number].change.name;
            let message =
                format!("webhook `{name}` was being changed; it is unknown whether that arrived");
            results[number] = Some(Err(Failure::new(Kind::Interrupted, message).into()));
        }
        Ok((results, stopped))
    }

    fn show(
        &self,
        cx: &Context,
        ready: Ready,
        results: Vec<Option<Result<AppliedResult, anyhow::Error>>>,
        stopped: Option<Signal>,
    ) -> anyhow::Result<()> {
        let (mut changes, mut failures) = (Vec::new(), Vec::new());
        for (deed, result) in ready.deeds.into_iter().zip(results) {
            let change = deed.change;
            let (result, error) = match result {
                None => (AppliedResult::Skipped, None),
                Some(Ok(result)) => (result, None),
                Some(Err(error)) => {
                    let why = reason::as_data(&error);
                    failures.push((change.name.clone(), error));
                    (AppliedResult::Failed, Some(why))
                }
            };
            changes.push(AppliedChange {
                change,
                result,
                error,
            });
        }
        let had_to_do = changes.len();
        changes.extend(ready.kept.into_iter().map(|change| AppliedChange {
            change,
            result: AppliedResult::Skipped,
            error: None,
        }));
        let sent = changes
            .iter()
            .filter(|one| one.result == AppliedResult::Updated);
        let unknown = sent.map(|one| one.change.unknown.len() as u64).sum();
        let summary = AppliedSummary {
            planned: ready.summary,
            failed: failures.len() as u64,
        };
        if unknown > 0 && !self.keep_unknown {
            cx.output.note(&format!(
                "{} could not be compared and {} sent; --keep-unknown leaves them as they are",
                counted(unknown, "protected value"),
                if unknown == 1 { "was" } else { "were" }
            ));
        }
        cx.output.show(&Applied { summary, changes })?;
        if let Some(signal) = stopped {
            return Err(Stopped(signal).into());
        }
        verdict(had_to_do, failures)
    }
}

/// The plan as it is shown.
fn plan(deeds: &[Deed], summary: Summary) -> Differences {
    let changes = deeds.iter().map(|deed| deed.change.clone()).collect();
    Differences { summary, changes }
}

fn progress_text(done: usize, all: usize, begun: Instant) -> String {
    let left = all - done;
    let each = begun.elapsed() / u32::try_from(done).unwrap_or(u32::MAX).max(1);
    let rest = each * u32::try_from(left).unwrap_or(u32::MAX);
    format!("{done} of {all}, about {} left", duration::describe(rest))
}

/// The error of what failed: its own where there was one thing to do.
fn verdict(had_to_do: usize, mut failures: Vec<(String, anyhow::Error)>) -> anyhow::Result<()> {
    if had_to_do == 1
        && let Some((_, error)) = failures.pop()
    {
        return Err(error);
    }
    if failures.is_empty() {
        return Ok(());
    }
    let each = failures
        .iter()
        .map(|(name, error)| format!("`{name}`: {}", error.root_cause()));
    let message = format!(
        "{} of {had_to_do} failed: {}",
        failures.len(),
        each.collect::<Vec<_>>().join("; ")
    );
    let hint = failures
        .iter()
        .find_map(|(_, error)| reason::explained(error)?.hint());
    Err(Failure::new(Kind::Partial, message).hinted(hint).into())
}
