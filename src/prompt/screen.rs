//! The lines that an open question takes: drawn in one go, so that nothing flickers, and fitted to
//! the terminal, so that none wraps and leaves a rest behind.

use std::io;

use dialoguer::console::{Key, Term};

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
