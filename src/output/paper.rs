//! The medium that views are laid out on: its width, if limited; whether it has colour; and the
//! cleaning of foreign text.

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
    /// A terminal of that width, or unlimited if it is not a terminal.
    pub fn new(width: Option<usize>, ink: Ink) -> Self {
        Self { width, ink }
    }

    /// The columns available, if a terminal shows it.
    pub fn width(&self) -> Option<usize> {
        self.width
    }

    /// Foreign text, on one line and without characters that a terminal could act on.
    pub fn clean(&self, text: &str) -> String {
        let text = printable(text).into_owned();
        if self.width.is_some() && is_right_to_left(&text) {
            // Isolated: otherwise it would reorder the text beside it.
            return format!("\u{2068}{text}\u{2069}");
        }
        text
    }

    /// A heading or a name.
    pub fn bold(&self, text: &str) -> String {
        self.ink.bold(text)
    }

    /// Less important text.
    pub fn dim(&self, text: &str) -> String {
        self.ink.dim(text)
    }

    /// A success.
    pub fn green(&self, text: &str) -> String {
        self.ink.green(text)
    }

    /// A failure.
    pub fn red(&self, text: &str) -> String {
        self.ink.red(text)
    }

    /// Something that needs attention.
    pub fn yellow(&self, text: &str) -> String {
        self.ink.yellow(text)
    }
}
