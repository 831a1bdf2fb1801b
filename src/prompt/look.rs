//! The look of questions: their marks and colours. Colour is never the only indication.

use std::fmt;

use dialoguer::theme::Theme;

use crate::columns::Ink;

/// Marks, with colour or without.
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

impl Theme for Look {
    fn format_confirm_prompt(
        &self,
        f: &mut dyn fmt::Write,
        question: &str,
        enter: Option<bool>,
    ) -> fmt::Result {
        let keys = if enter == Some(true) {
            "(Y/n)"
        } else {
            "(y/N)"
        };
        let open = self.open(question);
        let (before, after) = open
            .rsplit_once(self.ink.dim("›").as_str())
            .expect("it has one");
        write!(
            f,
            "{before}{} {}{after}",
            self.ink.dim(keys),
            self.ink.dim("›")
        )
    }

    fn format_confirm_prompt_selection(
        &self,
        f: &mut dyn fmt::Write,
        question: &str,
        answer: Option<bool>,
    ) -> fmt::Result {
        let answer = if answer == Some(true) { "yes" } else { "no" };
        f.write_str(&self.answered(question, answer))
    }
}
