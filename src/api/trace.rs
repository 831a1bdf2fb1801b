//! What can be told of a call while it is made. Nothing in it shows a header's value, a token, or
//! the path of a callback's URL.

use std::{borrow::Cow, mem, sync::Arc, time::Duration};

use serde_json::Value;

use crate::model::{private::Private, scrub::MASK, url};

/// Who is told of each call, from whatever task makes it.
#[derive(Clone)]
pub struct Trace {
    tell: Arc<dyn Fn(Event<'_>) + Send + Sync>,
    /// Whether headers and bodies of answers are kept to be shown.
    pub(super) shows_answers: bool,
}

impl Trace {
    /// `shows_answers` says whether headers and bodies of answers are ever looked at: they are kept
    /// for that alone.
    pub fn new(shows_answers: bool, tell: impl Fn(Event<'_>) + Send + Sync + 'static) -> Self {
        Self {
            tell: Arc::new(tell),
            shows_answers,
        }
    }

    pub(super) fn tell(&self, event: Event<'_>) {
        (self.tell)(event);
    }
}

/// One thing that happened.
pub enum Event<'a> {
    /// A call goes out.
    Sent {
        /// The method.
        method: &'a str,
        /// The whole path with its query.
        path: &'a str,
        /// The body, where it has one.
        body: Option<Body<'a>>,
    },
    /// An answer came.
    Answered {
        /// The method.
        method: &'a str,
        /// The whole path with its query.
        path: &'a str,
        /// The HTTP status.
        status: u16,
        /// How long it took.
        took: Duration,
        /// The headers that say something, where they were kept.
        headers: &'a [(String, String)],
        /// The body.
        body: Body<'a>,
    },
    /// No answer came.
    Failed {
        /// The method.
        method: &'a str,
        /// The whole path with its query.
        path: &'a str,
        /// Why.
        reason: &'a str,
    },
    /// The call will be made again after a while.
    Waiting {
        /// How long.
        wait: Duration,
        /// Why.
        reason: &'a str,
    },
}

/// The body of a call or an answer. It is read only where somebody wants to see it: a long list
/// takes longer to read than to fetch.
#[derive(Clone, Copy)]
pub struct Body<'a> {
    /// How many bytes it has.
    pub bytes: usize,
    /// What they are, where they were kept.
    pub(super) kept: Option<&'a [u8]>,
    /// What the call has that is private.
    pub(super) private: &'a Private,
}

impl<'a> Body<'a> {
    pub(super) fn of(bytes: &'a [u8], private: &'a Private) -> Self {
        Self {
            bytes: bytes.len(),
            kept: Some(bytes),
            private,
        }
    }

    /// As it may be shown; nothing where it isn't JSON.
    pub fn masked(self) -> Option<Value> {
        let mut body = self.kept.and_then(masked)?;
        hide_within(&mut body, self.private);
        Some(body)
    }
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
    // Plain values as well: a trace is pasted into issues and chats.
    match fields.get_mut("headers") {
        Some(Value::Array(headers)) => headers.iter_mut().for_each(mask_header),
        Some(other) => hide(other),
        None => {}
    }
}

/// The platform may quote anything anywhere.
fn hide_within(value: &mut Value, private: &Private) {
    let hide = |text: &mut String| {
        if let Cow::Owned(hidden) = private.hide_all(text) {
            *text = hidden;
        }
    };
    match value {
        Value::String(text) => hide(text),
        Value::Array(items) => items.iter_mut().for_each(|item| hide_within(item, private)),
        Value::Object(fields) => {
            let hidden = mem::take(fields).into_iter().map(|(mut key, mut value)| {
                hide(&mut key);
                hide_within(&mut value, private);
                (key, value)
            });
            *fields = hidden.collect();
        }
        _ => {}
    }
}

fn mask_header(header: &mut Value) {
    match header.as_object_mut() {
        Some(fields) => fields.get_mut("value").into_iter().for_each(hide),
        None => hide(header),
    }
}

/// What isn't in the API's form may be anything.
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
