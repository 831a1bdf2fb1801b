//! One attempt to deliver an event, as it is told.

use serde::Serialize;

/// An attempt whose outcome is known. The JSON names are an interface.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Attempt {
    /// The number of its delivery; several attempts may share it.
    pub id: i64,
    /// When it began.
    pub time: String,
    /// The webhook's name; null for a test run.
    pub webhook: Option<String>,
    /// The event.
    pub event: String,
    /// The request that the event is about.
    pub request_id: String,
    /// Which attempt of its delivery, from 1.
    pub attempt: u8,
    /// The answer's status; null where there was none.
    pub status: Option<u16>,
    /// Why it does not count as delivered; null where it does.
    pub error: Option<String>,
    /// How long it took.
    pub duration_ms: u64,
}
