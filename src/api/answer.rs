//! What an answer says, once it is there: pure.

use serde::de::DeserializeOwned;

use super::Error;
use crate::model::{
    error_body,
    host::ApiHost,
    text::{MAX_ERROR_CHARS, cut, printable},
};

/// The body of an answer that says yes.
pub fn read<T: DeserializeOwned>(host: &ApiHost, status: u16, body: &[u8]) -> Result<T, Error> {
    serde_json::from_slice(body).map_err(|error| Error::NotTheApi {
        host: host.clone(),
        status,
        what: shape(body, &error),
    })
}

/// What an answer means that says no.
pub fn refusal(host: &ApiHost, status: u16, body: &[u8]) -> Error {
    let shown = |text: &str| cut(&printable(text), MAX_ERROR_CHARS).into_owned();
    let told = error_body::message(body);
    let message = told.as_deref().or_else(|| plain_text(body)).map(shown);
    match status {
        429 | 500.. => Error::Busy {
            status,
            message,
            wait: None,
        },
        // Another server's page, at an address where no API is.
        404 if told.is_none() => Error::NotTheApi {
            host: host.clone(),
            status,
            what: "a page of its own".to_owned(),
        },
        _ => Error::Status { status, message },
    }
}

/// A gateway's own sentence; a page is none.
fn plain_text(body: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(body).ok()?.trim();
    (!text.is_empty() && !text.starts_with(['<', '{', '['])).then_some(text)
}

fn shape(body: &[u8], error: &serde_json::Error) -> String {
    let start = body.trim_ascii_start();
    if start.is_empty() {
        "nothing".to_owned()
    } else if start.starts_with(b"<") {
        "HTML".to_owned()
    } else if error.is_eof() {
        "JSON that ends in the middle".to_owned()
    } else if error.is_data() {
        "JSON of another shape".to_owned()
    } else {
        "something other than JSON".to_owned()
    }
}
