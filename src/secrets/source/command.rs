//! Runs the command of a `cmd:` source, such as a password manager. Without a shell, with stdin
//! closed, and for a limited time. Its stderr is passed on; its output is never shown.

use std::{
    ffi::OsString,
    io,
    process::{Child, Command, ExitStatus, Stdio},
    time::Duration,
};

use super::read;
use crate::{
    model::{command_line::CommandLine, secret::Raw, source::SECRET_VARIABLES},
    secrets::apart::apart,
};

/// How long it may run.
const LIMIT: Duration = Duration::from_secs(30);

/// With those of files, the variable that it doesn't get: they are meant for `ubihook` alone.
const TOKEN: &str = "UBIOPS_API_TOKEN";

/// The value that a command prints, or why there is none.
pub(super) async fn run(
    line: &CommandLine,
    environment: impl Iterator<Item = (OsString, OsString)>,
) -> Result<Raw, String> {
    let mut command = Command::new(line.program());
    command
        .args(line.arguments())
        .env_clear()
        .envs(environment.filter(|(name, _)| !is_withheld(name)))
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    // A group of its own, so that its children can be ended too.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut child = command.spawn().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => "there is no such program".to_owned(),
        _ => format!("it could not be started: {error}"),
    })?;
    let group = Group::of(&child);
    let job = move || {
        let value = child.stdout.take().map_or_else(|| Ok(Raw::new("")), read);
        // One that prints too much is stopped by the group.
        value.map(|value| (value, child.wait()))
    };
    let ended = tokio::time::timeout(LIMIT, apart(job)).await;
    let (value, status) = ended
        .map_err(|_| format!("it did not end within {} s", LIMIT.as_secs()))?
        .map_err(|_| "it could not be waited for".to_owned())??;
    let status = status.map_err(|error| error.to_string())?;
    group.has_ended();
    if let Some(why) = failed(status) {
        return Err(why);
    }
    if value.expose().is_empty() {
        return Err("it printed nothing".to_owned());
    }
    Ok(value)
}

fn is_withheld(name: &OsString) -> bool {
    name.to_str()
        .is_some_and(|name| name == TOKEN || name.starts_with(SECRET_VARIABLES))
}

fn failed(status: ExitStatus) -> Option<String> {
    if status.success() {
        return None;
    }
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return Some(format!("it was ended by signal {signal}"));
    }
    Some(match status.code() {
        Some(code) => format!("it ended with code {code}"),
        None => "it failed".to_owned(),
    })
}

/// The process and its children, which are stopped if this is dropped before the process has ended:
/// after the time limit, after too much output, and when the command is interrupted.
struct Group {
    #[cfg(unix)]
    leader: Option<rustix::process::Pid>,
}

impl Group {
    fn of(child: &Child) -> Self {
        #[cfg(not(unix))]
        let _ = child;
        Self {
            #[cfg(unix)]
            leader: Some(rustix::process::Pid::from_child(child)),
        }
    }

    /// It has ended by itself, and its id may be another's from now on.
    #[cfg_attr(
        not(unix),
        expect(clippy::unused_self, reason = "there is nothing to end")
    )]
    fn has_ended(self) {
        #[cfg(unix)]
        {
            let mut group = self;
            group.leader = None;
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        #[cfg(unix)]
        if let Some(leader) = self.leader {
            // They may have ended in the meantime, which is the intended result.
            let _ = rustix::process::kill_process_group(leader, rustix::process::Signal::KILL);
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::io::{BufRead as _, BufReader, Read as _};

    use super::*;

    #[test]
    fn a_command_that_is_given_up_is_ended_with_its_children() {
        let mut command = Command::new("sh");
        command
            .args(["-c", "sleep 600 & echo ready; wait"])
            .stdout(Stdio::piped());
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command.spawn().unwrap();
        let group = Group::of(&child);
        let mut output = BufReader::new(child.stdout.take().unwrap());
        output.read_line(&mut String::new()).unwrap();
        drop(group);
        // Both have the pipe open, so it ends when neither is left.
        assert_eq!(output.read_to_end(&mut Vec::new()).unwrap(), 0);
        child.wait().unwrap();
    }
}
