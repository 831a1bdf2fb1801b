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

mod ci;
mod parse;
mod reader;
mod shows;

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    sync::Mutex,
    thread,
};

use self::{
    ci::ci,
    parse::{Piece, Typed, parse},
    reader::{Reader, platform},
    shows::shows,
};
use crate::support::mask;

/// Commands that no test can run, by how they begin (or, with `$` at the end, are), and why.
const NOT_RUN: [(&str, &str); 8] = [
    ("ubihook listen$", "runs until Ctrl-C"),
    ("ubihook mock serve --inspect$", "runs until Ctrl-C"),
    (
        "pip install ",
        "installs another program than the one that is tested",
    ),
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
