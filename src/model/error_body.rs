//! The platform's error JSON: the mock writes it, the client reads it, leniently.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// `{"error": "<sentence>"}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ErrorBody {
    /// One sentence that names the field at fault.
    pub error: String,
}

/// The message in an error response: `error`, `error_message` or `detail`, each as text, list or
/// object (reference, section 4). `None` if the body isn't the API's.
pub fn message(body: &[u8]) -> Option<String> {
    let value: Value = serde_json::from_slice(body).ok()?;
    let object = value.as_object()?;
    let found = ["error", "error_message", "detail"]
        .iter()
        .find_map(|key| object.get(*key))?;
    Some(flatten(found)).filter(|text| !text.is_empty())
}

fn flatten(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(flatten).collect::<Vec<_>>().join("; "),
        Value::Object(fields) => fields
            .iter()
            .map(|(key, value)| format!("{key}: {}", flatten(value)))
            .collect::<Vec<_>>()
            .join("; "),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_found_in_each_shape() {
        for (body, text) in [
            (r#"{"error":"no"}"#, "no"),
            (r#"{"error":["a","b"]}"#, "a; b"),
            (r#"{"error":{"name":["too long"]}}"#, "name: too long"),
            (r#"{"error_message":"no"}"#, "no"),
            (r#"{"detail":"no"}"#, "no"),
        ] {
            assert_eq!(message(body.as_bytes()).as_deref(), Some(text));
        }
        for body in ["<html>", "[]", r#"{"error":null}"#, r#"{"x":1}"#, ""] {
            assert_eq!(message(body.as_bytes()), None);
        }
    }
}
