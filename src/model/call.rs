//! A call to the mock, as it is reported.

use serde::Serialize;

use super::scrub::MASK;

/// A call, when it was answered. The JSON names are an interface.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Call {
    /// When it arrived.
    pub time: String,
    pub method: String,
    /// As it was sent, without the content of a query: a link to a file contains its ticket there.
    pub path: String,
    /// The status of the response; null if there was none.
    pub status: Option<u16>,
    /// How long it took until its response began.
    pub duration_ms: u64,
}

/// A path, with its query masked.
pub(crate) fn masked(path: &str, query: Option<&str>) -> String {
    match query {
        Some(_) => format!("{path}?{MASK}"),
        None => path.to_owned(),
    }
}
