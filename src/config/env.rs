//! The one snapshot of the environment. No other file reads it.

use std::{
    collections::HashMap,
    ffi::{OsStr, OsString},
};

use crate::model::{failure::Failure, text::unseen};

/// The environment at the start of the command.
#[derive(Clone, Default)]
pub struct Env(HashMap<OsString, OsString>);

impl Env {
    /// Takes the snapshot.
    pub fn capture() -> Self {
        Self::of(std::env::vars_os())
    }

    /// An environment with these variables.
    pub fn of<K: Into<OsString>, V: Into<OsString>>(
        pairs: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        let pairs = pairs.into_iter();
        Self(
            pairs
                .map(|(key, value)| (spelled(key.into()), value.into()))
                .collect(),
        )
    }

    /// The value of a variable; an empty one counts as unset.
    pub fn get(&self, name: impl AsRef<OsStr>) -> Option<&OsStr> {
        let value = self.0.get(&spelled(name.as_ref().to_owned()))?;
        (!value.is_empty()).then_some(value)
    }

    /// A variable as text.
    pub fn text(&self, name: &'static str) -> Result<Option<&str>, Failure> {
        self.get(name)
            .map(|value| {
                value
                    .to_str()
                    .ok_or_else(|| Failure::usage(format!("{name} is not UTF-8")))
            })
            .transpose()
    }

    /// A switch: `1 true yes on` or `0 false no off`.
    pub fn switch(&self, name: &'static str) -> Result<Option<bool>, Failure> {
        let Some(text) = self.text(name)? else {
            return Ok(None);
        };
        match text.to_ascii_lowercase().as_str() {
            "1" | "true" | "yes" | "on" => Ok(Some(true)),
            "0" | "false" | "no" | "off" => Ok(Some(false)),
            _ => Err(Failure::usage(match unseen(text) {
                Some(why) => format!("{name}: {why}"),
                None => format!("{name} must be 1, true, yes or on; or 0, false, no or off"),
            })),
        }
    }

    /// All variables, for the environment of a child process.
    pub fn iter(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        self.0
            .iter()
            .map(|(key, value)| (key.as_os_str(), value.as_os_str()))
    }

    /// The same with one variable set.
    #[must_use]
    pub fn with(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.0.insert(spelled(name.into()), value.into());
        self
    }
}

/// A name as it is looked up: on Windows, `Path` and `PATH` are one variable.
fn spelled(name: OsString) -> OsString {
    if cfg!(windows) {
        return name.to_ascii_uppercase();
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_variable_is_an_unset_one() {
        let env = Env::of([("A", ""), ("B", "Yes"), ("C", "maybe")]);
        assert_eq!(env.get("A"), None);
        assert_eq!(env.switch("A").unwrap(), None);
        assert_eq!(env.switch("B").unwrap(), Some(true));
        assert!(env.switch("C").is_err());
    }
}
