//! A small UbiOps: stateful, durable, and the other half of the wire types.
//!
//! `Mock` serves it in the current runtime, `Embedded` on a thread of its own inside one command.
//! Both work on the same database, several of them at once; one of them delivers.

mod apply;
mod body;
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
mod json;
mod local;
mod logql;
mod options;
mod own_address;
pub mod polling;
mod refusal;
mod reply;
mod request;
mod router;
mod rules;
mod serving;
mod store;
#[cfg(test)]
mod tests;
mod uri;
mod world;

pub use crate::mock::{
    embedded::Embedded,
    error::Error,
    fault::{Effect, Fault},
    history::{AttemptFilter, Attempts},
    json::Json,
    local::{Candidates, Local, Plan},
    logql::Query,
    options::Options,
    request::{Ending, SCRIPT_KEY, Script},
    rules::PROJECT,
    serving::Mock,
    store::{GROUP, Reset, Warnings, contents, database_id, reset},
    world::{StartObject, World},
};
