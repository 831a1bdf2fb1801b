//! The fields of a webhook that have a default on the platform.

use serde::{Deserialize, Serialize};

use crate::model::{invalid::Invalid, timeout::Timeout};

/// A description: at most 400 characters; may be empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Description(String);

impl Description {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Description {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        if text.chars().count() > 400 {
            return Err(Invalid::new(
                "description",
                "must have at most 400 characters",
            ));
        }
        Ok(Self(text))
    }
}

impl std::str::FromStr for Description {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        text.to_owned().try_into()
    }
}

impl From<Description> for String {
    fn from(description: Description) -> Self {
        description.0
    }
}

/// The fields that are set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// Shown to people.
    pub description: Option<Description>,
    /// How long to wait for the callback.
    pub timeout: Option<Timeout>,
    /// Whether events are sent.
    pub enabled: Option<bool>,
    /// Whether a failed call is retried.
    pub retry: Option<bool>,
    /// Whether the payload includes the request's result.
    pub include_result: Option<bool>,
}

impl Options {
    /// These fields, and those of `other` that aren't set here.
    #[must_use]
    pub fn over(self, other: &Self) -> Self {
        Self {
            description: self.description.or_else(|| other.description.clone()),
            timeout: self.timeout.or(other.timeout),
            enabled: self.enabled.or(other.enabled),
            retry: self.retry.or(other.retry),
            include_result: self.include_result.or(other.include_result),
        }
    }

    /// Whether no field is set.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
