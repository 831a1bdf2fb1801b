//! Answers for programs: JSON, JSON lines, YAML. The same data in each, with every known secret
//! scrubbed from its strings, and nothing in it that a terminal could act on.

mod cleaned;
mod layout;
mod list;

use std::borrow::Cow;

use serde::Serialize;
use serde_json::{Value, ser::Serializer};

pub(super) use self::list::{List, Shape};
use self::{
    cleaned::{clean, is_field},
    layout::Items,
};
use crate::model::{scrub::Scrubber, text::is_unsafe};

/// JSON over several lines, for reading.
pub(super) fn pretty(value: &impl Serialize, scrubber: &Scrubber) -> String {
    let text = serde_json::to_string_pretty(value).expect(WRITES);
    clean(&text, scrubber).into_owned() + "\n"
}

/// JSON on one line.
pub(super) fn line(value: &impl Serialize, scrubber: &Scrubber) -> String {
    let text = serde_json::to_string(value).expect(WRITES);
    clean(&text, scrubber).into_owned() + "\n"
}

/// A line for each thing: for a list, its items.
pub(super) fn lines(value: &impl Serialize, scrubber: &Scrubber) -> String {
    let mut text = Vec::new();
    let written = value.serialize(&mut Serializer::with_formatter(&mut text, Items(0)));
    written.expect(WRITES);
    if text.is_empty() {
        return String::new();
    }
    let text = String::from_utf8(text).expect("JSON is text");
    clean(&text, scrubber).into_owned() + "\n"
}

/// YAML, for editing and giving back.
pub(super) fn yaml(value: &impl Serialize, scrubber: &Scrubber) -> String {
    let value = scrubbed(to_value(value), scrubber);
    let text = serde_saphyr::to_string(&value).expect("JSON values are YAML too");
    if text.chars().any(|c| c != '\n' && is_unsafe(c)) {
        // Every JSON text is YAML, and this one has escapes for what must not be seen.
        let json = serde_json::to_string_pretty(&value).expect(WRITES);
        return clean(&json, scrubber).into_owned() + "\n";
    }
    text
}

const WRITES: &str = "views are made of text, numbers and lists";

fn to_value(value: &impl Serialize) -> Value {
    serde_json::to_value(value).expect(WRITES)
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
            .map(|(key, value)| {
                let key = match scrubber.clean(&key) {
                    Cow::Owned(clean) if !is_field(&key) => clean,
                    _ => key,
                };
                (key, scrubbed(value, scrubber))
            })
            .collect(),
        other => other,
    }
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
        let value = json!({"error_message": "got s3\"cret", "labels": {"s3\"cret": "x"}});
        for text in [
            pretty(&value, &scrubber),
            line(&value, &scrubber),
            yaml(&value, &scrubber),
        ] {
            assert!(text.contains("got ***") && !text.contains("cret"), "{text}");
        }
    }

    #[test]
    fn a_list_is_the_same_item_by_item() {
        let scrubber = Scrubber::default();
        scrubber.learn(&Secret::new("s3\"cret"));
        let item = json!({"s3\"cret": ["\\", "é\"\\", "\u{202e}", "s3\"cret: s3\"cret"], "n": 1,
            "deep": [{}, [], [{"a": [1, [{}, [[[[[[[[[["deep"]]]]]]]]]]]]}]]});
        for count in [0, 1, 2, 4000] {
            let items = vec![item.clone(); count];
            let made = |shape| {
                let mut list = List::new(shape, scrubber.clone());
                for item in &items {
                    list.push(item);
                }
                String::from_utf8(list.end()).unwrap()
            };
            assert_eq!(made(Shape::Array), pretty(&items, &scrubber));
            assert_eq!(made(Shape::Lines), lines(&items, &scrubber));
            assert!(!made(Shape::Array).contains(['\u{202e}', '\u{9b}']));
            assert!(!made(Shape::Lines).contains("s3\\\"cret: "));
        }
    }
}
