//! The state of the terminal: whether there is one, how wide it is, and its settings before the
//! first question.

#[cfg(unix)]
use std::sync::OnceLock;
use std::{
    ffi::OsStr,
    io::{IsTerminal, Write, stderr, stdin, stdout},
    sync::{Mutex, MutexGuard, PoisonError},
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
    /// Whether it may not understand escape sequences.
    pub dumb: bool,
}

impl Terminal {
    /// Inspects the three streams. `term` is the terminal's type, from TERM.
    pub fn look(term: Option<&OsStr>) -> Self {
        // On Windows there is no TERM, but a console that has to be asked to read escape sequences.
        #[cfg(windows)]
        let unset = anstyle_query::windows::enable_ansi_colors() == Some(false);
        #[cfg(not(windows))]
        let unset = true;
        Self {
            dumb: term.map_or(unset, |term| term == "dumb"),
            stdin: stdin().is_terminal(),
            stdout: width(stdout()),
            stderr: width(stderr()),
        }
    }

    /// The width of a line on stderr that can be drawn again, if there can be one.
    pub fn redrawable(self) -> Option<usize> {
        self.stderr.filter(|_| !self.dumb)
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
pub(crate) fn stdout_is_read() -> bool {
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

/// The open question, if the cursor is in one.
static OPEN: Mutex<Option<Question>> = Mutex::new(None);

/// How a question uses the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Question {
    /// Keys arrive one by one, and only the question draws, with escape sequences.
    Drawn,
    /// Keys arrive one by one, and nothing is drawn.
    Hidden,
    /// The terminal itself edits and shows a line.
    Line,
}

/// Sets the terminal up for one question, from its first drawing to its end. If keys were set up
/// for each key alone, the terminal itself would show what is typed in between, including secrets.
pub(crate) fn begin(question: Question) -> std::io::Result<()> {
    #[cfg(unix)]
    if question != Question::Line {
        use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
        let stdin = std::io::stdin();
        BEFORE.get_or_init(|| tcgetattr(&stdin).ok());
        let mut set = tcgetattr(&stdin)?;
        // Ctrl-C is a key too: as a signal it could end the command just when the question is about
        // to set the terminal up again. So is Ctrl-Z: the terminal is restored first.
        set.local_modes
            .remove(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG);
        tcsetattr(&stdin, OptionalActions::Drain, &set)?;
    }
    *open() = Some(question);
    Ok(())
}

/// Delivers single keys, without showing them, while a command runs. Ctrl-C and Ctrl-Z stay signals.
/// Returns whether that is possible: a command in the background must not touch the terminal.
#[cfg(unix)]
pub(crate) fn take_keys() -> bool {
    use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
    let stdin = stdin();
    if !is_in_foreground() {
        return false;
    }
    let Ok(mut set) = tcgetattr(&stdin) else {
        return false;
    };
    BEFORE.get_or_init(|| Some(set.clone()));
    set.local_modes
        .remove(LocalModes::ECHO | LocalModes::ICANON);
    tcsetattr(&stdin, OptionalActions::Now, &set).is_ok()
}

/// Whether the terminal belongs to this process now: otherwise reading from it would suspend it.
#[cfg(unix)]
fn is_in_foreground() -> bool {
    let group = rustix::termios::tcgetpgrp(stdin());
    group.is_ok_and(|group| group == rustix::process::getpgrp())
}

/// The next key, if one is pressed within this many milliseconds. Fails when the terminal is gone.
#[cfg(unix)]
pub(crate) fn key(within: u16) -> std::io::Result<Option<u8>> {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let stdin = stdin();
    let mut looked = [PollFd::new(&stdin, PollFlags::IN)];
    let patience = Timespec {
        tv_sec: 0,
        tv_nsec: i64::from(within) * 1_000_000,
    };
    match poll(&mut looked, Some(&patience)) {
        Ok(0) | Err(rustix::io::Errno::INTR) => return Ok(None),
        Ok(_) => {}
        Err(error) => return Err(error.into()),
    }
    if !is_in_foreground() {
        // What is typed is for another command.
        std::thread::sleep(std::time::Duration::from_millis(within.into()));
        return Ok(None);
    }
    let mut key = [0];
    match rustix::io::read(&stdin, &mut key) {
        Ok(0) => Err(std::io::ErrorKind::UnexpectedEof.into()),
        Ok(_) => Ok(Some(key[0])),
        Err(rustix::io::Errno::INTR | rustix::io::Errno::AGAIN) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Suspends the command and the other processes of its job, as the terminal does on Ctrl-Z, and
/// returns when it continues. Does nothing if there is no shell that could continue it. Call it on
/// the main thread, where the signal arrives before this returns, and after [`restore`].
#[cfg(unix)]
pub(crate) fn suspend() {
    use rustix::{
        process::{Signal, kill_current_process_group},
        termios::{QueueSelector, tcflush},
    };
    let _ = kill_current_process_group(Signal::TSTP);
    // What was typed in the meantime was not an answer.
    let _ = tcflush(stdin(), QueueSelector::IFlush);
}

fn open() -> MutexGuard<'static, Option<Question>> {
    OPEN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Restores the terminal's settings after a question has been answered.
pub(crate) fn end() {
    *open() = None;
    set_as_before();
}

/// Restores the terminal's settings in the middle of a question: clears what was drawn below its
/// line, and the next message begins on a new line.
pub(crate) fn restore() {
    set_as_before();
    let text: &[u8] = match open().take() {
        Some(Question::Drawn) => b"\r\n\x1b[J\x1b[?25h",
        Some(Question::Hidden | Question::Line) => b"\r\n",
        None => return,
    };
    // If this fails, there is no one left to report it to.
    let _ = stderr().write_all(text);
}

fn set_as_before() {
    #[cfg(unix)]
    if let Some(Some(before)) = BEFORE.get() {
        use rustix::termios::{OptionalActions, tcsetattr};
        let _ = tcsetattr(std::io::stdin(), OptionalActions::Now, before);
    }
}
