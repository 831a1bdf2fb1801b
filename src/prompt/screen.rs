//! The lines of an open question: drawn in one write, so that nothing flickers, and cut to the
//! terminal's width, so that none wraps and leaves remains behind.

use std::io;

use dialoguer::console::{Key, Term};

use super::NoAnswer;

/// Draws a question. The cursor stays on the first of its lines.
pub(super) struct Screen {
    term: Term,
}

impl Screen {
    pub(super) fn open() -> Self {
        Self {
            term: Term::buffered_stderr(),
        }
    }

    /// The columns available for a line; the last stays free, since terminals differ in how they
    /// treat it.
    pub(super) fn columns(&self) -> usize {
        usize::from(self.term.size().1).max(20) - 1
    }

    /// The lines available.
    pub(super) fn rows(&self) -> usize {
        usize::from(self.term.size().0)
    }

    /// Draws the lines over the previous ones, and moves the cursor into the first.
    pub(super) fn draw(&self, lines: &[String], cursor: usize) -> io::Result<()> {
        self.term.write_str("\r\x1b[J")?;
        self.term.write_str(&lines.join("\r\n"))?;
        // Not by the terminal's methods, which on Windows move the cursor before the text is written.
        if lines.len() > 1 {
            self.term.write_str(&format!("\x1b[{}A", lines.len() - 1))?;
        }
        self.term.write_str("\r")?;
        if cursor > 0 {
            self.term.write_str(&format!("\x1b[{cursor}C"))?;
        }
        self.term.flush()
    }

    /// Replaces the question by one line. It may wrap: nothing will be drawn over it.
    pub(super) fn close(&self, line: &str) -> io::Result<()> {
        self.term.write_str(&format!("\r\x1b[J{line}\r\n"))?;
        self.term.flush()
    }

    /// The next key.
    pub(super) fn key(&self) -> Result<Key, NoAnswer> {
        match self.term.read_key()? {
            // Ctrl-Z, where there is job control.
            Key::Char('\u{1a}') if cfg!(unix) => Err(NoAnswer::Suspended),
            key => Ok(key),
        }
    }
}
