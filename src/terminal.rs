//! What is known of the terminal: whether there is one, how wide it is, and how it was set before
//! anything was asked.

use std::{
    io::{IsTerminal, stderr, stdin, stdout},
    sync::OnceLock,
};

/// Narrower than this nothing is laid out for.
const MIN_WIDTH: usize = 20;

/// What the three standard streams are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Terminal {
    /// Whether somebody may be typing.
    pub stdin: bool,
    /// The width that the answer has to fit, where a terminal shows it.
    pub stdout: Option<usize>,
    /// The width that messages have to fit, where a terminal shows them.
    pub stderr: Option<usize>,
}

impl Terminal {
    /// Looks at the three streams.
    pub fn look() -> Self {
        Self {
            stdin: stdin().is_terminal(),
            stdout: width(stdout()),
            stderr: width(stderr()),
        }
    }

    /// Whether a person can be asked: questions are written to stderr and answered on stdin.
    pub fn can_ask(self) -> bool {
        self.stdin && self.stderr.is_some()
    }
}

#[cfg(unix)]
fn width(stream: impl IsTerminal + std::os::fd::AsFd) -> Option<usize> {
    if !stream.is_terminal() {
        return None;
    }
    let columns = rustix::termios::tcgetwinsize(stream).map_or(0, |size| size.ws_col);
    // A terminal that doesn't know its size says 0.
    Some(match usize::from(columns) {
        0 => 80,
        columns => columns.max(MIN_WIDTH),
    })
}

#[cfg(not(unix))]
fn width(stream: impl IsTerminal) -> Option<usize> {
    stream.is_terminal().then_some(80.max(MIN_WIDTH))
}

#[cfg(unix)]
static BEFORE: OnceLock<Option<rustix::termios::Termios>> = OnceLock::new();

/// Remembers how the terminal is set. To be called before a question changes it.
pub fn remember() {
    #[cfg(unix)]
    BEFORE.get_or_init(|| rustix::termios::tcgetattr(std::io::stdin()).ok());
}

/// Sets the terminal as it was, cursor shown: for an end in the middle of a question.
pub fn restore() {
    #[cfg(unix)]
    if let Some(Some(before)) = BEFORE.get() {
        use rustix::termios::{OptionalActions, tcsetattr};
        // Nobody is left to tell when it doesn't work.
        let _ = tcsetattr(std::io::stdin(), OptionalActions::Now, before);
        let _ = std::io::Write::write_all(&mut stderr(), b"\x1b[?25h");
    }
}
