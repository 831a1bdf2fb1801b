//! The state of the terminal: whether there is one, how wide it is, and its settings before the
//! first question.

#[cfg(unix)]
use std::sync::OnceLock;
use std::{
    io::{IsTerminal, Write, stderr, stdin, stdout},
    sync::atomic::{AtomicBool, Ordering},
};

/// The minimum width that layouts are made for.
const MIN_WIDTH: usize = 20;

/// The properties of the three standard streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Terminal {
    /// Whether stdin is a terminal, so that someone may be typing.
    pub stdin: bool,
    /// The width available for the answer, if stdout is a terminal.
    pub stdout: Option<usize>,
    /// The width available for messages, if stderr is a terminal.
    pub stderr: Option<usize>,
}

impl Terminal {
    /// Inspects the three streams.
    pub fn look() -> Self {
        Self {
            stdin: stdin().is_terminal(),
            stdout: width(stdout()),
            stderr: width(stderr()),
        }
    }

    /// Whether prompts are possible: questions are written to stderr and answered on stdin.
    pub fn can_ask(self) -> bool {
        self.stdin && self.stderr.is_some()
    }
}

/// Whether stdout may still have a reader: not if the other end of a pipe is closed.
#[cfg(unix)]
pub(crate) fn stdout_is_read() -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};

    let out = stdout();
    // A closed end is reported without being asked for.
    let mut looked = [PollFd::new(&out, PollFlags::empty())];
    let found = poll(&mut looked, Some(&Timespec::default()));
    found.is_err() || looked[0].revents().is_empty()
}

/// See the Unix version.
#[cfg(not(unix))]
pub fn stdout_is_read() -> bool {
    true
}

#[cfg(unix)]
fn width(stream: impl IsTerminal + std::os::fd::AsFd) -> Option<usize> {
    if !stream.is_terminal() {
        return None;
    }
    let columns = rustix::termios::tcgetwinsize(stream).map_or(0, |size| size.ws_col);
    // A terminal that doesn't know its size reports 0.
    Some(match usize::from(columns) {
        0 => 80,
        columns => columns.max(MIN_WIDTH),
    })
}

#[cfg(not(unix))]
fn width(stream: impl IsTerminal) -> Option<usize> {
    stream.is_terminal().then_some(80.max(MIN_WIDTH))
}

/// The settings of the terminal before the first question; `None` if unknown.
#[cfg(unix)]
static BEFORE: OnceLock<Option<rustix::termios::Termios>> = OnceLock::new();

/// Whether the cursor is in an open question.
static OPEN: AtomicBool = AtomicBool::new(false);

/// Sets the terminal up for one question, from its first drawing to its end: keys arrive one by
/// one, and only the question draws. If this were done for each key alone, the terminal itself
/// would show what is typed in between, including secrets.
pub(crate) fn begin() -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
        let stdin = std::io::stdin();
        BEFORE.get_or_init(|| tcgetattr(&stdin).ok());
        let mut set = tcgetattr(&stdin)?;
        // Ctrl-C is a key too: as a signal it could end the command just when the question is about
        // to set the terminal up again.
        set.local_modes
            .remove(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG);
        tcsetattr(&stdin, OptionalActions::Drain, &set)?;
    }
    OPEN.store(true, Ordering::SeqCst);
    Ok(())
}

/// While this exists, what is typed isn't shown.
#[derive(Debug)]
pub(crate) struct Hidden(());

impl Drop for Hidden {
    fn drop(&mut self) {
        set_as_before();
    }
}

/// Makes the terminal show only line breaks of what is typed. Ctrl-C and Ctrl-D work as always.
/// `None` if that is not possible.
pub(crate) fn hide() -> Option<Hidden> {
    #[cfg(unix)]
    {
        use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
        let stdin = std::io::stdin();
        BEFORE.get_or_init(|| tcgetattr(&stdin).ok());
        let mut set = tcgetattr(&stdin).ok()?;
        set.local_modes.remove(LocalModes::ECHO);
        set.local_modes.insert(LocalModes::ECHONL);
        tcsetattr(&stdin, OptionalActions::Drain, &set).ok()?;
        Some(Hidden(()))
    }
    #[cfg(not(unix))]
    None
}

/// Restores the terminal's settings after a question has been answered.
pub(crate) fn end() {
    OPEN.store(false, Ordering::SeqCst);
    set_as_before();
}

/// Restores the terminal's settings in the middle of a question: clears what was drawn below its
/// line, and the next message begins on a new line.
pub(crate) fn restore() {
    set_as_before();
    if OPEN.swap(false, Ordering::SeqCst) {
        // If this fails, there is no one left to report it to.
        let _ = stderr().write_all(b"\r\n\x1b[J\x1b[?25h");
    }
}

fn set_as_before() {
    #[cfg(unix)]
    if let Some(Some(before)) = BEFORE.get() {
        use rustix::termios::{OptionalActions, tcsetattr};
        let _ = tcsetattr(std::io::stdin(), OptionalActions::Now, before);
    }
}
