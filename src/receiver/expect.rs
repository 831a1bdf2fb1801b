//! What a delivery is expected to be: the grammar of `--expect` and `--match`, and how a delivery
//! differs from what is expected (pure).

use serde::Serialize;
use serde_json::Value;

use crate::model::{
    event::{Event, EventName, ObjectType, Phase},
    invalid::Invalid,
    json::Json,
    payload::RequestStatus,
    text::{cut, did_you_mean, nearest},
};

/// The fields of the platform's payloads, and those that both kinds of object have here.
const FIELDS: [&str; 17] = [
    "event",
    "request_id",
    "status",
    "result",
    "text",
    "deployment_id",
    "deployment_name",
    "deployment_version_id",
    "deployment_version_name",
    "pipeline_id",
    "pipeline_name",
    "pipeline_version_id",
    "pipeline_version_name",
    "object_type",
    "object_id",
    "object_name",
    "version",
];

/// The longest value that is shown of a difference, in characters.
const SHOWN: usize = 500;

/// Which fields a condition may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// Those of the platform's payloads.
    Payloads,
    /// All, because any body is accepted.
    Any,
}

impl Known {
    /// Refuses a field that no payload has.
    pub fn check(self, field: &str) -> Result<(), Invalid> {
        let below_result = field.starts_with("result.");
        if self == Self::Any || below_result || FIELDS.contains(&field) {
            return Ok(());
        }
        let rule = format!("no payload has a field `{}`", cut(field, 80));
        let near = nearest(field, FIELDS);
        Err(Invalid::new("expect", did_you_mean(&rule, near)))
    }

    /// Refuses a text that this field never has in any payload: waiting for it would take the whole
    /// timeout. Only for fields that have one of a few words.
    pub fn check_word(self, field: &str, text: &str) -> Result<(), Invalid> {
        if self == Self::Any {
            return Ok(());
        }
        let words: Vec<&str> = match field {
            "event" => Phase::ALL.into_iter().map(Phase::as_str).collect(),
            "status" => RequestStatus::ALL
                .into_iter()
                .map(RequestStatus::as_str)
                .collect(),
            "object_type" => ObjectType::ALL
                .into_iter()
                .map(ObjectType::as_str)
                .collect(),
            _ => return Ok(()),
        };
        let full = Event::all().map(Event::as_str).filter(|_| field == "event");
        let known: Vec<_> = words.iter().copied().chain(full).collect();
        if known.contains(&text) {
            return Ok(());
        }
        let near = nearest(text, known);
        // The documentation doesn't say which statuses there are.
        if field == "status" && near.is_none() {
            return Ok(());
        }
        let rule = format!(
            "no payload has the {field} `{}`; it is one of {}",
            cut(text, 80),
            words
                .iter()
                .map(|word| format!("`{word}`"))
                .collect::<Vec<_>>()
                .join(", ")
        );
        Err(Invalid::new("expect", did_you_mean(&rule, near)))
    }
}

/// A delivery, as conditions see it.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    pub method: &'a str,
    pub path: &'a str,
    pub payload: Option<&'a Json>,
    pub known: Known,
}

impl Facts<'_> {
    /// The text of a field: a string as it is, anything else as JSON.
    pub(super) fn text(&self, field: &str) -> Option<String> {
        if self.known == Known::Any {
            match field {
                "path" => return Some(self.path.to_owned()),
                "method" => return Some(self.method.to_owned()),
                _ => {}
            }
        }
        let payload = self.payload?;
        let text = |path: &str| {
            let json = payload.at(path)?;
            let string = json
                .starts_with('"')
                .then(|| serde_json::from_str(json).ok());
            string.flatten().or_else(|| Some(json.to_owned()))
        };
        if let Some(found) = text(field) {
            return Some(found);
        }
        let (object_type, _) = Event::split(&text("event")?)?;
        match field {
            "object_type" => Some(object_type.to_string()),
            "object_id" => text(&format!("{object_type}_id")),
            "object_name" => text(&format!("{object_type}_name")),
            "version" => text(&format!("{object_type}_version_name")),
            _ => None,
        }
    }
}

/// A text in which `*` is any text.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Pattern(Vec<String>);

impl Pattern {
    fn parse(text: &str) -> Self {
        let mut pieces = vec![String::new()];
        let mut rest = text.chars().peekable();
        while let Some(c) = rest.next() {
            let piece = pieces.last_mut().expect("there is a first piece");
            match c {
                '*' => pieces.push(String::new()),
                '\\' if rest.peek() == Some(&'*') => {
                    rest.next();
                    piece.push('*');
                }
                c => piece.push(c),
            }
        }
        Self(pieces)
    }

    fn matches(&self, text: &str) -> bool {
        let (first, rest) = self.0.split_first().expect("there is a first piece");
        let Some((last, middle)) = rest.split_last() else {
            return text == first;
        };
        let Some(mut left) = text.strip_prefix(first.as_str()) else {
            return false;
        };
        for piece in middle {
            match left.split_once(piece.as_str()) {
                Some((_, after)) => left = after,
                None => return false,
            }
        }
        left.ends_with(last.as_str())
    }
}

/// One field, and what it has to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    pub field: String,
    pattern: Pattern,
    /// The pattern as it was given.
    value: String,
}

impl Condition {
    /// Whether a delivery meets it. An event may also be given by its phase.
    pub fn is_met(&self, facts: &Facts<'_>) -> bool {
        self.difference(facts).is_none()
    }

    fn difference(&self, facts: &Facts<'_>) -> Option<Difference> {
        let found = facts.text(&self.field);
        let is_met = found.as_deref().is_some_and(|found| {
            let phase = (self.field == "event")
                .then(|| Event::split(found))
                .flatten();
            self.pattern.matches(found)
                || phase.is_some_and(|(_, phase)| self.pattern.matches(phase))
        });
        (!is_met).then(|| Difference {
            field: self.field.clone(),
            expected: self.value.clone().into(),
            found: found.map_or(Value::Null, |found| cut(&found, SHOWN).into()),
        })
    }
}

/// A field that differs from what is expected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    pub field: String,
    pub expected: Value,
    /// Null if the delivery doesn't have it.
    pub found: Value,
}

/// Reads `FIELD=VALUE,…`: a comma separates only if a field follows, so a value may contain commas.
pub fn conditions(text: &str, known: Known) -> Result<Vec<Condition>, Invalid> {
    let mut conditions = Vec::<Condition>::new();
    for part in parts(text) {
        let Some((field, value)) = part.split_once('=') else {
            let rule = if text.is_empty() {
                "must not be empty; write FIELD=VALUE"
            } else {
                "must be FIELD=VALUE, or several of them separated by commas"
            };
            let invalid = Invalid::new("expect", rule);
            // The word alone, as `--event` takes it.
            let event = part.parse::<EventName>().map(|_| format!("event={part}"));
            return Err(event.map_or(invalid.clone(), |event| invalid.instead(event)));
        };
        if field.is_empty() {
            return Err(Invalid::new("expect", "a field must have a name"));
        }
        known.check(field)?;
        if conditions.iter().any(|condition| condition.field == field) {
            let rule = format!("`{}` is given twice", cut(field, 80));
            return Err(Invalid::new("expect", rule));
        }
        if let Some((own, next)) = second_of(value, known) {
            let rule =
                format!("conditions are separated by commas: write `{field}={own},{next}=…`");
            return Err(Invalid::new("expect", rule));
        }
        if !value.contains('*') {
            known.check_word(field, value)?;
        }
        conditions.push(Condition {
            field: field.to_owned(),
            pattern: Pattern::parse(value),
            value: value.to_owned(),
        });
    }
    Ok(conditions)
}

/// The field of a second condition that a space separates from the first, and the value before it.
fn second_of(value: &str, known: Known) -> Option<(&str, &str)> {
    if known == Known::Any {
        return None;
    }
    value.match_indices('=').find_map(|(at, _)| {
        let (own, field) = value[..at].rsplit_once(' ')?;
        (FIELDS.contains(&field) || field == "count").then_some((own.trim_end(), field))
    })
}

fn parts(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut start = 0;
    for (at, _) in text.match_indices(',') {
        let after = &text[at + 1..];
        let name = after
            .split('=')
            .next()
            .filter(|name| name.len() < after.len());
        let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
        if name.is_some_and(|name| !name.is_empty() && name.chars().all(is_name)) {
            parts.push(&text[start..at]);
            start = at + 1;
        }
    }
    parts.push(&text[start..]);
    parts
}

/// What is expected, and how often.
#[derive(Debug, Clone, PartialEq)]
pub struct Expectation {
    /// As it was given.
    pub text: String,
    pub count: u64,
    what: What,
}

#[derive(Debug, Clone, PartialEq)]
enum What {
    Fields(Vec<Condition>),
    Contains(Value),
}

impl Expectation {
    /// Reads a value of `--expect`: conditions, and a `count`.
    pub fn parse(text: &str, known: Known) -> Result<Self, Invalid> {
        let is_count = |part: &&str| part.starts_with("count=");
        let (counts, fields): (Vec<_>, Vec<_>) = parts(text).into_iter().partition(is_count);
        let count = match counts.as_slice() {
            [] => 1,
            [count] => number(&count["count=".len()..])?,
            _ => return Err(Invalid::new("expect", "`count` is given twice")),
        };
        let fields = if fields.is_empty() {
            Vec::new()
        } else {
            conditions(&fields.join(","), known)?
        };
        Ok(Self {
            text: text.to_owned(),
            count,
            what: What::Fields(fields),
        })
    }

    /// That many deliveries of any kind.
    pub fn any(count: u64) -> Self {
        Self {
            text: format!("count={count}"),
            count,
            what: What::Fields(Vec::new()),
        }
    }

    /// A payload that contains this one.
    pub fn containing(payload: Value, count: u64) -> Self {
        Self {
            text: payload.to_string(),
            count,
            what: What::Contains(payload),
        }
    }

    /// Whether every delivery meets it.
    pub fn is_any(&self) -> bool {
        matches!(&self.what, What::Fields(fields) if fields.is_empty())
    }

    /// How a delivery differs; empty if it is as expected.
    pub fn differences(&self, facts: &Facts<'_>) -> Vec<Difference> {
        match &self.what {
            What::Fields(fields) => fields
                .iter()
                .filter_map(|one| one.difference(facts))
                .collect(),
            What::Contains(expected) => {
                let found = facts
                    .payload
                    .and_then(|json| serde_json::from_str(json.as_str()).ok());
                let mut differences = Vec::new();
                compare("", expected, found.as_ref(), &mut differences);
                differences
            }
        }
    }
}

fn number(text: &str) -> Result<u64, Invalid> {
    let number = text.parse().ok().filter(|count| *count > 0);
    number.ok_or_else(|| Invalid::new("expect", "`count` must be a whole number of at least 1"))
}

/// Objects are contained field by field; everything else has to be equal.
fn compare(path: &str, expected: &Value, found: Option<&Value>, differences: &mut Vec<Difference>) {
    if let Value::Object(fields) = expected
        && let Some(Value::Object(own)) = found
    {
        for (name, value) in fields {
            let path = if path.is_empty() {
                name.clone()
            } else {
                format!("{path}.{name}")
            };
            compare(&path, value, own.get(name), differences);
        }
        return;
    }
    let is_same = match (path, expected, found) {
        ("event", Value::String(expected), Some(Value::String(found))) => {
            expected == found || Event::split(found).is_some_and(|(_, phase)| phase == expected)
        }
        (_, Value::Number(expected), Some(Value::Number(found))) => {
            expected == found || expected.as_f64() == found.as_f64()
        }
        (_, expected, found) => found == Some(expected),
    };
    if !is_same {
        differences.push(Difference {
            field: path.to_owned(),
            expected: shown(expected),
            found: found.map_or(Value::Null, shown),
        });
    }
}

/// A value, or the beginning of its text if that is long.
fn shown(value: &Value) -> Value {
    let text = match value {
        Value::String(text) => text.clone(),
        value => value.to_string(),
    };
    if text.chars().count() <= SHOWN {
        return value.clone();
    }
    cut(&text, SHOWN).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAYLOAD: &str = r#"{"event":"pipeline_request_failed","pipeline_name":"orders, 2",
        "pipeline_version_name":"v1","request_id":"r-1","status":"failed",
        "result":{"n":1.50,"list":[{"k":null}],"s":"a*b"}}"#;

    fn facts(payload: &Json) -> Facts<'_> {
        Facts {
            method: "POST",
            path: "/hook?a",
            payload: Some(payload),
            known: Known::Payloads,
        }
    }

    fn rule(text: &str) -> String {
        Expectation::parse(text, Known::Payloads).unwrap_err().rule
    }

    #[test]
    fn all_fields_of_a_condition_have_to_match() {
        let payload = PAYLOAD.parse().unwrap();
        for (text, met) in [
            ("event=failed", true),
            ("event=pipeline_request_failed,status=failed", true),
            ("event=*failed", true),
            ("event=fail*,status=x*", false),
            ("event=deployment_request_failed", false),
            (
                "object_type=pipeline,object_name=orders, 2,version=v1",
                true,
            ),
            ("object_name=orders*", true),
            ("object_name=*,*2", true),
            ("pipeline_name=orders", false),
            ("deployment_name=*", false),
            ("result.n=1.50", true),
            ("result.n=1.5", false),
            ("result.list.0.k=null", true),
            ("result.list=[{\"k\":null}]", true),
            (r"result.s=a\*b", true),
            (r"result.s=\*", false),
            ("request_id=", false),
            ("request_id=*r-1*", true),
            ("count=2", true),
        ] {
            let expectation = Expectation::parse(text, Known::Payloads).unwrap();
            let differences = expectation.differences(&facts(&payload));
            assert_eq!(differences.is_empty(), met, "{text}: {differences:?}");
        }
    }

    #[test]
    fn a_count_is_read_wherever_it_is() {
        for (text, count) in [
            ("event=failed,count=2", 2),
            ("count=3,event=failed", 3),
            ("event=failed", 1),
        ] {
            assert_eq!(
                Expectation::parse(text, Known::Payloads).unwrap().count,
                count
            );
        }
        for bad in [
            "count=0,event=failed",
            "event=failed,count=x",
            "event=failed,count=",
        ] {
            assert!(rule(bad).starts_with("`count` must be"), "{bad}");
        }
        assert_eq!(rule("count=1,count=2"), "`count` is given twice");
    }

    #[test]
    fn what_cannot_be_met_is_refused() {
        assert_eq!(rule(""), "must not be empty; write FIELD=VALUE");
        assert_eq!(
            rule("failed"),
            "must be FIELD=VALUE, or several of them separated by commas"
        );
        assert_eq!(rule("=x"), "a field must have a name");
        assert_eq!(rule("version=a,version=b"), "`version` is given twice");
        assert_eq!(
            rule("event=fail"),
            "no payload has the event `fail`; it is one of `started`, `completed`, `failed`, `finished`; did you mean `failed`?"
        );
        assert!(rule("status=complete").ends_with("did you mean `completed`?"));
        assert!(conditions("status=started", Known::Payloads).is_ok());
        assert!(rule("object_type=pipelines").ends_with("did you mean `pipeline`?"));
        assert!(conditions("status=complete,event=x", Known::Any).is_ok());
        assert_eq!(
            rule("event=failed object_name=p"),
            "conditions are separated by commas: write `event=failed,object_name=…`"
        );
        assert_eq!(
            rule("object_nam=x"),
            "no payload has a field `object_nam`; did you mean `object_name`?"
        );
        assert!(rule("status.x=1").starts_with("no payload has a field `status.x`"));
        assert!(conditions("path=/hook*,anything=1", Known::Any).is_ok());
    }

    #[test]
    fn a_difference_names_the_field_and_both_values() {
        let payload = PAYLOAD.parse().unwrap();
        let expected = Expectation::parse("event=failed,version=v2,result.x=1", Known::Payloads);
        let found = expected.unwrap().differences(&facts(&payload));
        let shown = serde_json::to_string(&found).unwrap();
        assert_eq!(
            shown,
            r#"[{"field":"version","expected":"v2","found":"v1"},{"field":"result.x","expected":"1","found":null}]"#
        );
    }

    #[test]
    fn a_payload_contains_what_is_expected_field_by_field() {
        let payload = PAYLOAD.parse().unwrap();
        let differs = |expected: Value| {
            let found = Expectation::containing(expected, 1).differences(&facts(&payload));
            found.into_iter().map(|one| one.field).collect::<Vec<_>>()
        };
        assert!(differs(serde_json::json!({"event": "failed", "result": {"n": 1.5}})).is_empty());
        assert!(differs(serde_json::json!({"result": {"list": [{"k": null}]}})).is_empty());
        assert_eq!(
            differs(serde_json::json!({"result": {"list": [{}], "y": 1}})),
            ["result.list", "result.y"]
        );
        assert_eq!(differs(serde_json::json!({"event": "*"})), ["event"]);
    }

    #[test]
    fn any_body_is_matched_by_its_path() {
        let facts = Facts {
            method: "POST",
            path: "/hook?a",
            payload: None,
            known: Known::Any,
        };
        let is_met = |text| conditions(text, Known::Any).unwrap()[0].is_met(&facts);
        assert!(is_met("path=/hook*") && !is_met("path=/other") && !is_met("a=1"));
    }
}
