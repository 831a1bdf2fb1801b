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

pub mod api;
pub mod args;
pub mod cli;
pub mod columns;
pub mod commands;
pub mod config;
pub mod deliver;
pub mod files;
pub mod input;
pub mod mock;
pub mod model;
pub mod output;
pub mod process;
pub mod prompt;
pub mod receiver;
pub mod scratch;
pub mod secrets;
pub mod server;
pub mod terminal;
