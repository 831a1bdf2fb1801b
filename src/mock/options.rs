//! The options of a mock.

use std::path::PathBuf;

use crate::{
    mock::{fault::Fault, store},
    model::token::Token,
};

/// The options of a mock.
#[derive(Debug, Clone)]
pub struct Options {
    /// The database file; created if it doesn't exist, including its folder.
    pub db: PathBuf,
    /// Whether a create echoes protected values, as one reading of the documentation implies.
    pub echo_secrets: bool,
    /// The token to require; without one, the database's random token.
    pub token: Option<Token>,
    /// Injected faults from the start.
    pub faults: Vec<Fault>,
    /// The maximum number of outcomes in one write: enough for any number of receivers, and few
    /// enough that little is sent twice after a crash.
    pub group: usize,
}

impl Options {
    /// The default options for this database.
    pub fn new(db: PathBuf) -> Self {
        Self {
            db,
            echo_secrets: false,
            token: None,
            faults: Vec::new(),
            group: store::GROUP,
        }
    }
}
