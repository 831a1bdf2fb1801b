//! The mock as a process of its own, and what follows its deliveries.

use std::{
    io::{BufRead as _, BufReader, Read as _},
    process::{Child, ChildStdout, Command, Stdio},
    sync::mpsc::{self, RecvTimeoutError},
    thread,
};

#[cfg(unix)]
use rustix::process::{Pid, Signal};
use serde_json::Value;

#[cfg(unix)]
use super::process::pid_of;
use super::{
    PATIENCE, World, exchange,
    process::{kill, words},
};

/// A `mock serve` of its own, gone with the test.
pub(crate) struct Served {
    child: Child,
    /// Its ready line.
    pub(crate) ready: Value,
}

impl Served {
    /// Starts one in that world's home, with more arguments.
    pub(crate) fn start(world: &World, more: &str) -> Self {
        let mut command = world.command();
        command.args(["mock", "serve"]).args(words(more));
        Self::started(&mut command)
    }

    /// What that command serves.
    pub(crate) fn started(command: &mut Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let stdout = child.stdout.take().unwrap();
        BufReader::new(stdout).read_line(&mut line).unwrap();
        let ready = serde_json::from_str(&line).unwrap_or_else(|_| panic!("not ready: {line}"));
        Self { child, ready }
    }

    /// Its base URL, `/v2` included.
    pub(crate) fn url(&self) -> &str {
        self.ready["url"].as_str().unwrap()
    }

    /// Its token, prefix included.
    pub(crate) fn token(&self) -> &str {
        self.ready["token"].as_str().unwrap()
    }

    /// Host and port.
    pub(crate) fn authority(&self) -> &str {
        let rest = self.url().strip_prefix("http://").unwrap();
        rest.split('/').next().unwrap()
    }

    /// A world whose platform is this one.
    pub(crate) fn world(&self) -> World {
        World::facing(self.url(), self.token())
    }

    /// Its process.
    #[cfg(unix)]
    pub(crate) fn pid(&self) -> Pid {
        pid_of(&self.child)
    }

    /// Asks it to end, and returns its code.
    #[cfg(unix)]
    pub(crate) fn stop(mut self, signal: Signal) -> Option<i32> {
        rustix::process::kill_process(self.pid(), signal).unwrap();
        self.child.wait().unwrap().code()
    }

    /// A call below its base URL by whom it knows: the status and the body.
    pub(crate) fn ask(&self, method: &str, path: &str, body: &str) -> (u16, String) {
        self.call(&format!(
            "{method} /v2{path} HTTP/1.1\r\nHost: {}\r\nAuthorization: {}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            self.authority(),
            self.token(),
            body.len()
        ))
    }

    /// One raw call: the status and the body.
    pub(crate) fn call(&self, request: &str) -> (u16, String) {
        let answer = exchange(self.authority(), request.as_bytes());
        (answer.status, answer.body)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A command that prints lines until it is stopped, gone with the test, and after a while in any case.
pub(crate) struct Following {
    child: Child,
    lines: Option<BufReader<ChildStdout>>,
    _ended: mpsc::Sender<()>,
}

impl Following {
    /// Starts a `mock deliveries --follow` in that world, with more arguments.
    pub(crate) fn start(world: &World, more: &str) -> Self {
        let line = format!("mock deliveries --follow {more}");
        Self::started(world.command().args(words(&line)))
    }

    /// What that command prints.
    pub(crate) fn started(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let lines = child.stdout.take().map(BufReader::new);
        let (ended, wait) = mpsc::channel::<()>();
        let id = child.id();
        thread::spawn(move || {
            if wait.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                kill(id);
            }
        });
        Self {
            child,
            lines,
            _ended: ended,
        }
    }

    /// The next line.
    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        let lines = self.lines.as_mut().unwrap();
        lines.read_line(&mut line).unwrap();
        line
    }

    /// The next line of that type, and those before it passed over.
    pub(crate) fn next(&mut self, kind: &str) -> String {
        loop {
            let line = self.line();
            let read: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("{line:?}"));
            if read["type"] == kind {
                return line;
            }
        }
    }

    /// Asks it to end, and returns its code and what it had still said.
    #[cfg(unix)]
    pub(crate) fn stop(mut self, signal: Signal) -> (Option<i32>, String) {
        rustix::process::kill_process(pid_of(&self.child), signal).unwrap();
        let mut rest = String::new();
        let lines = self.lines.as_mut().unwrap();
        lines.read_to_string(&mut rest).unwrap();
        (self.child.wait().unwrap().code(), rest)
    }

    /// Reads no more, and returns the code with which it ends then.
    pub(crate) fn unread(mut self) -> Option<i32> {
        self.lines = None;
        self.child.wait().unwrap().code()
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
