//! Custody of protected header values and of tokens: where they come from, where they are kept,
//! and to whom they are given.
//!
//! - `custody` is the only way in and out; the way out takes the destination.
//! - `key` says what a value is kept under, `record` what is known about it, `dates` what the
//!   platform's dates prove.
//! - `store` keeps values (OS keyring, 0600 file, nowhere); `index` keeps names, never values,
//!   a `row` for each; `state_file` says how the files of both are read.
//! - `lock` lets one command at a time change a webhook.
//! - `source` fetches what a `--secret-header` points at.
//! - `apart` runs what blocks on a thread of its own.

mod apart;
pub(crate) mod custody;
mod dates;
mod error;
mod index;
mod key;
mod lock;
mod record;
mod row;
pub(crate) mod source;
mod state_file;
mod store;

pub use dates::Moment;
pub use error::Error;
pub(crate) use index::Local;
pub use key::{Destination, Host, Site};
pub(crate) use lock::Locks;
pub use store::Deadlines;
