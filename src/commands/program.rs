//! The program from the point of view of a verb, and the surroundings of one run.

use std::ffi::OsString;

use crate::{config::env::Env, model::scrub::Scrubber, output::Output, terminal::Terminal};

/// The program that a verb belongs to, for verbs that describe or run other verbs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Program {
    /// The clap tree with all verbs.
    pub tree: fn() -> clap::Command,
    /// Runs a command line, and returns its exit code.
    pub run: fn(&[OsString], Environment) -> u8,
}

/// The surroundings of one command, as parameters, so that one command can run another.
#[derive(Clone)]
pub(crate) struct Environment {
    /// The environment.
    pub env: Env,
    /// What the three standard streams are.
    pub terminal: Terminal,
    /// What keeps known secrets out of all output.
    pub scrubber: Scrubber,
    /// Where results and messages are printed.
    pub output: Output,
    /// Whether this is the process's own command, so that the process ends with it.
    pub is_process: bool,
}
