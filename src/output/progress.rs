//! Long work, told on a terminal only: one line that is written over and over.

use std::io::Write;

use serde::Serialize;

use super::{Error, Output, encode, layout::width};

/// A line on stderr that says how far something is. Gone when it is dropped.
pub struct Progress<'a> {
    output: &'a Output,
    written: usize,
}

impl Output {
    /// Begins to say how far something is.
    pub fn progress(&self) -> Progress<'_> {
        Progress {
            output: self,
            written: 0,
        }
    }

    /// Writes one line of a stream of JSON, and flushes it. Whether somebody still reads.
    pub fn stream_on(&self, line: &impl Serialize) -> Result<bool, Error> {
        let text = encode::line(line, &self.scrubber);
        let out = &mut self.lock().out;
        match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(false),
            written => Ok(written.map(|()| true)?),
        }
    }
}

impl Progress<'_> {
    /// How far it is by now.
    pub fn say(&mut self, text: &str) {
        let Some(columns) = self.output.terminal.stderr else {
            return;
        };
        if self.output.manner.quiet || self.output.manner.format.is_for_programs() {
            return;
        }
        let text: String = text.chars().take(columns.saturating_sub(1)).collect();
        let left = self.written.saturating_sub(width(&text));
        self.written = width(&text);
        self.write(&format!("\r{text}{}", " ".repeat(left)));
    }

    fn write(&self, text: &str) {
        let err = &mut self.output.lock().err;
        // There is no other place to say that talking failed.
        let _ = err.write_all(text.as_bytes()).and_then(|()| err.flush());
    }
}

impl Drop for Progress<'_> {
    fn drop(&mut self) {
        if self.written > 0 {
            self.write(&format!("\r{}\r", " ".repeat(self.written)));
        }
    }
}
