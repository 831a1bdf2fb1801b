//! The options of a mock.

use std::path::PathBuf;

use crate::{
    deliver::Authorities,
    mock::{calls::CallReports, fault::Fault, store},
    model::token::Token,
    server::AllowedHost,
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
    /// Authorities that receivers may be signed by, besides the system's.
    pub trusted: Authorities,
    /// Names that it is reached by, besides its address.
    pub allowed_hosts: Vec<AllowedHost>,
    /// Failures of calls from the start.
    pub faults: Vec<Fault>,
    /// The maximum number of outcomes in one write: enough for any number of receivers, and few
    /// enough that little is sent twice after a crash.
    pub group: usize,
    /// Whether the beginnings of receivers' responses are kept, for the inspector.
    pub keeps_answers: bool,
    /// Where calls are reported, if they are shown.
    pub calls: Option<CallReports>,
}

impl Options {
    /// The default options for this database.
    pub fn new(db: PathBuf) -> Self {
        Self {
            db,
            echo_secrets: false,
            token: None,
            trusted: Authorities::default(),
            allowed_hosts: Vec::new(),
            faults: Vec::new(),
            group: store::GROUP,
            keeps_answers: false,
            calls: None,
        }
    }
}
