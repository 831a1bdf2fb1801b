//! What is wrong with a file, in words of ours: where, and without any value, which may be secret.

use serde_saphyr::Error as Yaml;

use crate::model::{invalid::Invalid, name::MAX_CHARS, text::nearest};

/// All keys of webhook files and world files.
const KEYS: &str = "name object_type object_name pipeline deployment experiment owner defaults \
                    version url event headers key value value_from \
                    protected local description labels timeout enabled retry include_result id \
                    creation_date last_updated deployments pipelines experiments webhooks \
                    versions default_version";

/// A line of the file up to its key, because the rest may be a secret. An unknown key may also be
/// part of a secret, in a multi-line text; it is shown only if the problem names it anyway.
pub(super) fn excerpt(text: &str, line: u64, problem: &str) -> Option<String> {
    let at = usize::try_from(line).ok()?.checked_sub(1)?;
    let (key, _) = text.lines().nth(at)?.split_once(':')?;
    let word = key.trim_matches(|c: char| !c.is_alphanumeric() && c != '_');
    let is_told = KEYS.split(' ').any(|key| key == word) || problem.contains(&format!("`{word}`"));
    is_told.then(|| format!("{line} | {key}: …"))
}

/// What is wrong, and on which line.
pub(crate) struct Problem {
    pub(super) line: Option<u64>,
    /// The message.
    pub text: String,
}

impl Problem {
    /// A broken rule of the value on that line.
    pub(crate) fn at(line: u64, invalid: &Invalid) -> Self {
        Self::on(line, invalid.with_field())
    }

    /// A problem of the whole file.
    pub(crate) fn whole(text: &str) -> Self {
        Self {
            line: None,
            text: text.to_owned(),
        }
    }

    /// A problem on that line.
    pub(crate) fn on(line: u64, text: String) -> Self {
        Self {
            line: Some(line),
            text,
        }
    }

    /// The same in a document that begins after so many lines.
    pub(super) fn after(self, lines: u64) -> Self {
        Self {
            line: self.line.map(|line| line + lines),
            ..self
        }
    }
}

impl From<Invalid> for Problem {
    fn from(invalid: Invalid) -> Self {
        Self {
            line: None,
            text: invalid.with_field(),
        }
    }
}

/// The message of a type error, without the value.
pub(super) fn words(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rsplit_once("expected ") {
        Some((_, expected)) => format!("must be {}", plain(expected)),
        None => text,
    }
}

/// Whether a key can be shown. With an unbalanced quote, half of the file, values included, can
/// become a key.
fn is_word(key: &str) -> bool {
    let usual = |c: char| c.is_alphanumeric() || "_-.".contains(c);
    key.chars().count() <= MAX_CHARS && key.chars().all(usual)
}

/// The usual name of what the parser calls a kind of value.
fn plain(kind: &str) -> &str {
    match kind {
        "mapping start" => "a mapping (`key: value`)",
        "sequence start" => "a list",
        "string scalar" => "a string",
        // The timeout is the only number.
        "u16" => "a whole number from 1 to 30",
        "a boolean" => "true or false",
        kind => kind,
    }
}

/// Our own message for a parser error: the library's would repeat values, which may be secret.
pub(crate) fn problem(document: &str, error: &Yaml) -> Problem {
    let line = error.location().map(|location| location.line());
    let text = match error.without_snippet() {
        Yaml::SerdeUnknownField {
            field, expected, ..
        } => {
            let known = || expected.iter().copied();
            let named = if is_word(field) {
                format!("unknown key `{field}`")
            } else {
                "unknown key".to_owned()
            };
            if let Some(near) = nearest(field, known()) {
                format!("{named}; did you mean `{near}`?")
            } else {
                let known: Vec<_> = known().collect();
                format!("{named}; known keys are {}", known.join(", "))
            }
        }
        Yaml::SerdeMissingField { field, .. } => format!("`{field}` is missing"),
        Yaml::Unexpected { expected, .. } => format!("must be {}", plain(expected)),
        Yaml::SerdeInvalidType { expected, .. } | Yaml::SerdeInvalidValue { expected, .. } => {
            format!("must be {}", plain(expected))
        }
        Yaml::InvalidBooleanStrict { .. } => "must be true or false".to_owned(),
        Yaml::InvalidScalar { ty, .. } => format!("must be {}", plain(ty)),
        Yaml::NullIntoString { .. } => "must be a string".to_owned(),
        Yaml::MultipleDocuments { .. } => {
            "only one document is allowed; write each webhook to a file of its own".to_owned()
        }
        Yaml::Budget { .. }
        | Yaml::AliasReplayLimitExceeded { .. }
        | Yaml::AliasExpansionLimitExceeded { .. } => "aliases expand to too much data".to_owned(),
        Yaml::DuplicateMappingKey { .. } => "duplicate key".to_owned(),
        Yaml::Message { msg, .. } => msg.clone(),
        _ if let Some(tab) = line.and_then(|line| tab_near(document, line)) => {
            return Problem {
                line: Some(tab),
                text: "tabs can't indent YAML; use spaces".to_owned(),
            };
        }
        _ => "invalid YAML or JSON".to_owned(),
    };
    Problem { line, text }
}

/// The line that a tab indents, if a parser stumbled there: it names that line or one beside it.
fn tab_near(text: &str, line: u64) -> Option<u64> {
    let first = line.saturating_sub(1).max(1);
    let lines = (first..).zip(text.lines().skip(usize::try_from(first - 1).ok()?));
    let is_indented = |line: &str| line[..line.len() - line.trim_start().len()].contains('\t');
    lines
        .take(3)
        .find_map(|(number, line)| is_indented(line).then_some(number))
}
