//! README.md and docs/guides: every command in them is run, in order, as a reader would type it;
//! what is shown after a command is what it prints.
//!
//! What a fenced block may be:
//!
//! - `console`: `$ command` (with `\` at the end it goes on in the next line), then what it prints,
//!   where `…` stands for anything, alone on its line for any lines; then `# exit N`, if not 0.
//! - anything with `file=NAME`: written to that file.
//! - `yaml github` and `yaml gitlab`: the scripts of its steps are run.
//! - `json`: an answer or a payload; it has to be JSON.
//! - `python`, `hcl`: somebody else's code, for comparison.
//!
//! A line `<!-- $ command -->` is run too, and not counted: it makes what the reader has already.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::Command,
    sync::Mutex,
    thread,
};

use rustix::process::{Pid, Signal};
use serde_json::Value;
use tempfile::TempDir;
use ubihook::inside::receiver::Receiver;

use crate::{
    masks::mask,
    support::{Served, World, finish, receiver},
};

/// Commands that no test can run, by how they begin (or, with `$` at the end, are), and why.
const NOT_RUN: [(&str, &str); 8] = [
    ("cargo run ", "builds the program that is being tested"),
    ("cargo test ", "would run this very test"),
    ("cargo install ", "builds for minutes"),
    ("ubihook auth login$", "asks on a terminal"),
    (
        "ubihook create orders --pipeline pipeline-1 --event failed --url https://hooks.example.org/in \
         --secret-header Authorization$",
        "asks on a terminal",
    ),
    ("read -rs ", "is typed at a terminal"),
    ("terraform ", "needs Terraform"),
    ("python3 -m pip ", "needs packages of another language"),
];

/// The same, for commands that need what those would have installed.
const NOT_RUN_EITHER: [(&str, &str); 2] = [
    (
        "ubihook mock run -- python3 -m pytest ",
        "is run by tests/outside/test_guides.py",
    ),
    (
        "ubihook mock run --fault 'POST /deployments/*/requests=503x1' --fault 'GET *=delay:100ms' \
         -- python3 -m pytest ",
        "is run by tests/outside/test_guides.py",
    ),
];

/// Hosts in the documents, each a receiver of its own here.
const HOSTS: [&str; 3] = [
    "https://hooks.example.org",
    "https://new.example.org",
    "https://slack.example.org",
];

/// The port that documents give to a served mock.
const PORT: &str = "8080";

/// What a document's commands find set.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Platform {
    /// A platform, as after signing in, and a store.
    SignedIn,
    /// A platform, and no store that answers.
    NoStore,
    /// Nothing: the document says what to set.
    Nothing,
}

fn platform(document: &str) -> Platform {
    match document {
        "first-webhook.md" | "testing-without-an-account.md" => Platform::Nothing,
        "secrets.md" => Platform::NoStore,
        _ => Platform::SignedIn,
    }
}

/// A piece of a document that does something.
#[derive(Debug, PartialEq, Eq)]
enum Piece {
    Command(Typed),
    Before(String),
    File { name: String, text: String },
    Ci { kind: String, text: String },
    Listing,
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Typed {
    line: usize,
    command: String,
    printed: Vec<String>,
    exit: i32,
}

fn parse(document: &str) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let mut lines = document.lines().enumerate();
    while let Some((at, line)) = lines.next() {
        let hidden = line.strip_prefix("<!-- $ ");
        if let Some(command) = hidden.and_then(|rest| rest.strip_suffix(" -->")) {
            pieces.push(Piece::Before(command.to_owned()));
        }
        let Some(info) = line.strip_prefix("```") else {
            continue;
        };
        let mut block = Vec::new();
        loop {
            match lines.next() {
                Some((_, "```")) => break,
                Some((at, line)) => block.push((at + 1, line)),
                None => return Err(format!("line {}: a block without an end", at + 1)),
            }
        }
        let text: String = block.iter().map(|(_, line)| format!("{line}\n")).collect();
        match info.split_whitespace().collect::<Vec<_>>()[..] {
            ["console"] => pieces.extend(console(&block)?.into_iter().map(Piece::Command)),
            [_, second] if second.starts_with("file=") => pieces.push(Piece::File {
                name: second["file=".len()..].to_owned(),
                text,
            }),
            ["yaml", kind @ ("github" | "gitlab")] => pieces.push(Piece::Ci {
                kind: kind.to_owned(),
                text,
            }),
            ["json"] => {
                let read = serde_json::from_str::<Value>(&text);
                read.map_err(|error| format!("line {}: {error}", at + 1))?;
                pieces.push(Piece::Listing);
            }
            ["python" | "hcl"] => pieces.push(Piece::Listing),
            _ => return Err(format!("line {}: what is a block of `{info}`?", at + 1)),
        }
    }
    Ok(pieces)
}

fn console(block: &[(usize, &str)]) -> Result<Vec<Typed>, String> {
    let mut typed: Vec<Typed> = Vec::new();
    let mut goes_on = false;
    for (number, line) in block {
        if goes_on {
            let command = &mut typed.last_mut().expect("one goes on").command;
            command.truncate(command.trim_end_matches('\\').trim_end().len());
            *command += &format!(" {}", line.trim_start());
        } else if let Some(command) = line.strip_prefix("$ ") {
            typed.push(Typed {
                line: *number,
                command: command.to_owned(),
                ..Typed::default()
            });
        } else {
            let last = typed.last_mut();
            let last = last.ok_or_else(|| format!("line {number}: no command before this"))?;
            match line.strip_prefix("# exit ") {
                Some(code) => last.exit = code.parse().map_err(|_| format!("line {number}"))?,
                None => last.printed.push((*line).to_owned()),
            }
            continue;
        }
        goes_on = typed
            .last()
            .is_some_and(|typed| typed.command.ends_with('\\'));
    }
    Ok(typed)
}

/// Why a command isn't run, if so: the entry that says it.
fn not_run(command: &str) -> Option<&'static str> {
    let command = command.split(" #").next().unwrap_or_default().trim_end();
    let mut entries = NOT_RUN.iter().chain(&NOT_RUN_EITHER);
    let entry = entries.find(|(entry, _)| match entry.strip_suffix('$') {
        Some(whole) => command == whole,
        None => format!("{command} ").starts_with(entry),
    });
    entry.map(|(entry, _)| *entry)
}

/// A port that nobody has, and that the system gives to nobody in the meantime: below those that it
/// hands out by itself.
fn free_port() -> u16 {
    let first = 10_000 + u16::try_from(std::process::id() % 20_000).expect("it is below 20000");
    let mut ports = first..32_000;
    let free = |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_ok();
    ports.find(free).expect("one of two thousand is free")
}

/// Where the commands of one document are run.
struct Reader {
    world: World,
    hosts: Vec<(&'static str, Receiver)>,
    /// Between two commands: variables, processes, what was printed.
    between: TempDir,
    port: String,
    count: usize,
    _served: Option<Served>,
}

impl Reader {
    fn new(platform: Platform) -> Self {
        let hosts: Vec<_> = HOSTS.iter().map(|host| (*host, receiver())).collect();
        let mut world = World::without_mock()
            .set("HOOK_TOKEN", "a-value-that-nobody-sees")
            .set("SLACK_URL", hosts[2].1.url("/services/T0/B0/x"));
        world.file("run/secrets/hook_token", "a-value-that-nobody-sees\n");
        let served =
            (platform != Platform::Nothing).then(|| Served::start(&world, "--db platform.db"));
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
            port: free_port().to_string(),
            count: 0,
            _served: served,
        }
    }

    /// What a document says, with what it stands for here.
    fn here(&self, text: &str) -> String {
        let mut text = text.replace(PORT, &self.port);
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
    fn types(&mut self, command: &str) -> (i32, String) {
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
    fn step(&mut self, variables: &BTreeMap<String, String>, script: &str) -> Result<(), String> {
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

/// Whether what was printed is what the document shows.
fn shows(shown: &[String], printed: &[&str]) -> bool {
    match shown.split_first() {
        None => printed.is_empty(),
        Some((first, rest)) if first.trim() == "…" => {
            (0..=printed.len()).any(|skip| shows(rest, &printed[skip..]))
        }
        Some((first, rest)) => {
            let Some((line, more)) = printed.split_first() else {
                return false;
            };
            line_shows(&squeezed(first), &squeezed(line)) && shows(rest, more)
        }
    }
}

fn line_shows(shown: &str, printed: &str) -> bool {
    let Some((head, tail)) = shown.split_once('…') else {
        return shown == printed;
    };
    let Some(rest) = printed.strip_prefix(head) else {
        return false;
    };
    (0..=rest.len())
        .filter(|at| rest.is_char_boundary(*at))
        .any(|at| line_shows(tail, &rest[at..]))
}

/// Columns are as wide as what stands in them, and hosts are as long as they are.
fn squeezed(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What became of the commands of all documents.
#[derive(Debug, Default)]
struct Tally {
    ran: usize,
    steps: usize,
    left_out: BTreeMap<&'static str, usize>,
    problems: String,
}

fn read_aloud(name: &str, text: &str) -> Tally {
    let mut tally = Tally::default();
    let pieces = match parse(text) {
        Ok(pieces) => pieces,
        Err(problem) => {
            tally.problems = format!("{name}: {problem}\n");
            return tally;
        }
    };
    let mut reader = Reader::new(platform(name));
    for piece in pieces {
        match piece {
            Piece::Listing => {}
            Piece::Before(command) => {
                let (code, printed) = reader.types(&command);
                assert_eq!(code, 0, "{name}: {command}: {printed}");
            }
            Piece::File { name, text } => {
                let text = reader.here(&text);
                reader.world.file(&name, &text);
            }
            Piece::Ci { kind, text } => {
                if let Err(problem) = ci(&mut reader, &mut tally, &kind, &text) {
                    let _ = writeln!(tally.problems, "{name}, {kind}: {problem}");
                }
            }
            Piece::Command(typed) => {
                if let Some(entry) = not_run(&typed.command) {
                    *tally.left_out.entry(entry).or_default() += 1;
                    continue;
                }
                tally.ran += 1;
                let (code, printed) = reader.types(&typed.command);
                let shown: Vec<_> = typed.printed.iter().map(|line| mask(line)).collect();
                let lines: Vec<_> = printed.lines().collect();
                if code != typed.exit || (!shown.is_empty() && !shows(&shown, &lines)) {
                    let Typed {
                        line,
                        command,
                        exit,
                        ..
                    } = typed;
                    let _ = writeln!(
                        tally.problems,
                        "{name}:{line}: $ {command}\nended with {code}, to end with {exit}; shown:\n{}\nprinted:\n{printed}",
                        shown.join("\n")
                    );
                }
                assert!(!printed.contains("nobody-sees"), "{name}: {printed}");
            }
        }
    }
    tally
}

/// Runs the scripts of a CI file's jobs.
fn ci(reader: &mut Reader, tally: &mut Tally, kind: &str, text: &str) -> Result<(), String> {
    let file: Value = serde_saphyr::from_str(text).map_err(|error| error.to_string())?;
    let lines = |value: &Value| -> Vec<String> {
        let items = value.as_array().into_iter().flatten();
        items.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let (jobs, environment) = match kind {
        "github" => (&file["jobs"], "env"),
        _ => (&file, "variables"),
    };
    let jobs = jobs.as_object().ok_or("no jobs")?;
    for (name, job) in jobs {
        let mut variables = BTreeMap::new();
        for (key, value) in job[environment].as_object().into_iter().flatten() {
            let value = value.as_str().ok_or("a variable that is no text")?;
            variables.insert(key.clone(), expression(reader, key, value));
        }
        if kind == "gitlab" {
            // Set in the project's settings.
            let value = "Bearer a-value-that-nobody-sees".to_owned();
            variables.insert("UBIHOOK_SECRET_ORDERS".to_owned(), value);
        }
        let scripts = if kind == "github" {
            let steps = job["steps"].as_array().ok_or("no steps")?;
            steps
                .iter()
                .filter_map(|step| step["run"].as_str().map(str::to_owned))
                .collect()
        } else {
            let all = [lines(&job["before_script"]), lines(&job["script"])].concat();
            vec![all.join("\n")]
        };
        for script in scripts {
            let commands = commands(&script, tally);
            if commands.is_empty() {
                continue;
            }
            if script.contains("${{") {
                return Err(format!("{name}: an expression inside a script"));
            }
            tally.steps += commands.len();
            reader
                .step(&variables, &commands.join("\n"))
                .map_err(|problem| format!("{name}: {script}\n{problem}"))?;
        }
    }
    Ok(())
}

/// The commands of a script that are run.
fn commands(script: &str, tally: &mut Tally) -> Vec<String> {
    let script = script.replace("\\\n", " ");
    let mut commands = Vec::new();
    for line in script
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
    {
        match not_run(line) {
            Some(entry) => *tally.left_out.entry(entry).or_default() += 1,
            None => commands.push(line.to_owned()),
        }
    }
    commands
}

/// A value of GitHub's `env`, with what its expressions stand for here.
fn expression(reader: &Reader, key: &str, value: &str) -> String {
    let Some((head, rest)) = value.split_once("${{") else {
        return value.to_owned();
    };
    let (_, tail) = rest.split_once("}}").expect("an expression has an end");
    let set = reader.world.command();
    let set = set
        .get_envs()
        .find(|(name, _)| *name == key)
        .and_then(|(_, value)| value?.to_str().map(str::to_owned));
    let secret = set.unwrap_or_else(|| "a-value-that-nobody-sees".to_owned());
    format!("{head}{secret}{tail}")
}

fn documents() -> Vec<(String, PathBuf)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let guides = fs::read_dir(root.join("docs/guides")).unwrap();
    let mut paths: Vec<_> = guides.map(|entry| entry.unwrap().path()).collect();
    paths.push(root.join("README.md"));
    paths.sort();
    let named = |path: PathBuf| (path.file_name().unwrap().to_str().unwrap().to_owned(), path);
    paths.into_iter().map(named).collect()
}

#[test]
#[allow(
    clippy::print_stdout,
    reason = "how many ran is a result; --nocapture shows it"
)]
fn every_command_in_every_document_runs_and_prints_what_is_shown() {
    let total = Mutex::new(Tally::default());
    thread::scope(|scope| {
        for (name, path) in documents() {
            let total = &total;
            scope.spawn(move || {
                let tally = read_aloud(&name, &fs::read_to_string(path).unwrap());
                println!(
                    "{name}: {} commands and {} lines of CI ran",
                    tally.ran, tally.steps
                );
                let mut total = total.lock().unwrap();
                total.ran += tally.ran;
                total.steps += tally.steps;
                total.problems += &tally.problems;
                for (entry, count) in tally.left_out {
                    *total.left_out.entry(entry).or_default() += count;
                }
            });
        }
    });
    let total = total.into_inner().unwrap();
    let left_out: usize = total.left_out.values().sum();
    println!(
        "in all: {} commands and {} lines of CI ran",
        total.ran, total.steps
    );
    println!("not run: {left_out}: {:?}", total.left_out);
    assert!(total.problems.is_empty(), "{}", total.problems);
    assert!(total.ran >= 100 && total.steps >= 8, "{total:#?}");
    for (entry, reason) in NOT_RUN.iter().chain(&NOT_RUN_EITHER) {
        assert!(
            total.left_out.contains_key(entry),
            "no document has `{entry}` ({reason})"
        );
    }
}

#[test]
fn every_link_in_a_document_leads_somewhere() {
    for (name, path) in documents() {
        let text = fs::read_to_string(&path).unwrap();
        for link in text.split("](").skip(1) {
            let link = link.split([')', '#']).next().unwrap();
            if !link.is_empty() && !link.starts_with("https://") {
                assert!(path.parent().unwrap().join(link).exists(), "{name}: {link}");
            }
        }
    }
}

#[test]
fn a_block_is_read_as_a_reader_would() {
    let text =
        "```console\n$ a \\\n    b\nshown …\n# exit 7\n$ c\n```\n```yaml file=x.yaml\nd: 1\n```\n";
    let typed = |line, command: &str, printed: &[&str], exit| {
        Piece::Command(Typed {
            line,
            command: command.to_owned(),
            printed: printed.iter().map(ToString::to_string).collect(),
            exit,
        })
    };
    assert_eq!(
        parse(text).unwrap(),
        [
            typed(2, "a b", &["shown …"], 7),
            typed(6, "c", &[], 0),
            Piece::File {
                name: "x.yaml".to_owned(),
                text: "d: 1\n".to_owned()
            },
        ]
    );
    assert!(parse("```console\nno command\n```\n").is_err());
    assert!(parse("```sh\nls\n```\n").is_err());
    assert!(parse("```console\n$ ls\n").is_err());
}

#[test]
fn what_is_shown_is_compared_with_what_is_printed() {
    let shown = |shown: &str, printed: &str| {
        let shown: Vec<_> = shown.lines().map(str::to_owned).collect();
        shows(&shown, &printed.lines().collect::<Vec<_>>())
    };
    assert!(shown("a  b\n…\nz … z", "a b\nc\nd\nz y z"));
    assert!(shown("a\n…", "a"));
    assert!(!shown("a", "a\nb"));
    assert!(!shown("a\nb", "a"));
    assert!(!shown("a … c", "a b d"));
}
