//! What must hold of every reader, whatever it is given: the bodies of the fuzz targets. libFuzzer
//! runs them (tests/fuzz), and so does every `cargo test` (fuzzing.rs), over the same corpora.

mod addresses;
mod answers;
mod expectations;
mod faults;
mod headers;
mod held;
mod payloads;
mod recordings;
mod refusals;
mod requests;
mod settings_files;
mod state_files;
mod values;
mod webhook_files;
mod world_files;

/// One reader, or a few that read the same kind of text.
pub struct Target {
    /// Its name: that of its corpus, and of its program under libFuzzer.
    pub name: &'static str,
    /// Reads the input, and panics where something doesn't hold.
    pub run: fn(&[u8]),
    /// How many made-up inputs `cargo test` gives it.
    pub cases: u32,
}

macro_rules! targets {
    ($($name:ident $cases:literal),* $(,)?) => {
        /// All of them.
        pub const TARGETS: &[Target] = &[$(Target {
            name: stringify!($name),
            run: $name::target,
            cases: $cases,
        }),*];
    };
}

targets! {
    addresses 2000,
    answers 500,
    expectations 1000,
    faults 1000,
    headers 500,
    payloads 1000,
    recordings 500,
    refusals 1000,
    requests 500,
    settings_files 1000,
    state_files 30,
    values 1000,
    webhook_files 500,
    world_files 500,
}

/// Runs the target of this name.
pub fn run(name: &str, data: &[u8]) {
    let target = TARGETS.iter().find(|target| target.name == name);
    (target.expect("there is such a target").run)(data);
}
