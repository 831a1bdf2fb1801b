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
    /// Whether a webhook is looked at: then checks of the set-up without a problem aren't shown.
    #[serde(skip)]
    pub about_webhook: bool,
}

impl Checkup {
    fn is_shown(&self, check: &Check) -> bool {
        let is_problem = matches!(check.status, Status::Warn | Status::Fail);
        is_problem || !self.about_webhook || OF_WEBHOOK.contains(&check.id)
    }
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
        let shown = self.checks.iter().filter(|check| self.is_shown(check));
        let widest = self.checks.iter().map(|check| check.id.len()).max();
        let widest = widest.unwrap_or(0);
        let indent = widest + 10;
        for check in shown {
            // Most are understood without it.
            let found = match check.id {
                "state" | "mock" | "reachable" | "completion" | "version" | "object" => {
                    format!("{}: {}", check.subject, check.found)
                }
                _ => check.found.clone(),
            };
            let lines = wrap(&paper.clean(&found), room.saturating_sub(indent).max(20));
            let status = painted(paper, check.status);
            let between = format!("\n{}", " ".repeat(indent));
            let id = format!("{:widest$}", check.id);
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
        let hidden = self.checks.iter().filter(|check| !self.is_shown(check));
        let hidden = hidden.count();
        if hidden > 0 {
            let line = format!("{hidden} checks of the set-up found no problem");
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
