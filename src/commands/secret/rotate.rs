//! `secret rotate`: replaces values on the platform after a test with the new ones has succeeded.

mod event;
mod one;
mod retire;

use self::one::{One, Ways};
use crate::{
    args::{names::NamesArgs, secret_header::SecretHeaderArgs},
    commands::{
        context::Context,
        reason, values,
        verb::{Example, Run},
    },
    model::{
        draft::DraftValue,
        failure::{Explain, Failure, Kind},
        header::NewHeader,
        name::WebhookName,
        shell::quote,
        source::Source,
    },
    output::{
        preview::Previews,
        secret::{Rotated, Rotations},
    },
};

/// Test new protected values, then replace the old ones
///
/// Sends a test event with the new value first. The webhook gets the new value only if the receiver
/// accepts it; the old one is kept until --retire has seen that the receiver refuses it. If the
/// test of one of several webhooks fails, none of them is changed.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    names: NamesArgs,

    #[command(flatten)]
    headers: SecretHeaderArgs,

    /// Change the webhook without a test
    #[arg(long)]
    skip_test: bool,

    /// Change the webhooks whose test succeeded even if another one failed
    #[arg(long)]
    keep_going: bool,

    /// Test that the receiver refuses the old value, then remove it here
    ///
    /// Without --secret-header, for the values that an earlier rotation replaced.
    #[arg(long)]
    retire: bool,

    /// Show what would be sent without sending it
    #[arg(long, conflicts_with = "retire")]
    dry_run: bool,
}

impl Run for Args {
    const NAME: &'static str = "rotate";
    const EXAMPLES: &'static [Example] = &[
        (
            "Rotate a token that the receiver already accepts",
            "ubihook secret rotate orders-failed \\\n    \
             --secret-header Authorization=env:NEW_TOKEN",
        ),
        (
            "Rotate the same token of several webhooks",
            "ubihook list --label secret=shared -o name |\n    \
             ubihook secret rotate - --secret-header Authorization=env:NEW_TOKEN",
        ),
        (
            "Show what would be sent",
            "ubihook secret rotate orders-failed \\\n    \
             --secret-header Authorization=env:NEW_TOKEN --dry-run",
        ),
    ];

    async fn run(self, cx: &mut Context) -> anyhow::Result<()> {
        let drafts = self.headers.parse()?;
        if self.names.is_empty() {
            let hint = "ubihook secret rotate NAME --secret-header HEADER=SOURCE";
            return Err(Failure::usage("no webhook specified")
                .with_hint(hint)
                .into());
        }
        if drafts.is_empty() && !self.retire {
            let message = "no header specified; --retire alone checks values that were replaced";
            return Err(Failure::usage(message)
                .with_hint("add --secret-header HEADER=SOURCE")
                .into());
        }
        let is_stdin = |value: &DraftValue| matches!(value, DraftValue::From(text) if text.source == Source::Stdin);
        if self.names.reads_stdin() && drafts.iter().any(|header| is_stdin(&header.value)) {
            let message = "standard input can't be both the names and a value";
            return Err(Failure::usage(message).into());
        }
        let names = self
            .names
            .clone()
            .read("secret rotate", cx.terminal.stdin)
            .await?;
        if names.is_empty() {
            cx.output.note("nothing to do");
            return Ok(cx.output.show(&Rotations(Vec::new()))?);
        }
        let headers = values::fetch(cx, drafts, self.dry_run).await?;
        let ways = Ways {
            test: !self.skip_test,
            keep_going: self.keep_going && names.len() > 1,
            retire: self.retire,
        };
        if self.dry_run {
            return preview(cx, &names, &headers, ways).await;
        }
        rotate(cx, &names, &headers, ways).await
    }
}

async fn preview(
    cx: &mut Context,
    names: &[WebhookName],
    headers: &[NewHeader],
    ways: Ways,
) -> anyhow::Result<()> {
    let project = cx.project().await?;
    let (mut tests, mut switches) = (Vec::new(), Vec::new());
    for name in names {
        let (test, switch) = event::previews(&project, name, headers).await?;
        tests.extend(ways.test.then_some(test));
        switches.push(switch);
    }
    tests.extend(switches);
    Ok(cx.output.show(&Previews(tests))?)
}

/// All locks are held from the first read to the last write, so the values of no webhook can change
/// between its test and its update from this machine.
async fn rotate(
    cx: &mut Context,
    names: &[WebhookName],
    headers: &[NewHeader],
    ways: Ways,
) -> anyhow::Result<()> {
    let project = cx.project().await?;
    let locked: Vec<&str> = names.iter().map(WebhookName::as_str).collect();
    let _lock = cx.lock(&locked).await?;
    if !headers.is_empty() {
        cx.warn_of_what_is_not_kept().await?;
    }
    let mut all = Vec::new();
    for name in names {
        all.push(One::prepare(cx, &project, name, headers, ways).await);
    }
    let is_same = all.iter().all(One::has_it_already);
    // The same rotation again, as a retried job runs it, has nothing left to do.
    if !headers.is_empty() && is_same && !all.iter().all(One::was_rotated) {
        return Err(same(names).into());
    }
    let blocked = |all: &[One]| !ways.keep_going && all.iter().any(One::has_failed);
    if ways.test && !blocked(&all) {
        for one in &mut all {
            one.test(cx, &project).await;
            if blocked(std::slice::from_ref(one)) {
                break;
            }
        }
    }
    let stopped = blocked(&all);
    if stopped {
        for one in &mut all {
            one.give_up(cx).await;
        }
    } else {
        for one in &mut all {
            one.switch(cx).await;
        }
        if ways.retire {
            for one in &mut all {
                one.retire(cx, &project).await;
            }
        }
    }
    let rows: Vec<Rotated> = all.iter().flat_map(One::rows).collect();
    cx.output.show(&Rotations(rows))?;
    verdict(all, stopped)
}

/// The new value is what the platform has: nothing could be tested with it.
fn same(names: &[WebhookName]) -> Failure {
    let names: Vec<_> = names.iter().map(|name| quote(name.as_str())).collect();
    Failure::usage("the new value is the one that the platform already has").with_hint(format!(
        "ubihook secret rotate {} --retire tests whether the receiver refuses the old one",
        names.join(" ")
    ))
}

/// The error of one webhook as it is; of several, all of them in one.
fn verdict(all: Vec<One>, stopped: bool) -> anyhow::Result<()> {
    let count = all.len();
    let mut failed: Vec<(String, anyhow::Error)> = Vec::new();
    for one in all {
        failed.extend(one.into_error());
    }
    if failed.is_empty() {
        return Ok(());
    }
    if count == 1
        && let Some((_, error)) = failed.pop()
    {
        return Err(error);
    }
    let kind =
        |error: &anyhow::Error| reason::explained(error).map_or(Kind::Unexpected, Explain::kind);
    let all_of = |one: Kind| failed.iter().all(|(_, error)| kind(error) == one);
    let tests_only = failed
        .iter()
        .all(|(_, error)| matches!(kind(error), Kind::Failed | Kind::Pending));
    let code = match stopped && tests_only {
        true if all_of(Kind::Pending) => Kind::Pending,
        true => Kind::Failed,
        false => Kind::Partial,
    };
    let each: Vec<_> = failed
        .iter()
        .map(|(name, error)| format!("`{name}`: {}", reason::sentence(error)))
        .collect();
    let mut message = each.join("; ");
    if stopped {
        message.push_str("; no webhook was changed");
    }
    let hint =
        stopped.then(|| "add --keep-going to change the webhooks whose test succeeds".to_owned());
    Err(Failure::new(code, message).hinted(hint).into())
}
