//! Progress of long work, shown only on a terminal, and a stream that ends when its reader closes
//! it.

use std::io::Write;

use serde::Serialize;

use super::{Error, Output, encode, view::View};
use crate::{columns::cut, config::Format, model::text::printable};

/// A line on stderr that shows progress. It disappears when it is dropped.
#[must_use = "the line disappears when this is dropped"]
pub struct Count<'a>(&'a Output);

impl Output {
    /// Starts to show progress.
    pub fn count(&self) -> Count<'_> {
        Count(self)
    }
}

/// A stream whose lines are each flushed, and which ends when its reader closes it. Shown as text
/// where a terminal would show a table, otherwise as JSON.
#[derive(Clone)]
pub(crate) struct Stream {
    output: Output,
    is_aside: bool,
}

impl Stream {
    /// Starts a stream with a first line; `begun` is its text for people.
    pub(crate) fn begin(
        output: &Output,
        ready: &impl Serialize,
        begun: &str,
    ) -> Result<Self, Error> {
        let stream = Self::of(output);
        if stream.is_for_people() {
            output.note(begun);
        } else {
            stream.write(&encode::line(ready))?;
        }
        Ok(stream)
    }

    /// A stream without a first line.
    pub(crate) fn of(output: &Output) -> Self {
        Self {
            output: output.clone(),
            is_aside: false,
        }
    }

    /// One on stderr, next to the output of another program.
    pub(crate) fn aside(output: &Output) -> Self {
        Self {
            output: output.clone(),
            is_aside: true,
        }
    }

    /// Writes one item. Returns whether there is still a reader.
    pub(crate) fn next(&self, view: &impl View) -> Result<bool, Error> {
        self.all([view])
    }

    /// Writes several items at once. Returns whether there is still a reader.
    pub(crate) fn all<'v, V: View + 'v>(
        &self,
        views: impl IntoIterator<Item = &'v V>,
    ) -> Result<bool, Error> {
        self.all_as(views, None)
    }

    /// The same; `lines` are those for programs, if they are known already.
    pub(crate) fn all_as<'v, V: View + 'v>(
        &self,
        views: impl IntoIterator<Item = &'v V>,
        lines: Option<&str>,
    ) -> Result<bool, Error> {
        let output = &self.output;
        let text: String = if self.is_for_people() {
            let paper = if self.is_aside {
                output.paper_for_notes()
            } else {
                output.paper()
            };
            views.into_iter().map(|view| view.text(&paper)).collect()
        } else if let Some(lines) = lines {
            return self.write(lines);
        } else {
            views.into_iter().map(encode::line).collect()
        };
        self.write(&text)
    }

    /// Goes on below the `^C` that a terminal shows when it is typed.
    pub(crate) fn below_interrupt(&self) -> Result<bool, Error> {
        if self.is_for_people() && self.output.terminal.stdout.is_some() {
            return self.write("\n");
        }
        Ok(true)
    }

    /// One item for programs, as it would be written.
    pub(crate) fn line(view: &impl View) -> String {
        encode::line(view)
    }

    /// Whether it has lines of text.
    pub(crate) fn is_for_people(&self) -> bool {
        let Output {
            options, terminal, ..
        } = &self.output;
        options.format == Format::Table
            && (self.is_aside || options.chosen || terminal.stdout.is_some())
    }

    fn write(&self, text: &str) -> Result<bool, Error> {
        let streams = &mut *self.output.lock();
        let out = if self.is_aside {
            &mut streams.err
        } else {
            &mut streams.out
        };
        match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(false),
            written => Ok(written.map(|()| true)?),
        }
    }
}

impl Count<'_> {
    /// Updates the progress.
    pub fn say(&mut self, text: &str) {
        let output = self.0;
        let (false, Some(columns)) = (
            output.options.quiet || output.options.format.is_for_programs(),
            output.terminal.redrawable(),
        ) else {
            return;
        };
        // The last column stays free: terminals differ in how they treat it.
        let line = cut(&printable(text), columns.saturating_sub(1));
        let mut streams = output.lock();
        streams.alive = true;
        // If writing a message fails, there is no other place to report it.
        let _ = streams.err.write_all(format!("\r{line}\x1b[K").as_bytes());
    }
}

impl Drop for Count<'_> {
    fn drop(&mut self) {
        self.0.lock().clear_line();
    }
}
