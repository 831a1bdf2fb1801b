//! What a client sends, as the mock reads it, and what a callback is sent. The whole input is the
//! body, and the result of a request too.

use std::{collections::BTreeMap, time::Duration};

use serde::{Serialize, de::DeserializeOwned};
use serde_json::{
    Value,
    value::{RawValue, to_raw_value},
};
use ubihook::inside::{
    mock::{SCRIPT_KEY, Script},
    model::{
        Event, Json, MAX_RESULT_BYTES, NewTest, NewWebhook, Payload, RequestStatus, Subject,
        WebhookPatch, header::mask_protected,
    },
};

use super::held::{NO_KEY, SECRET, tells_no_secret};

pub fn target(data: &[u8]) {
    if String::from_utf8_lossy(data).contains(NO_KEY) {
        return;
    }
    if let Some(new) = read::<NewWebhook>(data) {
        assert!(new.check().is_err() || new.event.object_type == new.object_type);
        let body = serde_json::to_value(&new).unwrap();
        masks(body.clone());
        // A test of it before it exists is a test of the same.
        let test = serde_json::to_value(NewTest::of(&new)).unwrap();
        for (key, value) in test.as_object().unwrap() {
            assert_eq!(Some(value), body.get(key));
        }
        let patch = serde_json::to_value(new.changeable()).unwrap();
        assert!(serde_json::from_value::<WebhookPatch>(patch).is_ok());
    }
    if let Some(patch) = read::<WebhookPatch>(data) {
        let body = serde_json::to_value(&patch).unwrap();
        assert_eq!(patch.is_empty(), body.as_object().unwrap().is_empty());
        masks(body);
    }
    if let Some(test) = read::<NewTest>(data) {
        assert!(test.check().is_err() || test.event.object_type == test.object_type);
    }
    if let Ok(body) = serde_json::from_slice::<Value>(data) {
        posted(&body);
        let text = std::str::from_utf8(data).unwrap();
        let json: Json = text.parse().unwrap();
        // Compact already, it stays as it is; and it says the same as what came.
        assert_eq!(json.as_str().parse::<Json>().unwrap(), json);
        assert_eq!(value_of(&json), body);
        scripted(json, body);
    } else if let Ok(text) = std::str::from_utf8(data)
        && let Ok(json) = text.parse::<Json>()
    {
        // No machine has such numbers.
        assert!(json.as_str().contains(['e', 'E']) || json.as_str().len() > 300);
    }
}

fn value_of(json: &Json) -> Value {
    serde_json::from_str(json.as_str()).unwrap()
}

/// A body that is taken says the same when it is sent again.
fn read<T: Serialize + DeserializeOwned>(data: &[u8]) -> Option<T> {
    let read: T = serde_json::from_slice(data).ok()?;
    let json = serde_json::to_vec(&read).unwrap();
    let again: T = serde_json::from_slice(&json).unwrap();
    assert_eq!(serde_json::to_vec(&again).unwrap(), json);
    Some(read)
}

/// A dry run shows no protected value.
fn masks(mut body: Value) {
    let mut plain = body.clone();
    for header in plain["headers"].as_array_mut().into_iter().flatten() {
        if header["protected"] == true {
            header["value"] = Value::Null;
        }
    }
    mask_protected(&mut body);
    assert!(plain.to_string().contains(SECRET) || !body.to_string().contains(SECRET));
}

/// A result of at most 16 kB is sent along, as it is, and a larger one is left out.
fn posted(result: &Value) {
    let subject = |event: Event| Subject {
        object_type: event.object_type,
        object_id: "1".to_owned(),
        object_name: "o".to_owned(),
        version_id: "2".to_owned(),
        version_name: "v1".to_owned(),
        project: "demo".to_owned(),
    };
    let small = serde_json::to_vec(result).unwrap().len();
    // So many of it that the limit lies between them and one more.
    let many = (MAX_RESULT_BYTES - 1) / (small + 1);
    let sizes = [1, many.max(1), many + 1].map(|times| Value::from(vec![result.clone(); times]));
    for result in &sizes {
        let raw = to_raw_value(result).unwrap();
        let bytes = raw.get().len();
        for event in Event::all() {
            let status = RequestStatus::of(event.phase);
            let payload = Payload {
                event,
                subject: &subject(event),
                request_id: "r",
                status,
                result: Some(&raw),
            };
            let body = payload.to_bytes();
            assert!(body.len() < MAX_RESULT_BYTES + 1024);
            // As it is written: a number that is read and written again may be another.
            let body: BTreeMap<String, Box<RawValue>> = serde_json::from_slice(&body).unwrap();
            let sent = status == RequestStatus::Completed && bytes <= MAX_RESULT_BYTES;
            let result = body.get("result").map(|result| result.get());
            assert_eq!(result, sent.then_some(raw.get()));
            assert_eq!(body["event"].get(), format!("\"{event}\""));
        }
    }
}

/// What the data of a request says of its life is taken out of it, and nothing else is.
fn scripted(mut data: Json, mut rest: Value) {
    let said = rest
        .as_object_mut()
        .and_then(|fields| fields.shift_remove(SCRIPT_KEY));
    match Script::take(&mut data) {
        Ok(script) => {
            let day = Duration::from_secs(86_400);
            assert!(script.pending <= day && script.duration <= day);
            assert!(said.is_some() || script == Script::default());
            assert_eq!(value_of(&data), rest);
            assert_eq!(Script::take(&mut data), Ok(Script::default()));
        }
        Err(invalid) => {
            let said = said.expect("there is nothing else to refuse");
            let named =
                |fields: &serde_json::Map<_, _>| fields.keys().any(|key| key.contains(SECRET));
            if !said.as_object().is_some_and(named) {
                tells_no_secret(&invalid);
            }
        }
    }
}
