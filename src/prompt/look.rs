//! The look of questions: their marks and colors. Color is never the only indication.

use crate::columns::Ink;

/// Marks, with color or without.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    pub(super) ink: Ink,
}

impl Look {
    /// The beginning of an open question.
    pub(super) fn open(self, question: &str) -> String {
        format!(
            "{} {} {} ",
            self.ink.yellow("?"),
            self.ink.bold(question),
            self.ink.dim("›")
        )
    }

    /// A question with its answer.
    pub(super) fn answered(self, question: &str, answer: &str) -> String {
        let mark = self.ink.green("✔");
        format!("{mark} {question} {} {answer}", self.ink.dim("·"))
    }

    /// Why an answer is invalid.
    pub(super) fn refused(self, why: &str) -> String {
        format!("{} {why}", self.ink.red("✘"))
    }
}
