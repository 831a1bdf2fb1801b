//! The headers of a webhook in a file.

use super::{
    keys::HEADERS,
    literal,
    node::{Mapping, Node, Text},
    problem::{HEADER_LIST, Problem, Problems},
};
use crate::model::{
    draft::{DraftHeader, DraftValue, Part},
    header::{HeaderName, HeaderValue},
    invalid::Invalid,
    secret::Raw,
    source::{SECRET_VARIABLES, SecretText, Source},
};

/// The keys of a header that could be read.
pub(super) struct HeaderFields {
    line: u64,
    key: Text,
    value: Option<Text>,
    value_from: Option<Text>,
    protected: Option<bool>,
}

impl HeaderFields {
    /// Reads an item of the list; none if the item says nothing that is worth checking.
    pub(super) fn read(node: Node, problems: &mut Problems) -> Option<Self> {
        if !node.is_mapping() {
            let text = format!("headers: must be {HEADER_LIST}");
            problems.add(Problem::on(node.line, text));
            return None;
        }
        let mut map = Mapping::new(node, HEADERS, problems)?;
        map.node("local");
        let line = map.line;
        let is_named = map.written().any(|key| key == "key");
        let (key, value, value_from) = (map.text("key"), map.text("value"), map.text("value_from"));
        let protected = map.take("protected", Node::switch);
        let has_unread = map.has_unread;
        let has_unknown = map.finish();
        if !has_unknown && !is_named {
            problems.add(Problem::on(line, "`key` is missing".to_owned()));
        }
        Some(Self {
            line,
            key: key.filter(|_| !has_unread && !has_unknown)?,
            value,
            value_from,
            protected,
        })
    }
}

/// The headers; their lines are added to `parts`.
pub(super) fn headers(
    given: Vec<HeaderFields>,
    parts: &mut Vec<(Part, u64)>,
    problems: &mut Problems,
) -> Vec<DraftHeader> {
    let mut headers: Vec<DraftHeader> = Vec::with_capacity(given.len());
    for fields in given {
        let (line, key_line) = (fields.line, fields.key.line);
        let Some(header) = problems.keep(header(fields)) else {
            continue;
        };
        if headers.iter().any(|known| known.key == header.key) {
            let rule = format!("`{}` is given twice", header.key);
            problems.add(Problem::at(line, &Invalid::new("headers", rule)));
            continue;
        }
        parts.push((Part::Header(header.key.clone()), key_line));
        headers.push(header);
    }
    headers
}

fn header(fields: HeaderFields) -> Result<DraftHeader, Problem> {
    let HeaderFields {
        key,
        value,
        value_from,
        protected,
        ..
    } = fields;
    let key_line = key.line;
    let value_line = value.as_ref().map(|value| value.line);
    let from_line = value_from.as_ref().map(|from| from.line);
    let invalid_key = |invalid: Invalid| Problem::at(key_line, &invalid);
    let key = literal("headers", key.value).map_err(invalid_key)?;
    let key: HeaderName = key.try_into().map_err(invalid_key)?;
    let wrong = |line: Option<u64>, rule: &str| {
        let rule = Invalid::new("headers", format!("`{key}`: {rule}"));
        Problem::at(line.unwrap_or(key_line), &rule)
    };
    let text = |value: Text| {
        let text = literal("headers", value.value);
        text.map_err(|invalid| wrong(Some(value.line), &invalid.rule))
    };
    let value = match (protected, value, value_from) {
        (_, Some(_), Some(_)) => {
            return Err(wrong(from_line, "has both `value` and `value_from`"));
        }
        (Some(false), None, Some(_)) => {
            return Err(wrong(
                from_line,
                "`value_from` is for protected headers; set `protected: true`",
            ));
        }
        // The value that this machine holds: the platform keeps it, too.
        (_, None, Some(from)) if from.value == "store" => DraftValue::Missing,
        (_, None, Some(from)) => DraftValue::From(variable(&from.value).ok_or_else(|| {
            wrong(from_line, "`value_from` must be `env:UBIHOOK_SECRET_…`, since only variables with that prefix are allowed, or `store`")
        })?),
        (Some(true), Some(value), None) => {
            let value = Raw::from(text(value)?);
            let checked = key.check_protected(value.expose());
            checked.map_err(|invalid| wrong(value_line, &invalid.rule))?;
            DraftValue::Given(value)
        }
        (Some(true), None, None) => DraftValue::Missing,
        (_, Some(value), None) => {
            let value = HeaderValue::try_from(text(value)?);
            DraftValue::Plain(value.map_err(|invalid| wrong(value_line, &invalid.rule))?)
        }
        (_, None, None) => return Err(wrong(None, "needs a value")),
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
