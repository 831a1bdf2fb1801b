//! The command line for UbiOps webhooks, with a mock of the platform inside.
//!
//! Six layers; a file uses only lower layers, and modules of one layer are combined in a command:
//!
//! - 5 `cli`: puts everything together; the only module that knows the exit codes
//! - 4 `commands`: one verb per file
//! - 3 `inspect`
//! - 2 `args`, `api`, `secrets`, `mock`, `receiver`, `prompt`, `output`
//! - 1 `columns`, `config`, `deliver`, `server`, `process`, `terminal`, `input`, `scratch`
//! - 0 `model`, `files`
//!
//! `docs/ARCHITECTURE.md` has more, and `tests/it/layers.rs` enforces it.

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
mod inspect;
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
