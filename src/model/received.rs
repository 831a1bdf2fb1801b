//! A delivery as `listen` received it: what is printed for programs, recorded, and sent again. The
//! JSON names are an interface.

use serde::{Deserialize, Deserializer, Serialize};

use crate::model::json::Json;

/// The `type` of these objects.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Type {
    #[default]
    Delivery,
}

/// A delivery, or a call that was none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Received {
    pub r#type: Type,
    /// Counts everything that is shown, from 1.
    pub number: u64,
    /// When the head of the call had arrived.
    pub time: String,
    pub method: String,
    /// As sent, with its query.
    pub path: String,
    pub event: Option<String>,
    pub request_id: Option<String>,
    pub headers: Vec<ReceivedHeader>,
    /// The body, if it is JSON.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "present"
    )]
    pub payload: Option<Json>,
    /// The body, if it is other text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// The body, if it isn't text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body_base64: Option<String>,
    /// The size of the body.
    pub bytes: u64,
    /// Whether all required headers were right; null if none is required.
    pub verified: Option<bool>,
    /// Whether an earlier delivery had the same event and request.
    pub repeat: bool,
    /// The status of the response.
    pub answered: u16,
    /// From the last byte until the status was known.
    pub duration_ms: u64,
    /// What is wrong with it.
    pub problem: Option<String>,
}

/// A header as received, its name in lower case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceivedHeader {
    pub key: String,
    /// Null for a protected one.
    pub value: Option<String>,
    /// Whether its value is left out, because it is or may be a secret.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub protected: bool,
}

/// Headers that every client sends.
const USUAL: [&str; 9] = [
    "host",
    "user-agent",
    "accept",
    "accept-encoding",
    "content-type",
    "content-length",
    "transfer-encoding",
    "connection",
    "expect",
];

impl ReceivedHeader {
    /// Whether every client sends it.
    pub fn is_usual(&self) -> bool {
        let mut usual = USUAL.iter();
        usual.any(|name| self.key.eq_ignore_ascii_case(name))
    }

    /// As a line for people.
    pub fn line(&self) -> String {
        let value = self.value.as_deref().unwrap_or("(protected)");
        format!("{}: {value}", self.key)
    }
}

/// A field that is there, even if it is null.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Json>, D::Error> {
    Json::deserialize(deserializer).map(Some)
}
