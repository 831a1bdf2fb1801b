//! The words of the field, their rules, and the decisions that need no I/O.
//!
//! One set of types for both halves: the client sends what the mock reads and the other way round,
//! so a rule that is written here holds in both. Strict in what we send, lenient in what we read.

pub mod delivery;
pub mod draft;
pub mod duration;
pub mod edits;
pub mod error_body;
pub mod event;
pub mod header;
pub mod host;
pub mod invalid;
pub mod labels;
pub mod lenient;
mod mask;
pub mod name;
pub mod objects;
pub mod options;
pub mod origin;
pub mod payload;
pub mod private;
pub mod routes;
pub mod scrub;
pub mod secret;
pub mod shell;
pub mod source;
pub mod store;
pub mod target;
pub mod test_run;
pub mod text;
pub mod timeout;
pub mod token;
pub mod url;
pub mod webhook;
