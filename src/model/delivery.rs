//! Deliveries as they are reported: a single attempt, and totals for many.

use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use crate::model::received::ReceivedHeader;

/// An attempt whose outcome is known. The JSON names are an interface.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(clippy::struct_field_names, reason = "the JSON's names")]
pub(crate) struct Attempt {
    /// The number of its delivery; several attempts can share it.
    pub id: i64,
    /// When it started.
    pub time: String,
    /// The webhook's name; null for a test run.
    pub webhook: Option<String>,
    pub event: String,
    /// The request that the event is about.
    pub request_id: String,
    /// Which attempt of its delivery, from 1.
    pub attempt: u8,
    /// The status of the response; null if there was none.
    pub status: Option<u16>,
    /// Why it does not count as delivered; null if it does.
    pub error: Option<String>,
    /// How long it took.
    pub duration_ms: u64,
    /// The headers that the webhook adds to what was sent, where that was asked for; protected ones have
    /// no value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub headers: Option<Vec<ReceivedHeader>>,
    /// What was sent, as JSON, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payload: Option<Payload>,
}

/// A text that is JSON, and is written as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Payload(pub String);

impl Serialize for Payload {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serde_json::from_str::<&RawValue>(&self.0)
            .map_err(serde::ser::Error::custom)?
            .serialize(serializer)
    }
}

/// The state of a run: the requests that were sent in order to be counted, and their deliveries.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Requests sent.
    pub requests: u64,
    /// Requests that have ended.
    pub ended: u64,
    /// Deliveries added so far.
    pub deliveries: u64,
    /// Deliveries that succeeded.
    pub delivered: u64,
    /// Deliveries that were given up.
    pub failed: u64,
}

impl Tally {
    /// Whether nothing can change any more.
    pub fn is_over(&self) -> bool {
        self.ended == self.requests && self.delivered + self.failed == self.deliveries
    }
}

/// Why some deliveries were given up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reason {
    pub webhook: String,
    /// The error of the last attempt.
    pub error: String,
    /// How many deliveries.
    pub count: u64,
}
