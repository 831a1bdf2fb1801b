//! A reader who types what a document says, into one shell.

use std::{
    collections::BTreeMap,
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::{AtomicU16, Ordering},
};

use rustix::process::{Pid, Signal};
use tempfile::TempDir;
use ubihook::inside::receiver::Receiver;

use crate::support::{Served, World, finish, mask, receiver};

/// Hosts in the documents, each a receiver of its own here.
const HOSTS: [&str; 3] = [
    "https://hooks.example.org",
    "https://new.example.org",
    "https://slack.example.org",
];

/// The ports that documents give to a mock and to a receiver.
const PORTS: [&str; 2] = ["8080", "8090"];

/// What a document's commands find set.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Platform {
    /// A platform, as after signing in, and a store.
    SignedIn,
    /// A platform, and no store that answers.
    NoStore,
    /// No platform and no receivers: the document says what to set, or has it typed.
    Nothing,
    /// Nothing at all, not even what other documents have typed.
    Bare,
}

pub(super) fn platform(document: &str) -> Platform {
    match document {
        "README.md" => Platform::Bare,
        "first-webhook.md" | "testing-without-an-account.md" | "training-runs.md" => {
            Platform::Nothing
        }
        "secrets.md" => Platform::NoStore,
        _ => Platform::SignedIn,
    }
}

/// Ports that nobody has, and that the system gives to nobody in the meantime: below those that it
/// hands out by itself. No two documents get the same.
fn free_ports() -> [String; 2] {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = 10_000 + u16::try_from(std::process::id() % 20_000).expect("it is below 20000");
    let next = || {
        let mut ports = std::iter::repeat_with(|| first + NEXT.fetch_add(1, Ordering::Relaxed));
        let free = |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_ok();
        ports
            .find(free)
            .expect("one of two thousand is free")
            .to_string()
    };
    [next(), next()]
}

/// Where the commands of one document are run.
pub(super) struct Reader {
    pub(super) world: World,
    hosts: Vec<(&'static str, Receiver)>,
    /// Between two commands: variables, processes, what was printed.
    between: TempDir,
    ports: [String; 2],
    count: usize,
    _served: Option<Served>,
}

impl Reader {
    pub(super) fn new(platform: Platform) -> Self {
        // Who has only typed what a document says has no receiver at these hosts.
        let is_typed = matches!(platform, Platform::Nothing | Platform::Bare);
        let there = HOSTS.iter().filter(|_| !is_typed);
        let hosts: Vec<_> = there.map(|host| (*host, receiver())).collect();
        let mut world = World::without_mock();
        if platform != Platform::Bare {
            world = world.set("HOOK_TOKEN", "a-value-that-nobody-sees");
        }
        if let Some((_, slack)) = hosts.last() {
            world = world.set("SLACK_URL", slack.url("/services/T0/B0/x"));
        }
        world.file("run/secrets/hook_token", "a-value-that-nobody-sees\n");
        let served = (!is_typed).then(|| Served::start(&world, "--db platform.db"));
        if let Some(served) = &served {
            world = world
                .set("UBIOPS_API_HOST", served.url())
                .set("UBIOPS_API_TOKEN", served.token())
                .set("UBIOPS_PROJECT", "demo");
        }
        if platform == Platform::SignedIn {
            world = world.set("UBIHOOK_STORE", "file");
        }
        Self {
            world,
            hosts,
            between: TempDir::new().unwrap(),
            ports: free_ports(),
            count: 0,
            _served: served,
        }
    }

    /// What a document says, with what it stands for here.
    pub(super) fn here(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (port, own) in PORTS.iter().zip(&self.ports) {
            text = text.replace(port, own);
        }
        for (host, receiver) in &self.hosts {
            text = text.replace(host, &receiver.url(""));
        }
        let home = self.world.home().display();
        text.replace("/run/secrets/", &format!("{home}/run/secrets/"))
    }

    /// And back, with what differs from run to run masked.
    fn there(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (host, receiver) in &self.hosts {
            text = text.replace(&receiver.url(""), host);
        }
        mask(&text)
    }

    fn command(&mut self, shell: &[&str], script: &str) -> (Command, PathBuf) {
        self.count += 1;
        let printed = self.between.path().join(format!("printed.{}", self.count));
        let bin = Path::new(env!("CARGO_BIN_EXE_ubihook")).parent().unwrap();
        let path = std::env::var("PATH").unwrap_or_default();
        let mut command = Command::new(shell[0]);
        for (name, value) in self.world.command().get_envs() {
            command.env(name, value.unwrap_or_default());
        }
        // The world's own command begins with an empty environment, and so does this one.
        let variables: Vec<_> = command
            .get_envs()
            .map(|(name, value)| (name.to_owned(), value.unwrap_or_default().to_owned()))
            .collect();
        command
            .env_clear()
            .envs(variables)
            .env("PATH", format!("{}:{path}", bin.display()))
            .env("BETWEEN", self.between.path())
            .env("PRINTED", &printed)
            .current_dir(self.world.home())
            .args(&shell[1..])
            .arg(script);
        (command, printed)
    }

    /// Types a command, as into one shell: its variables stay for the next.
    pub(super) fn types(&mut self, command: &str) -> (i32, String) {
        let script = format!(
            "set -a\n\
             exec >>\"$PRINTED\" 2>&1\n\
             now=$PRINTED; [ ! -f \"$BETWEEN/variables\" ] || . \"$BETWEEN/variables\"; PRINTED=$now\n\
             {}\n\
             ended=$?\n\
             [ -z \"$!\" ] || echo \"$!\" >>\"$BETWEEN/processes\"\n\
             export -p >\"$BETWEEN/variables\"\n\
             exit $ended\n",
            self.here(command)
        );
        let (mut command, printed) = self.command(&["sh", "-c"], &script);
        let ended = finish(&mut command, None);
        assert_eq!((ended.out.as_str(), ended.err.as_str()), ("", ""));
        let printed = fs::read_to_string(printed).unwrap_or_default();
        (ended.code, self.there(&printed))
    }

    /// Runs the script of a CI step, which ends at its first failure.
    pub(super) fn step(
        &mut self,
        variables: &BTreeMap<String, String>,
        script: &str,
    ) -> Result<(), String> {
        let script = self.here(script);
        let (mut command, _) = self.command(&["sh", "-e", "-c"], &script);
        let ended = finish(command.envs(variables), None);
        match ended.code {
            0 => Ok(()),
            code => Err(format!("ended with {code}: {}{}", ended.out, ended.err)),
        }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let processes = fs::read_to_string(self.between.path().join("processes"));
        for line in processes.unwrap_or_default().lines() {
            let pid = line.parse().ok().and_then(Pid::from_raw);
            // It may have ended already.
            let _ = pid.map(|pid| rustix::process::kill_process(pid, Signal::KILL));
        }
    }
}
