//! The body of a call, read as a delivery (pure).

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Deserialize;
use serde_json::Value;

use crate::model::{event::Event, json::Json, received::Received};

/// A body, as far as it could be read.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Content {
    pub event: Option<String>,
    pub request_id: Option<String>,
    /// The body as JSON.
    pub payload: Option<Json>,
    /// Or as other text.
    pub text: Option<String>,
    /// Or as what is neither.
    pub base64: Option<String>,
}

/// The fields that make a body a delivery. Of any type, so that the message can say what is wrong.
#[derive(Deserialize)]
struct Fields {
    event: Option<Value>,
    request_id: Option<Value>,
}

impl Content {
    /// Reads any body.
    pub fn read(body: &[u8]) -> Self {
        let mut content = Self::default();
        let Ok(text) = std::str::from_utf8(body) else {
            content.base64 = Some(STANDARD.encode(body));
            return content;
        };
        let Ok(json) = text.parse::<Json>() else {
            content.text = Some(text.to_owned());
            return content;
        };
        if json.as_str().starts_with('{')
            && let Ok(fields) = serde_json::from_str::<Fields>(json.as_str())
        {
            let word = |value| match value {
                Some(Value::String(word)) => Some(word),
                _ => None,
            };
            content.event = word(fields.event);
            content.request_id = word(fields.request_id);
        }
        content.payload = Some(json);
        content
    }

    /// A body as it was, from the form that was kept.
    pub fn restore(received: &Received) -> Vec<u8> {
        let Received {
            payload,
            body,
            body_base64,
            ..
        } = received;
        match (payload, body, body_base64) {
            (Some(payload), _, _) => payload.as_str().into(),
            (None, Some(text), _) => text.as_bytes().to_vec(),
            (None, None, Some(encoded)) => STANDARD.decode(encoded).unwrap_or_default(),
            (None, None, None) => Vec::new(),
        }
    }

    /// Why it is not a delivery from the platform, in our own words.
    pub fn problem(&self) -> Option<&'static str> {
        if self.base64.is_some() {
            return Some("the body is not UTF-8");
        }
        let Some(payload) = &self.payload else {
            return Some("the body is not JSON");
        };
        if !payload.as_str().starts_with('{') {
            return Some("the body is not a JSON object");
        }
        match self.event.as_deref() {
            None => Some("the payload has no `event`"),
            Some(event) if Event::split(event).is_none() => {
                Some("`event` must begin with `deployment_request_` or `pipeline_request_`")
            }
            Some(_) if self.request_id.is_none() => Some("the payload has no `request_id`"),
            Some(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_a_delivery_or_the_message_says_why_not() {
        for (body, problem) in [
            (
                r#"{"event":"pipeline_request_failed","request_id":"r"}"#,
                None,
            ),
            // A phase that the platform may add.
            (
                r#" {"event":"deployment_request_paused","request_id":""} "#,
                None,
            ),
            ("", Some("the body is not JSON")),
            ("event=failed", Some("the body is not JSON")),
            ("[1]", Some("the body is not a JSON object")),
            ("{}", Some("the payload has no `event`")),
            (
                r#"{"event":7,"request_id":"r"}"#,
                Some("the payload has no `event`"),
            ),
            (
                r#"{"event":"failed","request_id":"r"}"#,
                Some("`event` must begin with `deployment_request_` or `pipeline_request_`"),
            ),
            (
                r#"{"event":"pipeline_request_","request_id":"r"}"#,
                Some("`event` must begin with `deployment_request_` or `pipeline_request_`"),
            ),
            (
                r#"{"event":"pipeline_request_failed"}"#,
                Some("the payload has no `request_id`"),
            ),
        ] {
            assert_eq!(Content::read(body.as_bytes()).problem(), problem, "{body}");
        }
        assert_eq!(
            Content::read(b"\xff").problem(),
            Some("the body is not UTF-8")
        );
    }

    #[test]
    fn any_body_is_kept_in_the_form_that_fits() {
        let json = Content::read(b"{ \"a\": 1.50 }");
        assert_eq!(json.payload.unwrap().as_str(), r#"{"a":1.50}"#);
        assert_eq!(Content::read(b"x=1").text.as_deref(), Some("x=1"));
        assert_eq!(Content::read(b"\xff\x00").base64.as_deref(), Some("/wA="));
        let twice = br#"{"event":"a","event":"b"}"#;
        let twice = Content::read(twice);
        assert!(twice.event.is_none() && twice.payload.is_some());
    }
}
