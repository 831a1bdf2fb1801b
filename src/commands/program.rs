//! The program as its verbs see it, and what surrounds one run of it.

use std::ffi::OsString;

use crate::{config::env::Env, model::scrub::Scrubber, output::Output, terminal::Terminal};

/// The program that a verb belongs to, for the verbs that are about others.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Program {
    /// All verbs, as clap has them.
    pub tree: fn() -> clap::Command,
    /// Runs a command line, and returns its exit code.
    pub run: fn(&[OsString], Surroundings) -> u8,
}

/// What surrounds one command: given, so that one command can run another.
#[derive(Clone)]
pub(crate) struct Surroundings {
    /// The environment.
    pub env: Env,
    /// What the three standard streams are.
    pub terminal: Terminal,
    /// What keeps known secrets out of all output.
    pub scrubber: Scrubber,
    /// Where answers and messages go.
    pub output: Output,
    /// Whether it is the process's own command, whose end is the end of the process.
    pub is_process: bool,
}
