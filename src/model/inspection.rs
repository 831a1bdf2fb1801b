//! What the inspector's page is sent: rows, one delivery whole, and the state around them. Protected
//! values are left out where these are made.

use serde::Serialize;
use serde_json::Value;

use crate::model::{json::Json, received::ReceivedHeader};

/// An attempt of a mock, or a call to `listen`: what a line of the list shows.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Row {
    /// Increases with each row of a source, from 1.
    pub place: i64,
    /// The delivery; its attempts share it.
    pub id: String,
    pub time: String,
    /// The same, in seconds since 1970.
    #[serde(skip)]
    pub second: i64,
    /// `None` for a test run, and for `listen`.
    pub webhook: Option<String>,
    pub event: Option<String>,
    #[serde(flatten)]
    pub of: Of,
    pub request: Option<String>,
    pub attempt: u8,
    /// Whether the user had it sent again.
    pub again: bool,
    /// Whether no other attempt follows.
    pub last: bool,
    pub status: Option<u16>,
    pub error: Option<String>,
    pub duration_ms: u64,
    /// Where `listen` received it.
    pub path: Option<String>,
}

/// What an event is about.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Of {
    pub object_type: Option<String>,
    pub object: Option<String>,
    pub version: Option<String>,
}

impl Of {
    /// As a payload says it.
    pub(crate) fn payload(payload: &Json) -> Self {
        let field = |name: &str| serde_json::from_str::<String>(payload.at(name)?).ok();
        let found = ["deployment", "pipeline"].into_iter().find_map(|kind| {
            Some(Self {
                object: Some(field(&format!("{kind}_name"))?),
                version: field(&format!("{kind}_version_name")),
                object_type: Some(kind.to_owned()),
            })
        });
        found.unwrap_or_default()
    }
}

/// One delivery.
#[derive(Debug, Serialize)]
pub(crate) struct Detail {
    pub id: String,
    pub webhook: Option<String>,
    pub event: Option<String>,
    #[serde(flatten)]
    pub of: Of,
    pub request: Option<String>,
    pub method: String,
    /// Where a mock sent it.
    pub url: Option<String>,
    /// Where `listen` received it.
    pub path: Option<String>,
    pub headers: Vec<ReceivedHeader>,
    /// The body, if it is JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payload: Option<Json>,
    /// The body as it was sent, if it is text.
    pub raw: Option<String>,
    /// The body, if it isn't text.
    pub body_base64: Option<String>,
    pub bytes: u64,
    pub attempts: Vec<Try>,
    pub verified: Option<bool>,
    pub repeat: bool,
    /// Why it can't be sent again; `None` if it can.
    pub why_not: Option<String>,
}

/// One attempt of a delivery.
#[derive(Debug, Serialize)]
pub(crate) struct Try {
    pub attempt: u8,
    pub again: bool,
    pub time: String,
    pub status: Option<u16>,
    pub error: Option<String>,
    pub duration_ms: u64,
    /// The beginning of the response's body, where it was kept.
    pub answer: Option<String>,
}

/// A webhook of a mock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct WebhookState {
    pub name: String,
    pub object_type: String,
    pub object: String,
    pub version: Option<String>,
    pub event: String,
    pub url: String,
    pub enabled: bool,
    /// Deliveries without an outcome.
    pub waiting: u64,
}

/// A request of a mock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct RequestState {
    pub id: String,
    pub object_type: String,
    pub object: String,
    pub version: String,
    pub status: String,
    pub created: String,
    pub started: Option<String>,
    pub ended: Option<String>,
    pub error: Option<String>,
}

/// An object of a mock, for which requests can be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct ObjectState {
    pub object_type: &'static str,
    pub name: String,
}

/// An injected fault, and how often it was met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct FaultState {
    pub fault: String,
    pub met: u64,
}

/// What a mock has besides its deliveries.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct MockState {
    pub webhooks: Vec<WebhookState>,
    /// The newest first.
    pub requests: Vec<RequestState>,
    pub objects: Vec<ObjectState>,
    pub faults: Vec<FaultState>,
}

/// What `listen` expects, and how much of it has arrived.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct ListenState {
    pub expectations: Vec<ExpectationState>,
    /// How many deliveries counted.
    pub deliveries: u64,
    /// How many of them nothing expected.
    pub unexpected: u64,
    pub met: bool,
}

/// One expectation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct ExpectationState {
    /// As it was given.
    pub expect: String,
    pub count: u64,
    pub seen: u64,
    pub met: bool,
    pub nearest: Option<NearestState>,
}

/// The delivery that came nearest to an expectation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct NearestState {
    pub number: u64,
    pub differs: Vec<DifferenceState>,
}

/// A field that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct DifferenceState {
    pub field: String,
    pub expected: Value,
    /// Null if the delivery doesn't have it.
    pub found: Value,
}
