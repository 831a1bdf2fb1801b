//! The documents of a file. Each is one webhook, a list of them, or a mapping with `webhooks` and
//! what they have in common.

use super::{
    Fields, Given, Mapping, Node, Problem, Problems,
    keys::{ALL, SHARED, WEBHOOK},
    literal,
    node::Text,
    problem::{MAPPING, must_be},
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

/// The contents of a file, as far as they can be read, and all that is wrong with them.
pub(crate) fn contents(text: &str) -> (Contents, Problems) {
    let (mut contents, mut problems) = (Contents::default(), Problems::default());
    for (before, text) in documents(text) {
        let mut own = Problems::default();
        contents.add(text, before, &mut own);
        problems.append(own, before);
    }
    (contents, problems)
}

/// All webhooks of a file, over the defaults of their documents. No name may be there twice.
pub(super) fn all(text: &str) -> Result<Vec<PartialDraft>, Problems> {
    let (Contents { webhooks, .. }, mut problems) = contents(text);
    if webhooks.is_empty() {
        problems.unless_any(())?;
        return Err(Problem::whole("no webhook in it").into());
    }
    for (at, (line, draft)) in webhooks.iter().enumerate() {
        let Some(name) = &draft.name else {
            if webhooks.len() > 1 && draft.unwritten().contains(&"name") {
                problems.add(Problem::on(*line, "missing: name".to_owned()));
            }
            continue;
        };
        let is_same = |(_, other): &&(u64, PartialDraft)| other.name.as_ref() == Some(name);
        if let Some((first, _)) = webhooks[..at].iter().find(is_same) {
            let rule = format!("`{name}` is also at line {first}");
            problems.add(Problem::at(*line, &Invalid::new("name", rule)));
        }
    }
    problems.unless_any(webhooks.into_iter().map(|(_, draft)| draft).collect())
}

/// The only webhook of a file.
pub(super) fn one(text: &str) -> Result<PartialDraft, Problems> {
    let (Contents { webhooks, .. }, mut problems) = contents(text);
    let mut webhooks = webhooks.into_iter();
    let first = webhooks.next();
    if let Some((line, _)) = webhooks.next().filter(|_| problems.is_empty()) {
        let text = "only one webhook is allowed here; write each to a file of its own";
        problems.add(Problem::on(line, text.to_owned()));
    }
    let first = problems.unless_any(first)?.map(|(_, draft)| draft);
    first.ok_or_else(|| Problem::whole("no webhook in it").into())
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

/// Keys for anchors, which are ignored.
fn is_ignored(key: &str) -> bool {
    key.starts_with("x-")
}

/// Whether a document is a mapping with `webhooks`.
fn is_shared(document: &Node) -> bool {
    let mut keys = document.keys().filter(|key| !is_ignored(key));
    keys.next().is_some_and(|first| SHARED.contains(&first)) || keys.any(|key| key == "webhooks")
}

impl Contents {
    /// Adds what a document has; `before` is the number of lines before it.
    fn add(&mut self, text: &str, before: u64, problems: &mut Problems) {
        let document = Node::parse(text).map_err(|problem| Problem {
            // It is about the whole document if the parser names no line.
            line: problem.line.or_else(|| first_line(text)),
            ..problem
        });
        let Some(mut document) = problems.keep(document) else {
            return;
        };
        document.remove_keys(is_ignored);
        let line = document.line;
        if is_shared(&document) {
            self.add_shared(document, before, problems);
        } else if document.is_mapping() {
            if let Some(fields) = Fields::read(document, ALL, problems) {
                let Given { draft, .. } = fields.given(problems);
                self.add_webhook(before, line, draft);
            }
        } else if let Ok(webhooks) = document.list() {
            self.is_empty_list |= webhooks.is_empty();
            for webhook in webhooks {
                self.add_one(webhook, None, before, problems);
            }
        } else {
            let text = must_be("a mapping (`key: value`) or a list of them");
            problems.add(Problem::on(line, text));
        }
    }

    /// Adds a mapping with `webhooks` and what they have in common.
    fn add_shared(&mut self, document: Node, before: u64, problems: &mut Problems) {
        let Some(mut map) = Mapping::new(document, SHARED, problems) else {
            return;
        };
        let line = map.line;
        let owner = map.text("owner");
        let defaults = map.node("defaults").filter(|(_, node)| !node.is_null());
        let webhooks = map.node("webhooks");
        let has_unknown = map.finish();
        if let Some(Text { line, value }) = owner {
            let owner = literal("owner", value).and_then(|owner| match owner.trim() {
                "" => Err(Invalid::new("owner", "must not be empty")),
                _ => Ok(owner),
            });
            let owner = problems.keep(owner.map_err(|invalid| Problem::at(line, &invalid)));
            self.owners
                .extend(owner.map(|owner| (before + line, owner)));
        }
        let defaults = match defaults {
            Some((line, node)) => Some(shared(line, node, problems)),
            // One of the unknown keys may be meant for it.
            None => has_unknown.then(Given::unread),
        };
        let Some((line, webhooks)) = webhooks else {
            if !has_unknown {
                problems.add(Problem::on(line, "`webhooks` is missing".to_owned()));
            }
            return;
        };
        let webhooks = webhooks.list();
        let webhooks = webhooks.map_err(|rule| Problem::on(line, format!("webhooks: {rule}")));
        let Some(webhooks) = problems.keep(webhooks) else {
            return;
        };
        self.is_empty_list |= webhooks.is_empty();
        for webhook in webhooks {
            self.add_one(webhook, defaults.as_ref(), before, problems);
        }
    }

    /// Adds a webhook of a list, over the defaults.
    fn add_one(
        &mut self,
        webhook: Node,
        defaults: Option<&Given>,
        before: u64,
        problems: &mut Problems,
    ) {
        let line = webhook.line;
        let Some(fields) = Fields::read(webhook, WEBHOOK, problems) else {
            return;
        };
        let given = fields.given(problems);
        let of_experiment = defaults.is_some_and(Given::is_of_experiment);
        if of_experiment && !given.has_object() && given.draft.target.version.is_some() {
            let rule = "can't be given beside `experiment` in `defaults`";
            problems.add(Problem::at(line, &Invalid::new("version", rule)));
            return;
        }
        let draft = match defaults {
            Some(defaults) => given.over(defaults),
            None => given.draft,
        };
        self.add_webhook(before, line, draft);
    }

    fn add_webhook(&mut self, before: u64, line: u64, mut draft: PartialDraft) {
        draft.lines.first = Some(line);
        draft.lines.after(before);
        self.webhooks.push((before + line, draft));
    }
}

/// What the webhooks of a document have in common.
fn shared(line: u64, node: Node, problems: &mut Problems) -> Given {
    if !node.is_mapping() {
        let text = format!("defaults: {}", must_be(MAPPING));
        problems.add(Problem::on(line, text));
        return Given::unread();
    }
    let line = node.line;
    let fields = Fields::read(node, WEBHOOK, problems);
    let given = fields.map_or_else(Given::unread, |fields| fields.given(problems));
    if given.draft.name.is_some() {
        let invalid = Invalid::new("defaults", "can't have a name");
        problems.add(Problem::at(line, &invalid));
    }
    given
}

impl Given {
    /// One that is written but can't be read: nothing of it is known to be missing.
    fn unread() -> Self {
        let mut draft = PartialDraft::default();
        draft.lines.unread = draft.missing();
        Self {
            draft,
            has_headers: false,
        }
    }

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
                unread: [own.lines.unread, other.lines.unread.clone()].concat(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::name::WebhookName;

    fn first(problems: Problems) -> Problem {
        problems.sorted().remove(0)
    }

    fn read(text: &str) -> Contents {
        let (contents, problems) = contents(text);
        let read = problems.unless_any(contents);
        read.map_err(|problems| first(problems).text).unwrap()
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
        let problem = first(contents(text).1);
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
            (
                "webhooks: []\nname: hunter2",
                Some(2),
                "`name` is not allowed alongside `owner`",
            ),
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
            let problem = first(one(text).err().unwrap_or_else(|| panic!("{text}")));
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
