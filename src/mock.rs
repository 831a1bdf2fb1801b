//! A small UbiOps: stateful, durable, and the other half of the wire types.
//!
//! `Mock` serves it in the current runtime, `Embedded` on a thread of its own inside one command.
//! Several of them can use the same database at once; one of them delivers.

mod apply;
mod body;
mod calls;
mod clock;
mod embedded;
mod engine;
mod error;
mod fault;
mod guard;
#[expect(clippy::unused_async, reason = "the router takes async functions")]
mod handlers;
mod history;
mod hub;
mod inspected;
mod local;
mod logql;
mod options;
mod own_address;
pub(crate) mod polling;
mod refusal;
mod reply;
mod request;
mod router;
mod rules;
mod served;
mod serving;
mod store;
mod table;
#[cfg(test)]
mod tests;
mod tickets;
mod uri;
mod world;

pub(crate) use crate::deliver::Authorities;
pub(crate) use crate::mock::calls::{CallReports, Calls, channel as call_reports};
pub(crate) use crate::mock::embedded::Embedded;
pub(crate) use crate::mock::error::Error;
pub use crate::mock::fault::{Effect, Fault};
pub(crate) use crate::mock::history::{AttemptFilter, Attempts, Since};

pub(crate) use crate::mock::inspected::Inspected;
pub(crate) use crate::mock::local::Candidates;
pub use crate::mock::local::{Local, Plan};
pub use crate::mock::logql::Query;
pub use crate::mock::options::Options;
pub(crate) use crate::mock::request::Ending;
pub use crate::mock::request::{SCRIPT_KEY, Script};
pub(crate) use crate::mock::rules::PROJECT;
pub use crate::mock::serving::Mock;
pub(crate) use crate::mock::store::Warnings;
pub use crate::mock::store::{GROUP, reset};
pub(crate) use crate::mock::store::{contents, remove};
pub use crate::mock::world::{StartObject, World};
