//! How far long work is, on a terminal only, and a stream that ends with its reader.

use std::io::Write;

use serde::Serialize;

use super::{Error, Output, encode, layout::width};

/// A line on stderr that says how far something is. Gone when it is dropped.
#[must_use = "the line is gone when this is dropped"]
pub struct Count<'a>(&'a Output);

impl Output {
    /// Begins to say how far something is.
    pub fn count(&self) -> Count<'_> {
        Count(self)
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

impl Count<'_> {
    /// How far it is by now.
    pub fn say(&mut self, text: &str) {
        let output = self.0;
        let (false, Some(columns)) = (
            output.manner.quiet || output.manner.format.is_for_programs(),
            output.terminal.stderr,
        ) else {
            return;
        };
        let mut line = output.scrubber.clean(text).into_owned();
        while width(&line) >= columns {
            line.pop();
        }
        let mut streams = output.lock();
        streams.alive = true;
        // There is no other place to say that talking failed.
        let _ = streams.err.write_all(format!("\r{line}\x1b[K").as_bytes());
    }
}

impl Drop for Count<'_> {
    fn drop(&mut self) {
        self.0.lock().clear_line();
    }
}
