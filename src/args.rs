//! Arguments that several verbs share; each is converted to a type of the model.

pub(crate) mod expectations;
pub(crate) mod file;
pub(crate) mod header;
pub(crate) mod manifest;
pub(crate) mod names;
pub(crate) mod number;
pub(crate) mod options;
pub(crate) mod secret_header;
pub(crate) mod target;
pub(crate) mod webhook;

use std::fmt;

use crate::model::{failure::Failure, invalid::Invalid};

/// An argument that clap must not repeat in an error message, because it may contain a secret. It
/// is parsed after clap has run.
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
    ) -> Result<T, Failure> {
        self.0
            .parse()
            .map_err(|invalid| Failure::invalid(flag, &invalid))
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
