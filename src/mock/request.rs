//! Requests of deployments and pipelines: how a client can script their lifecycle on the mock, and
//! how the platform shows them.

use std::{str::FromStr, time::Duration};

use crate::model::{
    event::{ObjectType, Phase},
    invalid::Invalid,
    json::{self, Json},
    payload::RequestStatus,
    text::{did_you_mean, nearest},
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, ser::SerializeMap};

/// The key in a request's data that scripts its outcome. Only the mock knows it; for the platform
/// it is ordinary data.
pub const SCRIPT_KEY: &str = "ubihook";

/// The maximum time that a script can keep a request pending or running.
const MAX_MILLIS: u64 = 24 * 60 * 60 * 1000;

/// How a request ends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Ending {
    /// Successfully.
    #[default]
    Completed,
    /// With an error.
    Failed,
    /// Cancelled by the user.
    Cancelled,
}

impl Ending {
    /// All three.
    pub const ALL: [Self; 3] = [Self::Completed, Self::Failed, Self::Cancelled];

    /// The resulting status of the request.
    pub fn status(self) -> RequestStatus {
        match self {
            Self::Completed => RequestStatus::Completed,
            Self::Failed => RequestStatus::Failed,
            Self::Cancelled => RequestStatus::Cancelled,
        }
    }

    /// The error message, if it has one.
    pub fn reason(self) -> Option<&'static str> {
        (self == Self::Failed).then_some("The request was set to fail")
    }

    /// The events that it fires: a cancellation fires only `finished`.
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
        Self::ALL.into_iter().find(named).ok_or_else(|| {
            let rule = "must be `completed`, `failed` or `cancelled`";
            let near = nearest(
                text,
                Self::ALL.iter().map(|ending| ending.status().as_str()),
            );
            Invalid::new("outcome", did_you_mean(rule, near))
        })
    }
}

/// The scripted outcome of a request.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Script {
    pub ending: Ending,
    /// How long it is pending.
    pub pending: Duration,
    /// How long it is processed.
    pub duration: Duration,
    /// Its result; by default, a copy of its data.
    pub result: Option<Json>,
    /// Why it fails.
    pub error: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ScriptFields {
    outcome: Option<String>,
    pending_ms: Option<u64>,
    duration_ms: Option<u64>,
    #[serde(default, deserialize_with = "present")]
    result: Option<Json>,
    error_message: Option<String>,
}

/// Distinguishes null, which is a valid result, from an absent field.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Json>, D::Error> {
    Json::deserialize(deserializer).map(Some)
}

impl Script {
    /// Removes the script from the data.
    pub fn take(data: &mut Json) -> Result<Self, Invalid> {
        let Some(script) = find(data) else {
            return Ok(Self::default());
        };
        let invalid = |rule: String| Invalid::new(SCRIPT_KEY, rule);
        if !script.as_str().starts_with('{') {
            return Err(invalid("must be an object".to_owned()));
        }
        let mut script = serde_json::Deserializer::from_str(script.as_str());
        let fields: ScriptFields =
            serde_path_to_error::deserialize(&mut script).map_err(|error| {
                let field = error.path().to_string();
                invalid(words(&field, &error.into_inner().to_string()))
            })?;
        let time = |name: &str, millis: Option<u64>| match millis.unwrap_or(0) {
            millis @ 0..=MAX_MILLIS => Ok(Duration::from_millis(millis)),
            _ => Err(invalid(format!("{name} must be at most a day"))),
        };
        let ending = fields.outcome.as_deref().map(Ending::from_str).transpose();
        let ending = ending
            .map_err(|error| invalid(format!("outcome {error}")))?
            .unwrap_or_default();
        if fields.error_message.is_some() && ending != Ending::Failed {
            return Err(invalid(
                "error_message needs the outcome `failed`".to_owned(),
            ));
        }
        Ok(Self {
            error: fields.error_message,
            ending,
            pending: time("pending_ms", fields.pending_ms)?,
            duration: time("duration_ms", fields.duration_ms)?,
            result: fields.result,
        })
    }
}

/// Takes the script out of the data: of the data itself, of its one item where it is a list, as the
/// official command line sends it, or of the parameters of a training run.
fn find(data: &mut Json) -> Option<Json> {
    if let Some(said) = data.take(SCRIPT_KEY) {
        return Some(said);
    }
    if !data.as_str().contains(SCRIPT_KEY) {
        return None;
    }
    if let Ok([mut item]) = serde_json::from_str::<[Json; 1]>(data.as_str()) {
        let said = item.take(SCRIPT_KEY)?;
        *data = Json::list_of(&item);
        return Some(said);
    }
    data.take_within("parameters", SCRIPT_KEY)
}

/// What is wrong with a field, without the value that serde repeats.
fn words(field: &str, message: &str) -> String {
    let message = message.rsplit_once(" at line ").map_or(message, |(m, _)| m);
    let expected = message
        .strip_prefix("invalid ")
        .and_then(|message| message.rsplit_once(", expected "));
    match expected {
        Some((_, "u64")) => format!("{field} must be a whole number of milliseconds"),
        Some((_, expected)) => format!("{field} must be {expected}"),
        None => message.to_owned(),
    }
}

/// A request as it is stored. Times are as the API writes them; data and result are JSON.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) id: String,
    pub(crate) object_type: ObjectType,
    pub(crate) object_name: String,
    pub(crate) version: String,
    pub(crate) status: RequestStatus,
    pub(crate) created: String,
    pub(crate) started: Option<String>,
    pub(crate) ended: Option<String>,
    /// Its time limit, in seconds.
    pub(crate) timeout: Option<u32>,
    pub(crate) data: String,
    pub(crate) result: Option<String>,
    pub(crate) error: Option<String>,
}

/// How much of a request is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// The response to a batch create.
    Queued,
    /// The response to a create.
    Answer,
    Item,
    Detail,
}

/// A request as the API shows it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shown<'a> {
    request: &'a Request,
    extent: Extent,
    has_data: bool,
}

impl Request {
    /// As the API shows it.
    pub(crate) fn shown(&self, extent: Extent) -> Shown<'_> {
        Shown {
            request: self,
            extent,
            has_data: true,
        }
    }
}

impl Shown<'_> {
    /// The same without its data and its result.
    #[must_use]
    pub(crate) fn without_data(self) -> Self {
        Self {
            has_data: false,
            ..self
        }
    }
}

/// A text that is already JSON.
struct Raw<'a>(&'a str);

impl Serialize for Raw<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        json::as_json(self.0, serializer)
    }
}

impl Serialize for Shown<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self {
            request,
            extent,
            has_data,
        } = *self;
        let result = request.result.as_deref();
        let ended = request.status.is_final();
        let success = ended.then_some(request.status == RequestStatus::Completed);
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &request.id)?;
        map.serialize_entry(request.object_type.as_str(), &request.object_name)?;
        map.serialize_entry("version", &request.version)?;
        map.serialize_entry("status", &request.status)?;
        if extent != Extent::Queued {
            map.serialize_entry("success", &success)?;
        }
        if extent != Extent::Answer {
            map.serialize_entry("time_created", &request.created)?;
        }
        if matches!(extent, Extent::Item | Extent::Detail) {
            map.serialize_entry("time_started", &request.started)?;
            map.serialize_entry("time_completed", &request.ended)?;
            map.serialize_entry("input_size", &request.data.len())?;
            map.serialize_entry("output_size", &result.map_or(0, str::len))?;
        }
        if matches!(extent, Extent::Answer | Extent::Detail) {
            if has_data {
                map.serialize_entry("result", &Raw(result.unwrap_or("null")))?;
            }
            map.serialize_entry("error_message", &request.error)?;
            if request.object_type == ObjectType::Deployment {
                map.serialize_entry("timeout", &request.timeout)?;
            } else {
                map.serialize_entry("pipeline_timeout", &request.timeout)?;
                map.serialize_entry("deployment_timeout", &None::<u32>)?;
                // The mock doesn't run the steps of a pipeline.
                for part in [
                    "deployment_requests",
                    "operator_requests",
                    "pipeline_requests",
                ] {
                    map.serialize_entry::<_, [u8; 0]>(part, &[])?;
                }
            }
        }
        if extent == Extent::Detail {
            if has_data {
                map.serialize_entry("request_data", &Raw(&request.data))?;
            }
            map.serialize_entry("origin", &Raw("{}"))?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn data(value: &serde_json::Value) -> Json {
        value.to_string().parse().unwrap()
    }

    #[test]
    fn a_script_is_taken_out_of_the_data() {
        let script =
            json!({"outcome": "failed", "duration_ms": 5, "result": null, "pending_ms": null});
        let mut all = data(&json!({"a": 1, "ubihook": script, "b": 2}));
        let script = Script::take(&mut all).unwrap();
        assert_eq!(script.ending, Ending::Failed);
        assert_eq!(script.duration, Duration::from_millis(5));
        assert_eq!(script.result.unwrap().as_str(), "null");
        assert_eq!(all.as_str(), r#"{"a":1,"b":2}"#);
        let mut text = Json::string("text");
        assert_eq!(Script::take(&mut text).unwrap(), Script::default());
    }

    #[test]
    fn numbers_of_data_and_result_are_shown_as_they_came() {
        let number = "123456789012345678901234567890.50";
        let mut all = format!(r#"{{"n":{number},"ubihook":{{"result":[{number}]}}}}"#)
            .parse()
            .unwrap();
        let script = Script::take(&mut all).unwrap();
        let request = Request {
            id: "1".to_owned(),
            object_type: ObjectType::Deployment,
            object_name: "d".to_owned(),
            version: "v1".to_owned(),
            status: RequestStatus::Completed,
            created: "2026-01-01T00:00:00Z".to_owned(),
            started: None,
            ended: None,
            timeout: None,
            data: all.to_string(),
            result: script.result.map(|result| result.to_string()),
            error: None,
        };
        let shown = serde_json::to_string(&request.shown(Extent::Detail)).unwrap();
        assert!(
            shown.contains(&format!(r#""request_data":{{"n":{number}}}"#)),
            "{shown}"
        );
        assert!(
            shown.contains(&format!(r#""result":[{number}]"#)),
            "{shown}"
        );
        let bare = request.shown(Extent::Detail).without_data();
        let bare = serde_json::to_value(bare).unwrap();
        assert!(bare.get("result").is_none() && bare.get("request_data").is_none());
    }

    #[test]
    fn a_script_is_found_where_official_tools_can_put_it() {
        for (sent, left) in [
            (
                json!([{"a": 1, "ubihook": {"outcome": "failed"}}]),
                json!([{"a": 1}]),
            ),
            (
                json!({"a": {"parameters": {"ubihook": {"outcome": "failed"}}},
                       "parameters": {"ubihook": {"outcome": "failed"}, "rate": 1}}),
                json!({"a": {"parameters": {"ubihook": {"outcome": "failed"}}},
                       "parameters": {"rate": 1}}),
            ),
        ] {
            let mut all = data(&sent);
            assert_eq!(Script::take(&mut all).unwrap().ending, Ending::Failed);
            assert_eq!(all, data(&left));
        }
        for other in [
            json!([{"ubihook": {}}, {}]),
            json!({"parameters": [{"ubihook": {}}]}),
        ] {
            let mut all = data(&other);
            assert_eq!(Script::take(&mut all).unwrap(), Script::default());
            assert_eq!(all, data(&other));
        }
    }

    #[test]
    fn why_it_fails_can_be_said_of_what_fails() {
        let said = json!({"outcome": "failed", "error_message": "no model"});
        let script = Script::take(&mut data(&json!({"ubihook": said}))).unwrap();
        assert_eq!(script.error.as_deref(), Some("no model"));
        let said = json!({"error_message": "no model"});
        let refused = Script::take(&mut data(&json!({"ubihook": said}))).unwrap_err();
        assert_eq!(refused.rule, "error_message needs the outcome `failed`");
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
            let refused = Script::take(&mut data(&json!({"ubihook": bad})));
            assert_eq!(refused.unwrap_err().field, "ubihook", "{bad}");
        }
        for (bad, rule) in [
            (
                json!("hunter2"),
                "duration_ms must be a whole number of milliseconds",
            ),
            (
                json!(1e3),
                "duration_ms must be a whole number of milliseconds",
            ),
        ] {
            let mut data = data(&json!({"ubihook": {"duration_ms": bad}}));
            assert_eq!(Script::take(&mut data).unwrap_err().rule, rule);
        }
    }
}
