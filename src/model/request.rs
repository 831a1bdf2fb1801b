//! Requests of deployments and pipelines: what a client may say about the life of one on the mock,
//! and how the platform shows them.

use std::{str::FromStr, time::Duration};

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value, json};

use crate::model::{
    event::{ObjectType, Phase},
    invalid::Invalid,
    payload::RequestStatus,
};

/// The key in a request's data that says what becomes of it. The mock's own; the platform takes
/// it for data like any other.
pub const SCRIPT_KEY: &str = "ubihook";

/// The longest that a request may be told to wait or to run.
const MAX_MILLIS: u64 = 24 * 60 * 60 * 1000;

/// How a request ends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Ending {
    /// Successfully.
    #[default]
    Completed,
    /// Otherwise.
    Failed,
    /// Stopped by its user.
    Cancelled,
}

impl Ending {
    /// All three.
    pub const ALL: [Self; 3] = [Self::Completed, Self::Failed, Self::Cancelled];

    /// The status that the request has then.
    pub fn status(self) -> RequestStatus {
        match self {
            Self::Completed => RequestStatus::Completed,
            Self::Failed => RequestStatus::Failed,
            Self::Cancelled => RequestStatus::Cancelled,
        }
    }

    /// Why, where a client is told.
    pub fn reason(self) -> Option<&'static str> {
        (self == Self::Failed).then_some("The request was told to fail")
    }

    /// The events that it fires: a cancellation fires `finished` alone.
    pub fn phases(self) -> &'static [Phase] {
        match self {
            Self::Completed => &[Phase::Completed, Phase::Finished],
            Self::Failed => &[Phase::Failed, Phase::Finished],
            Self::Cancelled => &[Phase::Finished],
        }
    }
}

impl FromStr for Ending {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let named = |ending: &Self| ending.status().as_str() == text;
        Self::ALL
            .into_iter()
            .find(named)
            .ok_or_else(|| Invalid::new("outcome", "must be `completed`, `failed` or `cancelled`"))
    }
}

/// What is to become of a request.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Script {
    /// How it ends.
    pub ending: Ending,
    /// How long it is pending.
    pub pending: Duration,
    /// How long it is processed.
    pub duration: Duration,
    /// What it answers; without one it echoes its data.
    pub result: Option<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    outcome: Option<String>,
    pending_ms: Option<u64>,
    duration_ms: Option<u64>,
    #[serde(default, deserialize_with = "said")]
    result: Option<Value>,
}

/// A null that is there is a result too.
fn said<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

impl Script {
    /// Takes what the data says of it out of the data.
    pub fn take(data: &mut Value) -> Result<Self, Invalid> {
        let Some(said) = data
            .as_object_mut()
            .and_then(|fields| fields.shift_remove(SCRIPT_KEY))
        else {
            return Ok(Self::default());
        };
        let invalid = |rule: String| Invalid::new(SCRIPT_KEY, rule);
        if !said.is_object() {
            return Err(invalid("must be an object".to_owned()));
        }
        let said: Said = serde_path_to_error::deserialize(said).map_err(|error| {
            let field = error.path().to_string();
            invalid(words(&field, &error.into_inner().to_string()))
        })?;
        let time = |name: &str, millis: Option<u64>| match millis.unwrap_or(0) {
            millis @ 0..=MAX_MILLIS => Ok(Duration::from_millis(millis)),
            _ => Err(invalid(format!("{name} must be at most a day"))),
        };
        let ending = said.outcome.as_deref().map(Ending::from_str).transpose();
        Ok(Self {
            ending: ending
                .map_err(|error| invalid(format!("outcome {error}")))?
                .unwrap_or_default(),
            pending: time("pending_ms", said.pending_ms)?,
            duration: time("duration_ms", said.duration_ms)?,
            result: said.result,
        })
    }
}

/// What is wrong with a field, without the value that serde repeats.
fn words(field: &str, message: &str) -> String {
    let expected = message
        .strip_prefix("invalid ")
        .and_then(|message| message.rsplit_once(", expected "));
    match expected {
        Some((_, "u64")) => format!("{field} must be a whole number of milliseconds"),
        Some((_, expected)) => format!("{field} must be {expected}"),
        None => message.to_owned(),
    }
}

/// A request as it is kept.
#[derive(Debug, Clone)]
pub struct Request {
    /// Its id.
    pub id: String,
    /// Whose it is.
    pub object_type: ObjectType,
    /// The object's name.
    pub object_name: String,
    /// The version's name.
    pub version: String,
    /// How it stands.
    pub status: RequestStatus,
    /// When it was made, as the API writes it.
    pub created: String,
    /// When it began to be processed.
    pub started: Option<String>,
    /// When it ended.
    pub ended: Option<String>,
    /// How long it may take, in seconds.
    pub timeout: Option<u32>,
    /// Its data, as JSON.
    pub data: String,
    /// Its result, as JSON; nothing before its end, and where it has none.
    pub result: Option<String>,
    /// Why it failed.
    pub error: Option<String>,
}

/// How much of a request is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// The answer to a batch create.
    Queued,
    /// The answer to a create.
    Answer,
    /// An item of a list.
    Item,
    /// All of it.
    Detail,
}

impl Request {
    /// As the API shows it.
    pub fn shown(&self, extent: Extent) -> Value {
        let deployment = self.object_type == ObjectType::Deployment;
        let ended = self.status.is_final();
        let success = ended.then_some(self.status == RequestStatus::Completed);
        let read = |text: &Option<String>| {
            let text = text.as_deref().unwrap_or("null");
            serde_json::from_str(text).unwrap_or(Value::Null)
        };
        let size = |text: &str| Value::from(text.len());
        let mut map = Map::new();
        let mut put = |key: &str, value: Value| drop(map.insert(key.to_owned(), value));
        put("id", json!(self.id));
        put(self.object_type.as_str(), json!(self.object_name));
        put("version", json!(self.version));
        put("status", json!(self.status));
        if extent != Extent::Queued {
            put("success", json!(success));
        }
        if extent != Extent::Answer {
            put("time_created", json!(self.created));
        }
        if matches!(extent, Extent::Item | Extent::Detail) {
            put("time_started", json!(self.started));
            put("time_completed", json!(self.ended));
            put("input_size", size(&self.data));
            put(
                "output_size",
                size(self.result.as_deref().unwrap_or_default()),
            );
        }
        if matches!(extent, Extent::Answer | Extent::Detail) {
            put("result", read(&self.result));
            put("error_message", json!(self.error));
            if deployment {
                put("timeout", json!(self.timeout));
            } else {
                put("pipeline_timeout", json!(self.timeout));
                put("deployment_timeout", Value::Null);
                // Nothing runs inside the mock's pipelines.
                for part in [
                    "deployment_requests",
                    "operator_requests",
                    "pipeline_requests",
                ] {
                    put(part, json!([]));
                }
            }
        }
        if extent == Extent::Detail {
            put("request_data", read(&Some(self.data.clone())));
            put("origin", json!({}));
        }
        map.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_taken_out_of_the_data() {
        let mut data = json!({"a": 1, "ubihook": {"outcome": "failed", "duration_ms": 5}, "b": 2});
        let script = Script::take(&mut data).unwrap();
        assert_eq!(script.ending, Ending::Failed);
        assert_eq!(script.duration, Duration::from_millis(5));
        assert_eq!(data.to_string(), r#"{"a":1,"b":2}"#);
        assert_eq!(Script::take(&mut json!("text")).unwrap(), Script::default());
    }

    #[test]
    fn a_script_that_says_something_else_is_refused() {
        for bad in [
            json!(1),
            json!({"outcome": "done"}),
            json!({"duration": 1}),
            json!({"duration_ms": -1}),
            json!({"duration_ms": 86_400_001}),
        ] {
            let refused = Script::take(&mut json!({"ubihook": bad}));
            assert_eq!(refused.unwrap_err().field, "ubihook", "{bad}");
        }
        let mut data = json!({"ubihook": {"duration_ms": "hunter2"}});
        assert_eq!(
            Script::take(&mut data).unwrap_err().rule,
            "duration_ms must be a whole number of milliseconds"
        );
    }
}
