//! Pieces of command lines that two verbs share; each turns into a type of the model.

pub(crate) mod file;
pub(crate) mod header;
pub(crate) mod options;
pub(crate) mod target;
pub(crate) mod webhook;

use std::fmt;

use crate::model::invalid::Invalid;

/// An argument that clap must not repeat in a refusal: it may hold a secret. Parsed after clap.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Concealed(String);

impl Concealed {
    /// What was typed.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// What was typed, as a value of the model.
    pub(crate) fn parse<T: std::str::FromStr<Err = Invalid>>(
        &self,
        flag: &str,
    ) -> Result<T, Error> {
        self.0
            .parse()
            .map_err(|invalid| Error::invalid(flag, &invalid))
    }
}

impl From<String> for Concealed {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Concealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[concealed]")
    }
}

/// Input that can't be used: arguments, or a file of them.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    message: String,
    excerpt: Option<String>,
    hint: Option<String>,
}

impl Error {
    /// A sentence of what is wrong.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            excerpt: None,
            hint: None,
        }
    }

    /// The same, with what to type next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same, with the line of a file that is at fault.
    #[must_use]
    pub fn at(mut self, line: impl Into<String>) -> Self {
        self.excerpt = Some(line.into());
        self
    }

    /// The line of a file that is at fault.
    pub fn excerpt(&self) -> Option<&str> {
        self.excerpt.as_deref()
    }

    /// A broken rule, said of the flag that gave the value.
    pub fn invalid(flag: &str, invalid: &Invalid) -> Self {
        let error = Self::new(format!("{flag}: {}", invalid.rule));
        match &invalid.instead {
            Some(instead) => error.hint(format!("{flag} {instead}")),
            None => error,
        }
    }

    /// What to type next, where something helps.
    pub fn what_next(&self) -> Option<&str> {
        self.hint.as_deref()
    }
}

/// A broken rule that no single flag gave: said of the field, under the API's name.
impl From<Invalid> for Error {
    fn from(invalid: Invalid) -> Self {
        let error = Self::new(invalid.with_field());
        match &invalid.instead {
            Some(instead) => error.hint(format!("--{} {instead}", invalid.field)),
            None => error,
        }
    }
}
