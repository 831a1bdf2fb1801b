//! What is wrong with the settings.

use crate::{files, model::invalid::Invalid};

/// A setting that can't be used. Never repeats a value, which may carry credentials.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    message: String,
    hint: Option<String>,
}

impl Error {
    /// A sentence of what is wrong.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hint: None,
        }
    }

    /// The same, with what to type next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// What to type next, where something helps.
    pub fn what_next(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// A broken rule, said of the flag, variable or line that gave the value.
    pub(super) fn invalid(given_by: &impl std::fmt::Display, invalid: &Invalid) -> Self {
        Self::new(format!("{given_by}: {}", invalid.rule))
    }
}

impl From<files::Error> for Error {
    fn from(error: files::Error) -> Self {
        Self {
            hint: error.hint(),
            message: error.to_string(),
        }
    }
}
