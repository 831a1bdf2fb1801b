//! The payload that a callback receives (reference, section 6), and the 16 kB limit of `result`.

use serde::{Deserialize, Serialize, Serializer, ser::SerializeMap};
use serde_json::value::RawValue;

use crate::model::event::{Event, ObjectType, Phase};

/// The maximum size of `result` as compact JSON; if it is larger, the key is left out. The guide
/// states 16 kB in two ways; 1024 and *at most* are the mock's interpretation (reference, section
/// 11).
pub const MAX_RESULT_BYTES: usize = 16 * 1024;

/// The status of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestStatus {
    /// Queued.
    Pending,
    /// Being processed.
    Processing,
    /// Ended successfully.
    Completed,
    /// Ended with an error.
    Failed,
    /// Cancelled by the user.
    Cancelled,
}

impl RequestStatus {
    /// All of them, in the order in which a request may have them.
    pub const ALL: [Self; 5] = [
        Self::Pending,
        Self::Processing,
        Self::Completed,
        Self::Failed,
        Self::Cancelled,
    ];

    /// The API's name for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Processing => "processing",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// The status with this name.
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }

    /// Whether it can't change any more.
    pub fn is_final(self) -> bool {
        !matches!(self, Self::Pending | Self::Processing)
    }

    /// The status in a dummy event of this phase (reference, section 11, line 29).
    pub fn of(phase: Phase) -> Self {
        match phase {
            Phase::Started => Self::Processing,
            Phase::Failed => Self::Failed,
            Phase::Completed | Phase::Finished => Self::Completed,
        }
    }
}

/// The object version that an event is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// Deployment or pipeline.
    pub object_type: ObjectType,
    pub object_id: String,
    pub object_name: String,
    pub version_id: String,
    /// The version's name; for the training deployment, the experiment.
    pub version_name: String,
    /// Their project.
    pub project: String,
}

/// One event, as it is posted to a callback.
#[derive(Debug, Clone)]
pub struct Payload<'a> {
    pub event: Event,
    pub subject: &'a Subject,
    pub request_id: &'a str,
    /// The status of that request.
    pub status: RequestStatus,
    /// Its result as compact JSON, if the webhook asks for it.
    pub result: Option<&'a RawValue>,
}

impl Payload<'_> {
    /// The body to post. It is serialized once for all attempts: a retry sends the same bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("text and JSON values serialize")
    }

    /// The sentence for chat tools. The only documented sample says "finished" for a completed
    /// event; the other verbs are the mock's choice (reference, section 11, line 31).
    fn text(&self) -> String {
        let verb = match self.event.phase {
            Phase::Started => "started",
            Phase::Failed => "failed",
            Phase::Completed | Phase::Finished => "finished",
        };
        let (request, object) = match self.event.object_type {
            ObjectType::Deployment => ("Deployment", "deployment"),
            ObjectType::Pipeline => ("Pipeline", "pipeline"),
        };
        let Subject {
            object_name,
            version_name,
            project,
            ..
        } = self.subject;
        format!(
            "{request} request {} {verb} for {object} {object_name} {version_name} in project {project}",
            self.request_id
        )
    }

    fn fitting_result(&self) -> Option<&RawValue> {
        self.result
            .filter(|_| self.status == RequestStatus::Completed)
            .filter(|result| result.get().len() <= MAX_RESULT_BYTES)
    }
}

impl Serialize for Payload<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let [id, name, version_id, version_name] = match self.event.object_type {
            ObjectType::Deployment => [
                "deployment_id",
                "deployment_name",
                "deployment_version_id",
                "deployment_version_name",
            ],
            ObjectType::Pipeline => [
                "pipeline_id",
                "pipeline_name",
                "pipeline_version_id",
                "pipeline_version_name",
            ],
        };
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("event", &self.event)?;
        map.serialize_entry(id, &self.subject.object_id)?;
        map.serialize_entry(name, &self.subject.object_name)?;
        map.serialize_entry(version_id, &self.subject.version_id)?;
        map.serialize_entry(version_name, &self.subject.version_name)?;
        map.serialize_entry("request_id", self.request_id)?;
        map.serialize_entry("status", &self.status)?;
        if let Some(result) = self.fitting_result() {
            map.serialize_entry("result", result)?;
        }
        map.serialize_entry("text", &self.text())?;
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, value::to_raw_value};

    use super::*;

    fn subject() -> Subject {
        Subject {
            object_type: ObjectType::Deployment,
            object_id: "d-id".to_owned(),
            object_name: "invoice-reader".to_owned(),
            version_id: "v-id".to_owned(),
            version_name: "v2".to_owned(),
            project: "demo".to_owned(),
        }
    }

    fn body(result: &Value, status: RequestStatus) -> Value {
        let payload = Payload {
            event: "deployment_request_completed".parse().unwrap(),
            subject: &subject(),
            request_id: "r-id",
            status,
            result: Some(&to_raw_value(result).unwrap()),
        };
        serde_json::from_slice(&payload.to_bytes()).unwrap()
    }

    #[test]
    fn the_payload_is_the_documented_one() {
        let expected = serde_json::json!({
            "event": "deployment_request_completed",
            "deployment_id": "d-id",
            "deployment_name": "invoice-reader",
            "deployment_version_id": "v-id",
            "deployment_version_name": "v2",
            "request_id": "r-id",
            "status": "completed",
            "result": {"total": 12.5},
            "text": "Deployment request r-id finished for deployment invoice-reader v2 in project demo",
        });
        let result = serde_json::json!({"total": 12.5});
        assert_eq!(body(&result, RequestStatus::Completed), expected);
    }

    #[test]
    fn a_result_has_at_most_16384_bytes_and_only_when_completed() {
        let fits = Value::String("x".repeat(MAX_RESULT_BYTES - 2));
        let over = Value::String("x".repeat(MAX_RESULT_BYTES - 1));
        assert!(
            body(&fits, RequestStatus::Completed)
                .get("result")
                .is_some()
        );
        assert!(
            body(&over, RequestStatus::Completed)
                .get("result")
                .is_none()
        );
        assert!(body(&fits, RequestStatus::Failed).get("result").is_none());
    }
}
