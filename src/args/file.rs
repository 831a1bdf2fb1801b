//! `-f FILE|-`: a webhook as YAML, and therefore also as the API's JSON, even with trailing commas.
//!
//! `document.rs` reads files with several webhooks; `args/manifest.rs` reads several files.

mod document;
mod headers;
mod keys;
mod node;
mod problem;
mod reading;

use std::{ffi::OsStr, path::Path, str::FromStr};

pub(super) use self::reading::{bytes, parse_each, together};
pub(crate) use self::{
    document::contents,
    keys::WEBHOOK,
    node::{Mapping, Node},
    problem::{Problem, Problems, problem},
    reading::{each, parse_with, read_with},
};
use self::{
    headers::{HeaderFields, headers},
    keys::READ_ONLY,
    node::Text,
    problem::HEADER_LIST,
};
use crate::{
    input,
    model::{
        draft::{DraftHeader, Lines, Part, PartialDraft, reads_stdin},
        event::{EventName, ObjectType},
        failure::Failure,
        invalid::Invalid,
        labels::Labels,
        name::WebhookName,
        options::Options,
        shell::{quote, quote_path},
        target::{PartialTarget, Target},
        timeout::Timeout,
    },
};

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

/// Reads all webhooks of a file, or of stdin if the path is `-`.
pub(crate) async fn read_all(path: &Path) -> Result<Vec<PartialDraft>, Failure> {
    if path.is_dir() {
        let message = format!("-f {}: {}", shown(path), input::Error::Folder);
        let hint = format!("ubihook apply -f {}", quote_path(path));
        return Err(Failure::usage(message).with_hint(hint));
    }
    let parse = |shown: &str, bytes: &[u8]| parse_with(shown, bytes, document::all);
    read_with("-f", path, parse).await
}

/// Parses the contents of such a file; `shown` is what names it in messages: `-f FILE`.
pub fn parse(shown: &str, bytes: &[u8]) -> Result<PartialDraft, Failure> {
    parse_with(shown, bytes, document::one)
}

/// A file's name in messages.
pub(crate) fn shown(path: &Path) -> String {
    if is_stdin(path) {
        "stdin".to_owned()
    } else {
        path.display().to_string()
    }
}

/// What to write instead of a plain header with credentials.
pub(crate) const PROTECT: &str =
    "set `protected: true`, with `value_from: env:UBIHOOK_SECRET_…`, or add --allow-plain";

/// What to write where required keys are missing.
pub(crate) const NEEDED: &str =
    "in the file, for example: {name: NAME, pipeline: PIPELINE, event: failed, url: URL}";

/// The keys for the required fields that are missing, in the words of a file.
pub(crate) fn missing_keys(missing: &[&'static str]) -> String {
    const OBJECT: [&str; 2] = ["object_type", "object_name"];
    let mut keys = missing.to_vec();
    if OBJECT.iter().all(|key| keys.contains(key)) {
        keys.retain(|key| *key != "object_name");
    } else {
        return format!("missing: {}", keys.join(", "));
    }
    let words = keys.iter().map(|key| match *key {
        "object_type" => "pipeline (or deployment, or experiment)",
        key => key,
    });
    format!("missing: {}", words.collect::<Vec<_>>().join(", "))
}

/// Whether a file has the ending of one with webhooks.
pub(crate) fn has_known_ending(path: &Path) -> bool {
    let ending = path.extension().and_then(OsStr::to_str);
    matches!(ending, Some("yaml" | "yml" | "json"))
}

/// Refuses a name that is a file, which was meant for `-f`. `verb` is for the command in the hint.
pub(crate) fn check_name(verb: &str, name: &WebhookName) -> Result<(), Failure> {
    let text = name.as_str();
    let path = Path::new(text);
    if !has_known_ending(path) || !path.is_file() {
        return Ok(());
    }
    let hint = format!("ubihook {verb} -f {}", quote(text));
    Err(Failure::usage(format!("`{text}` is a file, not the name of a webhook")).with_hint(hint))
}

/// The error of a name beside a file with several webhooks.
pub(crate) fn has_several(path: Option<&Path>, name: &WebhookName) -> Failure {
    let shown = path.map_or_else(String::new, |path| format!("-f {}: ", shown(path)));
    Failure::usage(format!(
        "{shown}there are several webhooks in it, so `{name}` can't be given"
    ))
}

/// The keys of one webhook that could be read. Texts have their lines, so that a broken rule is reported with its line.
pub(crate) struct Fields {
    name: Option<Text>,
    watched: Watched,
    url: Option<Text>,
    event: Option<Text>,
    headers: Option<Vec<HeaderFields>>,
    labels: Option<Vec<(Text, Text)>>,
    description: Option<Text>,
    timeout: Option<Timeout>,
    enabled: Option<bool>,
    retry: Option<bool>,
    include_result: Option<bool>,
    /// All keys that have a value, whether it could be read or not.
    written: Vec<String>,
    /// Whether there are others. One may be meant for a key that is missing.
    has_unknown: bool,
}

/// A webhook as a file says it.
pub(super) struct Given {
    /// Its fields.
    draft: PartialDraft,
    /// Whether headers are given, even if there are none.
    has_headers: bool,
}

impl Fields {
    /// Reads a webhook, whose keys are these.
    pub(crate) fn read(
        node: Node,
        keys: &'static [&'static str],
        problems: &mut Problems,
    ) -> Option<Self> {
        let mut map = Mapping::new(node, keys, problems)?;
        let written = map.written().map(str::to_owned).collect();
        // A response has these. They are ignored, so that it can be used as a file.
        for key in READ_ONLY {
            map.node(key);
        }
        Some(Self {
            name: map.text("name"),
            watched: Watched {
                object_type: map.text("object_type"),
                object_name: map.text("object_name"),
                short: SHORT.map(|key| (key, map.text(key))),
                version: map.text("version"),
            },
            url: map.text("url"),
            event: map.text("event"),
            headers: map.list("headers", HEADER_LIST, HeaderFields::read),
            labels: map.take("labels", |node| {
                let labels = node.entries()?.into_iter();
                labels
                    .map(|(key, value)| Ok((key, value.text()?)))
                    .collect()
            }),
            description: map.text("description"),
            timeout: map.take("timeout", Node::exact),
            enabled: map.take("enabled", Node::exact),
            retry: map.take("retry", Node::exact),
            include_result: map.take("include_result", Node::exact),
            written,
            has_unknown: map.finish(),
        })
    }

    /// The webhook, so far as these say.
    pub(crate) fn draft(self, problems: &mut Problems) -> PartialDraft {
        self.given(problems).draft
    }

    fn given(self, problems: &mut Problems) -> Given {
        let event_line = self.event.as_ref().map(|event| event.line);
        let event: Option<EventName> = field("event", self.event, problems);
        let target = self.watched.read(problems);
        if let (Some(object_type), Some(event)) = (target.object_type, event) {
            let fits = event.of(object_type);
            problems.keep(fits.map_err(|invalid| Problem::at(event_line.unwrap_or(1), &invalid)));
        }
        let has_headers = self.headers.is_some();
        let mut parts: Vec<(Part, u64)> = Vec::new();
        for (label, value) in self.labels.iter().flatten() {
            parts.push((Part::Label(label.value.clone()), value.line));
        }
        let headers = headers(self.headers.unwrap_or_default(), &mut parts, problems);
        let mut draft = PartialDraft {
            name: field("name", self.name, problems),
            target,
            url: field("url", self.url, problems),
            event,
            headers,
            labels: self.labels.map(|given| labels(given, problems)),
            options: Options {
                description: field("description", self.description, problems),
                timeout: self.timeout,
                enabled: self.enabled,
                retry: self.retry,
                include_result: self.include_result,
            },
            lines: Lines {
                parts,
                ..Lines::default()
            },
        };
        draft.lines.unread = draft.missing();
        if !self.has_unknown {
            let is_written = |key: &str| self.written.iter().any(|written| written == key);
            let names_object = SHORT.into_iter().any(is_written);
            draft
                .lines
                .unread
                .retain(|field| is_written(field) || field.starts_with("object_") && names_object);
        }
        Given { draft, has_headers }
    }
}

/// The keys that name what is watched and say its type.
const SHORT: [&str; 3] = ["pipeline", "deployment", "experiment"];

/// The keys that say what a webhook watches: those of the API, or one of the short ones.
struct Watched {
    object_type: Option<Text>,
    object_name: Option<Text>,
    short: [(&'static str, Option<Text>); 3],
    version: Option<Text>,
}

impl Watched {
    fn read(self, problems: &mut Problems) -> PartialTarget {
        let long = self.object_type.as_ref().map(|_| "object_type");
        let long = long.or(self.object_name.as_ref().map(|_| "object_name"));
        let mut short = self
            .short
            .into_iter()
            .filter_map(|(key, name)| Some((key, name?)));
        let Some((key, name)) = short.next() else {
            let object_type = self.object_type.and_then(|text| {
                if text.value != "experiment" {
                    return field("object_type", Some(text), problems);
                }
                let rule = "must be `deployment` or `pipeline`; write `experiment: NAME` instead of \
                            both to watch an experiment";
                problems.add(Problem::at(text.line, &Invalid::new("object_type", rule)));
                None
            });
            return PartialTarget {
                object_type,
                object_name: field("object_name", self.object_name, problems),
                version: field("version", self.version, problems),
            };
        };
        if let Some(second) = short.next().map(|(key, _)| key).or(long) {
            let rule = format!("can't be given beside `{second}`");
            problems.add(Problem::at(name.line, &Invalid::new(key, rule)));
            return PartialTarget::default();
        }
        if key == "experiment" {
            if let Some(version) = &self.version {
                let rule = "can't be given beside `experiment`";
                problems.add(Problem::at(version.line, &Invalid::new("version", rule)));
            }
            return field(key, Some(name), problems)
                .map(Target::experiment)
                .map_or_else(PartialTarget::default, PartialTarget::from);
        }
        let object_type = match key {
            "pipeline" => ObjectType::Pipeline,
            _ => ObjectType::Deployment,
        };
        PartialTarget {
            object_type: Some(object_type),
            object_name: field(key, Some(name), problems),
            version: field("version", self.version, problems),
        }
    }
}

fn field<T>(key: &'static str, text: Option<Text>, problems: &mut Problems) -> Option<T>
where
    T: FromStr<Err = Invalid>,
{
    let Text { line, value } = text?;
    let parsed = literal(key, value).and_then(|text| text.parse());
    problems.keep(parsed.map_err(|invalid| Problem::at(line, &invalid)))
}

fn labels(given: Vec<(Text, Text)>, problems: &mut Problems) -> Labels {
    let parse = |(key, value): (Text, Text)| {
        let pair =
            literal("labels", key.value).and_then(|key| Ok((key, literal("labels", value.value)?)));
        problems.keep(pair.map_err(|invalid| Problem::at(value.line, &invalid)))
    };
    given.into_iter().filter_map(parse).collect()
}

/// A text as it is meant. Nothing in a file is replaced, so `${`, which looks as if it were, is
/// refused; `$${` is a literal `${`.
fn literal(field: &'static str, text: String) -> Result<String, Invalid> {
    const ESCAPED: &str = "$${";
    if !text.contains("${") {
        return Ok(text);
    }
    if text.split(ESCAPED).any(|part| part.contains("${")) {
        let rule = "`${` is not replaced in a file; a protected header's value can come from \
                    `value_from: env:UBIHOOK_SECRET_…`, and `$${` is a literal `${`";
        return Err(Invalid::new(field, rule));
    }
    Ok(text.replace(ESCAPED, "${"))
}

#[cfg(test)]
mod tests {
    use super::{document::one, *};
    use crate::model::{draft::DraftValue, failure::Explain as _};

    fn webhook(text: &str) -> Result<PartialDraft, Problem> {
        one(text).map_err(|problems| problems.sorted().remove(0))
    }

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
                Some(1),
                "url: must not carry",
            ),
            (
                "name: w\nheaders:\n- key: A\n  value_from: env:HOME",
                Some(4),
                "UBIHOOK_SECRET_",
            ),
            (
                "headers:\n- {key: A, value: x, value_from: env:UBIHOOK_SECRET_A}",
                Some(2),
                "both",
            ),
            ("headers:\n- {key: A}", Some(2), "`A`: needs a value"),
            (
                "headers:\n- {key: A, value: x}\n- {key: a, value: y}",
                Some(3),
                "twice",
            ),
            (
                "object_type: pipeline\nevent: deployment_request_failed",
                Some(2),
                "event: ",
            ),
            ("object_type: hunter2", Some(1), "object_type: must be"),
            ("object_name: ''", Some(1), "object_name: "),
            (
                "labels:\n  a: x\n  b: hunter2-${B}",
                Some(3),
                "labels: `${`",
            ),
            (
                "name: w\ndescription: ${hunter2",
                Some(2),
                "description: `${`",
            ),
            ("url: https://a.example/${hunter2}", Some(1), "url: `${`"),
            (
                "headers:\n- key: A\n  protected: true\n  value: hunter2-${X}",
                Some(4),
                "`A`: `${`",
            ),
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
    fn an_escaped_brace_is_a_literal_one() {
        let text = "description: costs $${X} and $5\nheaders:\n- key: A\n  value: $$$${X}";
        let file = webhook(text).map_err(|problem| problem.text).unwrap();
        assert_eq!(
            file.options.description.unwrap().as_str(),
            "costs ${X} and $5"
        );
        let value = "$$${X}".to_owned().try_into().unwrap();
        assert_eq!(file.headers[0].value, DraftValue::Plain(value));
        let file = webhook("description: a $$${{b}}").map_err(|problem| problem.text);
        assert_eq!(
            file.unwrap().options.description.unwrap().as_str(),
            "a $${{b}}"
        );
    }

    #[test]
    fn a_line_is_shown_as_far_as_a_key_that_is_no_value() {
        let excerpt = |text: &str| {
            let error = parse("w.yaml", text.as_bytes()).unwrap_err();
            error.excerpt().map(str::to_owned)
        };
        let text = "headers:\n- key: A\n  value:\n    hunter2: x";
        assert_eq!(excerpt(text).unwrap(), "3 |   value: …");
        let text = "headers:\n- {key: A, \"vlaue\": hunter2}";
        assert_eq!(excerpt(text).unwrap(), "2 | - {key: …");
        assert_eq!(excerpt("ulr: hunter2").unwrap(), "1 | ulr: …");
        assert_eq!(excerpt("timeout: 99").unwrap(), "1 | timeout: 99");
        let text = "- {timeout: 99, url: https://hunter2.example/}";
        assert_eq!(excerpt(text).unwrap(), "1 | - {timeout: …");
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
