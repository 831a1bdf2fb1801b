//! Questions to the user. Refused if there is no terminal; the terminal is restored afterwards,
//! even on Ctrl-C.

mod choose;
mod confirm;
mod line;
mod look;
mod plain;
mod screen;

use std::io;

pub(crate) use self::choose::Choice;
use self::{
    choose::Chooser,
    line::{Echo, Line},
    look::Look,
};
use crate::{
    columns::Ink,
    model::{
        failure::{Explain, Kind},
        secret::Raw,
        text::printable,
    },
    terminal::{self, Question, Terminal},
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

/// Why a question was not answered yet, or never will be.
#[derive(Debug)]
enum NoAnswer {
    /// Ctrl-Z: it is asked again when the command continues.
    Suspended,
    /// The terminal failed, was closed, or the user pressed Ctrl-C.
    Failed(io::Error),
}

impl From<io::Error> for NoAnswer {
    fn from(error: io::Error) -> Self {
        Self::Failed(error)
    }
}

/// Asks questions, if that is possible.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Prompt {
    possible: bool,
    /// Whether questions may be drawn with escape sequences.
    drawn: bool,
    look: Look,
}

impl Prompt {
    /// If there is a terminal and prompts aren't disabled.
    pub(crate) fn new(terminal: Terminal, no_input: bool, color: bool) -> Self {
        Self {
            possible: terminal.can_ask() && !no_input,
            drawn: !terminal.dumb,
            look: Look { ink: Ink(color) },
        }
    }

    /// Whether questions can be asked.
    pub(crate) fn is_possible(self) -> bool {
        self.possible
    }

    /// A yes-or-no question. Keep it short: it takes one line of the terminal.
    pub(crate) async fn confirm(self, question: &str, enter: Enter) -> Result<bool, Error> {
        if !self.drawn {
            let shown = plain::yes_or_no(question, enter);
            return self
                .ask_line(question, shown, move |text| plain::answer(text, enter))
                .await;
        }
        self.ask(question, Question::Drawn, move |question, look| {
            confirm::ask(question, enter, look)
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
        let or = or.map(|or| printable(&or).into_owned());
        if !self.drawn {
            let shown = plain::question(question, or.as_deref());
            return self
                .ask_line(question, shown, move |text| {
                    let text = match &or {
                        Some(or) if text.is_empty() => or,
                        _ => text,
                    };
                    check(text).map(|()| text.to_owned())
                })
                .await;
        }
        let mut line = Line::default();
        self.ask(question, Question::Drawn, move |question, look| {
            let echo = Echo::Visible(or.as_deref());
            line::ask(question, &mut line, echo, &check, look)
                .map(|mut text| std::mem::take(&mut *text))
        })
        .await
    }

    /// A secret, hidden while it is typed, and checked.
    pub(crate) async fn password(self, question: &str, check: Check) -> Result<Raw, Error> {
        let mode = if self.drawn {
            Question::Drawn
        } else {
            Question::Hidden
        };
        self.ask(question, mode, move |question, look| {
            // Empty after each interruption: no one knows how much of hidden input is left.
            let text = if mode == Question::Drawn {
                line::ask(question, &mut Line::default(), Echo::Hidden, &check, look)
            } else {
                plain::hidden(question, &check)
            };
            text.map(|mut text| Raw::new(std::mem::take(&mut *text)))
        })
        .await
    }

    /// A choice among several, returned by its index; typing filters them.
    pub(crate) async fn choose(self, question: &str, choices: Vec<Choice>) -> Result<usize, Error> {
        if !self.drawn {
            let line = plain::question(&format!("{question}, by number or name"), None);
            let shown = format!("{}{line}", plain::list(&choices));
            return self
                .ask_line(question, shown, move |text| plain::chosen(text, &choices))
                .await;
        }
        let mut chooser = Chooser::of(choices);
        self.ask(question, Question::Drawn, move |question, look| {
            choose::ask(question, &mut chooser, look)
        })
        .await
    }

    /// A question that is answered by a line that the terminal itself shows. If the command was
    /// suspended, it is `shown` again.
    async fn ask_line<T: Send + 'static>(
        self,
        question: &str,
        shown: String,
        parse: impl Fn(&str) -> Result<T, String> + Send + 'static,
    ) -> Result<T, Error> {
        let again = shown.clone();
        let asked = self.ask(question, Question::Line, move |_, _| {
            plain::ask(&shown, &parse)
        });
        tokio::pin!(asked);
        loop {
            tokio::select! {
                answer = &mut asked => return answer,
                () = continued() => plain::say(&again).unwrap_or_default(),
            }
        }
    }

    /// A question blocks, so it runs on a thread outside the runtime: Ctrl-C is seen while it
    /// waits.
    async fn ask<T: Send + 'static>(
        self,
        question: &str,
        mode: Question,
        mut ask: impl FnMut(&str, Look) -> Result<T, NoAnswer> + Send + 'static,
    ) -> Result<T, Error> {
        if !self.possible {
            return Err(Error::NotATerminal {
                question: question.to_owned(),
            });
        }
        let look = self.look;
        loop {
            let question = question.to_owned();
            let asked = tokio::task::spawn_blocking(move || {
                let begun = terminal::begin(mode).map_err(NoAnswer::from);
                let answer = begun.and_then(|()| ask(&question, look));
                match &answer {
                    Ok(_) => terminal::end(),
                    Err(_) => terminal::restore(),
                }
                (answer, ask)
            });
            let (answer, again) = asked.await.map_err(|_| Error::Interrupted)?;
            match answer {
                Ok(answer) => return Ok(answer),
                Err(NoAnswer::Failed(error)) => return Err(error.into()),
                Err(NoAnswer::Suspended) => {
                    #[cfg(unix)]
                    terminal::suspend();
                    ask = again;
                }
            }
        }
    }
}

/// Waits until the command continues after it was suspended.
async fn continued() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let kind = SignalKind::from_raw(rustix::process::Signal::CONT.as_raw());
        if let Ok(mut signal) = signal(kind)
            && signal.recv().await.is_some()
        {
            return;
        }
    }
    std::future::pending::<()>().await;
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::Interrupted => Self::Interrupted,
            io::ErrorKind::UnexpectedEof => Self::Closed,
            _ if is_gone(&error) => Self::Closed,
            _ => Self::Terminal(error.to_string()),
        }
    }
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
