//! The house as a table: which room stands on which floor, who may know whom, and which crate
//! belongs to which room. docs/ARCHITECTURE.md draws it; this holds it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

/// Each room and its floor. A file may use what is on a lower floor, and its own room.
const FLOORS: [(&str, u8); 20] = [
    ("cli", 5),
    ("commands", 4),
    ("inspect", 3),
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
    ("model", 0),
    ("files", 0),
];

/// What a room may use beside it: files words its hints with the model's quoting for shells.
const BESIDE: [(&str, &str); 1] = [("files", "model")];

/// Where each crate that we depend on may be named. A module of ours is called `keyring`, so that
/// crate goes by its item.
const CRATES: [(&str, &[&str]); 29] = [
    ("anstyle_query", &["terminal"]),
    ("axum", &["inspect", "mock", "receiver", "server"]),
    ("base64", &["model/scrub", "receiver/body"]),
    ("clap", &["cli", "commands", "args", "config"]),
    ("clap_complete", &["cli"]),
    ("clap_mangen", &["cli/artifacts"]),
    ("dialoguer", &["prompt"]),
    (
        "futures_util",
        &["commands/apply", "commands/many", "inspect", "mock"],
    ),
    ("hyper", &["deliver", "server"]),
    ("hyper_util", &["api", "deliver", "server"]),
    (
        "jiff",
        &["api", "inspect", "mock", "output", "receiver", "secrets"],
    ),
    ("keyring::Entry", &["secrets/store"]),
    ("keyring_core", &["secrets/store"]),
    ("percent_encoding", &["cli/complete", "model/routes"]),
    ("reqwest", &["api", "deliver"]),
    ("rusqlite", &["mock/store"]),
    ("rustls", &["api/tls", "deliver"]),
    (
        "serde_path_to_error",
        &["api", "args", "commands/mock", "mock", "model"],
    ),
    ("serde_saphyr", &["args", "commands/mock", "output"]),
    ("sha2", &["mock", "process/identity", "secrets"]),
    ("strsim", &["model/text"]),
    (
        "subtle",
        &[
            "inspect/guard",
            "mock/guard",
            "mock/tickets",
            "receiver/verify",
        ],
    ),
    ("tabled", &["output"]),
    ("tempfile", &["files", "scratch", "mock/store/files"]),
    ("toml_edit", &["config"]),
    ("tower_layer", &["deliver"]),
    ("tower_service", &["deliver"]),
    ("unicode_width", &["cli/complete", "columns"]),
    // By its item: a module of ours has the crate's name.
    ("url::Url", &["model"]),
];

/// Crates that every room may name.
const FREE: [&str; 8] = [
    "anyhow",
    "rustix",
    "serde",
    "serde_json",
    "thiserror",
    "tokio",
    "uuid",
    "zeroize",
];

/// Values that no scrubber knows: the wire types make them for the mock.
const UNSCRUBBED: (&str, &[&str]) = ("Secret::unscrubbed", &["mock", "model/header"]);

/// A file without its comments and its tests.
struct Source {
    /// Its path without its end, which is its module's too.
    name: String,
    code: String,
}

fn all() -> Vec<Source> {
    fn walk(folder: &Path, root: &Path, found: &mut Vec<Source>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, root, found);
                continue;
            }
            let name = path.strip_prefix(root).unwrap().with_extension("");
            let name = name.to_str().unwrap().replace('\\', "/");
            let is_test = name.split('/').any(|part| part == "tests");
            if path.extension().is_none_or(|extension| extension != "rs") {
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            assert!(text.starts_with("//! "), "{name} says what lives there");
            // Tests stand at the end of a file, or in one of their own.
            if !is_test {
                let mut tests = text.match_indices("#[cfg(test)]\nmod ").map(|(at, _)| at);
                let end = tests.find(|at| {
                    let line = text[*at..].lines().nth(1);
                    line.is_some_and(|line| line.ends_with('{'))
                });
                let code = &text[..end.unwrap_or(text.len())];
                let lines = code.lines().map(|line| line.split("// ").next().unwrap());
                let lines = lines.filter(|line| !line.trim_start().starts_with("//"));
                let code = lines.collect::<Vec<_>>().join("\n");
                assert!(
                    !name.ends_with("/mod"),
                    "{name}: a module is beside its folder"
                );
                found.push(Source { name, code });
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    walk(&root, &root, &mut found);
    assert!(found.len() > 50, "the sources are found");
    // What puts the house together, and what shows it to tests.
    let around = ["lib", "main", "inside"];
    found.retain(|source| !around.contains(&&*source.name));
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found
}

/// The paths that code names, from the root: those of `crate`, `super` and `self`, and those of the
/// modules in `children`, with each end of a group.
fn paths(module: &str, code: &str, children: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    for (at, _) in code.match_indices("::") {
        let before = &code[..at];
        let start = before.rfind(|c| !is_word(c)).map_or(0, |at| at + 1);
        // Else it is the middle of a path.
        if before[..start].ends_with("::") {
            continue;
        }
        let base = match &before[start..] {
            "crate" => String::new(),
            "self" => module.to_owned(),
            "super" => parent(module).to_owned(),
            child if children.contains(&child) => format!("{module}/{child}"),
            _ => continue,
        };
        // Who may see an item, and no use of another.
        if !before[..start].ends_with("pub(in ") {
            ends(&base, &code[at + 2..], &mut found);
        }
    }
    found
        .iter()
        .map(|path| path.trim_start_matches('/').to_owned())
        .collect()
}

fn parent(module: &str) -> &str {
    module.rsplit_once('/').map_or("", |(parent, _)| parent)
}

/// The ends of the use tree that `text` begins with; what follows it.
fn ends<'a>(base: &str, text: &'a str, found: &mut Vec<String>) -> &'a str {
    let text = text.trim_start();
    if let Some(mut rest) = text.strip_prefix('{') {
        loop {
            rest = rest.trim_start().trim_start_matches(',').trim_start();
            match rest.strip_prefix('}') {
                Some(rest) => return rest,
                None if rest.is_empty() => return rest,
                None => rest = ends(base, rest, found),
            }
        }
    }
    let end = text
        .find(|c: char| !c.is_alphanumeric() && c != '_')
        .unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    let path = match word {
        "super" => parent(base).to_owned(),
        "self" => base.to_owned(),
        word => format!("{base}/{word}"),
    };
    if let Some(rest) = rest.strip_prefix("::") {
        return ends(&path, rest, found);
    }
    found.push(path);
    // A macro, a call, an operator: whatever is no further end of a group.
    let rest = rest.strip_prefix(" as ").map_or(rest, |rest| {
        rest.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_')
    });
    match rest.chars().next() {
        Some(',' | '}' | ' ' | '\n') => rest,
        _ => rest.get(1..).unwrap_or_default(),
    }
}

/// The modules that each module uses, itself left out. What a module passes on is the business of
/// whoever has it.
fn graph(sources: &[Source]) -> BTreeMap<String, BTreeSet<String>> {
    let modules: BTreeSet<&str> = sources.iter().map(|source| &*source.name).collect();
    let mut passed_on = BTreeMap::new();
    let mut named = Vec::new();
    for Source { name: module, code } in sources {
        let below = |other: &&str| parent(other) == module;
        let children: Vec<_> = modules.iter().copied().filter(below).collect();
        let children: Vec<_> = children
            .iter()
            .map(|child| &child[module.len() + 1..])
            .collect();
        let (mut own, mut passed) = (String::new(), String::new());
        for item in code.split_inclusive(';') {
            let text = item.trim_start();
            let is_passed = text.starts_with("pub use")
                || text.starts_with("pub(super) use")
                || text.starts_with("pub(crate) use");
            if is_passed { &mut passed } else { &mut own }.push_str(item);
        }
        for path in paths(module, &passed, &children) {
            let name = path.rsplit('/').next().unwrap();
            passed_on.insert(format!("{module}/{name}"), path.clone());
        }
        named.push((module, paths(module, &own, &children)));
    }
    let mut graph: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (module, paths) in named {
        let used = graph.entry(module.clone()).or_default();
        for mut path in paths {
            while let Some(further) = passed_on.get(&path) {
                path.clone_from(further);
            }
            while !modules.contains(&*path) && !path.is_empty() {
                path.truncate(parent(&path).len());
            }
            if !path.is_empty() && path != *module {
                used.insert(path);
            }
        }
    }
    graph
}

/// Leaves what is in a circle, or between two.
fn untie(graph: &mut BTreeMap<String, BTreeSet<String>>) {
    // What uses nothing that is left is in no circle, nor is what nothing uses that is left.
    loop {
        let before = graph.len();
        let left: BTreeSet<_> = graph.keys().cloned().collect();
        let used: BTreeSet<_> = graph.values().flatten().cloned().collect();
        for others in graph.values_mut() {
            others.retain(|other| left.contains(other));
        }
        graph.retain(|module, others| !others.is_empty() && used.contains(module));
        if graph.len() == before {
            break;
        }
    }
}

fn room(module: &str) -> &str {
    module.split('/').next().unwrap()
}

#[test]
fn no_file_uses_a_room_above_or_beside_its_own() {
    let floor = |room: &str| {
        let known = FLOORS.iter().find(|(name, _)| *name == room);
        known.unwrap_or_else(|| panic!("`{room}` has no floor")).1
    };
    let mut steps = Vec::new();
    for (module, used) in graph(&all()) {
        let own = room(&module);
        for other in used {
            let other_room = room(&other);
            let beside = BESIDE.contains(&(own, other_room));
            if other_room != own && !beside && floor(other_room) >= floor(own) {
                steps.push(format!("{module} uses {other}"));
            }
        }
        floor(own);
    }
    assert!(steps.is_empty(), "{steps:#?}");
}

#[test]
fn no_files_of_a_room_use_each_other_in_a_circle() {
    let mut graph = graph(&all());
    for (module, used) in &mut graph {
        // A module and what it is split into are one; what is above it is another.
        used.retain(|other| room(other) == room(module) && other != parent(module));
    }
    untie(&mut graph);
    assert!(graph.is_empty(), "{graph:#?}");
}

#[test]
fn every_crate_has_a_room_or_is_free() {
    let text =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")).unwrap();
    let (_, text) = text.split_once("[dependencies]\n").unwrap();
    let (text, rest) = text.split_once("\n\n").unwrap();
    let (_, windows) = rest.split_once("'cfg(windows)'.dependencies]\n").unwrap();
    let (windows, _) = windows.split_once("\n\n").unwrap();
    let needed = text
        .lines()
        .chain(windows.lines())
        .map(|line| line.split([' ', '.']).next().unwrap().replace('-', "_"));
    let needed: BTreeSet<_> = needed.collect();
    let named = CRATES
        .iter()
        .map(|(name, _)| name.split("::").next().unwrap());
    let named: BTreeSet<_> = named.chain(FREE).map(str::to_owned).collect();
    assert_eq!(needed, named);
}

#[test]
fn a_crate_is_named_in_its_rooms_alone() {
    let mut steps = Vec::new();
    for Source { name, code, .. } in all() {
        for (krate, rooms) in CRATES.into_iter().chain([UNSCRUBBED]) {
            let named = code.match_indices(krate).any(|(at, _)| {
                let (before, behind) = (&code[..at], &code[at + krate.len()..]);
                !before.ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':')
                    && (krate.contains("::") || behind.starts_with("::"))
            });
            if named && !rooms.iter().any(|room| name.starts_with(room)) {
                steps.push(format!("{name} names {krate}"));
            }
        }
    }
    assert!(steps.is_empty(), "{steps:#?}");
}

/// None but the list of all, and the group that it is in.
#[test]
fn nobody_knows_a_verb() {
    let sources = all();
    let verbs = sources
        .iter()
        .filter(|source| source.code.contains("impl Run for Args"));
    let verbs: BTreeSet<_> = verbs.map(|source| &*source.name).collect();
    assert!(
        verbs.contains("commands/mock/reset") && verbs.contains("cli/help"),
        "{verbs:?}"
    );
    let below = |module: &str, verb: &str| module.starts_with(&format!("{verb}/"));
    for (module, used) in graph(&sources) {
        for verb in &verbs {
            let knows = |other: &String| other == verb || below(other, verb);
            let may = module == "cli"
                || module == *verb
                || module == parent(verb)
                || below(&module, verb);
            if !may && let Some(other) = used.iter().find(|other| knows(other)) {
                panic!("{module} knows {other}");
            }
        }
    }
}

#[test]
fn the_table_sees_every_step() {
    let code = "use crate::{\n api::{self, Client},\n model::name::X as Y,\n};\n\
        use super::super::{a, b::C};\nfn f() { crate::cli::run(child::g, other::h) }";
    assert_eq!(
        paths("x/y/z", code, &["child"]),
        [
            "api",
            "api/Client",
            "model/name/X",
            "x/a",
            "x/b/C",
            "cli/run",
            "x/y/z/child/g"
        ]
    );

    let source = |module: &str, code: &str| Source {
        name: module.to_owned(),
        code: code.to_owned(),
    };
    let mut graph = graph(&[
        source("m", "pub use b::B;"),
        source("m/a", "use super::B;"),
        source("m/b", "use super::c;"),
        source("m/c", "fn f() { super::a::g() }"),
        source("m/d", "use super::c;"),
    ]);
    untie(&mut graph);
    assert_eq!(graph.into_keys().collect::<Vec<_>>(), ["m/a", "m/b", "m/c"]);
}
