//! What a view is laid out on: a width, or none; colour, or none; and the cleaning of what came
//! from outside.

use crate::{
    columns::{Ink, is_right_to_left},
    model::text::printable,
};

/// The medium of one answer or message.
#[derive(Clone)]
pub struct Paper {
    width: Option<usize>,
    ink: Ink,
}

impl Paper {
    /// A terminal of that width, or something endless that is no terminal.
    pub fn new(width: Option<usize>, ink: Ink) -> Self {
        Self { width, ink }
    }

    /// The columns to fit, where a terminal shows it.
    pub fn width(&self) -> Option<usize> {
        self.width
    }

    /// A string that came from outside, on one line and without what a terminal could act on.
    pub fn clean(&self, text: &str) -> String {
        let text = printable(text).into_owned();
        if self.width.is_some() && is_right_to_left(&text) {
            // Isolated, or it would turn round what stands beside it.
            return format!("\u{2068}{text}\u{2069}");
        }
        text
    }

    /// A heading or a name.
    pub fn bold(&self, text: &str) -> String {
        self.ink.bold(text)
    }

    /// What matters less.
    pub fn dim(&self, text: &str) -> String {
        self.ink.dim(text)
    }

    /// What went well.
    pub fn green(&self, text: &str) -> String {
        self.ink.green(text)
    }

    /// What went wrong.
    pub fn red(&self, text: &str) -> String {
        self.ink.red(text)
    }

    /// What to look at.
    pub fn yellow(&self, text: &str) -> String {
        self.ink.yellow(text)
    }
}
