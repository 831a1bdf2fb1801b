//! What `apply` did.

use serde::Serialize;

use super::{
    change::{Reason, rows},
    paper::Paper,
    view::{View, card},
};
use crate::model::plan::{Action, Change, Summary};

/// What became of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AppliedResult {
    Created,
    Updated,
    Replaced,
    Deleted,
    /// It failed, or was a conflict; the error says why.
    Failed,
    /// It was not tried, because the command was stopped; or there was nothing to do.
    Skipped,
}

/// A change of the plan, and what became of it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct AppliedChange {
    #[serde(flatten)]
    pub change: Change,
    pub result: AppliedResult,
    /// Why it failed.
    pub error: Option<Reason>,
    /// Whether it sent the values that can't be compared.
    #[serde(skip)]
    pub sent_unknown: bool,
}

/// The counts of the plan, and how many changes failed.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct AppliedSummary {
    #[serde(flatten)]
    pub planned: Summary,
    pub failed: u64,
}

/// The result of `apply`.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Applied {
    pub summary: AppliedSummary,
    /// In the order of the plan.
    pub changes: Vec<AppliedChange>,
}

impl Applied {
    /// Those that were not begun.
    fn skipped(&self) -> usize {
        let is_skipped = |one: &&AppliedChange| {
            one.result == AppliedResult::Skipped && one.change.action != Action::Keep
        };
        self.changes.iter().filter(is_skipped).count()
    }

    fn count(&self, result: AppliedResult) -> usize {
        let all = self.changes.iter();
        all.filter(|one| one.result == result).count()
    }
}

impl View for Applied {
    fn text(&self, paper: &Paper) -> String {
        let all = self.changes.iter();
        let changes: String = all.map(|applied| one(paper, applied)).collect();
        let parts = [
            (self.count(AppliedResult::Created), "created"),
            (self.count(AppliedResult::Updated), "updated"),
            (self.count(AppliedResult::Replaced), "replaced"),
            (self.count(AppliedResult::Deleted), "deleted"),
            (self.count(AppliedResult::Failed), "failed"),
            (self.skipped(), "skipped"),
        ];
        let parts: Vec<_> = parts
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        let keep = self.summary.planned.keep;
        let total = match (parts.is_empty(), keep) {
            (true, 0) => "nothing to do".to_owned(),
            (true, keep) => format!("nothing to do: {keep} unchanged"),
            (false, 0) => parts.join(", "),
            (false, keep) => format!("{}; {keep} unchanged", parts.join(", ")),
        };
        format!("{changes}{total}\n")
    }

    fn names(&self) -> Vec<String> {
        let done = self
            .changes
            .iter()
            .filter(|one| !matches!(one.result, AppliedResult::Failed | AppliedResult::Skipped));
        done.map(|one| one.change.name.clone()).collect()
    }
}

/// What failed is said in the error below, at length.
fn one(paper: &Paper, applied: &AppliedChange) -> String {
    let word = match applied.result {
        AppliedResult::Created => paper.green("created"),
        AppliedResult::Updated => paper.green("updated"),
        AppliedResult::Replaced => paper.green("replaced"),
        AppliedResult::Deleted => paper.red("deleted"),
        AppliedResult::Failed => return String::new(),
        AppliedResult::Skipped if applied.change.action == Action::Keep => paper.dim("unchanged"),
        AppliedResult::Skipped => paper.dim("skipped"),
    };
    let change = &applied.change;
    let name = paper.bold(&paper.clean(&change.name));
    let place = change.place.as_ref();
    let place = place.map(|place| format!("  {}", paper.dim(&paper.clean(place))));
    let mut rows = rows(paper, &change.fields);
    if applied.sent_unknown {
        for header in &change.unknown {
            rows.push((
                "header",
                format!("{}: value sent again", paper.clean(header)),
            ));
        }
    }
    format!(
        "{word} {name}{}\n{}",
        place.unwrap_or_default(),
        card(paper, &rows)
    )
}
