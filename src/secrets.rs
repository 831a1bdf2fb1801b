//! Custody of protected header values and of tokens: where they come from, where they are stored,
//! and where they may be sent.
//!
//! - `custody` is the only way in and out; the way out takes the destination.
//! - `key` identifies a value, `record` is what is known about it, `dates` what the
//!   platform's dates prove.
//! - `store` stores values (OS keyring, 0600 file, nowhere); `index` stores names, never values,
//!   with a `row` for each; `state_file` reads the files of both.
//! - `lock` lets one command at a time change a webhook.
//! - `source` fetches the value that a `--secret-header` refers to.
//! - `apart` runs blocking work on a thread of its own.

mod apart;
pub(crate) mod custody;
mod dates;
mod error;
mod index;
mod key;
mod lock;
mod record;
mod remembered;
mod row;
pub(crate) mod source;
mod state_file;
mod store;

pub use dates::Moment;
pub use error::Error;
pub(crate) use error::Missing;
#[cfg(test)]
pub(crate) use error::Unusable;
pub(crate) use index::Local;
pub use key::{Destination, Host, Site};
pub(crate) use lock::Locks;
pub(crate) use remembered::Remembered;
pub use store::Deadlines;
