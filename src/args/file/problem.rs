//! What is wrong with a file, in our own words: where, and without any value, which may be secret. All that can be found
//! is reported at once.

use std::fmt;

use serde_saphyr::Error as Yaml;

use super::keys::{ALL, READ_ONLY, SHARED};
use crate::model::{invalid::Invalid, name::MAX_CHARS, text::nearest};

/// Keys of headers, and of world files.
const OTHERS: &[&str] = &[
    "key",
    "value",
    "value_from",
    "protected",
    "local",
    "deployments",
    "pipelines",
    "experiments",
    "versions",
    "default_version",
];

/// The form of a header, in messages.
const HEADER: &str = "`{key: X-Team, value: blue}`";

/// What `headers` must be.
pub(super) const HEADER_LIST: &str = "a list of `{key: X-Team, value: blue}`";

/// The keys whose values are a word of the API, a number or a switch, and so never a secret.
const WORDS: &str = "object_type event timeout enabled retry include_result protected";

/// A line of the file up to its key, because the rest may be a secret. An unknown key may also be
/// part of a secret, in a multi-line text; it is shown only if the problem names it anyway.
pub(super) fn excerpt(text: &str, line: u64, problem: &str) -> Option<String> {
    let (key, value) = nth(text, line)?.split_once(':')?;
    let word = key_of(key);
    let is_told = is_key(word) || problem.contains(&format!("`{word}`"));
    let value = value.trim();
    let is_shown = WORDS.split(' ').any(|key| key == word)
        && value.chars().count() <= MAX_WORD
        && value
            .chars()
            .all(|c| c.is_alphanumeric() || "_-.\"'".contains(c));
    let value = if is_shown { value } else { "…" };
    is_told.then(|| format!("{line} | {key}: {value}"))
}

/// The longest event has 27 characters.
const MAX_WORD: usize = 40;

fn nth(text: &str, line: u64) -> Option<&str> {
    let at = usize::try_from(line).ok()?.checked_sub(1)?;
    text.lines().nth(at)
}

/// A key without what may surround it: dashes, braces, quotes.
fn key_of(text: &str) -> &str {
    text.trim_matches(|c: char| !c.is_alphanumeric() && c != '_')
}

fn is_key(word: &str) -> bool {
    ALL.contains(&word) || OTHERS.contains(&word)
}

/// The key that the value at that place belongs to, and its line: the one before it in its line, or the one that
/// begins the block that it is in. None if it isn't a known key.
fn key_at(text: &str, line: u64, column: u64) -> Option<(u64, &str)> {
    let own = nth(text, line)?;
    let column = usize::try_from(column).ok()?.saturating_sub(1);
    let end = own
        .char_indices()
        .nth(column)
        .map_or(own.len(), |(at, _)| at);
    let before = own[..end].trim_end_matches(|c: char| "\"'[".contains(c) || c.is_whitespace());
    let (line, before) = if let Some(before) = before.strip_suffix(':') {
        (line, before)
    } else {
        let indent = |line: &str| line.len() - line.trim_start_matches([' ', '-']).len();
        let mut above = (1..line)
            .rev()
            .filter_map(|line| Some((line, nth(text, line)?)));
        let (line, parent) = above.find(|(_, above)| {
            indent(above) < indent(own)
                || own.trim_start().starts_with('-') && !above.trim_start().starts_with('-')
        })?;
        (line, parent.trim_end().strip_suffix(':')?)
    };
    let start = before
        .rfind([' ', ',', '{', '[', '\t'])
        .map_or(0, |at| at + 1);
    let word = key_of(&before[start..]);
    is_key(word).then_some((line, word))
}

/// What is wrong, and on which line.
pub(crate) struct Problem {
    pub(super) line: Option<u64>,
    /// The message.
    pub text: String,
    /// What to write instead.
    pub(crate) hint: Option<String>,
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
            hint: None,
        }
    }

    /// A problem on that line.
    pub(crate) fn on(line: u64, text: String) -> Self {
        Self {
            line: Some(line),
            text,
            hint: None,
        }
    }

    /// Adds what to write instead.
    pub(crate) fn with_hint(self, hint: &str) -> Self {
        Self {
            hint: Some(hint.to_owned()),
            ..self
        }
    }

    /// The same in a document that begins after that many lines.
    pub(super) fn after(self, lines: u64) -> Self {
        Self {
            line: self.line.map(|line| line + lines),
            ..self
        }
    }
}

/// All that is wrong with a file.
#[derive(Default)]
pub(crate) struct Problems(Vec<Problem>);

impl Problems {
    /// Adds one.
    pub(crate) fn add(&mut self, problem: Problem) {
        self.0.push(problem);
    }

    /// The value, or none if it has a problem, which is added.
    pub(crate) fn keep<T>(&mut self, read: Result<T, Problem>) -> Option<T> {
        read.map_err(|problem| self.add(problem)).ok()
    }

    /// Adds those of a document that begins after so many lines.
    pub(super) fn append(&mut self, other: Self, after: u64) {
        let other = other.0.into_iter().map(|problem| problem.after(after));
        self.0.extend(other);
    }

    /// Whether nothing is wrong.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What was read, if nothing is wrong.
    pub(crate) fn unless_any<T>(self, read: T) -> Result<T, Self> {
        if self.0.is_empty() {
            Ok(read)
        } else {
            Err(self)
        }
    }

    /// All of them, in the order of their lines.
    pub(crate) fn sorted(mut self) -> Vec<Problem> {
        self.0.sort_by_key(|problem| problem.line);
        self.0
    }
}

/// Their messages, in one line.
impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts: Vec<_> = self.0.iter().map(|problem| problem.text.as_str()).collect();
        f.write_str(&texts.join("; "))
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self(vec![problem])
    }
}

impl From<Invalid> for Problem {
    fn from(invalid: Invalid) -> Self {
        Self {
            line: None,
            text: invalid.with_field(),
            hint: None,
        }
    }
}

/// The message of a type error, without the value.
pub(super) fn words(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rsplit_once("expected ") {
        Some((_, expected)) => must_be(expected),
        None => text,
    }
}

const MUST_BE: &str = "must be ";

pub(super) fn must_be(expected: &str) -> String {
    format!("{MUST_BE}{}", plain(expected))
}

/// Whether a key can be shown. With an unbalanced quote, half of the file, values included, can
/// become a key.
fn is_word(key: &str) -> bool {
    let usual = |c: char| c.is_alphanumeric() || "_-.".contains(c);
    key.chars().count() <= MAX_CHARS && key.chars().all(usual)
}

/// The key for another word of the same meaning.
fn synonym(word: &str) -> Option<&'static str> {
    Some(match word {
        "about" | "summary" | "comment" => "description",
        "tags" => "labels",
        "endpoint" | "callback" | "callback_url" | "target_url" => "url",
        "on" | "trigger" => "event",
        "active" | "disabled" => "enabled",
        "object" | "watches" => "pipeline",
        "secret" | "from" | "source" => "value_from",
        _ => return None,
    })
}

/// What a mapping is called in messages.
pub(super) const MAPPING: &str = "a mapping (`key: value`)";

/// The usual name of what the parser calls a kind of value.
fn plain(kind: &str) -> &str {
    match kind {
        "mapping start" => MAPPING,
        "sequence start" => "a list",
        "string scalar" => "a string",
        // The timeout is the only number.
        "u16" => "a whole number of seconds from 1 to 30",
        "a boolean" => "true or false",
        kind => kind,
    }
}

/// The message about a key that isn't one of `known`, which all keys of its mapping are. If none is near, it lists them
/// all while `lists_known` is true, which it then makes false.
pub(super) fn unknown_key(key: &str, known: &[&str], lists_known: &mut bool) -> String {
    let named = if is_word(key) {
        format!("unknown key `{key}`")
    } else {
        "unknown key".to_owned()
    };
    if SHARED.contains(&key) && known.contains(&"pipeline") {
        format!("{named}: it is for a file with a list of `webhooks`")
    } else if ALL.contains(&key) && known == SHARED {
        format!(
            "`{key}` is not allowed alongside `owner`, `defaults` or `webhooks`; list the webhooks under `webhooks`"
        )
    } else if let Some(near) = synonym(key).filter(|near| known.contains(near)) {
        format!("{named}; did you mean `{near}`?")
    } else if let Some(near) = nearest(key, known.iter().copied()) {
        format!("{named}; did you mean `{near}`?")
    } else if known.contains(&"value_from") {
        format!("{named}; a header is written as {HEADER}")
    } else if std::mem::take(lists_known) {
        let known = known.iter().filter(|key| !READ_ONLY.contains(*key));
        let known: Vec<_> = known.copied().collect();
        format!("{named}; known keys are {}", known.join(", "))
    } else {
        named
    }
}

/// Our own message for a parser error: the library's would repeat values, which may be secret.
pub(crate) fn problem(document: &str, error: &Yaml) -> Problem {
    let place = error.location();
    let line = place.as_ref().map(serde_saphyr::Location::line);
    let of_value = |rule: String| {
        let key = place
            .as_ref()
            .and_then(|place| key_at(document, place.line(), place.column()));
        match key {
            Some((line, "headers")) => {
                Problem::on(line, format!("headers: {}", must_be(HEADER_LIST)))
            }
            Some((line, key)) => Problem::on(line, format!("{key}: {rule}")),
            None => Problem {
                line,
                text: rule,
                hint: None,
            },
        }
    };
    let text = match error.without_snippet() {
        Yaml::SerdeUnknownField {
            field, expected, ..
        } => unknown_key(field, expected, &mut true),
        Yaml::SerdeMissingField { field, .. } => format!("`{field}` is missing"),
        Yaml::Unexpected { expected, .. } => return of_value(must_be(expected)),
        Yaml::SerdeInvalidType { expected, .. } | Yaml::SerdeInvalidValue { expected, .. } => {
            return of_value(must_be(expected));
        }
        Yaml::InvalidBooleanStrict { .. } => return of_value(must_be("a boolean")),
        Yaml::InvalidScalar { ty, .. } => return of_value(must_be(ty)),
        Yaml::NullIntoString { .. } => return of_value(must_be("string scalar")),
        Yaml::MultipleDocuments { .. } => {
            "only one document is allowed; write each webhook to a file of its own".to_owned()
        }
        Yaml::Budget { .. }
        | Yaml::AliasReplayLimitExceeded { .. }
        | Yaml::AliasExpansionLimitExceeded { .. } => "aliases expand to too much data".to_owned(),
        Yaml::DuplicateMappingKey { .. } => "duplicate key".to_owned(),
        Yaml::Message { msg, .. } if msg.starts_with(MUST_BE) => return of_value(msg.clone()),
        Yaml::Message { msg, .. } => msg.clone(),
        _ if let Some(tab) = line.and_then(|line| tab_near(document, line)) => {
            return Problem {
                line: Some(tab),
                text: "tabs can't indent YAML; use spaces".to_owned(),
                hint: None,
            };
        }
        Yaml::UnknownAnchor { .. } => {
            "no such anchor; a value that begins with `*` must be in quotes".to_owned()
        }
        Yaml::ExternalMessage { msg, .. } => syntax(msg),
        _ => "invalid YAML or JSON".to_owned(),
    };
    Problem {
        line,
        text,
        hint: None,
    }
}

/// What the parser says about the syntax. Its sentences have no values in them, but at most a single character.
fn syntax(said: &str) -> String {
    match said {
        "mapping values are not allowed in this context" => {
            "a value with `: ` in it must be in quotes, and a nested key must be on a line of its own".to_owned()
        }
        "block sequence entries are not allowed in this context" => {
            "a list can't begin here; each `- ` must be on a line of its own, indented like the others".to_owned()
        }
        said if said.starts_with("unexpected character") => {
            "a value can't begin with this character unless it is in quotes".to_owned()
        }
        said => format!("invalid YAML or JSON: {said}"),
    }
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
