//! How a failure is told: one sentence, what to type next, and what a program needs.

use serde::Serialize;

use super::paper::Paper;

/// A failure, ready to be told. The JSON names are an interface.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The word for the exit code.
    pub kind: &'static str,
    /// What failed and why.
    pub message: String,
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
        let mut text = format!("{} {}\n", paper.red("error:"), paper.clean(&self.message));
        if let Some(hint) = &self.hint {
            for line in hint.lines() {
                text.push_str(&format!("  {} {}\n", paper.dim("hint:"), paper.clean(line)));
            }
        }
        text
    }
}
