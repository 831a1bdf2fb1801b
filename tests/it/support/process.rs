//! A command that runs to its end, and what is held against how it ended.

use std::{
    io::Write as _,
    process::{Command, Stdio},
    sync::mpsc::{self, RecvTimeoutError},
    thread,
};

use serde_json::Value;

use super::{PATIENCE, masks::mask};

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ended {
    /// How it ended as one text: the code, then what each stream has, with what differs from run to
    /// run masked.
    pub(crate) fn snapshot(&self) -> String {
        let mut text = format!("[{}]\n", self.code);
        for (name, stream) in [("stdout", &self.out), ("stderr", &self.err)] {
            if !stream.is_empty() {
                text += &format!("-- {name}\n{stream}");
            }
        }
        let temporary = std::env::temp_dir().join(".tmp").display().to_string();
        while let Some(at) = text.find(&temporary) {
            let end = at + temporary.len() + "xxxxxx".len();
            text.replace_range(at..end, "HOME");
        }
        // A platform's own separator is no other answer.
        if cfg!(windows) {
            text = text.replace('\\', "/");
        }
        mask(&text)
    }

    /// The error object of a command that ran with `-o json`.
    pub(crate) fn error(&self) -> Value {
        let last = self.err.lines().last().unwrap_or_default();
        let error: Value = serde_json::from_str(last).unwrap_or_else(|_| panic!("{}", self.err));
        error["error"].clone()
    }

    /// The answer of a command that ran with `-o json`.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|_| panic!("{self:#?}"))
    }

    /// Checks that stderr says so.
    #[track_caller]
    pub(crate) fn saying(self, part: &str) -> Self {
        assert!(self.err.contains(part), "no `{part}` in: {}", self.err);
        self
    }

    /// Checks that nothing at all is said.
    #[track_caller]
    pub(crate) fn silently(self) -> Self {
        assert_eq!(self.err, "");
        self
    }

    /// Checks that neither stream has it.
    #[track_caller]
    pub(crate) fn without(self, part: &str) -> Self {
        assert!(!self.out.contains(part), "`{part}` in: {}", self.out);
        assert!(!self.err.contains(part), "`{part}` in: {}", self.err);
        self
    }

    /// Checks the code, and shows what was said where it is another.
    #[track_caller]
    pub(crate) fn ends_with(self, code: i32) -> Self {
        assert_eq!(self.code, code, "out: {}\nerr: {}", self.out, self.err);
        self
    }
}

/// Runs a command to its end, or kills it when patience is over.
pub(crate) fn finish(command: &mut Command, stdin: Option<&str>) -> Ended {
    command
        .stdin(if stdin.is_some() {
            Stdio::piped()
        } else {
            Stdio::null()
        })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    // A busy Wine now and then starts nothing, with ERROR_INTERNAL_ERROR.
    let first = command.spawn();
    let again = cfg!(windows)
        && first
            .as_ref()
            .is_err_and(|error| error.raw_os_error() == Some(1359));
    let mut child = if again { command.spawn() } else { first }.unwrap();
    let id = child.id();
    if let Some(text) = stdin {
        // It may have ended without reading, which is up to the test.
        let _ = child.stdin.take().unwrap().write_all(text.as_bytes());
    }
    let (ended, wait) = mpsc::channel::<()>();
    let watchdog = thread::spawn(move || {
        let timed_out = wait.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout);
        if timed_out {
            kill(id);
        }
        timed_out
    });
    let output = child.wait_with_output().unwrap();
    drop(ended);
    let ended = Ended {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    };
    assert!(!watchdog.join().unwrap(), "it hung: {ended:#?}");
    ended
}

/// The words of a command line, as a POSIX shell splits it.
pub(super) fn words(line: &str) -> Vec<String> {
    shell_words::split(line).unwrap()
}

/// Ends a process at once; it may have ended already.
#[cfg(unix)]
pub(super) fn kill(id: u32) {
    let pid = id.try_into().ok().and_then(rustix::process::Pid::from_raw);
    let _ = pid.map(|pid| rustix::process::kill_process(pid, rustix::process::Signal::KILL));
}

#[cfg(windows)]
pub(super) fn kill(id: u32) {
    let id = id.to_string();
    let _ = Command::new("taskkill").args(["/F", "/PID", &id]).status();
}

#[cfg(unix)]
pub(super) fn pid_of(child: &std::process::Child) -> rustix::process::Pid {
    rustix::process::Pid::from_child(child)
}
