//! The documents of a file. Each is one webhook, a list of them, or a mapping with `webhooks` and
//! what they have in common.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{
        DeserializeSeed, Error as _, IgnoredAny, IntoDeserializer as _, MapAccess, SeqAccess,
        Visitor, value::MapAccessDeserializer,
    },
};
use serde_saphyr::Spanned;

use super::{
    Fields, Given, Problem,
    keys::{ALL, SHARED},
    literal, problem,
};
use crate::model::{
    draft::{Lines, PartialDraft},
    invalid::Invalid,
    target::{PartialTarget, TRAINING_DEPLOYMENT},
};

/// What a file has.
#[derive(Default)]
pub(crate) struct Contents {
    /// The owners that its documents name, with their lines.
    pub owners: Vec<(u64, String)>,
    /// The webhooks, over the defaults of their document, with their lines.
    pub webhooks: Vec<(u64, PartialDraft)>,
    /// Whether a document has an empty list, so that no webhook is what is meant.
    pub is_empty_list: bool,
}

/// The contents of a file.
pub(crate) fn contents(text: &str) -> Result<Contents, Problem> {
    let mut contents = Contents::default();
    for (before, text) in documents(text) {
        contents
            .add(text, before)
            .map_err(|problem| problem.after(before))?;
    }
    Ok(contents)
}

/// All webhooks of a file, over the defaults of their documents. No name may be there twice.
pub(super) fn all(text: &str) -> Result<Vec<PartialDraft>, Problem> {
    let webhooks = contents(text)?.webhooks;
    if webhooks.is_empty() {
        return Err(Problem::whole("no webhook in it"));
    }
    for (at, (line, draft)) in webhooks.iter().enumerate() {
        let Some(name) = &draft.name else {
            if webhooks.len() == 1 {
                break;
            }
            return Err(Problem::on(*line, "missing: name".to_owned()));
        };
        let is_same = |(_, other): &&(u64, PartialDraft)| other.name.as_ref() == Some(name);
        if let Some((first, _)) = webhooks[..at].iter().find(is_same) {
            let rule = format!("`{name}` is also at line {first}");
            return Err(Problem::at(*line, &Invalid::new("name", rule)));
        }
    }
    Ok(webhooks.into_iter().map(|(_, draft)| draft).collect())
}

/// The only webhook of a file.
pub(super) fn one(text: &str) -> Result<PartialDraft, Problem> {
    let mut webhooks = contents(text)?.webhooks.into_iter();
    let first = webhooks.next();
    if let Some((line, _)) = webhooks.next() {
        let text = "only one webhook is allowed here; write each to a file of its own";
        return Err(Problem::on(line, text.to_owned()));
    }
    let first = first.map(|(_, draft)| draft);
    first.ok_or_else(|| Problem::whole("no webhook in it"))
}

/// The documents that aren't empty, with the number of lines before each. A line that begins with
/// `---` begins a document wherever it is, even within a text, so that no parser is needed to find
/// it.
fn documents(text: &str) -> Vec<(u64, &str)> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let (mut documents, mut start, mut first) = (Vec::new(), 0, 0);
    let (mut has_marker, mut has_content) = (false, false);
    let mut at = 0;
    for (number, line) in (0..).zip(text.split_inclusive('\n')) {
        let rest = line.strip_prefix("---");
        let rest = rest.filter(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n']));
        if rest.is_some() && (has_content || has_marker) {
            if has_content {
                documents.push((first, &text[start..at]));
            }
            (start, first, has_content) = (at, number, false);
        }
        has_marker |= rest.is_some();
        let said = rest.unwrap_or(line).trim();
        has_content |= !(said.is_empty() || said.starts_with(['#', '%']) || said == "...");
        at += line.len();
    }
    if has_content {
        documents.push((first, &text[start..]));
    }
    documents
}

/// The first line that is neither empty nor a comment.
fn first_line(text: &str) -> Option<u64> {
    let is_content = |line: &str| !(line.trim().is_empty() || line.starts_with('#'));
    let mut lines = (1..).zip(text.lines());
    lines.find_map(|(number, line)| is_content(line).then_some(number))
}

/// A document.
enum Document {
    One(Box<Fields>),
    List(Vec<Spanned<Fields>>),
    Shared(Box<Shared>),
}

/// A mapping with `webhooks`.
#[derive(Default)]
struct Shared {
    owner: Option<Spanned<String>>,
    defaults: Option<Spanned<Fields>>,
    webhooks: Option<Vec<Spanned<Fields>>>,
}

impl Contents {
    /// Adds what a document has; `before` is the number of lines before it.
    fn add(&mut self, text: &str, before: u64) -> Result<(), Problem> {
        let document: Spanned<Document> = serde_saphyr::from_str(text).map_err(|error| {
            let problem = problem(text, &error);
            Problem {
                // It is about the whole document if the parser names no line.
                line: problem.line.or_else(|| first_line(text)),
                ..problem
            }
        })?;
        let line = document.referenced.line();
        let Shared {
            owner,
            defaults,
            webhooks,
        } = match document.value {
            Document::One(fields) => {
                let Given { draft, .. } = fields.given()?;
                self.add_webhook(before, line, draft);
                return Ok(());
            }
            Document::List(webhooks) => Shared {
                webhooks: Some(webhooks),
                ..Shared::default()
            },
            Document::Shared(shared) => *shared,
        };
        if let Some(owner) = owner {
            let (line, owner) = (owner.referenced.line(), owner.value);
            let owner = literal("owner", owner).and_then(|owner| match owner.trim() {
                "" => Err(Invalid::new("owner", "must not be empty")),
                _ => Ok(owner),
            });
            let owner = owner.map_err(|invalid| Problem::at(line, &invalid))?;
            self.owners.push((before + line, owner));
        }
        let defaults = defaults.map(shared).transpose()?;
        let webhooks = webhooks.unwrap_or_default();
        self.is_empty_list |= webhooks.is_empty();
        for webhook in webhooks {
            let line = webhook.referenced.line();
            let given = webhook.value.given()?;
            let of_experiment = defaults.as_ref().is_some_and(Given::is_of_experiment);
            if of_experiment && !given.has_object() && given.draft.target.version.is_some() {
                let rule = "can't be given beside `experiment` in `defaults`";
                return Err(Problem::at(line, &Invalid::new("version", rule)));
            }
            let draft = match &defaults {
                Some(defaults) => given.over(defaults),
                None => given.draft,
            };
            self.add_webhook(before, line, draft);
        }
        Ok(())
    }

    fn add_webhook(&mut self, before: u64, line: u64, mut draft: PartialDraft) {
        draft.lines.first = Some(line);
        draft.lines.after(before);
        self.webhooks.push((before + line, draft));
    }
}

fn shared(fields: Spanned<Fields>) -> Result<Given, Problem> {
    let line = fields.referenced.line();
    let given = fields.value.given()?;
    if given.draft.name.is_some() {
        let invalid = Invalid::new("defaults", "can't have a name");
        return Err(Problem::at(line, &invalid));
    }
    Ok(given)
}

impl Given {
    fn has_object(&self) -> bool {
        let target = &self.draft.target;
        target.object_type.is_some() || target.object_name.is_some()
    }

    /// Whether it names a different object than the defaults do.
    fn is_another_than(&self, default: &PartialTarget) -> bool {
        let own = &self.draft.target;
        let types = own.object_type.zip(default.object_type);
        let differs = own.object_name != default.object_name
            || types.is_some_and(|(own, default)| own != default);
        default.object_name.is_some() && differs
    }

    /// Whether it watches an experiment, whose version is its name.
    fn is_of_experiment(&self) -> bool {
        let object = self.draft.target.object_name.as_ref();
        object.is_some_and(|object| object.as_str() == TRAINING_DEPLOYMENT)
    }

    /// This webhook over the defaults: labels are merged, and other keys replace the defaults. A
    /// different object also drops the default version.
    fn over(self, defaults: &Self) -> PartialDraft {
        let is_another = self.has_object() && self.is_another_than(&defaults.draft.target);
        let (own, other) = (self.draft, &defaults.draft);
        let labels = match (own.labels, other.labels.clone()) {
            (Some(own), Some(mut labels)) => {
                labels.extend(own);
                Some(labels)
            }
            (own, other) => own.or(other),
        };
        PartialDraft {
            name: own.name,
            target: if is_another {
                own.target
            } else {
                let other = other.target.clone();
                PartialTarget {
                    object_type: own.target.object_type.or(other.object_type),
                    object_name: own.target.object_name.or(other.object_name),
                    version: own.target.version.or(other.version),
                }
            },
            url: own.url.or_else(|| other.url.clone()),
            event: own.event.or(other.event),
            headers: if self.has_headers {
                own.headers
            } else {
                other.headers.clone()
            },
            labels,
            options: own.options.over(&other.options),
            lines: Lines {
                first: None,
                parts: [own.lines.parts, other.lines.parts.clone()].concat(),
            },
        }
    }
}

/// What the first key of a mapping says about it.
struct First(String);

/// Keys for anchors, which are ignored.
fn is_ignored(key: &str) -> bool {
    key.starts_with("x-")
}

impl<'de> Deserialize<'de> for First {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let key = String::deserialize(deserializer)?;
        // `<<` is a merge key, which the parser resolves.
        if is_ignored(&key) || ALL.contains(&key.as_str()) || key == "<<" {
            return Ok(Self(key));
        }
        Err(D::Error::unknown_field(&key, ALL))
    }
}

/// A key of [`Shared`].
struct Key(Option<&'static str>);

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let key = String::deserialize(deserializer)?;
        if is_ignored(&key) {
            return Ok(Self(None));
        }
        let known = SHARED.iter().find(|known| **known == key);
        known
            .map(|known| Self(Some(known)))
            .ok_or_else(|| D::Error::unknown_field(&key, SHARED))
    }
}

impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyDocument)
    }
}

struct AnyDocument;

impl<'de> Visitor<'de> for AnyDocument {
    type Value = Document;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a mapping (`key: value`) or a list of them")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Document, A::Error> {
        let mut webhooks = Vec::new();
        while let Some(webhook) = list.next_element()? {
            webhooks.push(webhook);
        }
        Ok(Document::List(webhooks))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Document, A::Error> {
        let first = loop {
            match map.next_key::<First>()? {
                Some(First(key)) if is_ignored(&key) => {
                    map.next_value::<IgnoredAny>()?;
                }
                Some(First(key)) => break Some(key),
                None => break None,
            }
        };
        let Some(key) = first
            .as_deref()
            .and_then(|key| SHARED.iter().find(|known| **known == key))
        else {
            let map = After { first, map };
            let fields = Fields::deserialize(MapAccessDeserializer::new(map))?;
            return Ok(Document::One(Box::new(fields)));
        };
        let mut shared = Shared::default();
        shared.read(key, &mut map)?;
        while let Some(Key(key)) = map.next_key()? {
            match key {
                Some(key) => shared.read(key, &mut map)?,
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        if shared.webhooks.is_none() {
            return Err(A::Error::missing_field("webhooks"));
        }
        Ok(Document::Shared(Box::new(shared)))
    }
}

impl Shared {
    fn read<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "owner" => self.owner = Some(map.next_value()?),
            "defaults" => self.defaults = map.next_value()?,
            _ => self.webhooks = Some(map.next_value()?),
        }
        Ok(())
    }
}

/// A mapping whose first key has been read already.
struct After<A> {
    first: Option<String>,
    map: A,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for After<A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        match self.first.take() {
            Some(key) => seed.deserialize(key.into_deserializer()).map(Some),
            None => self.map.next_key_seed(seed),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.map.next_value_seed(seed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::name::WebhookName;

    fn read(text: &str) -> Contents {
        contents(text).map_err(|problem| problem.text).unwrap()
    }

    /// The names of the webhooks, with their lines.
    fn names(text: &str) -> Vec<(u64, String)> {
        let webhooks = read(text).webhooks.into_iter();
        webhooks
            .map(|(line, draft)| (line, draft.name.map(String::from).unwrap_or_default()))
            .collect()
    }

    #[test]
    fn one_webhook_a_list_and_several_documents_read_with_their_lines() {
        for (text, expected) in [
            ("name: a", &[(1, "a")][..]),
            ("{\"name\": \"a\"}", &[(1, "a")]),
            ("- name: a\n- name: b", &[(1, "a"), (2, "b")]),
            (
                "# c\n\n- name: a\n\n- url: https://a.example/\n  name: b",
                &[(3, "a"), (5, "b")],
            ),
            ("name: a\n---\nname: b\n", &[(1, "a"), (3, "b")]),
            (
                "---\nname: a\n---\n---\n# nothing\n---\n- name: b\n- name: c\n...\n",
                &[(2, "a"), (7, "b"), (8, "c")],
            ),
            ("webhooks:\n- name: a\n- {name: b}\n", &[(2, "a"), (3, "b")]),
            (
                "\u{feff}name: a\r\n---\r\nname:\tb\r\n",
                &[(1, "a"), (3, "b")],
            ),
            ("%YAML 1.2\n---\nname: a\n", &[(3, "a")]),
            ("--- {name: a}\n--- {name: b}\n", &[(1, "a"), (2, "b")]),
            ("[]", &[]),
            ("owner: us\nwebhooks: []", &[]),
        ] {
            let expected: Vec<_> = expected
                .iter()
                .map(|(line, name)| (*line, (*name).to_owned()))
                .collect();
            assert_eq!(names(text), expected, "{text}");
        }
    }

    #[test]
    fn a_line_within_a_text_does_not_begin_a_document() {
        let text = "description: |\n  ---\n  --- x\nname: a\n---x: 1\n";
        let problem = contents(text).err().unwrap();
        assert_eq!(problem.line, Some(5), "{}", problem.text);
        assert_eq!(
            names("description: \"a\n  ---\n  b\"\nname: a"),
            [(1, "a".to_owned())]
        );
    }

    #[test]
    fn a_webhook_is_read_over_the_defaults() {
        let text = "owner: us\ndefaults:\n  pipeline: p\n  version: v1\n  event: failed\n  timeout: 20\n  \
                    labels: {team: blue, stage: test}\n  headers: [{key: X, value: '1'}]\nwebhooks:\n\
                    - {name: a, labels: {stage: live, extra: '1'}}\n\
                    - {name: b, pipeline: q, headers: [], timeout: 3}\n\
                    - {name: c, version: v2, headers: [{key: Y, value: '2'}]}\n\
                    - {name: d, pipeline: p}\n";
        let contents = read(text);
        assert_eq!(contents.owners, [(1, "us".to_owned())]);
        let [a, b, c, d] = &contents.webhooks[..] else {
            panic!()
        };
        let version = |draft: &PartialDraft| draft.target.version.as_ref().map(ToString::to_string);
        let labels: Vec<_> = a.1.labels.iter().flatten().collect();
        let labels: Vec<_> = labels
            .iter()
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        assert_eq!(labels, ["extra=1", "stage=live", "team=blue"]);
        assert_eq!(version(&a.1).as_deref(), Some("v1"));
        assert_eq!(
            (a.1.headers.len(), a.1.options.timeout.unwrap().seconds()),
            (1, 20)
        );
        assert_eq!(version(&b.1), None);
        assert_eq!(
            (b.1.headers.len(), b.1.options.timeout.unwrap().seconds()),
            (0, 3)
        );
        assert_eq!(version(&c.1).as_deref(), Some("v2"));
        assert_eq!(version(&d.1).as_deref(), Some("v1"));
        // A version without an object is one of every object.
        let text =
            "defaults: {version: v1, object_type: pipeline}\nwebhooks: [{name: a, object_name: q}]";
        let one = &read(text).webhooks[0].1;
        assert_eq!(version(one).as_deref(), Some("v1"));
        assert_eq!(one.target.object_type.unwrap().as_str(), "pipeline");
        let text = "defaults: {object_name: q, version: v1}\nwebhooks: [{name: a, pipeline: q}]";
        assert_eq!(version(&read(text).webhooks[0].1).as_deref(), Some("v1"));
        assert!(c.1.headers[0].key.is("Y"));
        assert!(
            contents
                .webhooks
                .iter()
                .all(|(_, draft)| draft.event.is_some())
        );
    }

    #[test]
    fn short_keys_name_the_object() {
        for (text, expected) in [
            ("pipeline: p", "pipeline p -"),
            ("{deployment: d, version: v1}", "deployment d v1"),
            ("experiment: e", "deployment training-base-deployment e"),
            ("{object_type: pipeline, object_name: p}", "pipeline p -"),
        ] {
            let target = read(text).webhooks.remove(0).1.target.whole();
            let target = target.unwrap().unwrap();
            let version = target
                .version
                .as_ref()
                .map_or("-".to_owned(), ToString::to_string);
            let shown = format!(
                "{} {} {version}",
                target.object_type,
                target.object_name.as_str()
            );
            assert_eq!(shown, expected);
        }
    }

    #[test]
    fn anchors_and_merge_keys_read_and_keys_for_them_are_ignored() {
        let text = "x-base: &base {event: failed, timeout: 7}\nwebhooks:\n\
                    - {<<: *base, name: a}\n- {<<: *base, name: b, timeout: 8}\nx-more: {secret: 1}\n";
        let webhooks = read(text).webhooks;
        let seconds: Vec<_> = webhooks
            .iter()
            .map(|(_, draft)| draft.options.timeout.unwrap().seconds())
            .collect();
        assert_eq!(seconds, [7, 8]);
        let name: WebhookName = "a".parse().unwrap();
        assert_eq!(webhooks[0].1.name, Some(name));
    }

    #[test]
    fn mistakes_are_reported_with_their_line_and_without_values() {
        for (text, line, part) in [
            (
                "owner: us\nwebhoks: []",
                Some(2),
                "did you mean `webhooks`?",
            ),
            ("ownr: hunter2", Some(1), "did you mean `owner`?"),
            ("owner: us", Some(1), "`webhooks` is missing"),
            (
                "owner: ' '\nwebhooks: []",
                Some(1),
                "owner: must not be empty",
            ),
            ("owner: ${hunter2}\nwebhooks: []", Some(1), "owner: `${`"),
            (
                "defaults: {name: hunter2}\nwebhooks: []",
                Some(1),
                "defaults: can't have a name",
            ),
            (
                "webhooks:\n- name: a\n- nme: hunter2",
                Some(3),
                "did you mean `name`?",
            ),
            ("webhooks: hunter2", Some(1), "must be"),
            ("- name: a\n- [hunter2]", Some(2), "must be"),
            (
                "name: a\n---\nname: b\nulr: hunter2",
                Some(4),
                "did you mean `url`?",
            ),
            (
                "name: a\n---\nname: b\n\thunter2: c",
                Some(4),
                "tabs can't indent YAML",
            ),
            ("- name: a\n- timeout: 99", Some(2), "from 1 to 30"),
            (
                "defaults:\n  timeout: 99\nwebhooks: []",
                Some(2),
                "from 1 to 30",
            ),
            (
                "defaults:\n  ulr: hunter2\nwebhooks: []",
                Some(2),
                "did you mean `url`?",
            ),
            (
                "pipeline: p\ndeployment: hunter2",
                Some(1),
                "pipeline: can't be given beside `deployment`",
            ),
            (
                "object_name: p\npipeline: hunter2",
                Some(2),
                "pipeline: can't be given beside `object_name`",
            ),
            (
                "experiment: e\nversion: hunter2",
                Some(2),
                "version: can't be given beside `experiment`",
            ),
            (
                "experiment: e\nevent: pipeline_request_failed",
                Some(2),
                "event: ",
            ),
            (
                "defaults: {experiment: e}\nwebhooks:\n- {name: a, version: hunter2}",
                Some(3),
                "version: can't be given beside `experiment` in `defaults`",
            ),
            ("webhooks: []\nname: hunter2", Some(2), "unknown key `name`"),
            ("webhooks: []\nwebhooks: []", Some(2), "duplicate key"),
            (
                "- headers:\n  - {key: A, value: hunter2, value_from: env:UBIHOOK_SECRET_A}",
                Some(2),
                "both",
            ),
            ("- name: ..", Some(1), "name: "),
            ("hunter2", Some(1), ""),
            ("", None, "no webhook in it"),
            ("# nothing\n---\n", None, "no webhook in it"),
        ] {
            let problem = one(text).err().unwrap_or_else(|| panic!("{text}"));
            assert!(problem.text.contains(part), "{text}: {}", problem.text);
            assert!(
                !problem.text.contains("hunter2"),
                "{text}: {}",
                problem.text
            );
            assert_eq!(problem.line, line, "{text}: {}", problem.text);
        }
    }
}
