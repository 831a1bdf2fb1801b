//! The command line for UbiOps webhooks, with a mock of the platform inside.

pub mod files;
pub mod model;
pub mod server;
