//! A value that must not be seen: as it was read, and as the scrubber knows it.

use std::fmt;

use serde::{Deserialize, Deserializer};
use zeroize::Zeroizing;

/// A secret: a protected header's value, or a token.
///
/// It is made by [`Scrubber::secret`], so that no text of somebody else can repeat one that the
/// scrubber doesn't know. No `Display`, no `Serialize`; `Debug` says `[secret]`; the memory is wiped
/// when it is dropped. Search for `expose` and you have read every way out.
///
/// [`Scrubber::secret`]: crate::model::scrub::Scrubber::secret
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// One that the scrubber knows: for the scrubber, and for a part of such a value.
    pub(super) fn known(value: Raw) -> Self {
        Self(value.0)
    }

    /// One that no scrubber knows: for the mock, which has values of other people as the platform
    /// has them, and prints none of their calls. A test holds who may use this.
    pub fn unscrubbed(value: impl Into<Raw>) -> Self {
        Self(value.into().0)
    }

    /// The value itself. Only for what puts it on the wire, into a store, or compares it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// A value as it was read, which the scrubber doesn't know yet: it can be checked and stored, but
/// what sends a value takes a [`Secret`].
#[derive(Clone, PartialEq, Eq)]
pub struct Raw(Zeroizing<String>);

impl Raw {
    pub fn new(value: impl Into<String>) -> Self {
        Self(Zeroizing::new(value.into()))
    }

    /// The value itself. Only for what checks it or writes it into a store.
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
