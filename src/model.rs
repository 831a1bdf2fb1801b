//! The domain types, their rules, and the decisions that need no I/O.
//!
//! The client sends what the mock reads, and the other way round, so both share one set of types
//! and a rule written here holds in both. Strict in what we send, lenient in what we read.

pub(crate) mod assignment;
pub(crate) mod call;
pub(crate) mod changes;
pub(crate) mod checkup;
pub(crate) mod command_line;
pub(crate) mod delivery;
pub(crate) mod draft;
pub(crate) mod duration;
pub(crate) mod edits;
pub(crate) mod error_body;
pub(crate) mod event;
pub(crate) mod export;
pub(crate) mod failure;
pub(crate) mod header;
pub(crate) mod host;
pub(crate) mod inspection;
pub(crate) mod invalid;
pub(crate) mod json;
pub(crate) mod labels;
pub(crate) mod lenient;
pub(crate) mod log;
mod mask;
pub(crate) mod name;
pub(crate) mod objects;
pub(crate) mod options;
pub(crate) mod origin;
pub(crate) mod payload;
pub(crate) mod place;
pub(crate) mod plan;
pub(crate) mod private;
pub(crate) mod received;
pub(crate) mod requests;
pub(crate) mod routes;
pub(crate) mod scrub;
pub(crate) mod secret;
pub(crate) mod shell;
pub(crate) mod source;
pub(crate) mod store;
pub(crate) mod target;
pub(crate) mod test_run;
pub(crate) mod text;
pub(crate) mod timeout;
pub(crate) mod token;
pub(crate) mod url;
pub(crate) mod webhook;
