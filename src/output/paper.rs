//! The medium that views are laid out on: its width, if limited; whether it has color; and the
//! cleaning of foreign text.

use crate::{
    columns::{Ink, is_right_to_left, width, wrap},
    model::text::printable,
};

/// Between two parts of a line, and before what continues on the next one.
const GAP: usize = 2;
const BELOW: &str = "\n  ";

/// How a part of a line is colored.
pub(crate) type Paint = fn(&Paper, &str) -> String;

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
            // Isolated: otherwise it would reorder the text next to it.
            return format!("\u{2068}{text}\u{2069}");
        }
        text
    }

    /// One line of parts; where they don't fit, it is broken between them, or else within one.
    pub fn flow(&self, parts: &[(&str, Paint)]) -> String {
        let room = self.width.unwrap_or(usize::MAX);
        let mut text = String::new();
        let mut used = 0;
        for (plain, paint) in parts.iter().filter(|(plain, _)| !plain.is_empty()) {
            if used > 0 && used + GAP + width(plain) > room {
                text.push_str(BELOW);
                used = GAP;
            } else if used > 0 {
                text.push_str("  ");
                used += GAP;
            }
            let fits = used + width(plain) <= room;
            let room = if fits { room } else { room - GAP };
            for (number, line) in wrap(plain, room).iter().enumerate() {
                if number > 0 {
                    text.push_str(BELOW);
                    used = GAP;
                }
                text.push_str(&paint(self, line));
                used += width(line);
            }
        }
        text + "\n"
    }

    /// Text without color.
    #[expect(clippy::unused_self, reason = "beside the ways to color it")]
    pub fn plain(&self, text: &str) -> String {
        text.to_owned()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_broken_between_its_parts_or_else_within_one() {
        let narrow = Paper::new(Some(20), Ink(false));
        let parts: [(&str, Paint); 4] = [
            ("12:00:00", Paper::dim),
            ("", Paper::bold),
            ("short", Paper::plain),
            ("a sentence that is longer than a line", Paper::red),
        ];
        let lines = "12:00:00  short\n  a sentence that is\n  longer than a line\n";
        assert_eq!(narrow.flow(&parts), lines);
        let first: [(&str, Paint); 1] = [("aaaaa aaaaa aaaaa aaaaaaaa aaaaaaaaaaa", Paper::plain)];
        let first = narrow.flow(&first);
        assert!(first.lines().all(|line| width(line) <= 20), "{first}");
        let wide = Paper::new(None, Ink(false));
        assert_eq!(wide.flow(&parts[..3]), "12:00:00  short\n");
    }
}
