//! The result of `apply`: the outcome of each change, and the error for those that failed.

use super::{Ready, carrying::Ended};
use crate::{
    commands::{
        context::Context,
        many::{self, Failed},
        reason,
        signals::Stopped,
    },
    model::text::counted,
    output::applied::{Applied, AppliedChange, AppliedResult, AppliedSummary},
};

pub(super) fn show(cx: &Context, ready: Ready, ended: Ended) -> anyhow::Result<()> {
    let (mut changes, mut failed, mut unknown) = (Vec::new(), Vec::<Failed>::new(), 0);
    for (step, result) in ready.steps.into_iter().zip(ended.results) {
        let (result, error) = match result {
            None => (AppliedResult::Skipped, None),
            Some(Ok(result)) => (result, None),
            Some(Err(error)) => {
                let why = reason::as_data(&error);
                failed.push((step.change.name.clone(), error));
                (AppliedResult::Failed, Some(why))
            }
        };
        let sent_unknown = step.sends_unknown && result == AppliedResult::Updated;
        if sent_unknown {
            unknown += step.change.unknown.len() as u64;
        }
        changes.push(AppliedChange {
            change: step.change,
            result,
            error,
            sent_unknown,
        });
    }
    let asked = changes.len();
    changes.extend(ready.kept.into_iter().map(|change| AppliedChange {
        change,
        result: AppliedResult::Skipped,
        error: None,
        sent_unknown: false,
    }));
    let summary = AppliedSummary {
        planned: ready.summary,
        failed: failed.len() as u64,
    };
    if unknown > 0 {
        cx.output.note(&format!(
            "{} could not be compared and {} sent; --keep-unknown leaves them as they are",
            counted(unknown, "protected value"),
            if unknown == 1 { "was" } else { "were" }
        ));
    }
    cx.output.show(&Applied { summary, changes })?;
    if let Some(signal) = ended.stopped {
        if let Some(sentence) = many::sentence(cx, asked, &failed, DONE) {
            cx.output.warn(&sentence);
        }
        return Err(Stopped(signal).into());
    }
    many::verdict(cx, asked, failed, DONE)
}

/// The last word of `2 of 5 could not be …`.
const DONE: &str = "changed";
