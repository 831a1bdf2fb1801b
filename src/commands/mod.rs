//! The verbs, one in each file: arguments on top, `run` below. No verb knows another; what several
//! share stands in the files that are no verbs.

mod ask;
pub mod auth;
mod change;
pub mod context;
pub mod create;
pub mod delete;
mod error;
pub mod get;
pub mod list;
pub mod mock;
mod near;
mod preview;
pub mod program;
mod session;
pub mod signals;
mod stored;
pub mod test;
mod test_runs;
mod trace;
pub mod update;
mod values;
pub mod verb;

pub use error::{Error, Kind, NearMiss};
