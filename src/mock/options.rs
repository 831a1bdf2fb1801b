//! How a mock is started.

use std::path::PathBuf;

use crate::{
    deliver::Authorities,
    mock::{allowed_host::AllowedHost, fault::Fault, store},
    model::token::Token,
};

/// How a mock is started.
#[derive(Debug, Clone)]
pub struct Options {
    /// The file of its database; created if it doesn't exist, its folder too.
    pub db: PathBuf,
    /// Whether a create echoes protected values, as one reading of the documents has it.
    pub echo_secrets: bool,
    /// The token to ask for; without one, the random token of the database.
    pub token: Option<Token>,
    /// Authorities that receivers may be signed by, besides the system's.
    pub trusted: Authorities,
    /// Names that it is reached by, besides its address.
    pub allowed_hosts: Vec<AllowedHost>,
    /// Failures of calls from the start.
    pub faults: Vec<Fault>,
    /// The most outcomes in one write: enough for any number of receivers, and few enough that
    /// little is sent twice after a crash.
    pub group: usize,
}

impl Options {
    /// A mock of this database, like any other.
    pub fn new(db: PathBuf) -> Self {
        Self {
            db,
            echo_secrets: false,
            token: None,
            trusted: Authorities::default(),
            allowed_hosts: Vec::new(),
            faults: Vec::new(),
            group: store::GROUP,
        }
    }
}
