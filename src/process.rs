//! Child processes with a chosen environment: starting them, passing on signals, waiting for them.

pub(crate) mod group;
pub(crate) mod identity;

use std::{
    ffi::{OsStr, OsString},
    io,
    process::ExitStatus,
};

use tokio::process::{Child, Command};

use crate::model::failure::{Failure, Kind};

/// Disables core dumps: a dump would contain every loaded secret.
pub(crate) fn keep_memory_private() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        // Only the soft limit: a child of `mock run` may want to enable dumps again.
        let none = Rlimit {
            current: Some(0),
            ..getrlimit(Resource::Core)
        };
        // Lowering a limit is always allowed; otherwise there is nothing to do.
        let _ = setrlimit(Resource::Core, none);
    }
}

/// The most open files that this process asks for: more than the default of any system with a
/// limit, or as many as macOS allows.
#[cfg(unix)]
const FILES: u64 = 10_240;

/// Raises the limit of open files as far as allowed. Not before a child is started: it would
/// inherit the limit, and programs that use `select` must not have more than they expect.
pub(crate) fn raise_files_limit() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, getrlimit, setrlimit};
        let mut limit = getrlimit(Resource::Nofile);
        let most = limit.maximum.unwrap_or(u64::MAX).min(FILES);
        if limit.current.is_some_and(|current| current < most) {
            limit.current = Some(most);
            // If that isn't allowed, fewer have to suffice.
            let _ = setrlimit(Resource::Nofile, limit);
        }
    }
}

/// How many files this process may have open.
pub(crate) fn files_at_most() -> usize {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, getrlimit};
        let limit = getrlimit(Resource::Nofile).current;
        limit.map_or(usize::MAX, |limit| {
            usize::try_from(limit).unwrap_or(usize::MAX)
        })
    }
    #[cfg(not(unix))]
    usize::MAX
}

/// Whether this process was started such that closing its terminal doesn't end it, as with `nohup`
/// and `trap '' HUP`. Must be called before signals are listened for.
#[cfg(unix)]
pub(crate) fn ignores_hangup() -> bool {
    use std::io::IsTerminal;

    #[cfg(target_os = "linux")]
    if let Ok(status) = std::fs::read_to_string("/proc/self/status")
        && let Some(ignored) = ignored_signals(&status)
    {
        // The first bit is signal 1, SIGHUP.
        return ignored & 1 == 1;
    }
    // If unknown: a process without a terminal was started detached from one.
    !(io::stdin().is_terminal() || io::stdout().is_terminal() || io::stderr().is_terminal())
}

/// The signals that a process ignores, from its status in /proc.
#[cfg(target_os = "linux")]
fn ignored_signals(status: &str) -> Option<u64> {
    let mut lines = status.lines();
    let digits = lines.find_map(|line| line.strip_prefix("SigIgn:"))?;
    u64::from_str_radix(digits.trim(), 16).ok()
}

/// Starts `program` with exactly this environment, with our own standard streams.
pub(crate) fn start(
    program: &OsStr,
    arguments: &[OsString],
    environment: impl IntoIterator<Item = (OsString, OsString)>,
) -> io::Result<Child> {
    Command::new(program)
        .args(arguments)
        .env_clear()
        .envs(environment)
        .kill_on_drop(true)
        .spawn()
}

/// The failure of a command that could not be started.
pub(crate) fn not_started(program: &OsStr, error: &io::Error) -> Failure {
    let kind = match error.kind() {
        io::ErrorKind::NotFound => Kind::CommandNotFound,
        _ => Kind::CommandNotStarted,
    };
    Failure::new(kind, why_not_started(&program.to_string_lossy(), error))
}

/// The sentence for it.
pub(crate) fn why_not_started(program: &str, error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => format!("command `{program}` not found"),
        io::ErrorKind::PermissionDenied => format!("command `{program}` is not executable"),
        _ => format!("command `{program}` could not be started: {error}"),
    }
}

/// The exit code of a child as a shell reports it: its code, or 128 plus the signal's number.
pub(crate) fn code(status: ExitStatus) -> u8 {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return u8::try_from(128 + signal).unwrap_or(u8::MAX);
    }
    status
        .code()
        .and_then(|code| u8::try_from(code).ok())
        .unwrap_or(u8::MAX)
}

/// Passes a termination request on to a child.
pub(crate) fn terminate(child: &mut Child) {
    #[cfg(unix)]
    if let Some(pid) = child
        .id()
        .and_then(|id| rustix::process::Pid::from_raw(id.cast_signed()))
    {
        // It may have ended in the meantime, which is the intended result.
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
    }
    // Where there is no such request, it is killed.
    #[cfg(not(unix))]
    let _ = child.start_kill();
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn ignored_signals_are_read_from_the_status() {
        let status = "Name:\tx\nSigBlk:\t0000000000000001\nSigIgn:\t0000000000001001\n";
        assert_eq!(ignored_signals(status), Some(0x1001));
        assert_eq!(ignored_signals("Name:\tx\n"), None);
        let own = std::fs::read_to_string("/proc/self/status").unwrap();
        assert!(ignored_signals(&own).is_some());
    }
}
