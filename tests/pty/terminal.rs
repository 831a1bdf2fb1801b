//! A terminal with a person at it: sees what the screen shows, types, and waits for what is to come
//! with a deadline and never for a while.

use std::{
    io::{Read, Write},
    process::Child,
    sync::{Arc, Condvar, Mutex, MutexGuard},
    thread::JoinHandle,
    time::Instant,
};

use pty_process::{
    Size,
    blocking::{Command, Pty, open},
};
use rustix::{
    process::{Pid, Signal, kill_process},
    termios::{LocalModes, Termios, tcgetattr},
};

use crate::support::{PATIENCE, World};

pub const ENTER: &str = "\r";
pub const DOWN: &str = "\x1b[B";
pub const UP: &str = "\x1b[A";
pub const ESCAPE: &str = "\x1b";
pub const CTRL_C: &str = "\x03";
pub const CTRL_U: &str = "\x15";

pub struct Terminal {
    pty: Arc<Pty>,
    child: Child,
    shown: Arc<Shown>,
    reader: JoinHandle<()>,
    before: Termios,
}

struct Shown {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    screen: vt100::Parser,
    /// All that was ever written, for what must not be in it.
    written: Vec<u8>,
    closed: bool,
}

/// How a command on a terminal ended.
pub struct Ended {
    pub code: i32,
    /// The last screen, with what had scrolled away above it.
    pub screen: String,
    pub written: String,
    pub cursor_hidden: bool,
    pub settings_restored: bool,
}

impl Terminal {
    /// Runs a command line on a terminal of that width.
    pub fn run(world: &World, columns: u16, arguments: &[&str]) -> Self {
        Self::sized(world, (60, columns), arguments)
    }

    pub fn sized(world: &World, size: (u16, u16), arguments: &[&str]) -> Self {
        let command = Command::from(world.command()).args(arguments);
        Self::start(command.env("TERM", "xterm-256color"), size)
    }

    /// Runs any command on a terminal of that size.
    pub fn start(command: Command, (rows, columns): (u16, u16)) -> Self {
        let (pty, pts) = open().unwrap();
        pty.resize(Size::new(rows, columns)).unwrap();
        let before = tcgetattr(&pty).unwrap();
        let child = command.spawn(pts).unwrap();
        let pty = Arc::new(pty);
        let shown = Arc::new(Shown {
            state: Mutex::new(State {
                screen: screen_of(rows, columns),
                written: Vec::new(),
                closed: false,
            }),
            changed: Condvar::new(),
        });
        let reader = {
            let (pty, shown) = (pty.clone(), shown.clone());
            std::thread::spawn(move || read(&pty, &shown))
        };
        Self {
            pty,
            child,
            shown,
            reader,
            before,
        }
    }

    /// Waits until the screen shows `text`, and returns all that it shows then.
    #[track_caller]
    pub fn see(&self, text: &str) -> String {
        self.wait(&format!("`{text}` on the screen"), |screen| {
            screen.contains(text)
        })
    }

    /// Waits until the screen shows `text` that often.
    #[track_caller]
    pub fn see_times(&self, text: &str, times: usize) {
        self.wait(&format!("`{text}`, {times} times"), |screen| {
            screen.matches(text).count() >= times
        });
    }

    /// Waits until the screen shows `text` nowhere.
    #[track_caller]
    pub fn see_no(&self, text: &str) -> String {
        self.wait(&format!("`{text}` gone"), |screen| !screen.contains(text))
    }

    /// Waits until the last line that has anything on it begins with `text`, after its mark.
    #[track_caller]
    pub fn asked(&self, question: &str) -> String {
        let question = format!("? {question}");
        self.wait(&format!("the question `{question}`"), |screen| {
            screen.lines().any(|line| line.starts_with(&question))
        })
    }

    #[track_caller]
    fn wait(&self, what: &str, holds: impl Fn(&str) -> bool) -> String {
        let deadline = Instant::now() + PATIENCE;
        let mut state = self.lock();
        loop {
            let screen = contents(&state.screen);
            if holds(&screen) {
                return screen;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero() && !state.closed, "no {what}:\n{screen}");
            state = self.shown.changed.wait_timeout(state, left).unwrap().0;
        }
    }

    pub fn types(&self, keys: &str) {
        (&*self.pty).write_all(keys.as_bytes()).unwrap();
    }

    /// Types, and waits until the command has read it: a signal could overtake what the kernel has not
    /// passed on yet, and the terminal would show it as typed after the end.
    #[track_caller]
    pub fn types_read(&self, keys: &str) {
        let before = self.bytes_read();
        self.types(keys);
        let deadline = Instant::now() + PATIENCE;
        while self.bytes_read() < before + keys.len() as u64 {
            assert!(Instant::now() < deadline, "the command doesn't read");
            std::thread::yield_now();
        }
    }

    /// What the command has read so far, from anywhere.
    fn bytes_read(&self) -> u64 {
        let path = format!("/proc/{}/io", self.child.id());
        let counts = std::fs::read_to_string(path).unwrap();
        let count = counts.lines().find_map(|line| line.strip_prefix("rchar: "));
        count.unwrap().parse().unwrap()
    }

    /// Answers a question once it is there.
    #[track_caller]
    pub fn answer(&self, question: &str, keys: &str) {
        self.asked(question);
        self.types(keys);
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Whether the terminal itself shows what is typed.
    pub fn echoes(&self) -> bool {
        let settings = tcgetattr(&*self.pty).unwrap();
        settings.local_modes.contains(LocalModes::ECHO)
    }

    /// Waits for the end of the command.
    #[track_caller]
    pub fn ends(mut self) -> Ended {
        let deadline = Instant::now() + PATIENCE;
        let mut state = self.lock();
        while !state.closed {
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "no end:\n{}", contents(&state.screen));
            state = self.shown.changed.wait_timeout(state, left).unwrap().0;
        }
        drop(state);
        let code = self.child.wait().unwrap().code().unwrap_or(-1);
        self.reader.join().unwrap();
        let after = tcgetattr(&*self.pty).unwrap();
        let mut state = self.shown.state.lock().unwrap();
        let cursor_hidden = state.screen.screen().hide_cursor();
        Ended {
            code,
            screen: everything(&mut state.screen),
            written: String::from_utf8_lossy(&state.written).into_owned(),
            cursor_hidden,
            settings_restored: format!("{after:?}") == format!("{:?}", self.before),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.shown.state.lock().unwrap()
    }
}

impl Ended {
    /// Checks the code, and that the terminal is as it was.
    #[track_caller]
    pub fn ends_with(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}", self.screen);
        assert!(
            !self.cursor_hidden,
            "the cursor is hidden:\n{}",
            self.screen
        );
        assert!(
            self.settings_restored,
            "the terminal is set otherwise:\n{}",
            self.screen
        );
        self
    }
}

fn screen_of(rows: u16, columns: u16) -> vt100::Parser {
    vt100::Parser::new(rows.try_into().unwrap(), columns.try_into().unwrap(), 500)
}

fn read(pty: &Pty, shown: &Shown) {
    let mut bytes = [0; 4096];
    loop {
        // The other end of a terminal is closed with an error.
        let count = (&*pty).read(&mut bytes).unwrap_or(0);
        let mut state = shown.state.lock().unwrap();
        state.screen.process(&bytes[..count]);
        state.written.extend_from_slice(&bytes[..count]);
        state.closed = count == 0;
        shown.changed.notify_all();
        if count == 0 {
            return;
        }
    }
}

/// The screen without the empty rest of its lines and of itself.
fn contents(screen: &vt100::Parser) -> String {
    trimmed(&screen.screen().contents())
}

fn everything(screen: &mut vt100::Parser) -> String {
    let (rows, columns) = screen.screen().size();
    let mut lines = Vec::new();
    screen.screen_mut().set_scrollback(usize::MAX);
    let above = screen.screen().scrollback();
    for back in (1..=above).rev() {
        screen.screen_mut().set_scrollback(back);
        lines.extend(screen.screen().rows(0, columns.get()).next());
    }
    screen.screen_mut().set_scrollback(0);
    lines.extend(
        screen
            .screen()
            .rows(0, columns.get())
            .take(rows.get().into()),
    );
    trimmed(&lines.join("\n"))
}

fn trimmed(text: &str) -> String {
    let lines: Vec<_> = text.lines().map(str::trim_end).collect();
    lines.join("\n").trim_end().to_owned()
}
