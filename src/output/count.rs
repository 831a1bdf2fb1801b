//! How far long work is, on a terminal only, and a stream that ends with its reader.

use std::io::Write;

use serde::Serialize;

use super::{Error, Output, encode, view::View};
use crate::{columns::cut, config::Format, model::text::printable};

/// A line on stderr that says how far something is. Gone when it is dropped.
#[must_use = "the line is gone when this is dropped"]
pub struct Count<'a>(&'a Output);

impl Output {
    /// Begins to say how far something is.
    pub fn count(&self) -> Count<'_> {
        Count(self)
    }
}

/// A stream, each of its lines flushed, which ends when nobody reads any more: for people where
/// a terminal shows a table, as JSON else.
pub(crate) struct Stream<'a>(&'a Output);

impl<'a> Stream<'a> {
    /// Begins one with a line that says so; `begun` says it to people.
    pub(crate) fn begin(
        output: &'a Output,
        ready: &impl Serialize,
        begun: &str,
    ) -> Result<Self, Error> {
        let stream = Self(output);
        if stream.is_for_people() {
            output.note(begun);
        } else {
            stream.write(&encode::line(ready))?;
        }
        Ok(stream)
    }

    /// Writes one. Whether somebody still reads.
    pub(crate) fn next(&self, view: &impl View) -> Result<bool, Error> {
        let output = self.0;
        self.write(&if self.is_for_people() {
            view.text(&output.paper())
        } else {
            encode::line(view)
        })
    }

    fn is_for_people(&self) -> bool {
        self.0.manner.format == Format::Table && self.0.terminal.stdout.is_some()
    }

    fn write(&self, text: &str) -> Result<bool, Error> {
        let out = &mut self.0.lock().out;
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
        // The last column stays free: terminals differ in what they do there.
        let line = cut(&printable(text), columns.saturating_sub(1));
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
