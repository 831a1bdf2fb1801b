//! Names by which a server is reached besides its address.

use std::{fmt, str::FromStr};

use crate::model::invalid::Invalid;

/// A name by which a server is reached, such as that of its container. It leads to any port, as a port
/// of another machine may be passed on to this one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowedHost(String);

impl AllowedHost {
    /// Whether it is this name, without a port.
    pub(crate) fn is(&self, name: &str) -> bool {
        self.0.eq_ignore_ascii_case(name.trim_end_matches('.'))
    }
}

impl FromStr for AllowedHost {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if text.is_empty() || !text.chars().all(is_part) {
            let rule = "must be a name alone, without scheme and port";
            return Err(Invalid::new("host", rule).instead("host.docker.internal"));
        }
        Ok(Self(text.trim_end_matches('.').to_owned()))
    }
}

impl fmt::Display for AllowedHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
