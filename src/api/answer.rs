//! Interprets responses: pure.

pub(crate) mod items;
pub(crate) mod odd;

use serde::de::{DeserializeOwned, IgnoredAny};

use super::{Error, error::is_passing};
use crate::model::{
    error_body,
    host::ApiHost,
    private::Private,
    scrub::Scrubber,
    text::{MAX_ERROR_CHARS, cut, printable},
};

/// The body of a successful response.
pub fn read<T: DeserializeOwned>(host: &ApiHost, status: u16, body: &[u8]) -> Result<T, Error> {
    understood(body).map_err(|error| not_the_api(host, status, shape(body, &error)))
}

/// Whether a body is acceptable for a success that has no data.
pub(crate) fn is_bare(body: &[u8]) -> bool {
    body.trim_ascii().is_empty() || understood::<IgnoredAny>(body).is_ok()
}

/// A response that isn't the API's.
pub(crate) fn not_the_api(host: &ApiHost, status: u16, what: &'static str) -> Error {
    Error::NotTheApi {
        host: host.clone(),
        status,
        what,
        wait: None,
    }
}

fn understood<T: DeserializeOwned>(body: &[u8]) -> serde_json::Result<T> {
    // For the whole body at once: string by string takes as long as all the rest of the reading.
    match std::str::from_utf8(body) {
        Ok(text) => serde_json::from_str(text),
        Err(_) => serde_json::from_slice(body),
    }
}

/// A longer error body is not searched for a message.
const MAX_REFUSAL: usize = 1 << 20;

/// The error of an unsuccessful response. `shown` makes its text safe to show, and is applied
/// before the text is cut: otherwise half a secret could survive at the cut.
pub fn refusal(host: &ApiHost, status: u16, body: &[u8], shown: impl Fn(&str) -> String) -> Error {
    let shown = |text: &str| cut(&shown(text), MAX_ERROR_CHARS).into_owned();
    let body = if body.len() > MAX_REFUSAL { &[] } else { body };
    let api_message = error_body::message(body);
    let message = api_message
        .as_deref()
        .or_else(|| plain_text(body))
        .map(shown);
    match status {
        // A redirect says where to go, and its body nothing.
        300..=399 => Error::Status { status, message },
        // A firewall, a gateway or another server says nothing about token and webhook.
        _ if api_message.is_none() && is_foreign(status, body) => {
            not_the_api(host, status, foreign_shape(body))
        }
        _ if is_passing(status) => Error::Busy {
            status,
            message,
            wait: None,
        },
        _ => Error::Status { status, message },
    }
}

/// Whether an error without the API's message comes from another server. Text or nothing can be the
/// platform's own (reference, section 4); only a proxy answers 407, and the platform's 404 names
/// what is missing.
fn is_foreign(status: u16, body: &[u8]) -> bool {
    let is_bare = body.trim_ascii().is_empty();
    matches!(status, 404 | 407) || (!is_bare && plain_text(body).is_none())
}

fn foreign_shape(body: &[u8]) -> &'static str {
    if plain_text(body).is_some() {
        return "a text";
    }
    match understood::<IgnoredAny>(body) {
        Ok(_) => "unexpected JSON",
        Err(error) => shape(body, &error),
    }
}

/// Foreign text as people may see it: without known secrets, without private parts of the call, and
/// without characters that a terminal could act on.
pub fn shown(text: &str, scrubber: &Scrubber, private: &Private) -> String {
    let text = scrubber.clean(text);
    private.hide_all(&printable(&text)).into_owned()
}

/// A gateway's plain-text message, but not an HTML page.
fn plain_text(body: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(body).ok()?.trim();
    (!text.is_empty() && !text.starts_with(['<', '{', '['])).then_some(text)
}

const CUT: &str = "truncated JSON";
const NO_JSON: &str = "a body that is not JSON";

fn shape(body: &[u8], error: &serde_json::Error) -> &'static str {
    let start = body.trim_ascii_start();
    if start.is_empty() {
        "an empty body"
    } else if start.starts_with(b"<") {
        "HTML"
    } else if error.is_eof() {
        CUT
    } else if error.is_data() {
        "unexpected JSON"
    } else {
        NO_JSON
    }
}
