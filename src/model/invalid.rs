//! A value that breaks a documented rule.

/// What is wrong with a value, in words that follow the name of the field.
///
/// `Display` prints only the rule: clap, the file reader and the mock each add the field in their
/// own way. The rule never repeats the value, which may be a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{rule}")]
pub struct Invalid {
    /// The API's name of the field, such as `timeout`.
    pub field: &'static str,
    /// The rule, as a phrase: `must be a whole number from 1 to 30`.
    pub rule: String,
    /// A suggested correction, if there is one.
    pub instead: Option<String>,
}

impl Invalid {
    /// A violated rule of `field`.
    pub fn new(field: &'static str, rule: impl Into<String>) -> Self {
        Self {
            field,
            rule: rule.into(),
            instead: None,
        }
    }

    /// Adds a suggested correction.
    #[must_use]
    pub fn instead(mut self, instead: impl Into<String>) -> Self {
        self.instead = Some(instead.into());
        self
    }

    /// The rule with its field in front, for messages that have no other place for the name.
    pub fn with_field(&self) -> String {
        format!("{}: {}", self.field, self.rule)
    }
}
