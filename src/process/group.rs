//! Child processes in a process group of their own, so that one that is stopped takes its own
//! children with it.

use std::{
    ffi::{OsStr, OsString},
    io,
    process::Stdio,
    time::Duration,
};

use tokio::{
    process::{Child, ChildStdin, Command},
    time,
};

/// How long a group may take to end before it is killed.
const GRACE: Duration = Duration::from_secs(1);

/// A running child with its group.
#[derive(Debug)]
pub(crate) struct Group(Child);

/// Starts `program` in a group of its own, with exactly this environment. Its standard input is
/// returned; what it prints goes to our standard error.
pub(crate) fn start(
    program: &OsStr,
    arguments: &[OsString],
    environment: impl IntoIterator<Item = (OsString, OsString)>,
) -> io::Result<(Group, Option<ChildStdin>)> {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .env_clear()
        .envs(environment)
        .stdin(Stdio::piped())
        .stdout(io::stderr())
        .kill_on_drop(true);
    #[cfg(unix)]
    command.process_group(0);
    let mut child = command.spawn()?;
    let stdin = child.stdin.take();
    Ok((Group(child), stdin))
}

impl Group {
    /// Waits for the child.
    pub(crate) async fn wait(&mut self) -> io::Result<std::process::ExitStatus> {
        self.0.wait().await
    }

    /// Asks the group to end, and kills what doesn't.
    pub(crate) async fn end(mut self) {
        let id = self.0.id();
        signal(id, false);
        // Elsewhere a process can't be asked.
        #[cfg(not(unix))]
        let _ = self.0.start_kill();
        let is_over = time::timeout(GRACE, self.0.wait()).await.is_ok();
        // Its own children may be left.
        signal(id, true);
        if !is_over {
            // What can't be killed isn't waited for.
            let _ = time::timeout(GRACE, self.0.wait()).await;
        }
    }
}

#[cfg(unix)]
fn signal(id: Option<u32>, kills: bool) {
    use rustix::process::{Pid, Signal, kill_process_group};
    let signal = if kills { Signal::KILL } else { Signal::TERM };
    let id = id.map(u32::cast_signed);
    if let Some(group) = id.and_then(Pid::from_raw) {
        // It may have ended in the meantime, which is the intended result.
        let _ = kill_process_group(group, signal);
    }
}

#[cfg(not(unix))]
fn signal(_: Option<u32>, _: bool) {}

/// Checks that a program is there and can be executed, as a shell would find it.
#[cfg(unix)]
pub(crate) fn check(program: &OsStr, path: Option<&OsStr>) -> io::Result<()> {
    use std::{os::unix::ffi::OsStrExt as _, path::Path};

    use rustix::fs::{Access, access};

    let is_file = |path: &Path| path.metadata().is_ok_and(|found| found.is_file());
    let is_program = |path: &Path| is_file(path) && access(path, Access::EXEC_OK).is_ok();
    let found: Vec<_> = if program.as_bytes().contains(&b'/') {
        vec![program.into()]
    } else {
        let folders = path.map(std::env::split_paths).into_iter().flatten();
        folders.map(|folder| folder.join(program)).collect()
    };
    if found.iter().any(|path| is_program(path)) {
        return Ok(());
    }
    let is_there = found.iter().any(|path| path.exists());
    Err(if is_there {
        io::ErrorKind::PermissionDenied.into()
    } else {
        io::ErrorKind::NotFound.into()
    })
}

/// Elsewhere this is known only when it is started.
#[cfg(not(unix))]
pub(crate) fn check(_: &OsStr, _: Option<&OsStr>) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_found_as_a_shell_finds_it() {
        let folder = tempfile::tempdir().unwrap();
        let plain = folder.path().join("plain");
        std::fs::write(&plain, "").unwrap();
        let kind = |program: &str, path: &str| {
            check(OsStr::new(program), Some(OsStr::new(path))).map_err(|error| error.kind())
        };
        assert_eq!(kind("sh", "/nowhere:/bin"), Ok(()));
        assert_eq!(kind("/bin/sh", ""), Ok(()));
        assert_eq!(kind("sh", "/nowhere"), Err(io::ErrorKind::NotFound));
        let shown = plain.to_str().unwrap();
        assert_eq!(kind(shown, ""), Err(io::ErrorKind::PermissionDenied));
        assert_eq!(kind("/bin", ""), Err(io::ErrorKind::PermissionDenied));
    }
}
