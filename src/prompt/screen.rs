//! The lines that an open question takes: drawn in one go, so that nothing flickers, and fitted to
//! the terminal, so that none wraps and leaves a rest behind.

use std::io;

use dialoguer::console::{Key, Term};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Where a question is drawn. The cursor stays on the first of its lines.
pub(super) struct Screen {
    term: Term,
}

impl Screen {
    pub(super) fn open() -> Self {
        Self {
            term: Term::buffered_stderr(),
        }
    }

    /// The columns that a line may take; the last stays free, since terminals differ in what they
    /// do there.
    pub(super) fn columns(&self) -> usize {
        usize::from(self.term.size().1).max(20) - 1
    }

    /// The lines that there are.
    pub(super) fn rows(&self) -> usize {
        usize::from(self.term.size().0)
    }

    /// Draws the lines over what was drawn before, and puts the cursor into the first.
    pub(super) fn draw(&self, lines: &[String], cursor: usize) -> io::Result<()> {
        self.term.write_str("\r\x1b[J")?;
        self.term.write_str(&lines.join("\r\n"))?;
        if lines.len() > 1 {
            self.term.move_cursor_up(lines.len() - 1)?;
        }
        self.term.write_str("\r")?;
        self.term.move_cursor_right(cursor)?;
        self.term.flush()
    }

    /// Leaves one line in place of the question. It may wrap: nothing is drawn over it.
    pub(super) fn close(&self, line: &str) -> io::Result<()> {
        self.term.write_str(&format!("\r\x1b[J{line}\r\n"))?;
        self.term.flush()
    }

    pub(super) fn key(&self) -> io::Result<Key> {
        self.term.read_key()
    }
}

/// The columns that a text takes.
pub(super) fn width(text: &str) -> usize {
    text.width()
}

/// The beginning of `text` that fits, with `…` where something is missing.
pub(super) fn cut(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    if columns == 0 {
        return String::new();
    }
    let mut left = columns - 1;
    let fits = |c: &char| {
        let columns = c.width().unwrap_or(0);
        let fits = columns <= left;
        left = left.saturating_sub(columns);
        fits
    };
    text.chars().take_while(fits).chain(['…']).collect()
}

/// `text` in lines that fit, broken at spaces.
pub(super) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last_mut().expect("there is a first line");
        if line.is_empty() {
            line.push_str(&cut(word, columns));
        } else if width(line) + 1 + width(word) <= columns {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(cut(word, columns));
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_by_its_columns() {
        assert_eq!(cut("orders", 6), "orders");
        assert_eq!(cut("orders", 5), "orde…");
        assert_eq!(cut("日本語", 5), "日本…");
        assert_eq!(cut("日本語", 4), "日…");
    }

    #[test]
    fn a_reason_breaks_at_spaces() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
    }
}
