//! `-f FILE|-`: a webhook as YAML, and therefore also as the API's JSON, even with trailing commas.

mod problem;

use std::path::Path;

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Error as _, IgnoredAny},
};

pub(crate) use self::problem::{Problem, problem};
use self::problem::{excerpt, words};
use crate::{
    input,
    model::{
        draft::{DraftHeader, DraftValue, PartialDraft, reads_stdin},
        event::ObjectType,
        failure::Failure,
        header::{HeaderName, HeaderValue, check_value},
        invalid::Invalid,
        labels::Labels,
        name::{ObjectName, VersionName, WebhookName},
        options::{Description, Options},
        secret::Raw,
        source::{SecretText, Source},
        target::PartialTarget,
        timeout::Timeout,
    },
};

/// Far more than one webhook needs.
const MAX_BYTES: usize = 1 << 20;

/// The only variables that a file may name: someone who can edit the file must not be able to send
/// other variables to a URL.
pub(crate) const SECRET_VARIABLES: &str = "UBIHOOK_SECRET_";

/// Refuses to read both the file and a header's value from stdin: there is only one.
pub(crate) fn check_stdin(path: Option<&Path>, headers: &[DraftHeader]) -> Result<(), Failure> {
    if path.is_some_and(is_stdin) && reads_stdin(headers) {
        return Err(Failure::usage(
            "-f - and a header's value can't both be read from stdin",
        ));
    }
    Ok(())
}

/// Whether the path stands for stdin.
pub(crate) fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Reads a file, or stdin if the path is `-`.
pub(crate) async fn read(path: &Path) -> Result<PartialDraft, Failure> {
    read_with(path, parse).await
}

/// Parses the contents of such a file; `shown` is its name in messages.
pub fn parse(shown: &str, bytes: &[u8]) -> Result<PartialDraft, Failure> {
    parse_with(shown, bytes, webhook)
}

/// A file's name in messages.
pub(crate) fn shown(path: &Path) -> String {
    if is_stdin(path) {
        "stdin".to_owned()
    } else {
        path.display().to_string()
    }
}

/// Reads a file with the given parser.
pub(crate) async fn read_with<T>(
    path: &Path,
    parse: impl FnOnce(&str, &[u8]) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let shown = shown(path);
    let read = if is_stdin(path) {
        input::stdin(MAX_BYTES).await
    } else {
        input::file(path, MAX_BYTES).await
    };
    let bytes = read.map_err(|error| Failure::usage(format!("-f {shown}: {error}")))?;
    parse(&shown, &bytes)
}

/// Parses contents with the given parser.
pub(crate) fn parse_with<T>(
    shown: &str,
    bytes: &[u8],
    parse: impl FnOnce(&str) -> Result<T, Problem>,
) -> Result<T, Failure> {
    let text = std::str::from_utf8(bytes)
        .map_err(|_| Failure::usage(format!("-f {shown}: not valid UTF-8")))?;
    if text.trim().is_empty() {
        return Err(Failure::usage(format!("-f {shown}: is empty")));
    }
    parse(text).map_err(|problem| match problem.line {
        Some(line) => {
            let excerpt = excerpt(text, line, &problem.text);
            Failure::usage(format!("-f {shown}:{line}: {}", problem.text)).with_excerpt(excerpt)
        }
        None => Failure::usage(format!("-f {shown}: {}", problem.text)),
    })
}

/// The keys of one webhook.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fields {
    name: Option<WebhookName>,
    object_type: Option<ObjectType>,
    object_name: Option<ObjectName>,
    version: Option<VersionName>,
    url: Option<String>,
    event: Option<String>,
    headers: Option<Vec<HeaderFields>>,
    description: Option<Description>,
    labels: Option<Labels>,
    #[serde(default, deserialize_with = "exact")]
    timeout: Option<Timeout>,
    #[serde(default, deserialize_with = "exact")]
    enabled: Option<bool>,
    #[serde(default, deserialize_with = "exact")]
    retry: Option<bool>,
    #[serde(default, deserialize_with = "exact")]
    include_result: Option<bool>,
    // Read-only fields are accepted and ignored, so that a response can be used as a file.
    #[serde(rename = "id")]
    _id: Option<IgnoredAny>,
    #[serde(rename = "creation_date")]
    _creation_date: Option<IgnoredAny>,
    #[serde(rename = "last_updated")]
    _last_updated: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HeaderFields {
    key: HeaderName,
    value: Option<Raw>,
    value_from: Option<String>,
    protected: Option<bool>,
    #[serde(rename = "local")]
    _local: Option<IgnoredAny>,
}

/// A value of exactly the type that is written: `'10'` is a string and not a number, as for the
/// API.
fn exact<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    let value = serde_json::Value::deserialize(deserializer)?;
    // Only its message: the complete error would give line numbers of the intermediate JSON.
    serde_json::from_value(value).map_err(|error| D::Error::custom(words(&error)))
}

fn webhook(text: &str) -> Result<PartialDraft, Problem> {
    let fields: Fields = serde_saphyr::from_str(text).map_err(|error| problem(text, &error))?;
    Ok(fields.draft()?)
}

impl Fields {
    /// What to call it in a list of webhooks.
    pub(crate) fn name(&self) -> Option<&WebhookName> {
        self.name.as_ref()
    }

    /// The webhook, so far as these say.
    pub(crate) fn draft(self) -> Result<PartialDraft, Invalid> {
        let headers = self.headers.unwrap_or_default();
        Ok(PartialDraft {
            name: self.name,
            target: PartialTarget {
                object_type: self.object_type,
                object_name: self.object_name,
                version: self.version,
            },
            url: self.url.map(|url| url.parse()).transpose()?,
            event: self.event.map(|event| event.parse()).transpose()?,
            headers: headers.into_iter().map(header).collect::<Result<_, _>>()?,
            labels: self.labels,
            options: Options {
                description: self.description,
                timeout: self.timeout,
                enabled: self.enabled,
                retry: self.retry,
                include_result: self.include_result,
            },
        })
    }
}

fn header(fields: HeaderFields) -> Result<DraftHeader, Invalid> {
    let HeaderFields {
        key,
        value,
        value_from,
        protected,
        ..
    } = fields;
    let wrong = |rule: &str| Invalid::new("headers", format!("`{key}`: {rule}"));
    let value = match (protected, value, value_from) {
        (_, Some(_), Some(_)) => return Err(wrong("has both `value` and `value_from`")),
        (Some(false), None, Some(_)) => {
            return Err(wrong(
                "`value_from` is for protected headers; set `protected: true`",
            ));
        }
        (_, None, Some(from)) => DraftValue::From(variable(&from).ok_or_else(|| {
            wrong("`value_from` must be `env:UBIHOOK_SECRET_…`: only variables with that prefix are allowed")
        })?),
        (Some(true), Some(value), None) => {
            check_value(value.expose()).map_err(|invalid| wrong(&invalid.rule))?;
            DraftValue::Given(value)
        }
        (Some(true), None, None) => DraftValue::Missing,
        (_, Some(value), None) => {
            let value: Result<HeaderValue, Invalid> = value.expose().to_owned().try_into();
            DraftValue::Plain(value.map_err(|invalid| wrong(&invalid.rule))?)
        }
        (_, None, None) => return Err(wrong("needs a value")),
    };
    Ok(DraftHeader { key, value })
}

fn variable(from: &str) -> Option<SecretText> {
    let text: SecretText = from.parse().ok()?;
    match &text.source {
        Source::Env(name)
            if name.len() > SECRET_VARIABLES.len() && name.starts_with(SECRET_VARIABLES) =>
        {
            Some(text)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::failure::Explain;

    /// Has the form of the create example in the UbiOps guide: JSON with a trailing comma.
    const GUIDE: &str = r#"{
    "name": "webhook-1",
    "object_type": "pipeline",
    "object_name": "pipeline-1",
    "version": "v1",
    "event": "pipeline_request_started",
    "url": "https://example.org/hook",
    "headers": [
        {"key": "Authorization", "value": "Token s3cret", "protected": true},
    ],
    "timeout": 10,
}"#;

    #[test]
    fn the_guides_example_reads_as_it_stands_and_with_tabs() {
        for text in [GUIDE.to_owned(), GUIDE.replace("    ", "\t")] {
            let file = webhook(&text).map_err(|problem| problem.text).unwrap();
            assert_eq!(file.name.unwrap().as_str(), "webhook-1");
            assert_eq!(
                file.headers[0].value,
                DraftValue::Given("Token s3cret".into())
            );
        }
    }

    #[test]
    fn yaml_with_a_variable_and_read_only_fields_reads() {
        let text = "id: 1\nname: w\nevent: failed\nlabels: {a: no, b: '1'}\nheaders:\n\
            - {key: A, value_from: env:UBIHOOK_SECRET_A}\n\
            - {key: B, value: null, protected: true, local: keyring}\n\
            - {key: C, value: plain}\n";
        let file = webhook(text).map_err(|problem| problem.text).unwrap();
        let values: Vec<_> = file.headers.iter().map(|header| &header.value).collect();
        assert!(matches!(
            values[..],
            [
                DraftValue::From(_),
                DraftValue::Missing,
                DraftValue::Plain(_)
            ]
        ));
        assert_eq!(file.labels.unwrap()["a"], "no");
    }

    #[test]
    fn mistakes_are_told_with_their_line_and_without_the_value() {
        for (text, line, part) in [
            ("name: w\nulr: hunter2", Some(2), "did you mean `url`?"),
            (
                "headers:\n- key: A\n  vlaue: hunter2",
                Some(3),
                "did you mean `value`?",
            ),
            (
                "{\"name: w, value: hunter2\": x}",
                Some(1),
                "unknown key; known keys are",
            ),
            ("timeout: hunter2", Some(1), ""),
            ("enabled: hunter2", Some(1), "must be true or false"),
            ("timeout: '5'", Some(1), "must be a whole number"),
            ("timeout: 99", Some(1), "from 1 to 30"),
            (
                "name: w\nlabels:\n\tteam: hunter2",
                Some(3),
                "tabs can't indent YAML",
            ),
            (
                "name: w\n\tevent: hunter2",
                Some(2),
                "tabs can't indent YAML",
            ),
            ("name: w\n---\nname: hunter2", Some(3), "a file of its own"),
            ("headers: hunter2", Some(1), "must be"),
            ("name: a\nname: hunter2", Some(2), "duplicate key"),
            (
                "url: https://u:hunter2@a.example",
                None,
                "url: must not carry",
            ),
            (
                "headers: [{key: A, value_from: env:HOME}]",
                None,
                "UBIHOOK_SECRET_",
            ),
            (
                "headers: [{key: A, value: x, value_from: env:UBIHOOK_SECRET_A}]",
                None,
                "both",
            ),
            ("headers: [{key: A}]", None, "needs a value"),
            ("{\"name\": \"hunter2", Some(1), ""),
            ("- hunter2", Some(1), ""),
        ] {
            let problem = webhook(text).unwrap_err();
            assert!(problem.text.contains(part), "{text}: {}", problem.text);
            assert!(!problem.text.contains("hunter2"), "{}", problem.text);
            assert_eq!(problem.line, line, "{text}: {}", problem.text);
        }
    }

    #[test]
    fn a_line_is_shown_as_far_as_a_key_that_is_no_value() {
        let excerpt = |text: &str| {
            let error = parse("w.yaml", text.as_bytes()).unwrap_err();
            error.excerpt().map(str::to_owned)
        };
        let text = "headers:\n- key: A\n  value:\n    hunter2: x";
        assert_eq!(excerpt(text), None);
        let text = "headers:\n- {key: A, \"vlaue\": hunter2}";
        assert_eq!(excerpt(text).unwrap(), "2 | - {key: …");
        assert_eq!(excerpt("ulr: hunter2").unwrap(), "1 | ulr: …");
    }

    #[test]
    fn an_alias_bomb_is_refused() {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..12 {
            let before = level - 1;
            let items = vec![format!("*a{before}"); 10].join(", ");
            text.push_str(&format!("a{level}: &a{level} [{items}]\n"));
        }
        assert!(webhook(&format!("id:\n  {}", text.replace('\n', "\n  "))).is_err());
    }
}
