//! The command line for UbiOps webhooks, with a mock of the platform inside.

pub mod deliver;
pub mod files;
pub mod mock;
pub mod model;
pub mod secrets;
pub mod server;
