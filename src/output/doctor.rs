//! The result of `doctor`: the verdict, and the checks.

use serde::Serialize;

use super::{paper::Paper, view::View};
use crate::{
    columns::wrap,
    model::checkup::{Check, OF_WEBHOOK, Status},
};

/// What was looked at, and what it amounts to.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Checkup {
    /// Whether no check has failed.
    pub ok: bool,
    /// The most likely problem, in one sentence.
    pub verdict: String,
    /// In the order of an event's path.
    pub checks: Vec<Check>,
    /// Whether a webhook is looked at: then checks of the setup without a problem aren't shown.
    #[serde(skip)]
    pub about_webhook: bool,
    /// How many checks passed that are not among `checks`.
    #[serde(skip)]
    pub left_out: usize,
}

impl Checkup {
    fn is_shown(&self, check: &Check) -> bool {
        let is_problem = matches!(check.status, Status::Warn | Status::Fail);
        is_problem || !self.about_webhook || OF_WEBHOOK.contains(&check.id)
    }
}

/// Whether both are skipped for the same reason: then one line says so.
fn is_same_skip(one: &Check, next: &Check) -> bool {
    let is_skip = |check: &Check| check.status == Status::Skip && check.hint.is_none();
    is_skip(one) && is_skip(next) && one.found == next.found
}

fn painted(paper: &Paper, status: Status) -> String {
    let word = status.as_str();
    match status {
        Status::Pass => paper.green(word),
        Status::Warn => paper.yellow(word),
        Status::Fail => paper.red(word),
        Status::Skip => paper.dim(word),
    }
}

impl View for Checkup {
    fn text(&self, paper: &Paper) -> String {
        let room = paper.width().unwrap_or(usize::MAX);
        let mut text = String::new();
        for line in wrap(&paper.clean(&self.verdict), room) {
            text.push_str(&format!("{}\n", paper.bold(&line)));
        }
        let (shown, hidden): (Vec<_>, Vec<_>) =
            self.checks.iter().partition(|check| self.is_shown(check));
        let widest = self.checks.iter().map(|check| check.id.len()).max();
        let widest = widest.unwrap_or(0);
        let indent = widest + 10;
        for alike in shown.chunk_by(|one, next| is_same_skip(one, next)) {
            let check = alike[0];
            // Most are understood without it.
            let found = match check.id {
                "state" | "mock" | "reachable" | "completion" | "version" | "object"
                | "deliveries" => {
                    format!("{}: {}", check.subject, check.found)
                }
                _ => check.found.clone(),
            };
            let lines = wrap(&paper.clean(&found), room.saturating_sub(indent).max(20));
            let status = painted(paper, check.status);
            let between = format!("\n{}", " ".repeat(indent));
            let id = match alike.len() {
                1 => check.id.to_owned(),
                more => format!("{more} checks"),
            };
            let id = format!("{id:widest$}");
            text.push_str(&format!("  {status}  {id}  {}\n", lines.join(&between)));
            if matches!(check.status, Status::Warn | Status::Fail) {
                for line in check.hint.iter().flat_map(|hint| hint.lines()) {
                    // Not wrapped, so that it can be copied.
                    let hint = paper.dim("hint:");
                    let line = paper.clean(line);
                    text.push_str(&format!("{}{hint} {line}\n", " ".repeat(indent)));
                }
            }
        }
        let passed = |check: &&&Check| check.status == Status::Pass;
        let passed = hidden.iter().filter(passed).count();
        let skipped = hidden.len() - passed;
        let counts = [(passed + self.left_out, "passed"), (skipped, "skipped")];
        let counts = counts.iter().filter(|(count, _)| *count > 0);
        let counts: Vec<_> = counts
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        if !counts.is_empty() {
            let line = format!("not shown: {}", counts.join(", "));
            text.push_str(&format!("  {}\n", paper.dim(&line)));
        }
        text
    }

    /// The checks that have found a problem.
    fn names(&self) -> Vec<String> {
        let is_problem = |check: &&Check| matches!(check.status, Status::Warn | Status::Fail);
        let problems = self.checks.iter().filter(is_problem);
        problems.map(|check| check.id.to_owned()).collect()
    }
}
