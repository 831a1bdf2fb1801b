//! Choices of this mock where UbiOps documents nothing (reference, section 11). Documented rules
//! are in the model.

use serde_json::{Map, Value, json, value::to_raw_value};
use uuid::Uuid;

use crate::{
    mock::clock,
    model::{
        event::{Event, ObjectType},
        header::{Content, NewHeader, is_of_connection},
        invalid::Invalid,
        name::WebhookName,
        objects::{NewObject, NewVersion, Object, Version},
        payload::{Payload, RequestStatus, Subject},
        target::TRAINING_DEPLOYMENT,
        url::CallbackUrl,
    },
};

/// The only project of a mock.
pub(crate) const PROJECT: &str = "demo";

/// What every mock starts with: an object and its default version.
pub(super) const FIRST_OBJECTS: [(ObjectType, &str, &str); 3] = [
    (ObjectType::Deployment, "deployment-1", "v1"),
    (ObjectType::Pipeline, "pipeline-1", "v1"),
    (ObjectType::Deployment, TRAINING_DEPLOYMENT, "experiment-1"),
];

/// How many test runs are kept (line 36).
pub(super) const TESTS_KEPT: i64 = 1000;

/// How many attempts and ended requests are kept, and how long: enough to look into recent ones,
/// and little enough for a mock that runs for weeks.
pub(super) const ATTEMPTS_KEPT: i64 = 50_000;
/// See `ATTEMPTS_KEPT`.
pub(super) const REQUESTS_KEPT: i64 = 10_000;
/// The most requests that one call may create or name: it is one write, which all others wait for.
pub(super) const REQUESTS_AT_ONCE: usize = 10_000;
/// The minimum time that a request is kept after its end, however many end at that time.
pub(super) const FRESH_MICROS: i64 = 10_000_000;
/// See `ATTEMPTS_KEPT`: a week.
pub(super) const KEPT_MICROS: i64 = 7 * 24 * 60 * 60 * 1_000_000;

const MAX_URL_CHARS: usize = 2048;
const MAX_HEADERS: usize = 50;

/// The characters of a webhook's name (line 8).
pub(super) fn check_webhook_name(name: &WebhookName) -> Result<(), Invalid> {
    if name.is_plain() {
        return Ok(());
    }
    let rule = "must consist of letters, digits, `-`, `_` and `.`";
    Err(Invalid::new("name", rule))
}

/// The maximum length of a URL (line 10).
pub(super) fn check_url(url: &CallbackUrl) -> Result<(), Invalid> {
    if url.as_str().chars().count() <= MAX_URL_CHARS {
        return Ok(());
    }
    Err(Invalid::new("url", "must have at most 2048 characters"))
}

/// The maximum number of headers, and forbidden ones (lines 11 and 23).
pub(super) fn check_headers(headers: &[NewHeader]) -> Result<(), Invalid> {
    if headers.len() > MAX_HEADERS {
        return Err(Invalid::new("headers", "must have at most 50 items"));
    }
    for header in headers {
        if is_of_connection(header.key.as_str()) {
            let rule = format!("`{}` can't be configured", header.key);
            return Err(Invalid::new("headers", rule));
        }
    }
    Ok(())
}

/// A create and a test have no value to keep (line 12).
pub(super) fn check_values(headers: &[NewHeader]) -> Result<(), Invalid> {
    let lacking = |header: &&NewHeader| header.content == Content::Protected(None);
    match headers.iter().find(lacking) {
        Some(header) => Err(needs_value(header)),
        None => Ok(()),
    }
}

/// The error for a header without a value if there is none to keep.
pub(super) fn needs_value(header: &NewHeader) -> Invalid {
    Invalid::new("headers", format!("`{}` needs a value", header.key))
}

/// The dummy event of a test: ids and names of the real object, and a request that never existed, with
/// a result of our own (line 29). Returns the id of that request, and the body.
pub(super) fn test_event(event: Event, subject: &Subject, with_result: bool) -> (String, Vec<u8>) {
    let request_id = Uuid::new_v4().to_string();
    let result = json!({"output": "a test of this webhook"});
    let result = to_raw_value(&result).expect("JSON serializes");
    let payload = Payload {
        event,
        subject,
        request_id: &request_id,
        status: RequestStatus::of(event.phase),
        result: with_result.then_some(&*result),
    };
    let body = payload.to_bytes();
    (request_id, body)
}

/// The create of an initial object: only a name.
pub(super) fn first_object(name: &str) -> NewObject {
    NewObject {
        name: name.parse().expect("the first objects have names"),
        description: None,
        input_type: None,
        output_type: None,
        input_fields: None,
        output_fields: None,
        labels: None,
        supports_request_format: None,
    }
}

/// The create of an initial version: only a name.
pub(super) fn first_version(name: &str) -> NewVersion {
    NewVersion {
        version: name.parse().expect("the first versions have names"),
        description: None,
        labels: None,
        request_retention_mode: None,
    }
}

/// A new deployment or pipeline, with defaults for what its create omitted.
pub(super) fn object(object_type: ObjectType, new: NewObject) -> Object {
    let now = clock::text(clock::now());
    let structured = |given: Option<String>| given.or(Some("structured".to_owned()));
    Object {
        id: Uuid::new_v4().to_string(),
        name: new.name.into(),
        project: PROJECT.to_owned(),
        description: Some(new.description.map(String::from).unwrap_or_default()),
        input_type: structured(new.input_type),
        output_type: structured(new.output_type),
        input_fields: Some(new.input_fields.unwrap_or_default()),
        output_fields: Some(new.output_fields.unwrap_or_default()),
        labels: Some(new.labels.unwrap_or_default()),
        creation_date: Some(now.clone()),
        last_updated: Some(now),
        supports_request_format: (object_type == ObjectType::Deployment)
            .then_some(new.supports_request_format != Some(false)),
        default_version: None,
    }
}

/// A new version, with what its create left out. Nothing has to be built here, so a version is
/// available at once.
pub(super) fn version(
    object_type: ObjectType,
    object: &str,
    new: NewVersion,
    mut more: Map<String, Value>,
) -> Version {
    more.retain(|field, value| KEPT_FIELDS.contains(&&**field) && !value.is_null());
    let now = clock::text(clock::now());
    let of = |wanted| (object_type == wanted).then(|| object.to_owned());
    Version {
        id: Uuid::new_v4().to_string(),
        deployment: of(ObjectType::Deployment),
        pipeline: of(ObjectType::Pipeline),
        version: new.version.into(),
        default: false,
        description: Some(new.description.map(String::from).unwrap_or_default()),
        status: (object_type == ObjectType::Deployment).then(|| "available".to_owned()),
        labels: Some(new.labels.unwrap_or_default()),
        creation_date: Some(now.clone()),
        last_updated: Some(now),
        request_retention_mode: new.request_retention_mode.or(Some("full".to_owned())),
        more,
    }
}

/// Fields of a deployment version that have no effect here and are only returned.
pub(super) const KEPT_FIELDS: [&str; 16] = [
    "environment_name",
    "environment_tag",
    "instance_type",
    "instance_type_group_id",
    "instance_type_group_name",
    "maximum_instances",
    "minimum_instances",
    "maximum_idle_time",
    "request_retention_time",
    "maximum_queue_size",
    "restart_request_interruption",
    "ports",
    "scaling_strategy",
    "instance_processes",
    "command",
    "args",
];

/// The environment of a version that names none. Any name is accepted as an environment here, as
/// nothing runs in it.
pub(super) const ENVIRONMENT: &str = "python3-12";
/// The tag that every environment has.
pub(super) const TAG: &str = "latest";

/// A version as it is shown: its first revision has its own id.
pub(super) fn shown_version(mut version: Version) -> Version {
    if version.deployment.is_some() {
        let id = Value::from(version.id.as_str());
        for (field, value) in [
            ("environment_name", ENVIRONMENT.into()),
            ("environment_tag", TAG.into()),
            ("active_revision", id.clone()),
            ("latest_revision", id),
        ] {
            version.more.entry(field).or_insert(value);
        }
    }
    version
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_webhook_name_has_a_small_alphabet() {
        let check = |name: &str| check_webhook_name(&name.parse().unwrap());
        assert!(check("a-B_9.z").is_ok());
        for bad in ["a b", "a/b", "é", "a%"] {
            assert!(check(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn headers_of_the_connection_are_refused_in_any_case() {
        for name in ["Host", "content-length", "Transfer-Encoding", "TE"] {
            let header = NewHeader {
                key: name.parse().unwrap(),
                content: Content::Plain("x".to_owned().try_into().unwrap()),
            };
            assert!(check_headers(&[header]).is_err(), "{name}");
        }
    }
}
