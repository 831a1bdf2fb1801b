//! Custody of protected header values and of tokens: where they come from, where they are kept,
//! and to whom they are given.
//!
//! - `custody` is the only way in and out; the way out takes the destination.
//! - `key` says what a value is kept under, `pending` what an interrupted command left behind.
//! - `store` keeps values (OS keyring, 0600 file, nowhere); `index` keeps names, never values,
//!   a `row` for each.
//! - `source` fetches what a `--secret-header` points at.
//! - `apart` runs what blocks on a thread of its own.

mod apart;
pub mod custody;
mod error;
mod index;
mod key;
mod pending;
mod row;
pub mod source;
mod store;

pub use error::{Error, Missing, Unusable};
pub use index::Local;
pub use key::{Destination, Host, Site};
pub use store::{Deadlines, Kind, Note};
