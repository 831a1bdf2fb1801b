//! The verbs, one per file: arguments first, then `run`. No verb uses another; code that several
//! verbs share is in the files that aren't verbs.

pub(crate) mod apply;
mod ask;
pub(crate) mod auth;
mod change;
pub(crate) mod context;
pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod diff;
pub(crate) mod doctor;
mod existing;
pub(crate) mod export;
mod filter;
pub(crate) mod get;
mod inspecting;
mod left_behind;
pub(crate) mod list;
pub(crate) mod listen;
pub(crate) mod logs;
mod many;
pub(crate) mod mock;
mod narrow;
mod near;
#[cfg(unix)]
mod opening;
mod planning;
mod preview;
pub(crate) mod program;
mod reader;
mod ready;
pub(crate) mod reason;
pub(crate) mod secret;
pub(crate) mod send;
mod sender;
mod session;
pub(crate) mod signals;
mod stored;
pub(crate) mod test;
mod test_runs;
mod trace;
pub(crate) mod update;
mod values;
pub(crate) mod verb;
