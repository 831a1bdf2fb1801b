//! The command line for UbiOps webhooks, with a mock of the platform inside.
//!
//! Five floors; a file uses what is on a lower one, and rooms of one floor meet in a command:
//!
//! - 4 `cli`: puts everything together; alone knows the exit codes
//! - 3 `commands`: a verb a file
//! - 2 `args`, `api`, `secrets`, `mock`, `receiver`, `prompt`, `output`
//! - 1 `columns`, `config`, `deliver`, `server`, `process`, `terminal`, `input`, `scratch`
//! - 0 `model`, `files`
//!
//! `docs/ARCHITECTURE.md` tells more, and `tests/it/layers.rs` holds it.

mod api;
mod args;
mod cli;
mod columns;
mod commands;
mod config;
mod deliver;
mod files;
mod input;
pub mod inside;
mod mock;
mod model;
mod output;
mod process;
mod prompt;
mod receiver;
mod scratch;
mod secrets;
mod server;
mod terminal;

pub use cli::{complete::answer as complete, main};
