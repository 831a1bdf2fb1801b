//! A command that runs while the test does something to it, and that is waited for with a deadline.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufRead as _, BufReader, Read as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
    process::{Child, ChildStdout, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use rustix::{
    fs::{CWD, Mode, OFlags, mkfifoat},
    process::{Pid, Signal, kill_process},
};

use crate::support::{Ended, PATIENCE, World};

/// The three signals that ask a command to end, and the code that it ends with.
pub(crate) const SIGNALS: [(Signal, i32); 3] =
    [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 143)];

pub(crate) struct Running {
    child: Child,
    out: Option<BufReader<ChildStdout>>,
}

impl Running {
    /// Starts a command of that world. Its stdin stays open, and nothing comes from it.
    pub(crate) fn start(world: &World, arguments: &[&str]) -> Self {
        let mut child = world
            .command()
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let out = child.stdout.take().map(BufReader::new);
        Self { child, out }
    }

    pub(crate) fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// Waits until it listens for this signal, which would just kill it before.
    pub(crate) fn listens_for(&self, signal: Signal) {
        let status = format!("/proc/{}/status", self.pid().as_raw_nonzero());
        let bit = 1_u64 << (signal.as_raw() - 1);
        wait_for("a signal handler", || {
            let status = fs::read_to_string(&status).unwrap();
            let mut lines = status.lines();
            let caught = lines.find_map(|line| line.strip_prefix("SigCgt:")).unwrap();
            u64::from_str_radix(caught.trim(), 16).unwrap() & bit != 0
        });
    }

    /// The processes that it has started and not yet seen the end of.
    pub(crate) fn children(&self) -> String {
        let pid = self.pid().as_raw_nonzero();
        let tasks = fs::read_dir(format!("/proc/{pid}/task")).unwrap();
        let children = |task: io::Result<fs::DirEntry>| task.unwrap().path().join("children");
        // A thread may end in between.
        tasks
            .map(|task| fs::read_to_string(children(task)).unwrap_or_default())
            .collect()
    }

    /// Whether it has ended.
    pub(crate) fn is_over(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
    }

    /// The next line of its stdout; nothing after the last.
    pub(crate) fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        let count = self.out.as_mut().unwrap().read_line(&mut line).unwrap();
        (count > 0).then_some(line)
    }

    /// Waits for its end, without reading a word of stdout before.
    #[track_caller]
    pub(crate) fn ends(mut self) -> Ended {
        let deadline = Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            if Instant::now() > deadline {
                self.child.kill().unwrap();
                panic!("it goes on");
            }
            thread::sleep(Duration::from_millis(2));
        };
        // A child of its own that outlives it may wait for that.
        drop(self.child.stdin.take());
        let mut ended = Ended {
            code: status.code().unwrap_or(-1),
            out: String::new(),
            err: String::new(),
        };
        let mut out = self.out.take().unwrap();
        out.read_to_string(&mut ended.out).unwrap();
        let mut err = self.child.stderr.take().unwrap();
        err.read_to_string(&mut ended.err).unwrap();
        ended
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until it holds, with a deadline.
#[track_caller]
pub(crate) fn wait_for(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "not in time: {what}");
        thread::sleep(Duration::from_millis(2));
    }
}

/// Makes a named pipe.
pub(crate) fn fifo(path: &Path) {
    mkfifoat(CWD, path, Mode::RUSR | Mode::WUSR).unwrap();
}

/// Waits until somebody reads from a named pipe, and holds its other end.
pub(crate) fn reader_of(path: &Path) -> File {
    let nonblocking = OFlags::NONBLOCK.bits().cast_signed();
    let mut found = None;
    wait_for("a reader of the pipe", || {
        let mut options = OpenOptions::new();
        match options.write(true).custom_flags(nonblocking).open(path) {
            Ok(pipe) => found = Some(pipe),
            Err(error) => assert_eq!(
                error.raw_os_error(),
                Some(rustix::io::Errno::NXIO.raw_os_error())
            ),
        }
        found.is_some()
    });
    found.unwrap()
}

/// Runs a job that must not hang the test.
pub(crate) fn in_time<T: Send + 'static>(job: impl FnOnce() -> T + Send + 'static) -> T {
    let (done, is_done) = mpsc::channel();
    thread::spawn(move || done.send(job()));
    is_done.recv_timeout(PATIENCE).expect("it goes on")
}

/// What is in a folder.
pub(crate) fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let name = |entry: io::Result<fs::DirEntry>| entry.unwrap().file_name().into_string().unwrap();
    let mut names: Vec<_> = entries.map(name).collect();
    names.sort();
    names
}
