//! The fuzz targets for as long as a test may take: every input of their corpora, and a few hundred
//! that are made of those. The same ones each time, so that a red run is about the change at hand;
//! libFuzzer is there to find new ones (docs/ARCHITECTURE.md).

use std::{collections::BTreeSet, fmt, fs, path::PathBuf};

use proptest::{
    collection::vec,
    prelude::{Just, Strategy, any},
    prop_oneof,
    sample::{Index, select},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};

use crate::fuzz::{self, TARGETS, Target};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz")
}

/// The inputs of a target that are kept, by the name of their file.
fn corpus(target: &Target) -> Vec<(String, Vec<u8>)> {
    let folder = folder().join("corpus").join(target.name);
    let mut found: Vec<_> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap())
        .map(|entry| {
            let name = entry.file_name().into_string().unwrap();
            (name, fs::read(entry.path()).unwrap())
        })
        .collect();
    found.sort();
    found
}

/// An input, shown so that it can be copied into a corpus.
struct Input(Vec<u8>);

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "b\"{}\"", self.0.escape_ascii())
    }
}

/// One change to an input.
#[derive(Debug, Clone)]
enum Edit {
    Insert(Index, Vec<u8>),
    Remove(Index, usize),
    Repeat(Index, usize),
    Replace(Index, u8),
}

impl Edit {
    fn apply(&self, bytes: &mut Vec<u8>) {
        let at = |index: &Index| index.index(bytes.len() + 1);
        let end = |start: usize, length: usize| (start + length).min(bytes.len());
        match self {
            Self::Insert(index, new) => drop(bytes.splice(at(index)..at(index), new.clone())),
            Self::Remove(index, length) => drop(bytes.drain(at(index)..end(at(index), *length))),
            Self::Repeat(index, length) => {
                let piece = bytes[at(index)..end(at(index), *length)].to_vec();
                drop(bytes.splice(at(index)..at(index), piece));
            }
            Self::Replace(index, new) => {
                let at = at(index);
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = *new;
                }
            }
        }
    }
}

/// What means something to one reader or another.
const WORDS: [&str; 24] = [
    "\r\n",
    "\0",
    "\u{1b}[31m",
    "\u{202e}",
    "\u{85}",
    "\u{feff}",
    "@",
    "://",
    "{",
    "}",
    "[",
    "\"",
    "\\",
    ": ",
    "=",
    "- ",
    "|\n",
    "&a ",
    "*a",
    "null",
    "1e999",
    "hunter2",
    "18446744073709551615",
    "é",
];

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let word = select(&WORDS[..]).prop_map(|word| word.as_bytes().to_vec());
    let new = prop_oneof![word, vec(any::<u8>(), 1..4)];
    let edit = prop_oneof![
        (any::<Index>(), new).prop_map(|(at, new)| Edit::Insert(at, new)),
        (any::<Index>(), 1..16_usize).prop_map(|(at, length)| Edit::Remove(at, length)),
        (any::<Index>(), 1..64_usize).prop_map(|(at, length)| Edit::Repeat(at, length)),
        (any::<Index>(), any::<u8>()).prop_map(|(at, new)| Edit::Replace(at, new)),
    ];
    vec(edit, 0..6)
}

/// Inputs made of those that are kept: changed ones, and the head of one with the tail of another.
/// Some are made of nothing.
fn inputs(kept: Vec<Vec<u8>>) -> impl Strategy<Value = Input> {
    let one = select(kept.clone());
    let two = (
        select(kept.clone()),
        any::<Index>(),
        select(kept),
        any::<Index>(),
    )
        .prop_map(|(mut head, until, tail, from)| {
            head.truncate(until.index(head.len() + 1));
            head.extend_from_slice(&tail[from.index(tail.len() + 1)..]);
            head
        });
    let none = prop_oneof![
        "\\PC{0,80}".prop_map(String::into_bytes),
        vec(any::<u8>(), 0..80),
        Just(Vec::new()),
    ];
    let base = prop_oneof![6 => one, 3 => two, 1 => none];
    (base, edits()).prop_map(|(mut bytes, edits)| {
        for edit in edits {
            edit.apply(&mut bytes);
        }
        Input(bytes)
    })
}

fn holds(name: &str) {
    let target = TARGETS.iter().find(|target| target.name == name);
    let target = target.unwrap();
    let kept = corpus(target);
    for (file, bytes) in &kept {
        let run = std::panic::catch_unwind(|| fuzz::run(name, bytes));
        assert!(run.is_ok(), "tests/fuzz/corpus/{name}/{file}");
    }
    let config = Config {
        cases: target.cases,
        failure_persistence: None,
        ..Config::default()
    };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let kept = kept.into_iter().map(|(_, bytes)| bytes).collect();
    let ran = TestRunner::new_with_rng(config, rng).run(&inputs(kept), |Input(bytes)| {
        fuzz::run(name, &bytes);
        Ok(())
    });
    if let Err(failure) = ran {
        panic!("{failure}\nonce it is mended, keep this input in tests/fuzz/corpus/{name}");
    }
}

/// The names of what stands in a folder, without their extension.
fn names_in(part: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(folder().join(part)).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let name = |path: PathBuf| path.file_stem().unwrap().to_str().unwrap().to_owned();
    paths.map(name).collect()
}

macro_rules! tests {
    ($($name:ident)*) => {
        $(#[test]
        fn $name() {
            holds(stringify!($name));
        })*

        #[test]
        fn every_target_has_its_test_its_corpus_and_its_program() {
            let names = TARGETS.iter().map(|target| target.name.to_owned());
            let targets: BTreeSet<_> = names.collect();
            let tested = [$(stringify!($name)),*].map(str::to_owned);
            assert_eq!(targets, BTreeSet::from(tested));
            assert_eq!(names_in("corpus"), targets);
            assert_eq!(names_in("targets"), targets);
        }
    };
}

tests! {
    addresses
    answers
    expectations
    faults
    headers
    payloads
    recordings
    refusals
    requests
    settings_files
    state_files
    values
    webhook_files
    world_files
}
