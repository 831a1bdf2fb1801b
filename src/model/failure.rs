//! How a command fails: the kind of failure, its message, and what to do next.

use std::error::Error;

use crate::model::invalid::Invalid;

/// The kind of a failure. Each has an exit code, which only `cli/failure.rs` knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A bug, or local I/O.
    Unexpected,
    /// The input is wrong, or a prompt was not possible.
    Usage,
    /// The webhook, object, version, project or test doesn't exist.
    NotFound,
    /// Not signed in, or not allowed.
    Auth,
    /// The platform refused, or did something other than what it was asked.
    Refused,
    /// The platform refused because the name is taken.
    AlreadyExists,
    /// There was no response from the API.
    Unreachable,
    /// The command worked, and the answer is no.
    Failed,
    /// Still pending when waiting ended.
    Pending,
    /// A protected value is missing, or its store can't be used.
    Secret,
    /// Differences were found.
    Differs,
    /// Some of many failed.
    Partial,
    /// Ctrl-C.
    Interrupted,
    /// SIGTERM or SIGHUP.
    Terminated,
    /// SIGQUIT.
    Quit,
    /// The command to run doesn't exist.
    CommandNotFound,
    /// The command to run could not be started.
    CommandNotStarted,
}

/// A setting that an error is about. The report says where its value came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Concern {
    /// The API's address.
    Host,
    /// The project.
    Project,
    /// The API token.
    Token,
}

impl Kind {
    /// Its name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unexpected => "unexpected",
            Self::Usage => "usage",
            Self::NotFound => "not_found",
            Self::Auth => "auth",
            Self::Refused => "refused",
            Self::AlreadyExists => "already_exists",
            Self::Unreachable => "unreachable",
            Self::Failed => "failed",
            Self::Pending => "pending",
            Self::Secret => "secret",
            Self::Differs => "differs",
            Self::Partial => "partial",
            Self::Interrupted => "interrupted",
            Self::Terminated => "terminated",
            Self::Quit => "quit",
            Self::CommandNotFound => "no_command",
            Self::CommandNotStarted => "not_started",
        }
    }
}

/// An error that knows its kind. The first one in a chain decides the exit code, so that context
/// added on the way never changes it.
pub trait Explain: Error {
    /// The kind of failure.
    fn kind(&self) -> Kind;

    /// What to do next, if something helps.
    fn hint(&self) -> Option<String> {
        None
    }

    /// The setting that it is about.
    fn concern(&self) -> Option<Concern> {
        None
    }

    /// The line of a file that is at fault.
    fn excerpt(&self) -> Option<&str> {
        None
    }

    /// Further mistakes of the same input, each in a sentence.
    fn more(&self) -> &[String] {
        &[]
    }

    /// The HTTP status, if the platform responded.
    fn http_status(&self) -> Option<u16> {
        None
    }

    /// Whether the same command could succeed later.
    fn retryable(&self) -> bool {
        false
    }
}

/// A failure with its explanation.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    kind: Kind,
    message: String,
    hint: Option<String>,
    concern: Option<Concern>,
    excerpt: Option<String>,
    more: Vec<String>,
    http_status: Option<u16>,
}

impl Failure {
    /// A failure with a one-sentence message, which never repeats a value that may be a secret.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            hint: None,
            concern: None,
            excerpt: None,
            more: Vec::new(),
            http_status: None,
        }
    }

    /// The input is wrong.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Kind::Usage, message)
    }

    /// A violated rule, with the flag, variable or line that the value came from.
    pub fn invalid(given_by: &str, invalid: &Invalid) -> Self {
        let instead = invalid.instead.as_ref();
        Self::usage(format!("{given_by}: {}", invalid.rule))
            .hinted(instead.map(|instead| format!("{given_by} {instead}")))
    }

    /// A copy of another error, so that its hint can be replaced.
    pub fn of(error: &impl Explain) -> Self {
        Self {
            kind: error.kind(),
            message: error.to_string(),
            hint: error.hint(),
            concern: error.concern(),
            excerpt: error.excerpt().map(str::to_owned),
            more: error.more().to_vec(),
            http_status: error.http_status(),
        }
    }

    /// Sets what to do next.
    #[must_use]
    pub fn with_hint(self, hint: impl Into<String>) -> Self {
        self.hinted(Some(hint.into()))
    }

    /// Sets what to do next, if something helps.
    #[must_use]
    pub fn hinted(self, hint: Option<String>) -> Self {
        Self { hint, ..self }
    }

    /// Sets the setting that it is about.
    #[must_use]
    pub fn about(self, concern: Concern) -> Self {
        Self {
            concern: Some(concern),
            ..self
        }
    }

    /// Sets the line of a file that is at fault.
    #[must_use]
    pub fn with_excerpt(self, line: Option<String>) -> Self {
        Self {
            excerpt: line,
            ..self
        }
    }

    /// Sets further mistakes of the same input.
    #[must_use]
    pub fn with_more(self, more: Vec<String>) -> Self {
        Self { more, ..self }
    }

    /// Sets the status that the platform responded with.
    #[must_use]
    pub fn with_status(self, http_status: Option<u16>) -> Self {
        Self {
            http_status,
            ..self
        }
    }
}

impl Explain for Failure {
    fn kind(&self) -> Kind {
        self.kind
    }

    fn hint(&self) -> Option<String> {
        self.hint.clone()
    }

    fn concern(&self) -> Option<Concern> {
        self.concern
    }

    fn excerpt(&self) -> Option<&str> {
        self.excerpt.as_deref()
    }

    fn more(&self) -> &[String] {
        &self.more
    }

    fn http_status(&self) -> Option<u16> {
        self.http_status
    }
}

/// A violated rule without a single flag at fault, with the API's name of the field.
impl From<Invalid> for Failure {
    fn from(invalid: Invalid) -> Self {
        let instead = invalid.instead.as_ref();
        Self::usage(invalid.with_field())
            .hinted(instead.map(|instead| format!("--{} {instead}", invalid.field)))
    }
}

impl Explain for Invalid {
    fn kind(&self) -> Kind {
        Kind::Usage
    }

    fn hint(&self) -> Option<String> {
        self.instead.clone()
    }
}
