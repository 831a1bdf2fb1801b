//! The house as a table: which room stands on which floor, who may know whom, and which crate
//! belongs to which room. docs/ARCHITECTURE.md draws it; this holds it.

use std::{fs, path::Path};

/// Each room and its floor. A file may use what is on a lower floor, and its own room.
const FLOORS: [(&str, u8); 17] = [
    ("cli", 4),
    ("commands", 3),
    ("args", 2),
    ("api", 2),
    ("secrets", 2),
    ("mock", 2),
    ("receiver", 2),
    ("prompt", 2),
    ("output", 2),
    ("columns", 1),
    ("config", 1),
    ("deliver", 1),
    ("input", 1),
    ("scratch", 1),
    ("server", 1),
    ("process", 1),
    ("terminal", 1),
];

/// Crates that only some rooms may name, and values that no scrubber knows.
const CRATES: [(&str, &[&str]); 12] = [
    ("reqwest::", &["api", "deliver"]),
    ("axum::", &["mock", "receiver", "server"]),
    ("rusqlite::", &["mock/store"]),
    ("clap::", &["cli", "commands", "args", "config"]),
    ("clap_complete::", &["cli"]),
    ("clap_mangen::", &["cli/artifacts"]),
    ("dialoguer::", &["prompt"]),
    ("tabled::", &["output"]),
    // By its items: a module of ours has the crate's name.
    ("keyring::Entry", &["secrets/store/keyring"]),
    ("keyring_core::", &["secrets/store/keyring"]),
    ("toml_edit::", &["config"]),
    // The wire types make them for the mock; `deliver` in its tests.
    ("Secret::unscrubbed", &["mock", "model/header", "deliver"]),
];

/// What a room may use beside it: files words its hints with the model's quoting for shells.
const BESIDE: [(&str, &str); 1] = [("files", "model")];

fn floor(room: &str) -> u8 {
    // The model and files are the ground: everyone may know them.
    FLOORS
        .iter()
        .find(|(name, _)| *name == room)
        .map_or(0, |(_, floor)| *floor)
}

fn sources(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
            let name = path.strip_prefix(root).unwrap().with_extension("");
            let name = name.to_str().unwrap().replace('\\', "/");
            found.push((name, fs::read_to_string(&path).unwrap()));
        }
    }
}

fn all() -> Vec<(String, String)> {
    let mut found = Vec::new();
    sources(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &mut found,
    );
    assert!(found.len() > 50, "the sources are found");
    found.retain(|(name, _)| name != "lib" && name != "main");
    found
}

/// The rooms that a file names: `crate::room`, and those in a `use crate::{...}`.
fn rooms_named(text: &str) -> Vec<String> {
    let word = |text: &str| -> String {
        text.chars()
            .take_while(|c| c.is_ascii_lowercase() || *c == '_')
            .collect()
    };
    let mut rooms = Vec::new();
    for (at, _) in text.match_indices("crate::") {
        let rest = &text[at + "crate::".len()..];
        let Some(group) = rest.strip_prefix('{') else {
            rooms.push(word(rest));
            continue;
        };
        let mut depth = 0;
        let mut start = true;
        for (at, c) in group.char_indices() {
            match c {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => start = true,
                c if c.is_whitespace() => {}
                _ if start && depth == 0 => {
                    rooms.push(word(&group[at..]));
                    start = false;
                }
                _ => {}
            }
        }
    }
    rooms.retain(|room| !room.is_empty());
    rooms
}

#[test]
fn no_file_uses_a_room_above_or_beside_its_own() {
    let mut steps = Vec::new();
    for (name, text) in all() {
        let own = name.split('/').next().unwrap().to_owned();
        for room in rooms_named(&text) {
            let beside = BESIDE.contains(&(own.as_str(), room.as_str()));
            if room != own && !beside && floor(&room) >= floor(&own) {
                steps.push(format!("{name} uses {room}"));
            }
        }
    }
    assert!(steps.is_empty(), "{steps:#?}");
}

#[test]
fn a_heavy_crate_is_named_in_its_room_alone() {
    let mut steps = Vec::new();
    for (name, text) in all() {
        for (krate, rooms) in CRATES {
            let named = text.match_indices(krate).any(|(at, _)| {
                !text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':')
            });
            if named && !rooms.iter().any(|room| name.starts_with(room)) {
                steps.push(format!("{name} names {krate}"));
            }
        }
    }
    assert!(steps.is_empty(), "{steps:#?}");
}

#[test]
fn a_verb_knows_no_other_verb() {
    const VERBS: [&str; 10] = [
        "create",
        "list",
        "get",
        "update",
        "delete",
        "test",
        "auth",
        "mock",
        "demo",
        "completions",
    ];
    for (name, text) in all()
        .into_iter()
        .filter(|(name, _)| name.starts_with("commands/"))
    {
        let own = name.split('/').nth(1).unwrap().to_owned();
        for verb in VERBS.iter().filter(|verb| **verb != own && own != "mod") {
            for path in [format!("commands::{verb}::"), format!("super::{verb}::")] {
                assert!(!text.contains(&path), "{name} knows {verb}");
            }
        }
    }
}

#[test]
fn every_file_opens_with_what_lives_there() {
    for (name, text) in all() {
        assert!(text.starts_with("//! "), "{name}");
    }
}

#[test]
fn the_table_sees_a_step_in_the_wrong_direction() {
    let rooms =
        rooms_named("use crate::{\n api::{self, Client},\n model::name::X,\n};\ncrate::cli::run()");
    assert_eq!(rooms, ["api", "model", "cli"]);
}
