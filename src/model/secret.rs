//! A value that must not be shown: as it was read, and as the scrubber knows it.

use std::fmt;

use serde::{Deserialize, Deserializer};
use zeroize::Zeroizing;

/// A secret: a protected header's value, or a token.
///
/// Only [`Scrubber::secret`] makes one, so that foreign text can't contain a secret that the
/// scrubber doesn't know. No `Display`, no `Serialize`; `Debug` prints `[secret]`; the memory is
/// wiped when it is dropped. Search for `expose` to see every use of the value.
///
/// [`Scrubber::secret`]: crate::model::scrub::Scrubber::secret
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// A secret that the scrubber knows: for the scrubber, and for a part of such a value.
    pub(super) fn known(value: Raw) -> Self {
        Self(value.0)
    }

    /// A secret that no scrubber knows: for the mock, which stores its clients' values as the
    /// platform does, and prints none of their calls. A test checks who may use this.
    pub fn unscrubbed(value: impl Into<Raw>) -> Self {
        Self(value.into().0)
    }

    /// The value itself. Only for code that sends, stores or compares it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// A value as it was read, before the scrubber knows it: it can be checked and stored, but sending
/// a value takes a [`Secret`].
#[derive(Clone, PartialEq, Eq)]
pub struct Raw(Zeroizing<String>);

impl Raw {
    pub fn new(value: impl Into<String>) -> Self {
        Self(Zeroizing::new(value.into()))
    }

    /// The value itself. Only for code that checks it or writes it into a store.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<Secret> for Raw {
    fn from(secret: Secret) -> Self {
        Self(secret.0)
    }
}

impl From<String> for Raw {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl From<&str> for Raw {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

impl fmt::Debug for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}
