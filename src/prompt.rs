//! Questions to the user. Refused if there is no terminal; the terminal is restored afterwards,
//! even on Ctrl-C.

mod choose;
mod line;
mod look;
mod screen;

use std::io;

use dialoguer::{Confirm, console::Term};

pub(crate) use self::choose::Choice;
use self::{line::Echo, look::Look};
use crate::{
    columns::Ink,
    model::{
        failure::{Explain, Kind},
        secret::Raw,
        text::printable,
    },
    terminal,
};

/// Why a question got no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// There is no terminal, or prompts are disabled.
    #[error("cannot prompt for {question}: not a terminal")]
    NotATerminal {
        /// The subject of the question, as a noun.
        question: String,
    },
    /// The user cancelled it.
    #[error("interrupted")]
    Interrupted,
    /// The terminal was closed.
    #[error("the terminal was closed before an answer was given")]
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

/// What pressing Enter alone means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Enter {
    Yes,
    /// No: for actions that can't be undone, or that weren't requested.
    No,
}

/// Says why an answer is invalid; the question is then asked again.
pub(crate) type Check = Box<dyn Fn(&str) -> Result<(), String> + Send>;

/// Asks questions, if that is possible.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Prompt {
    possible: bool,
    color: bool,
}

impl Prompt {
    /// `possible` if there is a terminal and prompts aren't disabled.
    pub(crate) fn new(possible: bool, color: bool) -> Self {
        Self { possible, color }
    }

    /// Whether questions can be asked.
    pub(crate) fn is_possible(self) -> bool {
        self.possible
    }

    /// A yes-or-no question. Keep it short: it takes one line of the terminal.
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

    /// A line of text, checked. `or` is what Enter alone means, in a form that can be shown.
    pub(crate) async fn line(
        self,
        question: &str,
        or: Option<String>,
        check: Check,
    ) -> Result<String, Error> {
        self.ask(question, move |question, look| {
            let or = or.map(|or| printable(&or).into_owned());
            let echo = Echo::Visible(or.as_deref());
            line::ask(&question, echo, &check, look).map(|mut text| std::mem::take(&mut *text))
        })
        .await
    }

    /// A secret, hidden while it is typed, and checked.
    pub(crate) async fn password(self, question: &str, check: Check) -> Result<Raw, Error> {
        self.ask(question, move |question, look| {
            line::ask(&question, Echo::Hidden, &check, look)
                .map(|mut text| Raw::new(std::mem::take(&mut *text)))
        })
        .await
    }

    /// A choice among several, returned by its index; typing filters them.
    pub(crate) async fn choose(self, question: &str, choices: Vec<Choice>) -> Result<usize, Error> {
        self.ask(question, move |question, look| {
            choose::ask(&question, choices, look)
        })
        .await
    }

    /// A question blocks, so it runs on a thread outside the runtime: Ctrl-C is seen while it
    /// waits.
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
                ink: Ink(self.color),
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

/// Whether this is the error of a closed terminal: from reading it, writing to it, or opening it by
/// its name, which is where keys are read from if stdin is not a terminal.
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
    fn a_closed_terminal_is_distinguished_from_one_that_fails() {
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
