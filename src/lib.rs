//! The command line for UbiOps webhooks, with a mock of the platform inside.

pub mod api;
pub mod args;
pub mod config;
pub mod deliver;
pub mod files;
pub mod mock;
pub mod model;
pub mod output;
pub mod process;
pub mod prompt;
pub mod secrets;
pub mod server;
pub mod terminal;
