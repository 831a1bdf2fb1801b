//! How a failure is told: one sentence, what to type next, and what a program needs.

use serde::Serialize;

use super::{
    layout::{width, wrap},
    paper::Paper,
};

/// A failure, ready to be told. The JSON names are an interface.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The word for the exit code.
    pub kind: &'static str,
    /// What failed and why.
    pub message: String,
    /// The line of a file that is at fault, for people.
    #[serde(skip)]
    pub excerpt: Option<String>,
    /// What to type next, where something helps.
    pub hint: Option<String>,
    /// The exit code.
    pub exit: u8,
    /// The platform's status, where it answered.
    pub http_status: Option<u16>,
    /// Whether the same command could work in a while.
    pub retryable: bool,
}

/// The last line on stderr, for programs.
#[derive(Serialize)]
pub(super) struct Line<'a> {
    pub(super) error: &'a Report,
}

impl Report {
    pub(super) fn text(&self, paper: &Paper) -> String {
        let mut text = told(paper, &paper.red("error:"), "error:", &self.message);
        if let Some(excerpt) = &self.excerpt {
            text.push_str(&format!("  {}\n", paper.dim(&paper.clean(excerpt))));
        }
        for line in self.hint.iter().flat_map(|hint| hint.lines()) {
            // Not wrapped: it is there to be copied.
            text.push_str(&format!("  {} {}\n", paper.dim("hint:"), paper.clean(line)));
        }
        text
    }
}

/// A message behind its mark, later lines below the first word of it.
pub(super) fn told(paper: &Paper, painted: &str, mark: &str, message: &str) -> String {
    let indent = width(mark) + 1;
    let room = paper
        .width()
        .map_or(usize::MAX, |columns| columns.saturating_sub(indent));
    let lines = wrap(&paper.clean(message), room);
    let between = format!("\n{}", " ".repeat(indent));
    format!("{painted} {}\n", lines.join(&between))
}
