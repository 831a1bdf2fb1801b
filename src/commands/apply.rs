//! `apply`: makes the platform have the webhooks of files.

mod allowed;
mod carrying;
mod report;
mod sending;
mod steps;
mod trying;
mod values;

use clap::Args as ClapArgs;

use self::steps::{How, Step, steps};
use super::{
    context::Context,
    planning::{self, Planned, WantedArgs, planned},
    signals::Signals,
    verb::{Example, Needs, Run},
};
use crate::{
    args::{manifest::Manifest, number::whole},
    model::{
        failure::{Failure, Kind},
        plan::{Action, Change, Summary, Terms, summary},
    },
    secrets::Locks,
};

/// Create, update and delete webhooks to make the project match the files
///
/// Shows what has to change, as diff does, asks for confirmation, and makes the changes; only what differs is sent.
/// After a failure it goes on with the other webhooks. A second run changes nothing, except that protected values that
/// can't be compared are sent again.
///
/// Files are exact: a field that is missing from a file gets its default, except for enabled, and headers and labels
/// that are missing are removed. A protected value is sent if it is not known to be the one that the platform has.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct Args {
    #[command(flatten)]
    wanted: WantedArgs,

    /// Also delete the owner's webhooks that are not in the files
    ///
    /// With a number, deletes at most that many, and doesn't ask if --yes is given.
    #[arg(long, value_name = "N", num_args = 0..=1, require_equals = true, conflicts_with = "name", value_parser = whole(0..=u64::MAX))]
    #[expect(
        clippy::option_option,
        reason = "clap's form of an option whose value is optional"
    )]
    prune: Option<Option<u64>>,

    /// Allow deleting a webhook and creating it again
    ///
    /// Needed if the files give it a different object or version, which can't be changed. Its protected
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

    /// Maximum number of webhooks to change at once
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = whole(1..=64_u16))]
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
    steps: Vec<Step>,
    /// The plan's changes that leave a webhook as it is, if they are listed.
    kept: Vec<Change>,
    summary: Summary,
    owner: Option<String>,
    /// Held until the end.
    _locks: Locks,
}

impl Run for Args {
    const NAME: &'static str = "apply";
    const EXAMPLES: &'static [Example] = &[
        (
            "Make the project match the files in a folder",
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
        let how = How {
            owner: ready.owner.as_deref(),
            keep_secrets: self.keep_secrets,
            test: self.test,
            jobs: self.jobs.into(),
            flags: &self.wanted.flags(),
        };
        let ended = carrying::carry_out(cx, stop, &ready.steps, how).await?;
        report::show(cx, ready, ended)
    }

    /// The verb with its own flags, which can be given together with names.
    fn typed(&self) -> String {
        let flags = [
            (" --allow-replace", self.allow_replace),
            (" --remove-protected", self.remove_protected),
            (" --keep-secrets", self.keep_secrets),
            (" --keep-unknown", self.keep_unknown),
            (" --test", self.test),
            (" --yes", self.yes),
            (" --dry-run", self.dry_run),
        ];
        let given = flags.iter().filter(|(_, is_given)| *is_given);
        let given: String = given.map(|(flag, _)| *flag).collect();
        format!("{}{given}", Self::NAME)
    }

    /// Everything before the first write; nothing if nothing is to be carried out.
    async fn prepare(&self, cx: &mut Context) -> anyhow::Result<Option<Ready>> {
        let manifest = self
            .wanted
            .read(cx, self.prune.is_some(), &self.typed())
            .await?;
        let (locks, Planned { present, changes }) = self.locked_plan(cx, &manifest).await?;
        if self.dry_run {
            let is_deletion = |change: &&Change| change.action == Action::Delete;
            let deleted = changes.iter().filter(is_deletion);
            let deleted: Vec<_> = deleted.map(|change| format!("`{}`", change.name)).collect();
            planning::show(cx, changes)?;
            // Without --dry-run, it ends with the same error.
            self.check_number(&deleted)?;
            return Ok(None);
        }
        let Manifest { owner, wanted } = manifest;
        let (mut steps, mut kept) = steps(wanted, present, changes, self.keep_unknown);
        let summary = summary(steps.iter().map(|step| &step.change).chain(&kept));
        if cx.output.verbose() == 0 {
            kept.clear();
        }
        self.check(cx, &steps).await?;
        if !steps.iter().all(Step::is_conflict) {
            self.check_confirmation(cx, &steps, summary)?;
            values::collect(cx, &mut steps).await?;
            self.confirm(cx, &steps, summary).await?;
            values::ask(cx, &mut steps).await?;
            if steps.iter().any(Step::sends_a_value) {
                cx.warn_of_what_is_not_kept().await?;
            }
        }
        Ok(Some(Ready {
            steps,
            kept,
            summary,
            owner,
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
        let terms = Terms {
            prune: self.prune.is_some(),
            keep_secrets: self.keep_secrets,
            ..Terms::default()
        };
        let mut deleted: Vec<String> = Vec::new();
        for _ in 0..MOST_READS {
            let wanted = manifest.wanted.iter().map(|one| one.draft.name.as_str());
            let names: Vec<&str> = wanted.chain(deleted.iter().map(String::as_str)).collect();
            let locks = if self.dry_run || names.is_empty() {
                Locks::default()
            } else {
                cx.lock(&names).await?
            };
            let plan = planned(cx, manifest, terms).await?;
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
}
