//! A `listen` as a process of its own.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    process::{Child, ChildStdout, Command, Stdio},
    sync::mpsc::{self, RecvTimeoutError},
    thread::{self, JoinHandle},
};

#[cfg(unix)]
use rustix::process::Signal;
use serde_json::Value;

#[cfg(unix)]
use super::process::pid_of;
use super::{
    PATIENCE, RawAnswer, World, exchange,
    process::{Ended, kill, words},
};

/// A payload as the platform sends it.
pub(crate) fn payload(event: &str, request: &str) -> String {
    format!(
        r#"{{"event":"pipeline_request_{event}","pipeline_name":"pipeline-1","pipeline_version_name":"v1","request_id":"{request}","status":"{event}"}}"#
    )
}

/// Sends a delivery, and returns the status, if there was an answer.
pub(crate) fn try_post(authority: &str, body: &str) -> Option<u16> {
    let mut stream = TcpStream::connect(authority).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    let length = body.len();
    let call = format!(
        "POST / HTTP/1.1\r\nHost: {authority}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    );
    stream.write_all(call.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    answer.split(' ').nth(1)?.parse().ok()
}

/// A `listen`, gone with the test, and after a while in any case.
pub(crate) struct Listening {
    child: Child,
    lines: BufReader<ChildStdout>,
    err: Option<JoinHandle<String>>,
    /// Its ready line.
    pub(crate) ready: Value,
    _ended: mpsc::Sender<()>,
}

impl Listening {
    /// Starts one in that world, with more arguments.
    pub(crate) fn start(world: &World, more: &str) -> Self {
        let mut command = world.command();
        command.arg("listen").args(words(more));
        Self::started(&mut command)
    }

    /// What that command listens to.
    pub(crate) fn started(command: &mut Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let mut stderr = child.stderr.take().unwrap();
        let err = thread::spawn(move || {
            let mut text = String::new();
            let _ = stderr.read_to_string(&mut text);
            text
        });
        let (ended, wait) = mpsc::channel::<()>();
        let id = child.id();
        thread::spawn(move || {
            if wait.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                kill(id);
            }
        });
        let mut line = String::new();
        lines.read_line(&mut line).unwrap();
        let ready = serde_json::from_str(&line).unwrap_or_else(|_| panic!("not ready: {line}"));
        Self {
            child,
            lines,
            err: Some(err),
            ready,
            _ended: ended,
        }
    }

    /// Where it listens.
    pub(crate) fn url(&self) -> &str {
        self.ready["url"].as_str().unwrap()
    }

    /// Host and port.
    pub(crate) fn authority(&self) -> &str {
        let rest = self.url().strip_prefix("http://").unwrap();
        rest.split('/').next().unwrap()
    }

    /// Sends a delivery with more headers, each with its line break.
    pub(crate) fn post(&self, path: &str, headers: &str, body: &str) -> RawAnswer {
        let authority = self.authority();
        let length = body.len();
        self.raw(&format!(
            "POST {path} HTTP/1.1\r\nHost: {authority}\r\nContent-Length: {length}\r\n{headers}\
             Connection: close\r\n\r\n{body}"
        ))
    }

    /// Sends bytes, and reads one answer.
    pub(crate) fn raw(&self, request: &str) -> RawAnswer {
        exchange(self.authority(), request.as_bytes())
    }

    /// The next line.
    pub(crate) fn line(&mut self) -> Value {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|_| panic!("no line: {line}"))
    }

    /// Its process.
    #[cfg(unix)]
    pub(crate) fn signal(&self, signal: Signal) {
        rustix::process::kill_process(pid_of(&self.child), signal).unwrap();
    }

    /// How it ended, after the lines that were read.
    pub(crate) fn end(mut self) -> Ended {
        let mut out = String::new();
        self.lines.read_to_string(&mut out).unwrap();
        let code = self.child.wait().unwrap().code().unwrap_or(-1);
        let err = self.err.take().unwrap().join().unwrap();
        Ended { code, out, err }
    }

    /// Asks it to end, and how it did.
    #[cfg(unix)]
    pub(crate) fn stop(self, signal: Signal) -> Ended {
        self.signal(signal);
        self.end()
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
