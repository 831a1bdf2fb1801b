//! Answers for programs: JSON, JSON lines, YAML. The same data in each, byte for byte; what a
//! terminal could act on is written as `\uXXXX`.

mod layout;
mod list;

use serde::Serialize;
use serde_json::{
    Value,
    ser::{Formatter, Serializer},
};

use self::layout::{Items, Layout, Line};
pub(super) use self::list::{List, Shape};
use crate::model::text::is_unsafe;

/// JSON over several lines, for reading.
pub(super) fn pretty(value: &impl Serialize) -> String {
    json(value, Layout::default())
}

/// JSON on one line.
pub(super) fn line(value: &impl Serialize) -> String {
    json(value, Line)
}

/// A line for each thing: for a list, its items.
pub(super) fn lines(value: &impl Serialize) -> String {
    let text = json(value, Items(0));
    if text == "\n" { String::new() } else { text }
}

/// YAML, for editing and giving back.
pub(super) fn yaml(value: &impl Serialize) -> String {
    let value: Value = serde_json::to_value(value).expect(WRITES);
    let text = serde_saphyr::to_string(&value).expect("JSON values are YAML too");
    if text.chars().any(|c| c != '\n' && is_unsafe(c)) {
        // Every JSON text is YAML, and this one has escapes for what must not be seen.
        return pretty(&value);
    }
    text
}

const WRITES: &str = "views are made of text, numbers and lists";

fn json(value: &impl Serialize, form: impl Formatter) -> String {
    let mut text = Vec::new();
    let written = value.serialize(&mut Serializer::with_formatter(&mut text, form));
    written.expect(WRITES);
    text.push(b'\n');
    String::from_utf8(text).expect("JSON is text")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_same_data_comes_back_from_each_form() {
        let value = json!([
            {"a": "no", "b": null, "c": "1", "d": ["x: y", "# z", "", " lead", "é日"], "e": {}, "f": []},
            {"a": "line\nbreak \u{9b}31m \u{202e}x", "b": "true", "c": "~", "d": 1, "e": "2026-01-01", "f": "'\""},
        ]);
        let text = yaml(&value);
        assert_eq!(
            serde_saphyr::from_str::<Value>(&text).unwrap(),
            value,
            "{text}"
        );
        assert!(
            !text.contains('\u{9b}') && !text.contains('\u{202e}'),
            "{text}"
        );
        let text = yaml(&value[0]);
        assert_eq!(
            serde_saphyr::from_str::<Value>(&text).unwrap(),
            value[0],
            "{text}"
        );
        assert_eq!(
            serde_json::from_str::<Value>(&pretty(&value)).unwrap(),
            value
        );
        let items = lines(&value);
        let items: Vec<Value> = items
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(Value::from(items), value);
    }

    #[test]
    fn what_a_terminal_acts_on_is_escaped_in_each_form_and_comes_back() {
        let odd: String = (0..0x2100)
            .filter_map(char::from_u32)
            .filter(|c| is_unsafe(*c))
            .collect();
        assert!(odd.contains(['\u{7f}', '\u{61c}', '\u{200e}', '\u{2028}', '\u{2069}']));
        let value = json!([{ odd.as_str(): format!("é{odd}\"\\日") }]);
        for text in [pretty(&value), line(&value), lines(&value), yaml(&value)] {
            assert!(!text.chars().any(|c| c != '\n' && is_unsafe(c)), "{text}");
            let read: Value = serde_json::from_str(&text).unwrap();
            assert!(read == value || read == value[0], "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_comes_back_byte_for_byte(key in "\\PC*|[\\x00-\\x9f\u{200e}-\u{202e}]*", text: String) {
            let value = json!({ key.as_str(): [text.as_str(), {"a": text.as_str()}] });
            for written in [pretty(&value), line(&value), lines(&value), yaml(&value)] {
                let odd = |c| c != '\n' && is_unsafe(c);
                proptest::prop_assert!(!written.chars().any(odd), "{}", written);
                let read: Value = serde_saphyr::from_str(&written).unwrap();
                proptest::prop_assert_eq!(&read, &value);
            }
        }
    }

    #[test]
    fn a_list_is_the_same_item_by_item() {
        let item = json!({"s3\"cret": ["\\", "é\"\\", "\u{202e}", "s3\"cret: s3\"cret"], "n": 1,
            "deep": [{}, [], [{"a": [1, [{}, [[[[[[[[[["deep"]]]]]]]]]]]]}]]});
        for count in [0, 1, 2, 4000] {
            let items = vec![item.clone(); count];
            let made = |shape| {
                let mut list = List::new(shape);
                for item in &items {
                    list.push(item);
                }
                String::from_utf8(list.end()).unwrap()
            };
            assert_eq!(made(Shape::Array), pretty(&items));
            assert_eq!(made(Shape::Lines), lines(&items));
            assert!(!made(Shape::Array).contains(['\u{202e}', '\u{9b}']));
            let plain = serde_json::to_string_pretty(&items).unwrap();
            let read: Vec<Value> = serde_json::from_str(&made(Shape::Array)).unwrap();
            assert_eq!(read, items);
            assert_eq!(
                made(Shape::Array).replace("\\u202e", "\u{202e}"),
                plain + "\n"
            );
        }
    }
}
