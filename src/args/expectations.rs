//! `--expect-file`: payloads that have to arrive, as YAML or JSON.

use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value};
use serde_saphyr::Spanned;

use super::file::{Problem, parse_with, problem, read_with};
use crate::model::{failure::Failure, invalid::Invalid};

/// What is expected, and how often.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Contained {
    /// What the payload must contain.
    pub payload: Map<String, Value>,
    pub count: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Item {
    payload: Map<String, Value>,
    #[serde(default = "one")]
    count: u64,
}

fn one() -> u64 {
    1
}

/// Reads a file, or stdin if the path is `-`. `check` refuses a field that no payload has, and a text that it
/// can't have.
pub(crate) async fn read(
    path: &Path,
    check: impl Fn(&str, Option<&str>) -> Result<(), Invalid>,
) -> Result<Vec<Contained>, Failure> {
    let parse = |shown: &str, bytes: &[u8]| parse_with(shown, bytes, |text| items(text, &check));
    read_with("--expect-file", path, parse).await
}

fn items(
    text: &str,
    check: &impl Fn(&str, Option<&str>) -> Result<(), Invalid>,
) -> Result<Vec<Contained>, Problem> {
    let items: Vec<Spanned<Item>> =
        serde_saphyr::from_str(text).map_err(|error| problem(text, &error))?;
    if items.is_empty() {
        return Err(Invalid::new("payload", "nothing is expected: the list is empty").into());
    }
    let mut contained = Vec::with_capacity(items.len());
    for item in items {
        let line = item.referenced.line();
        let Item { payload, count } = item.value;
        if count == 0 {
            let invalid = Invalid::new("count", "must be at least 1");
            return Err(Problem::at(line, &invalid));
        }
        for (field, value) in &payload {
            let checked = check(field, value.as_str())
                .map_err(|invalid| Invalid::new("payload", invalid.rule));
            checked.map_err(|invalid| Problem::at(line, &invalid))?;
        }
        contained.push(Contained { payload, count });
    }
    Ok(contained)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Vec<Contained>, String> {
        let check = |field: &str, _: Option<&str>| match field {
            "event" | "result" => Ok(()),
            _ => Err(Invalid::new("expect", "no such field")),
        };
        items(text, &check).map_err(|problem| problem.text)
    }

    #[test]
    fn a_list_of_payloads_is_yaml_or_json() {
        let json =
            r#"[{"payload": {"event": "failed", "result": {"n": [1, 2.5, null]}}, "count": 2}]"#;
        let yaml =
            "- payload:\n    event: failed\n    result:\n      n: [1, 2.5, null]\n  count: 2\n";
        let read = parse(json).unwrap();
        assert_eq!(read, parse(yaml).unwrap());
        assert_eq!(read[0].count, 2);
        assert_eq!(
            Value::Object(read[0].payload.clone())["result"]["n"][1],
            2.5
        );
        assert_eq!(parse("- payload: {}").unwrap()[0].count, 1);
    }

    #[test]
    fn what_cannot_be_expected_is_refused() {
        for (text, message) in [
            ("[]", "list is empty"),
            ("- count: 1", "`payload` is missing"),
            ("- payload: {}\n  counts: 2", "did you mean `count`"),
            ("- payload: {}\n  count: 0", "at least 1"),
            ("- payload: {}\n  count: many", "must be"),
            ("- payload: {evnt: failed}", "no such field"),
            ("payload: {}", "must be"),
        ] {
            let told = parse(text).unwrap_err();
            assert!(told.contains(message), "{text}: {told}");
        }
    }
}
