//! What a view is laid out on: a width, or none; colour, or none; and the cleaning of what came
//! from outside.

use crate::{
    config::Color,
    model::text::{is_right_to_left, printable},
};

/// The medium of one answer or message.
#[derive(Clone)]
pub struct Paper {
    width: Option<usize>,
    colour: bool,
}

impl Paper {
    /// A terminal of that width, or something endless that is no terminal.
    pub fn new(width: Option<usize>, color: Color) -> Self {
        Self {
            colour: match color {
                Color::Auto => width.is_some(),
                Color::Always => true,
                Color::Never => false,
            },
            width,
        }
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
        self.paint("1", text)
    }

    /// What matters less.
    pub fn dim(&self, text: &str) -> String {
        self.paint("2", text)
    }

    /// What went well.
    pub fn green(&self, text: &str) -> String {
        self.paint("32", text)
    }

    /// What went wrong.
    pub fn red(&self, text: &str) -> String {
        self.paint("31", text)
    }

    /// What to look at.
    pub fn yellow(&self, text: &str) -> String {
        self.paint("33", text)
    }

    fn paint(&self, code: &str, text: &str) -> String {
        if self.colour && !text.is_empty() {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }
}
