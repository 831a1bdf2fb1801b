//! The verbs, one in each file: arguments on top, `run` below. No verb knows another; what several
//! share stands in the files that are no verbs.

mod ask;
pub(crate) mod auth;
mod change;
pub(crate) mod context;
pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod mock;
mod near;
mod preview;
pub(crate) mod program;
mod session;
pub(crate) mod signals;
mod stored;
pub(crate) mod test;
mod test_runs;
mod trace;
pub(crate) mod update;
mod values;
pub(crate) mod verb;
