//! Answers for programs: JSON, JSON lines, YAML. The same data in each, with every known secret
//! scrubbed from its strings, and nothing in it that a terminal could act on.

use serde::Serialize;
use serde_json::Value;

use crate::model::{scrub::Scrubber, text::is_unsafe};

/// JSON over several lines, for reading.
pub(super) fn pretty(value: &impl Serialize, scrubber: &Scrubber) -> String {
    json(
        value,
        scrubber,
        serde_json::to_string_pretty,
        serde_json::to_string_pretty,
    )
}

/// JSON on one line.
pub(super) fn line(value: &impl Serialize, scrubber: &Scrubber) -> String {
    json(
        value,
        scrubber,
        serde_json::to_string,
        serde_json::to_string,
    )
}

/// A line for each thing: for a list, its items.
pub(super) fn lines(value: &impl Serialize, scrubber: &Scrubber) -> String {
    match scrubbed(to_value(value), scrubber) {
        Value::Array(items) => items.iter().map(|item| line(item, scrubber)).collect(),
        one => line(&one, scrubber),
    }
}

/// YAML, for editing and giving back.
pub(super) fn yaml(value: &impl Serialize, scrubber: &Scrubber) -> String {
    let value = scrubbed(to_value(value), scrubber);
    let text = serde_saphyr::to_string(&value).expect("JSON values are YAML too");
    if text.chars().any(|c| c != '\n' && is_unsafe(c)) {
        // Every JSON text is YAML, and this one has escapes for what must not be seen.
        return pretty(&value, scrubber);
    }
    text
}

type Written = serde_json::Result<String>;

fn json<T: Serialize>(
    value: &T,
    scrubber: &Scrubber,
    write: impl Fn(&T) -> Written,
    write_scrubbed: impl Fn(&Value) -> Written,
) -> String {
    const WRITES: &str = "views are made of text, numbers and lists";
    let text = write(value).expect(WRITES);
    // Most answers have no secret in them, and are not worth a second look.
    let text = if scrubber.clean(&text) == text {
        text
    } else {
        write_scrubbed(&scrubbed(to_value(value), scrubber)).expect(WRITES)
    };
    escaped(text) + "\n"
}

fn to_value(value: &impl Serialize) -> Value {
    serde_json::to_value(value).expect("views are made of text, numbers and lists")
}

fn scrubbed(value: Value, scrubber: &Scrubber) -> Value {
    match value {
        Value::String(text) => scrubber.clean(&text).into_owned().into(),
        Value::Array(items) => items
            .into_iter()
            .map(|item| scrubbed(item, scrubber))
            .collect(),
        Value::Object(fields) => fields
            .into_iter()
            .map(|(key, value)| (key, scrubbed(value, scrubber)))
            .collect(),
        other => other,
    }
}

/// JSON as it is, with what a terminal could act on written as `\uXXXX`: the same data.
fn escaped(json: String) -> String {
    // Line breaks of the layout are no part of any string.
    let acts = |c: char| c != '\n' && is_unsafe(c);
    // A long list is mostly ASCII, and bytes are looked through many times as fast as characters.
    let is_plain = |byte: u8| byte.is_ascii_graphic() || byte == b' ' || byte == b'\n';
    if json.bytes().all(is_plain) || !json.chars().any(acts) {
        return json;
    }
    let mut safe = String::with_capacity(json.len() + 16);
    for c in json.chars() {
        if acts(c) {
            safe.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            safe.push(c);
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::secret::Secret;

    #[test]
    fn the_same_data_comes_back_from_each_form() {
        let value = json!([
            {"a": "no", "b": null, "c": "1", "d": ["x: y", "# z", "", " lead", "é日"], "e": {}, "f": []},
            {"a": "line\nbreak \u{9b}31m \u{202e}x", "b": "true", "c": "~", "d": 1, "e": "2026-01-01", "f": "'\""},
        ]);
        let none = Scrubber::default();
        let text = yaml(&value, &none);
        assert_eq!(
            serde_saphyr::from_str::<Value>(&text).unwrap(),
            value,
            "{text}"
        );
        assert!(
            !text.contains('\u{9b}') && !text.contains('\u{202e}'),
            "{text}"
        );
        let text = yaml(&value[0], &none);
        assert_eq!(
            serde_saphyr::from_str::<Value>(&text).unwrap(),
            value[0],
            "{text}"
        );
        assert_eq!(
            serde_json::from_str::<Value>(&pretty(&value, &none)).unwrap(),
            value
        );
        let items = lines(&value, &none);
        let items: Vec<Value> = items
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(Value::from(items), value);
    }

    #[test]
    fn a_secret_is_scrubbed_from_strings_and_the_form_stays_whole() {
        let scrubber = Scrubber::default();
        scrubber.learn(&Secret::new("s3\"cret"));
        let value = json!({"error_message": "got s3\"cret"});
        for text in [
            pretty(&value, &scrubber),
            line(&value, &scrubber),
            yaml(&value, &scrubber),
        ] {
            assert!(text.contains("got ***") && !text.contains("cret"), "{text}");
        }
    }
}
