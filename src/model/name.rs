//! Names of webhooks, objects, versions and projects: 1 to 64 characters (reference, 2.2 and 9).
//!
//! Which characters the platform allows isn't documented, so the only rules here are the length and
//! the names that no URL path can carry: URL libraries drop `.` and `..`.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::model::invalid::Invalid;

/// The longest name, in characters.
pub const MAX_CHARS: usize = 64;

/// What is wrong with `text` as a name, if anything.
fn rule(text: &str) -> Option<&'static str> {
    match text {
        "" => Some("must not be empty"),
        "." | ".." => Some("must not be `.` or `..`, which can't be used in a URL path"),
        _ if text.chars().count() > MAX_CHARS => Some("must have at most 64 characters"),
        _ => None,
    }
}

macro_rules! name {
    ($(#[$doc:meta])* $type:ident, $field:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $type(String);

        impl $type {
            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $type {
            type Error = Invalid;

            fn try_from(text: String) -> Result<Self, Invalid> {
                match rule(&text) {
                    Some(rule) => Err(Invalid::new($field, rule)),
                    None => Ok(Self(text)),
                }
            }
        }

        impl FromStr for $type {
            type Err = Invalid;

            fn from_str(text: &str) -> Result<Self, Invalid> {
                text.to_owned().try_into()
            }
        }

        impl From<$type> for String {
            fn from(name: $type) -> Self {
                name.0
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name!(
    /// The name of a webhook, unique in its project.
    WebhookName, "name"
);
name!(
    /// The id of a test run; the platform's are UUIDs.
    TestId, "id"
);
name!(
    /// The name of a deployment or a pipeline.
    ObjectName, "object_name"
);
name!(
    /// The name of a version; for the training deployment, of an experiment.
    VersionName, "version"
);
name!(
    /// The name of a project.
    ProjectName, "project"
);

impl WebhookName {
    /// Whether it has only characters that are certainly allowed; which others are isn't documented
    /// (reference, section 11, line 8).
    pub fn is_plain(&self) -> bool {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        self.as_str().chars().all(plain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_1_to_64_characters_however_many_bytes() {
        assert!("é".repeat(64).parse::<WebhookName>().is_ok());
        assert!("é".repeat(65).parse::<WebhookName>().is_err());
        assert!("".parse::<WebhookName>().is_err());
        assert!("a/b %".parse::<WebhookName>().is_ok());
    }

    #[test]
    fn a_name_that_no_url_can_carry_is_refused() {
        for dots in [".", ".."] {
            assert!(dots.parse::<WebhookName>().is_err());
        }
        assert!("...".parse::<WebhookName>().is_ok());
    }
}
