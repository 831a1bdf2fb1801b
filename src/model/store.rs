//! Where protected values are kept: what is asked for, and what came of it.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::model::invalid::Invalid;

/// What `--store` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreChoice {
    /// The operating system's keyring where one answers, else nothing is kept.
    Auto,
    /// The keyring, or an error.
    Keyring,
    /// A file that only its owner can read; never taken unless chosen by name.
    File,
    /// Nothing is kept.
    None,
}

impl StoreChoice {
    /// All four.
    pub const ALL: [Self; 4] = [Self::Auto, Self::Keyring, Self::File, Self::None];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Keyring => "keyring",
            Self::File => "file",
            Self::None => "none",
        }
    }
}

impl FromStr for StoreChoice {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::ALL
            .into_iter()
            .find(|choice| choice.as_str() == text)
            .ok_or_else(|| Invalid::new("store", "must be `auto`, `keyring`, `file` or `none`"))
    }
}

impl fmt::Display for StoreChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A place where values are kept on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StoreKind {
    /// The operating system's keyring.
    Keyring,
    /// A file that only its owner can read.
    File,
    /// Nowhere: values come from their source each time.
    None,
}

impl StoreKind {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Keyring => StoreChoice::Keyring.as_str(),
            Self::File => StoreChoice::File.as_str(),
            Self::None => StoreChoice::None.as_str(),
        }
    }
}

impl fmt::Display for StoreKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
