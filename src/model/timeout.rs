//! The timeout of a callback.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::model::invalid::Invalid;

/// How long the platform waits for a callback, in whole seconds: 1 to 30.
///
/// The maximum and the default of 10 are documented; the minimum is inferred (reference, 2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct Timeout(u16);

const RULE: &str = "must be a whole number of seconds from 1 to 30";

impl Timeout {
    /// The platform's default.
    pub const DEFAULT: Self = Self(10);
    /// The longest.
    pub const MAX: Self = Self(30);

    pub fn seconds(self) -> u16 {
        self.0
    }
}

impl TryFrom<u16> for Timeout {
    type Error = Invalid;

    fn try_from(seconds: u16) -> Result<Self, Invalid> {
        match seconds {
            1..=30 => Ok(Self(seconds)),
            _ => Err(Invalid::new("timeout", RULE)),
        }
    }
}

impl From<Timeout> for u16 {
    fn from(timeout: Timeout) -> Self {
        timeout.0
    }
}

impl FromStr for Timeout {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let seconds: u16 = text.parse().map_err(|_| Invalid::new("timeout", RULE))?;
        seconds.try_into()
    }
}

impl fmt::Display for Timeout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_seconds_from_1_to_30_are_a_timeout() {
        assert_eq!("30".parse::<Timeout>().unwrap().seconds(), 30);
        for bad in ["0", "31", "-1", "1.5", "ten", ""] {
            assert!(bad.parse::<Timeout>().is_err(), "{bad}");
        }
        for bad in ["0", "31", "true", "\"10\"", "1.0"] {
            assert!(serde_json::from_str::<Timeout>(bad).is_err(), "{bad}");
        }
    }
}
