//! Reads the body of a request, and names the field if that fails.

use axum::{
    body::{Bytes, HttpBody, to_bytes},
    extract::{FromRequest, Request},
    http::{StatusCode, header::CONTENT_TYPE},
};
use serde::de::{DeserializeOwned, IgnoredAny};

use crate::{
    mock::{
        refusal::{Refusal, Result},
        rules,
    },
    model::{json::Json, timeout::Timeout},
};

/// The maximum size of a body in bytes; far more than a webhook can have.
const MAX_BYTES: usize = 10 << 20;

/// A complete body that is not parsed yet. The content type doesn't say whether there is one: some
/// clients send it without any body.
#[derive(Debug)]
pub(crate) struct Body {
    bytes: Bytes,
    /// Whether the client declares it as plain text.
    plain: bool,
}

impl<S: Send + Sync> FromRequest<S> for Body {
    type Rejection = Refusal;

    async fn from_request(request: Request, _: &S) -> Result<Self> {
        let plain = request
            .headers()
            .get(CONTENT_TYPE)
            .is_some_and(|value| value.as_bytes().starts_with(b"text/plain"));
        let body = request.into_body();
        let too_large = body.size_hint().lower() > MAX_BYTES as u64;
        match to_bytes(body, MAX_BYTES).await {
            Ok(bytes) => Ok(Self { bytes, plain }),
            Err(_) if too_large => Err(Refusal::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "the body must be at most 10 MiB",
            )),
            Err(_) => Err(Refusal::bad_request(
                "the body was cut off, or is larger than 10 MiB",
            )),
        }
    }
}

/// The most bytes of a file; the mock keeps it in its database.
const MAX_CONTENT: usize = 64 << 20;

/// A body that is a file.
pub(crate) async fn content(request: Request) -> Result<Bytes> {
    let content = to_bytes(request.into_body(), MAX_CONTENT).await;
    content.map_err(|_| {
        let why = "the file was cut off, or is larger than the 64 MiB that the mock accepts";
        Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, why)
    })
}

impl Body {
    /// The body as a JSON object of this type.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T> {
        if self.bytes.trim_ascii_start().first() != Some(&b'{') {
            return Err(Refusal::bad_request("the body must be a JSON object"));
        }
        // The path to the field is only tracked after an error.
        serde_json::from_slice(&self.bytes).map_err(|_| self.explain::<T>())
    }

    /// The body as the data of a request: any JSON, or text. An empty body is no data.
    pub(crate) fn data(&self) -> Result<Json> {
        let text = str::from_utf8(&self.bytes)
            .map_err(|_| Refusal::bad_request("the body is not UTF-8"))?;
        if self.plain {
            return Ok(Json::string(text));
        }
        if text.trim().is_empty() {
            return Ok(Json::empty());
        }
        text.parse()
            .map_err(|_| Refusal::bad_request("the body is not valid JSON"))
    }

    /// The body as a JSON array of the items that one call handles.
    pub(crate) fn list<T: DeserializeOwned>(&self) -> Result<Vec<T>> {
        if self.bytes.trim_ascii_start().first() != Some(&b'[') {
            return Err(Refusal::bad_request("the body must be a JSON array"));
        }
        // Counted before memory is allocated for them.
        let count = serde_json::from_slice::<Vec<IgnoredAny>>(&self.bytes).map(|all| all.len());
        if count.is_ok_and(|count| count > rules::REQUESTS_AT_ONCE) {
            return Err(Refusal::bad_request(format!(
                "the body must have at most {} items",
                rules::REQUESTS_AT_ONCE
            )));
        }
        serde_json::from_slice(&self.bytes).map_err(|_| self.explain::<Vec<T>>())
    }

    fn explain<T: DeserializeOwned>(&self) -> Refusal {
        let mut json = serde_json::Deserializer::from_slice(&self.bytes);
        let read = serde_path_to_error::deserialize::<_, T>(&mut json);
        let sentence = match read {
            Err(error) if error.inner().is_data() => {
                let field = error.path().to_string();
                sentence(&field, &error.inner().to_string())
            }
            _ => "the body is not valid JSON".to_owned(),
        };
        Refusal::bad_request(sentence)
    }
}

/// Translates serde's message about a field. Serde repeats the value, which may be a secret.
fn sentence(path: &str, message: &str) -> String {
    let message = message.rsplit_once(" at line ").map_or(message, |(m, _)| m);
    let named = |name: &str| match path {
        "." => name.to_owned(),
        path => format!("{path}.{name}"),
    };
    let field_in = |start: &str| {
        let name = message.strip_prefix(start)?.strip_prefix('`')?;
        name.strip_suffix('`')
    };
    if let Some(name) = field_in("missing field ") {
        return format!("{}: is required", named(name));
    }
    if let Some(name) = field_in("duplicate field ") {
        return format!("{}: is given twice", named(name));
    }
    let rule = if message.starts_with("invalid ") {
        let expected = message.rsplit_once(", expected ").map(|(_, after)| after);
        match expected {
            Some("u16") => Timeout::try_from(0).map_or_else(|error| error.rule, |_| String::new()),
            Some("a sequence") => "must be an array".to_owned(),
            Some("a map") => "must be an object".to_owned(),
            Some(expected) if expected.starts_with("struct ") => "must be an object".to_owned(),
            Some(expected) => format!("must be {expected}"),
            None => "is not valid".to_owned(),
        }
    } else {
        message.to_owned()
    };
    match path {
        "." => rule,
        path => format!("{path}: {rule}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::webhook::NewWebhook;

    fn refused(body: &str) -> String {
        let body = Body {
            bytes: Bytes::copy_from_slice(body.as_bytes()),
            plain: false,
        };
        body.read::<NewWebhook>().unwrap_err().sentence().to_owned()
    }

    #[test]
    fn a_refusal_names_the_field_and_never_the_value() {
        let full = |change: &str| {
            format!(
                r#"{{"name":"w","object_type":"deployment","object_name":"d","url":"http://a/",
                    "event":"deployment_request_failed",{change}}}"#
            )
        };
        for (change, sentence) in [
            (
                r#""timeout":true"#,
                "timeout: must be a whole number of seconds from 1 to 30",
            ),
            (
                r#""timeout":"s3cret""#,
                "timeout: must be a whole number of seconds from 1 to 30",
            ),
            (
                r#""timeout":1.5"#,
                "timeout: must be a whole number of seconds from 1 to 30",
            ),
            (r#""enabled":"s3cret""#, "enabled: must be a boolean"),
            (
                r#""headers":[{"key":"A","value":12345,"protected":true}]"#,
                "headers[0].value: must be a string",
            ),
            (
                r#""headers":[{"value":"s3cret"}]"#,
                "headers[0].key: is required",
            ),
            (
                r#""headers":[{"key":"A"}]"#,
                "headers[0]: `A` needs a value",
            ),
            (r#""headers":{}"#, "headers: must be an array"),
            (r#""labels":[]"#, "labels: must be an object"),
            (r#""name":"w""#, "name: is given twice"),
        ] {
            assert_eq!(refused(&full(change)), sentence);
        }
        assert_eq!(refused("{}"), "name: is required");
        assert_eq!(refused("{"), "the body is not valid JSON");
        assert_eq!(refused("[]"), "the body must be a JSON object");
        assert_eq!(refused(""), "the body must be a JSON object");
    }
}
