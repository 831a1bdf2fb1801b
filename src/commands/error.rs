//! How a verb itself can end badly.

use crate::api;

/// What a bad end means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The input is wrong, or a question could not be asked.
    Usage,
    /// There is no such thing.
    NotFound,
    /// Not signed in.
    Auth,
    /// The platform refused, or did something else than it was told.
    Refused,
    /// The name is taken.
    AlreadyExists,
    /// It ran well, and the answer is no.
    Failed,
    /// Still pending when waiting ended.
    Pending,
    /// A value is missing, or its store unusable.
    Secret,
    /// Some of many failed.
    Partial,
}

/// A refusal of the platform, with what was most likely meant.
#[derive(Debug, thiserror::Error)]
#[error("{refused}")]
pub(crate) struct NearMiss {
    #[source]
    refused: api::Error,
    hint: String,
}

impl NearMiss {
    pub(super) fn new(refused: api::Error, hint: String) -> Self {
        Self { refused, hint }
    }

    /// What the platform said.
    pub(crate) fn refused(&self) -> &api::Error {
        &self.refused
    }

    /// What to type instead.
    pub(crate) fn what_next(&self) -> &str {
        &self.hint
    }
}

/// A verb's own failure: what, why, and what to type next.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Error {
    kind: Kind,
    message: String,
    hint: Option<String>,
}

impl Error {
    /// A failure in one sentence.
    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            hint: None,
        }
    }

    /// The same, with what to type next.
    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// What it means.
    pub(crate) fn kind(&self) -> Kind {
        self.kind
    }

    /// What to type next, where something helps.
    pub(crate) fn what_next(&self) -> Option<&str> {
        self.hint.as_deref()
    }
}
