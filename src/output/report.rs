//! How a failure is reported: one sentence, what to do next, and fields for programs.

use std::borrow::Cow;

use serde::Serialize;

use super::paper::Paper;
use crate::columns::{width, wrap};

/// A failure, ready to be reported. The JSON names are an interface.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The name of the exit code.
    pub kind: &'static str,
    /// What failed and why.
    pub message: String,
    /// The line of a file that is at fault, for people.
    #[serde(skip)]
    pub excerpt: Option<String>,
    /// Further mistakes of the same input, for people; programs have them in the message.
    #[serde(skip)]
    pub more: Vec<String>,
    /// What to do next, if something helps.
    pub hint: Option<String>,
    /// The exit code.
    pub exit: u8,
    /// The platform's status, if it responded.
    pub http_status: Option<u16>,
    /// Whether the same command could succeed later.
    pub retryable: bool,
}

/// The last line on stderr, for programs.
#[derive(Serialize)]
pub(super) struct Line<'a> {
    pub(super) error: &'a Report,
}

/// The maximum length of one word of a message, and of all of it, in characters; and how many
/// characters of each end are shown if it is longer. The end is shown too because it says what is
/// wrong with an argument.
const WORD: Length = Length {
    most: 1000,
    head: 400,
    tail: 200,
};
const WHOLE: Length = Length {
    most: 8000,
    head: 4000,
    tail: 2000,
};
/// The longest line that can reasonably be pasted, in bytes.
const LINE: usize = 4000;

struct Length {
    most: usize,
    head: usize,
    tail: usize,
}

impl Length {
    fn cut<'a>(&self, text: &'a str) -> Cow<'a, str> {
        // Usually there are fewer bytes than that already.
        if text.len() <= self.most {
            return text.into();
        }
        let count = text.chars().count();
        if count <= self.most {
            return text.into();
        }
        let at = |place| text.char_indices().nth(place).map_or(0, |(at, _)| at);
        let (head, tail) = (&text[..at(self.head)], &text[at(count - self.tail)..]);
        let left_out = count - self.head - self.tail;
        format!("{head}…[{left_out} characters]…{tail}").into()
    }
}

/// Shortens a message to a readable length.
pub(super) fn shortened(text: Cow<'_, str>) -> Cow<'_, str> {
    if text.len() <= WORD.most {
        return text;
    }
    let words = text.split_inclusive(char::is_whitespace);
    let words: String = words.map(|word| WORD.cut(word)).collect();
    WHOLE.cut(&words).into_owned().into()
}

impl Report {
    /// Shortens a hint. Hints are there to be pasted: one that is too long is omitted, since half
    /// of it would be a different command.
    pub(super) fn cut(self) -> Self {
        let fits = |line: &&str| line.len() <= LINE;
        let hint = |hint: String| {
            let lines: Vec<_> = hint.lines().filter(fits).collect();
            (!lines.is_empty()).then(|| lines.join("\n"))
        };
        Self {
            message: shortened(self.message.into()).into_owned(),
            hint: self.hint.and_then(hint),
            ..self
        }
    }

    /// The same with all mistakes in the message, each in a line.
    pub(super) fn in_one(mut self) -> Self {
        for more in self.more.drain(..) {
            self.message.push('\n');
            self.message.push_str(&more);
        }
        self
    }

    pub(super) fn text(&self, paper: &Paper) -> String {
        let mut text = labeled(paper, &paper.red("error:"), "error:", &self.message);
        for more in &self.more {
            text.push_str(&labeled(paper, "      ", "error:", more));
        }
        if let Some(excerpt) = &self.excerpt {
            text.push_str(&format!("  {}\n", paper.dim(&paper.clean(excerpt))));
        }
        for line in self.hint.iter().flat_map(|hint| hint.lines()) {
            // Not wrapped, so that it can be copied.
            text.push_str(&format!("  {} {}\n", paper.dim("hint:"), paper.clean(line)));
        }
        text
    }
}

/// A message after its label, with later lines aligned below its first word.
pub(super) fn labeled(paper: &Paper, painted: &str, mark: &str, message: &str) -> String {
    let indent = width(mark) + 1;
    let room = paper
        .width()
        .map_or(usize::MAX, |columns| columns.saturating_sub(indent));
    let lines = wrap(&paper.clean(message), room);
    let between = format!("\n{}", " ".repeat(indent));
    format!("{painted} {}\n", lines.join(&between))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_message_keeps_both_its_ends() {
        let cut = |text: &str| shortened(text.into()).into_owned();
        let long = format!(
            "invalid value '{}' for --url: must be one",
            "é".repeat(100_000)
        );
        let short = cut(&long);
        assert!(short.starts_with("invalid value 'éé"), "{short}");
        assert!(short.ends_with("éé' for --url: must be one"), "{short}");
        assert!(short.contains("é…[99403 characters]…é"), "{short}");
        let many = cut(&format!(
            "invalid value '{}': why",
            "one two ".repeat(50_000)
        ));
        assert!(many.starts_with("invalid value 'one two "), "{many}");
        assert!(
            many.ends_with(" two ': why") && many.chars().count() < 7000,
            "{many}"
        );
        for text in ["", "short", &"é".repeat(1000), &"a name, ".repeat(900)] {
            assert_eq!(cut(text), text);
        }
    }

    #[test]
    fn a_hint_that_is_too_long_to_be_pasted_is_left_out() {
        let report = |hint: String| Report {
            kind: "usage",
            message: String::new(),
            excerpt: None,
            more: Vec::new(),
            hint: Some(hint),
            exit: 2,
            http_status: None,
            retryable: false,
        };
        let long = "x".repeat(100_000);
        let cut = |hint: &str| report(hint.to_owned()).cut().hint;
        assert_eq!(cut("one\ntwo").as_deref(), Some("one\ntwo"));
        assert_eq!(cut(&long), None);
        let mixed = format!("ubihook get {long}\nubihook list");
        assert_eq!(cut(&mixed).as_deref(), Some("ubihook list"));
    }
}
