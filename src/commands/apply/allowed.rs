//! What `apply` doesn't do without an option, or without a confirmation.

use super::{Args, steps::Step};
use crate::{
    commands::context::Context,
    model::{
        failure::Failure,
        header::HeaderName,
        plan::{Action, Summary},
        text::counted,
    },
    output::{differences::Differences, view::View as _},
    secrets::Destination,
};

impl Args {
    /// Checks that no more webhooks are deleted than `--prune=N` allows.
    pub(super) fn check_number(&self, deleted: &[String]) -> Result<(), Failure> {
        let Some(Some(most)) = self.prune.filter(|_| !deleted.is_empty()) else {
            return Ok(());
        };
        let count = deleted.len() as u64;
        if count <= most {
            return Ok(());
        }
        let webhooks = counted(count, "webhook");
        let message = format!(
            "--prune={most} would delete {webhooks}: {}",
            deleted.join(", ")
        );
        Err(Failure::usage(message).with_hint(format!("to delete all of them: --prune={count}")))
    }

    /// Refuses what needs an option, before anything is sent.
    pub(super) async fn check(&self, cx: &mut Context, steps: &[Step]) -> anyhow::Result<()> {
        let named = |action: Action| {
            let all = steps
                .iter()
                .filter(move |step| step.change.action == action);
            all.map(|step| format!("`{}`", step.change.name))
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
        self.check_number(&deleted)?;
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
        for step in steps {
            for (current, header) in step.removed_headers() {
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
            "this would remove protected headers whose values are not stored on this machine: {}",
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
    pub(super) fn check_confirmation(
        &self,
        cx: &Context,
        steps: &[Step],
        summary: Summary,
    ) -> anyhow::Result<()> {
        if !self.asks(summary) || cx.prompt.is_possible() {
            return Ok(());
        }
        cx.output.show(&plan(steps, summary))?;
        cx.must_ask("change these webhooks")
    }

    /// Shows the plan and asks.
    pub(super) async fn confirm(
        &self,
        cx: &Context,
        steps: &[Step],
        summary: Summary,
    ) -> anyhow::Result<()> {
        if !self.asks(summary) {
            return Ok(());
        }
        let plan = plan(steps, summary);
        cx.confirm("Apply these changes?", |paper| plan.text(paper))
            .await
    }
}

/// The plan as it is shown.
fn plan(steps: &[Step], summary: Summary) -> Differences {
    let changes = steps.iter().map(|step| step.change.clone()).collect();
    Differences { summary, changes }
}
