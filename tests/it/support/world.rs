//! A world for one test: an empty home, a cleared environment, and commands that run in it.

#[cfg(unix)]
use std::os::unix::fs::PermissionsExt as _;
use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

use super::process::{Ended, finish, words};

/// The flags that every webhook needs, to a port where nobody listens.
pub(crate) const NEEDED: &str = "--pipeline pipeline-1 -e failed -u http://127.0.0.1:9/in";

/// A create with a protected value, which is what the variable `SOURCE` has.
pub(crate) const CREATE_SECRET: &str = "create a --pipeline pipeline-1 -e failed -u http://127.0.0.1:9/in --secret-header A=env:SOURCE";

/// A value for it.
pub(crate) const VALUE: &str = "a-protected-value";

/// The same for a callback at that URL, in its header `Authorization`.
pub(crate) fn create_at(url: &str) -> String {
    format!(
        "create a --pipeline pipeline-1 -e failed -u {url} --secret-header Authorization=env:SOURCE"
    )
}

/// The world of one test. Everything in it is gone with it.
pub(crate) struct World {
    folder: TempDir,
    variables: Vec<(String, OsString)>,
}

impl World {
    /// On the mock, with the file store, as `--mock` has it.
    pub(crate) fn new() -> Self {
        let world = Self::without_mock();
        world.set("UBIHOOK_MOCK", "1")
    }

    /// With nothing set at all.
    pub(crate) fn without_mock() -> Self {
        Self {
            folder: TempDir::new().unwrap(),
            variables: Vec::new(),
        }
    }

    /// With a platform at that address, project `demo` and the file store.
    pub(crate) fn facing(url: &str, token: &str) -> Self {
        Self::without_mock()
            .set("UBIOPS_API_HOST", url)
            .set("UBIOPS_API_TOKEN", token)
            .set("UBIOPS_PROJECT", "demo")
            .set("UBIHOOK_STORE", "file")
    }

    /// The same with a variable set.
    pub(crate) fn set(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.variables.push((name.to_owned(), value.into()));
        self
    }

    /// The home, and all that is in it.
    pub(crate) fn home(&self) -> &Path {
        self.folder.path()
    }

    /// A file of ours in the state folder.
    pub(crate) fn state(&self, name: &str) -> PathBuf {
        let folders = [".local", "state", "ubihook", name];
        folders
            .iter()
            .fold(self.home().to_owned(), |path, part| path.join(part))
    }

    /// What the file store has.
    pub(crate) fn kept(&self) -> String {
        fs::read_to_string(self.state("secrets.json")).unwrap_or_default()
    }

    /// Writes a file into the home, and returns its path.
    pub(crate) fn file(&self, name: &str, content: &str) -> PathBuf {
        let path = self.home().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    /// The binary, ready to be given arguments.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ubihook"));
        command
            .env_clear()
            .env("HOME", self.home())
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            // No bus: what opens a keyring here would fail the test.
            .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus")
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .current_dir(self.home())
            .stdin(Stdio::null());
        #[cfg(windows)]
        command
            .env("APPDATA", self.home().join(".config"))
            .env("LOCALAPPDATA", self.home().join(".local").join("state"))
            // Sockets need it.
            .env(
                "SystemRoot",
                std::env::var_os("SystemRoot").unwrap_or_default(),
            );
        command
    }

    /// The same within a line for `sh`, where `$BIN` is the binary.
    pub(crate) fn shell(&self, line: &str) -> Command {
        let ours = self.command();
        let mut command = Command::new("sh");
        command
            .args(["-c", line])
            .env_clear()
            .envs(
                ours.get_envs()
                    .filter_map(|(name, value)| Some((name, value?))),
            )
            .env("BIN", ours.get_program())
            .current_dir(self.home())
            .stdin(Stdio::null());
        command
    }

    /// Runs a command line as it would be typed: words apart by blanks, single quotes around those
    /// that have some.
    pub(crate) fn sh(&self, line: &str) -> Ended {
        let mut command = self.command();
        command.args(words(line));
        finish(&mut command, None)
    }

    /// The same of words as they are, for those that no line has.
    pub(crate) fn run<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Ended {
        let mut command = self.command();
        command.args(arguments);
        finish(&mut command, None)
    }

    /// The same with a variable more, for this one command.
    pub(crate) fn sh_with(&self, variables: &[(&str, &str)], line: &str) -> Ended {
        let mut command = self.command();
        command.envs(variables.iter().copied()).args(words(line));
        finish(&mut command, None)
    }

    /// The same with something on stdin.
    pub(crate) fn sh_fed(&self, stdin: &str, line: &str) -> Ended {
        let mut command = self.command();
        command.args(words(line));
        finish(&mut command, Some(stdin))
    }

    /// A command line that has to go well, and its answer as JSON.
    pub(crate) fn answer(&self, line: &str) -> Value {
        let ended = self.sh(&format!("{line} -o json")).ends_with(0);
        ended.json()
    }

    /// What the platform has now, by name.
    pub(crate) fn names(&self) -> Vec<String> {
        let ended = self.sh("list -o name").ends_with(0);
        ended.out.lines().map(str::to_owned).collect()
    }

    /// The same in the order of the alphabet, for those that were created at once.
    pub(crate) fn sorted_names(&self) -> Vec<String> {
        let mut names = self.names();
        names.sort();
        names
    }
}

/// A mode without the file's type.
#[cfg(unix)]
pub(crate) fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

/// Sets a mode, where files have one.
#[cfg_attr(windows, expect(unused_variables, reason = "files have none"))]
pub(crate) fn set_mode(path: &Path, mode: u32) {
    #[cfg(unix)]
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}
