//! The headers of a call.

use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, USER_AGENT};

use super::{Cause, Failure};

/// The headers of a call: first those of every call, then those that are configured.
#[derive(Debug, Clone)]
pub(crate) struct Headers(HeaderMap);

impl Headers {
    /// Those of every call from `user_agent`.
    pub(super) fn new(user_agent: &'static str, room: usize) -> Self {
        let mut headers = HeaderMap::with_capacity(room + 2);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(USER_AGENT, HeaderValue::from_static(user_agent));
        Self(headers)
    }

    /// Those of a received call that are passed on.
    pub(crate) fn of(received: &HeaderMap, is_passed: impl Fn(&str) -> bool) -> Self {
        let passed = received.iter().filter(|(name, _)| is_passed(name.as_str()));
        Self(
            passed
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
        )
    }

    /// Sets a header, which replaces those of that name.
    pub(crate) fn set(&mut self, name: &str, value: &str) -> Result<(), Failure> {
        let (name, value) = checked(name, value)?;
        self.0.insert(name, value);
        Ok(())
    }

    /// Adds a header, in addition to others of that name.
    pub(crate) fn add(&mut self, name: &str, value: &str) -> Result<(), Failure> {
        let (name, value) = checked(name, value)?;
        self.0.append(name, value);
        Ok(())
    }

    pub(super) fn map(&self) -> HeaderMap {
        self.0.clone()
    }
}

fn checked(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), Failure> {
    // Their rules are stricter than HTTP's: only data that was edited by hand fails here.
    let name =
        HeaderName::from_bytes(name.as_bytes()).map_err(|_| Failure::Connection(Cause::Unknown))?;
    // As bytes: HTTP allows UTF-8 there, though not every receiver reads it.
    let mut value = HeaderValue::from_bytes(value.as_bytes())
        .map_err(|_| Failure::Connection(Cause::Unknown))?;
    value.set_sensitive(true);
    Ok((name, value))
}
