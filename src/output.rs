//! The only module that writes to stdout and stderr: answers to stdout, messages to stderr. Text
//! for people has no characters that a terminal could act on; data for programs is exact. No secret
//! is removed here: fields don't contain any, and foreign text was scrubbed where it was received.

pub(crate) mod applied;
pub(crate) mod auth;
pub(crate) mod call;
pub(crate) mod change;
pub(crate) mod count;
pub(crate) mod deletion;
pub(crate) mod delivery;
pub(crate) mod differences;
pub(crate) mod doctor;
mod encode;
pub(crate) mod export;
mod json;
pub(crate) mod list;
pub(crate) mod log;
pub(crate) mod paper;
pub(crate) mod plan;
pub(crate) mod preview;
pub(crate) mod progress;
pub(crate) mod received;
pub(crate) mod report;
pub(crate) mod secret;
pub(crate) mod sent;
mod table;
pub(crate) mod test_run;
mod time;
pub(crate) mod view;
pub(crate) mod webhook;

use std::{
    io::{self, Write},
    sync::{Arc, Mutex, MutexGuard, TryLockError},
    thread,
    time::{Duration, Instant},
};

use serde::Serialize;
use serde_json::json;

use self::{paper::Paper, report::Report, view::View};
use crate::{
    columns::{Ink, wrap},
    config::{Color, Format},
    model::text::printable,
    terminal::Terminal,
};

/// How long the last message waits for pending writes.
const PATIENCE: Duration = Duration::from_millis(500);

/// The output could not be written.
#[derive(Debug, thiserror::Error)]
#[error("could not write the output: {0}")]
pub struct Error(#[from] io::Error);

/// How to write.
#[derive(Debug, Clone, Copy)]
pub struct OutputOptions {
    /// The format of answers and errors.
    pub format: Format,
    /// Whether the user has named the format.
    pub chosen: bool,
    /// Whether notes are omitted.
    pub quiet: bool,
    /// How much to report about calls.
    pub verbose: u8,
    /// Whether to use color.
    pub color: Color,
}

impl Default for OutputOptions {
    fn default() -> Self {
        Self {
            format: Format::Table,
            chosen: false,
            quiet: false,
            verbose: 0,
            color: Color::Auto,
        }
    }
}

/// The two streams, and how to write to them. Cheap to clone; clones share the streams.
#[derive(Clone)]
pub struct Output {
    streams: Arc<Mutex<Streams>>,
    terminal: Terminal,
    options: OutputOptions,
}

struct Streams {
    out: Box<dyn Write + Send>,
    err: Box<dyn Write + Send>,
    /// Whether a progress line is on the terminal.
    alive: bool,
    /// Until when the command waits for the platform's rate limit.
    limited: Option<Instant>,
}

impl Output {
    /// Writes to the process's own streams.
    pub fn standard(terminal: Terminal) -> Self {
        let (out, err) = (Box::new(io::stdout()), Box::new(io::stderr()));
        Self::on(out, err, terminal)
    }

    /// Writes to any two streams.
    pub fn on(out: Box<dyn Write + Send>, err: Box<dyn Write + Send>, terminal: Terminal) -> Self {
        Self {
            streams: Arc::new(Mutex::new(Streams {
                out,
                err,
                alive: false,
                limited: None,
            })),
            terminal,
            options: OutputOptions::default(),
        }
    }

    /// The same streams, with other options.
    #[must_use]
    pub fn with_options(&self, options: OutputOptions) -> Self {
        Self {
            options,
            ..self.clone()
        }
    }

    /// How much to report about calls.
    pub fn verbose(&self) -> u8 {
        self.options.verbose
    }

    /// The format of answers.
    pub fn format(&self) -> Format {
        self.options.format
    }

    /// Whether notes are omitted.
    pub fn is_quiet(&self) -> bool {
        self.options.quiet
    }

    /// Whether a user at a terminal reads the notes.
    pub fn is_watched(&self) -> bool {
        self.terminal.stderr.is_some()
    }

    /// Writes the answer.
    pub fn show(&self, view: &impl View) -> Result<(), Error> {
        let text = match self.options.format {
            Format::Table => view.text(&self.paper()),
            Format::Json => encode::pretty(view),
            Format::Ndjson => encode::lines(view),
            Format::Yaml => encode::yaml(view),
            Format::Name => {
                let line = |name: &String| format!("{}\n", self.paper().clean(name));
                view.names().iter().map(line).collect()
            }
        };
        self.write_out(&text)
    }

    /// Writes the line that tells clients the address and token of a server.
    pub fn announce(&self, line: &impl Serialize) -> Result<(), Error> {
        self.write_out(&encode::line(line))
    }

    /// Writes our own text that is the answer itself.
    pub fn line(&self, text: &str) -> Result<(), Error> {
        self.write_out(&format!("{text}\n"))
    }

    /// Reports progress; omitted when quiet.
    pub fn note(&self, text: &str) {
        if !self.options.quiet {
            self.say("note", text);
        }
    }

    /// Warns the user; never omitted.
    pub fn warn(&self, text: &str) {
        self.say("warning", text);
    }

    /// Explains what a question is about. Part of the question, so never omitted.
    pub fn aside(&self, text: impl FnOnce(&Paper) -> String) {
        self.write_err(&text(&self.paper_for_notes()));
    }

    /// Reports a call, in one line or more.
    pub fn trace(&self, text: &str) {
        for line in text.lines() {
            let line = printable(line);
            if self.options.format.is_for_programs() {
                self.json_err(&json!({"trace": {"message": line}}));
            } else {
                self.write_err(&format!("{line}\n"));
            }
        }
    }

    /// Reports why the command failed: the last message that is written. Very long ones are cut.
    pub fn error(&self, report: &Report) {
        let report = report.clone().cut();
        let text = if self.options.format.is_for_programs() {
            let error = &report.in_one();
            encode::line(&report::Line { error })
        } else {
            report.text(&self.paper_for_notes())
        };
        // A write that never completes would block the streams forever, and the end of the process
        // too.
        if let Some(streams) = self.lock_at_last() {
            write_to(streams, &text);
        }
    }

    fn lock_at_last(&self) -> Option<MutexGuard<'_, Streams>> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.streams.try_lock() {
                Ok(streams) => return Some(streams),
                Err(TryLockError::Poisoned(streams)) => return Some(streams.into_inner()),
                Err(TryLockError::WouldBlock) if Instant::now() >= deadline => return None,
                Err(TryLockError::WouldBlock) => thread::sleep(Duration::from_millis(1)),
            }
        }
    }

    fn say(&self, kind: &str, text: &str) {
        let text = &*report::shortened(text.into());
        if self.options.format.is_for_programs() {
            return self.json_err(&json!({"warning": {"message": text}}));
        }
        let paper = self.paper_for_notes();
        self.write_err(&match kind {
            "note" => wrap(&paper.clean(text), paper.width().unwrap_or(usize::MAX))
                .iter()
                .map(|line| format!("{}\n", paper.dim(line)))
                .collect(),
            kind => {
                let mark = format!("{kind}:");
                report::labeled(&paper, &paper.yellow(&mark), &mark, text)
            }
        });
    }

    /// The layout of views.
    pub fn paper(&self) -> Paper {
        self.paper_of(self.terminal.stdout)
    }

    fn paper_of(&self, width: Option<usize>) -> Paper {
        let color = match self.options.color {
            Color::Auto => width.is_some() && !self.terminal.dumb,
            Color::Always => true,
            Color::Never => false,
        };
        Paper::new(width, Ink(color))
    }

    fn paper_for_notes(&self) -> Paper {
        self.paper_of(self.terminal.stderr)
    }

    fn json_err(&self, value: &impl Serialize) {
        self.write_err(&encode::line(value));
    }

    fn write_out(&self, text: &str) -> Result<(), Error> {
        self.write_bytes(text.as_bytes())
    }

    fn write_bytes(&self, bytes: &[u8]) -> Result<(), Error> {
        let streams = &mut *self.lock();
        streams.clear_line();
        let out = &mut streams.out;
        match out.write_all(bytes).and_then(|()| out.flush()) {
            // The reader has seen enough.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            written => Ok(written?),
        }
    }

    fn write_err(&self, text: &str) {
        write_to(self.lock(), text);
    }

    fn lock(&self) -> MutexGuard<'_, Streams> {
        self.streams
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

fn write_to(mut streams: MutexGuard<'_, Streams>, text: &str) {
    streams.clear_line();
    // If writing a message fails, there is no other place to report it.
    let _ = streams.err.write_all(text.as_bytes());
}
