//! Questions to a person. Refused where nobody is there to answer; the terminal is as it was
//! afterwards, Ctrl-C included.

mod choose;
mod line;
mod look;
mod screen;

use std::io;

use dialoguer::{Confirm, console::Term};

pub(crate) use self::choose::Choice;
use self::{line::Sight, look::Look};
use crate::{
    columns::Ink,
    model::{
        failure::{Explain, Kind},
        secret::Raw,
        text::printable,
    },
    terminal,
};

/// Why a question brought no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// Nobody can be asked.
    #[error("{question} has to be answered, and nobody can be asked here")]
    NotATerminal {
        /// What would have been asked, as a noun.
        question: String,
    },
    /// The person ended it.
    #[error("interrupted")]
    Interrupted,
    /// The terminal went away.
    #[error("the terminal was closed before there was an answer")]
    Closed,
    /// The terminal failed.
    #[error("the terminal could not be read: {0}")]
    Terminal(String),
}

impl Explain for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::NotATerminal { .. } | Self::Closed => Kind::Usage,
            Self::Interrupted => Kind::Interrupted,
            Self::Terminal(_) => Kind::Unexpected,
        }
    }
}

/// What Enter alone means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Enter {
    Yes,
    /// No: for what can't be undone, and for what nobody asked for.
    No,
}

/// Says why an answer can't be taken; the question is then asked again.
pub(crate) type Check = Box<dyn Fn(&str) -> Result<(), String> + Send>;

/// Asks, where that is possible.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Prompt {
    possible: bool,
    colour: bool,
}

impl Prompt {
    /// `possible` where a terminal is there and nobody forbade it.
    pub(crate) fn new(possible: bool, colour: bool) -> Self {
        Self { possible, colour }
    }

    /// Whether there is somebody to ask.
    pub(crate) fn is_possible(self) -> bool {
        self.possible
    }

    /// Yes or no. The question is short, since it stands on one line of any terminal.
    pub(crate) async fn confirm(self, question: &str, enter: Enter) -> Result<bool, Error> {
        self.ask(question, move |question, look| {
            let term = Term::buffered_stderr();
            let answer = Confirm::with_theme(&look)
                .with_prompt(question)
                .default(enter == Enter::Yes)
                .interact_on(&term)
                .map_err(io_error);
            term.flush()?;
            answer
        })
        .await
    }

    /// A line of text, checked. `or` is what Enter alone means, as far as it can be shown.
    pub(crate) async fn line(
        self,
        question: &str,
        or: Option<String>,
        check: Check,
    ) -> Result<String, Error> {
        self.ask(question, move |question, look| {
            let or = or.map(|or| printable(&or).into_owned());
            let sight = Sight::Seen(or.as_deref());
            line::ask(&question, sight, &check, look).map(|mut text| std::mem::take(&mut *text))
        })
        .await
    }

    /// A secret, typed unseen and checked.
    pub(crate) async fn password(self, question: &str, check: Check) -> Result<Raw, Error> {
        self.ask(question, move |question, look| {
            line::ask(&question, Sight::Unseen, &check, look)
                .map(|mut text| Raw::new(std::mem::take(&mut *text)))
        })
        .await
    }

    /// One of several, by its place; typing narrows them down.
    pub(crate) async fn choose(self, question: &str, choices: Vec<Choice>) -> Result<usize, Error> {
        self.ask(question, move |question, look| {
            choose::ask(&question, choices, look)
        })
        .await
    }

    /// A question blocks, so it runs apart from the runtime: Ctrl-C is seen while it waits.
    async fn ask<T: Send + 'static>(
        self,
        question: &str,
        ask: impl FnOnce(String, Look) -> io::Result<T> + Send + 'static,
    ) -> Result<T, Error> {
        if !self.possible {
            return Err(Error::NotATerminal {
                question: question.to_owned(),
            });
        }
        let (question, look) = (
            question.to_owned(),
            Look {
                ink: Ink(self.colour),
            },
        );
        let answer = tokio::task::spawn_blocking(move || {
            let answer = terminal::begin().and_then(|()| ask(question, look));
            match &answer {
                Ok(_) => terminal::end(),
                Err(_) => terminal::restore(),
            }
            answer
        });
        match answer.await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => Err(match error.kind() {
                io::ErrorKind::Interrupted => Error::Interrupted,
                io::ErrorKind::UnexpectedEof => Error::Closed,
                _ if is_gone(&error) => Error::Closed,
                _ => Error::Terminal(error.to_string()),
            }),
            Err(_) => Err(Error::Interrupted),
        }
    }
}

fn io_error(error: dialoguer::Error) -> io::Error {
    let dialoguer::Error::IO(error) = error;
    error
}

/// Whether this is how a terminal answers that was closed: to a read or write of it, and to being
/// opened by its name, which is what keys are read from when stdin is none any more.
fn is_gone(error: &io::Error) -> bool {
    #[cfg(unix)]
    {
        use rustix::io::Errno;
        let answers = [Errno::IO, Errno::NXIO].map(Errno::raw_os_error);
        error
            .raw_os_error()
            .is_some_and(|answer| answers.contains(&answer))
    }
    #[cfg(not(unix))]
    {
        error.kind() == io::ErrorKind::BrokenPipe
    }
}

#[cfg(all(test, unix))]
mod tests {
    use rustix::io::Errno;

    use super::*;

    #[test]
    fn a_closed_terminal_is_told_from_one_that_fails() {
        for (answer, gone) in [
            (Errno::IO, true),
            (Errno::NXIO, true),
            (Errno::NOSPC, false),
        ] {
            let error = io::Error::from_raw_os_error(answer.raw_os_error());
            assert_eq!(is_gone(&error), gone, "{error}");
        }
    }
}
