//! How questions look: their marks and colours. No meaning is in colour alone.

use std::fmt;

use dialoguer::theme::Theme;

/// Marks, with colour or without.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    colour: bool,
}

impl Look {
    pub(super) fn new(colour: bool) -> Self {
        Self { colour }
    }

    /// The beginning of a question that is open.
    pub(super) fn open(self, question: &str) -> String {
        format!(
            "{} {} {} ",
            self.paint("33", "?"),
            self.paint("1", question),
            self.dim("›")
        )
    }

    /// A question with its answer.
    pub(super) fn answered(self, question: &str, answer: &str) -> String {
        let mark = self.paint("32", "✔");
        format!("{mark} {question} {} {answer}", self.dim("·"))
    }

    /// Why an answer isn't taken.
    pub(super) fn refused(self, why: &str) -> String {
        format!("{} {why}", self.paint("31", "✘"))
    }

    /// What stands before the choice that Enter takes.
    pub(super) fn pointer(self) -> String {
        self.paint("36", "❯")
    }

    /// The choice that Enter takes.
    pub(super) fn strong(self, text: &str) -> String {
        self.paint("1", text)
    }

    /// What matters less.
    pub(super) fn dim(self, text: &str) -> String {
        self.paint("2", text)
    }

    fn paint(self, code: &str, text: &str) -> String {
        if self.colour && !text.is_empty() {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
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
            .rsplit_once(self.dim("›").as_str())
            .expect("it has one");
        write!(f, "{before}{} {}{after}", self.dim(keys), self.dim("›"))
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
