//! Where protected values are stored: the choice, and the store that results.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::model::invalid::Invalid;

/// The value of `--store`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreChoice {
    /// The operating system's keyring if one is available, otherwise nothing is stored.
    Auto,
    /// The keyring, or an error.
    Keyring,
    /// A file that only its owner can read; only used if chosen by name.
    File,
    /// Nothing is stored.
    None,
}

impl StoreChoice {
    /// All four.
    pub const ALL: [Self; 4] = [Self::Auto, Self::Keyring, Self::File, Self::None];

    /// Its name.
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

/// A place where values are stored on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
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
    /// Its name.
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
