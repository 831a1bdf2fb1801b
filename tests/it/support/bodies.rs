//! Webhooks as the platform answers them, and other long data.

use serde_json::{Value, json};

/// A webhook as the platform answers it.
pub(crate) fn webhook(name: &str) -> Value {
    json!({
        "id": "0b8f6f1e-6a53-4a51-9d9e-6b7b1d0f1c22",
        "name": name,
        "object_type": "pipeline",
        "object_name": "pipeline-1",
        "version": null,
        "url": "https://hooks.example.org/in",
        "headers": [],
        "event": "pipeline_request_failed",
        "creation_date": "2026-02-03T10:11:12.345678Z",
        "last_updated": "2026-02-03T10:11:12.345678Z",
        "description": "",
        "labels": {},
        "timeout": 10,
        "enabled": true,
        "retry": false,
        "include_result": false
    })
}

/// The same with some fields changed.
pub(crate) fn webhook_with(name: &str, fields: &Value) -> Value {
    let mut webhook = webhook(name);
    for (key, value) in fields.as_object().unwrap() {
        webhook[key] = value.clone();
    }
    webhook
}

/// All four-digit numbers.
pub(crate) fn all_pins() -> Vec<String> {
    (0..10_000).map(|pin| format!("{pin:04}")).collect()
}
