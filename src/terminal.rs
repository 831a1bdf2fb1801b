//! What is known of the terminal: whether there is one, how wide it is, and how it was set before
//! anything was asked.

#[cfg(unix)]
use std::sync::OnceLock;
use std::{
    io::{IsTerminal, Write, stderr, stdin, stdout},
    sync::atomic::{AtomicBool, Ordering},
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

/// Whether somebody may still read what is written to stdout: not where the other end of a pipe is
/// closed.
#[cfg(unix)]
pub(crate) fn stdout_is_read() -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};

    let out = stdout();
    // A closed end is told without being asked for.
    let mut looked = [PollFd::new(&out, PollFlags::empty())];
    let found = poll(&mut looked, Some(&Timespec::default()));
    found.is_err() || looked[0].revents().is_empty()
}

/// See there.
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

/// How the terminal was set before the first question; nothing where it can't be told.
#[cfg(unix)]
static BEFORE: OnceLock<Option<rustix::termios::Termios>> = OnceLock::new();

/// Whether the cursor stands in an open question.
static OPEN: AtomicBool = AtomicBool::new(false);

/// Sets the terminal for one question, from its first drawing to its end: keys come one by one, and
/// only the question draws. Set for each key alone, the terminal itself would show what is typed in
/// between, secrets included.
pub(crate) fn begin() -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
        let stdin = std::io::stdin();
        BEFORE.get_or_init(|| tcgetattr(&stdin).ok());
        let mut set = tcgetattr(&stdin)?;
        // Ctrl-C is a key too: as a signal it could end the command while the question is about to
        // set the terminal again.
        set.local_modes
            .remove(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG);
        tcsetattr(&stdin, OptionalActions::Drain, &set)?;
    }
    OPEN.store(true, Ordering::SeqCst);
    Ok(())
}

/// What is typed isn't shown while this lives.
#[derive(Debug)]
pub(crate) struct Hidden(());

impl Drop for Hidden {
    fn drop(&mut self) {
        set_as_before();
    }
}

/// Has the terminal show nothing of what is typed but the ends of lines. Ctrl-C and Ctrl-D are what
/// they always are. Nothing where it can't be set.
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

/// Sets the terminal as it was before the question, which has its answer.
pub(crate) fn end() {
    OPEN.store(false, Ordering::SeqCst);
    set_as_before();
}

/// Sets the terminal as it was, for an end in the middle of a question: what hung below its line
/// is gone, and the next message begins on a line of its own.
pub(crate) fn restore() {
    set_as_before();
    if OPEN.swap(false, Ordering::SeqCst) {
        // Nobody is left to tell when it doesn't work.
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
