//! Events that describe a call while it is made. None of them shows a header's value, a token, or
//! the path of a callback's URL; everything but the API's own words is free text, and scrubbed.

use std::{mem, sync::Arc, time::Duration};

use serde_json::Value;

use crate::model::{routes, scrub::MASK, url};

/// Receives an event for each call, from any task.
#[derive(Clone)]
pub(crate) struct Trace {
    tell: Arc<dyn Fn(Event<'_>) + Send + Sync>,
    /// Whether headers and bodies of responses are kept, to be shown.
    pub(super) shows_answers: bool,
}

impl Trace {
    /// `shows_answers` says whether anyone will look at headers and bodies of responses; they are
    /// only kept for that.
    pub(crate) fn new(
        shows_answers: bool,
        tell: impl Fn(Event<'_>) + Send + Sync + 'static,
    ) -> Self {
        Self {
            tell: Arc::new(tell),
            shows_answers,
        }
    }

    pub(super) fn tell(&self, event: Event<'_>) {
        (self.tell)(event);
    }
}

/// An event.
pub(crate) enum Event<'a> {
    /// A call is sent.
    Sent {
        method: &'a str,
        /// The whole path with its query.
        path: &'a str,
        /// The body, where it has one.
        body: Option<Body<'a>>,
    },
    /// A response arrived.
    Answered {
        method: &'a str,
        /// The whole path with its query.
        path: &'a str,
        /// The HTTP status.
        status: u16,
        /// How long it took.
        took: Duration,
        /// The relevant headers, if they were kept.
        headers: &'a [(String, String)],
        body: Body<'a>,
    },
    /// No response arrived.
    Failed {
        method: &'a str,
        /// The whole path with its query.
        path: &'a str,
        /// Why.
        reason: &'a str,
    },
    /// The next change begins only after a wait, because of the platform's rate limit.
    Limited {
        /// How long.
        wait: Duration,
    },
    /// The call will be retried after a wait.
    Waiting {
        /// How long.
        wait: Duration,
        /// Why.
        reason: &'a str,
    },
}

/// The body of a call or a response. It is only parsed if someone wants to see it: a long list
/// takes longer to parse than to fetch.
#[derive(Clone, Copy)]
pub(crate) struct Body<'a> {
    /// How many bytes it has.
    pub bytes: usize,
    /// The bytes, if they were kept.
    pub(super) kept: Option<&'a [u8]>,
    /// Makes a text safe to show.
    pub(super) shown: &'a dyn Fn(&str) -> String,
}

impl Body<'_> {
    /// The body as it may be shown; `None` if it isn't JSON.
    pub(crate) fn masked(self) -> Option<Value> {
        let mut body = self.kept.and_then(masked)?;
        show(&mut body, self.shown);
        Some(body)
    }
}

/// The path of a call as it may be shown: the API's own words unchanged, everything else scrubbed.
pub(super) fn path(path: &str, shown: &dyn Fn(&str) -> String) -> String {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let segment = |segment: &str| {
        if routes::is_word(segment) {
            segment.to_owned()
        } else {
            shown(segment)
        }
    };
    let path: Vec<_> = path.split('/').map(segment).collect();
    let pair = |pair: &str| match pair.split_once('=') {
        Some((key, value)) => format!("{key}={}", shown(value)),
        None => shown(pair),
    };
    let query: Vec<_> = query.split('&').map(pair).collect();
    let mark = if query == [""] { "" } else { "?" };
    format!("{}{mark}{}", path.join("/"), query.join("&"))
}

/// A body as it may be shown.
pub fn masked(bytes: &[u8]) -> Option<Value> {
    let mut body: Value = serde_json::from_slice(bytes).ok()?;
    match &mut body {
        Value::Array(items) => items.iter_mut().for_each(mask),
        other => mask(other),
    }
    Some(body)
}

fn mask(body: &mut Value) {
    let Some(fields) = body.as_object_mut() else {
        return;
    };
    match fields.get_mut("url") {
        Some(Value::String(url)) => *url = url::masked(url),
        Some(other) => hide(other),
        None => {}
    }
    // Plain values too: traces get pasted into issues and chats.
    match fields.get_mut("headers") {
        Some(Value::Array(headers)) => headers.iter_mut().for_each(mask_header),
        Some(other) => hide(other),
        None => {}
    }
}

/// The names of the API's fields in requests and responses. Other keys are free text, or keys of
/// labels.
const FIELDS: [&str; 37] = [
    "authentication",
    "creation_date",
    "data_type",
    "default",
    "default_version",
    "deployment",
    "description",
    "detail",
    "email",
    "enabled",
    "error",
    "error_message",
    "event",
    "headers",
    "id",
    "include_result",
    "input_fields",
    "input_type",
    "key",
    "labels",
    "last_updated",
    "name",
    "object_name",
    "object_type",
    "organization_name",
    "output_fields",
    "output_type",
    "pipeline",
    "project",
    "protected",
    "request_retention_mode",
    "status",
    "supports_request_format",
    "timeout",
    "url",
    "value",
    "version",
];

/// The platform may quote anything anywhere. Field names are public, so they are not masked: a mask
/// in place of one would reveal the value.
fn show(value: &mut Value, shown: &dyn Fn(&str) -> String) {
    match value {
        Value::String(text) => *text = shown(text),
        Value::Number(number) => {
            let number = number.to_string();
            let text = shown(&number);
            if text != number {
                *value = text.into();
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| show(item, shown)),
        Value::Object(fields) => {
            let fit = mem::take(fields).into_iter().map(|(key, mut value)| {
                show(&mut value, shown);
                if FIELDS.contains(&key.as_str()) {
                    return (key, value);
                }
                (shown(&key), value)
            });
            *fields = fit.collect();
        }
        Value::Null | Value::Bool(_) => {}
    }
}

fn mask_header(header: &mut Value) {
    match header.as_object_mut() {
        Some(fields) => fields.get_mut("value").into_iter().for_each(hide),
        None => hide(header),
    }
}

/// Anything that doesn't have the API's shape may be private.
fn hide(value: &mut Value) {
    if !value.is_null() {
        *value = MASK.into();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_a_protected_value_nor_a_callbacks_path_is_shown() {
        let body = br#"[{"url":"https://a.example/T0/B0","headers":[{"key":"A","value":"s3cret","protected":true}]}]"#;
        let shown = masked(body).unwrap().to_string();
        assert!(
            !shown.contains("s3cret") && !shown.contains("B0"),
            "{shown}"
        );
        assert!(shown.contains("https://a.example/"), "{shown}");
        for body in [
            r#"{"url":{"at":"s3cret"}}"#,
            r#"{"headers":{"A":"s3cret"}}"#,
            r#"{"headers":["A: s3cret"]}"#,
        ] {
            let shown = masked(body.as_bytes()).unwrap().to_string();
            assert!(!shown.contains("s3cret"), "{shown}");
        }
    }
}
