//! Answers for programs: JSON, JSON lines, YAML. All have the same data; characters that a terminal
//! could act on are written as `\uXXXX`.

use std::{fmt::Write as _, io};

use serde::Serialize;
use serde_json::{
    Value,
    ser::{CompactFormatter, Formatter as _, PrettyFormatter},
    value::RawValue,
};

use crate::model::{
    json::{append, written},
    text::is_unsafe,
};

/// JSON on several lines, for reading.
pub(super) fn pretty(value: &impl Serialize) -> String {
    let mut text = Vec::new();
    append(&mut text, value, PrettyFormatter::new()).expect(WRITES);
    escaped(utf8(text)) + "\n"
}

/// JSON on one line.
pub(super) fn line(value: &impl Serialize) -> String {
    let text = written(value).expect(WRITES);
    escaped(utf8(text)) + "\n"
}

fn utf8(json: Vec<u8>) -> String {
    String::from_utf8(json).expect("JSON is UTF-8")
}

/// One line per item: for a list, its items.
pub(super) fn lines(value: &impl Serialize) -> String {
    let text = line(value);
    match serde_json::from_str::<Vec<&RawValue>>(&text) {
        Ok(items) => items.iter().map(|item| format!("{item}\n")).collect(),
        Err(_) => text,
    }
}

/// How the items of a list are joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// One array on several lines, for reading.
    Array,
    /// One line each.
    Lines,
}

/// The text of a list, made item by item: the same as for the whole list.
pub struct List {
    shape: Shape,
    text: Vec<u8>,
}

impl List {
    pub(super) fn new(shape: Shape) -> Self {
        let text = Vec::new();
        Self { shape, text }
    }

    pub(super) fn push(&mut self, item: &impl Serialize) {
        let (start, is_first) = (self.text.len(), self.is_empty());
        let text = &mut self.text;
        match self.shape {
            Shape::Lines => {
                append(text, item, CompactFormatter).expect(WRITES);
                text.push(b'\n');
            }
            Shape::Array => {
                if is_first {
                    text.push(b'[');
                }
                item_of_array(text, item, is_first).expect(WRITES);
            }
        }
        if !is_plain(&self.text[start..]) {
            let item = utf8(self.text.split_off(start));
            self.text.extend_from_slice(escaped(item).as_bytes());
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    pub(super) fn end(mut self) -> Vec<u8> {
        self.text
            .extend_from_slice(match (self.shape, self.is_empty()) {
                (Shape::Lines, _) => b"",
                (Shape::Array, true) => b"[]\n",
                (Shape::Array, false) => b"\n]\n",
            });
        self.text
    }
}

/// Writes an item of an array on several lines, one level deep.
fn item_of_array(
    text: &mut Vec<u8>,
    item: &impl Serialize,
    is_first: bool,
) -> Result<(), serde_json::Error> {
    let mut layout = PrettyFormatter::new();
    let begun = layout
        .begin_array(&mut io::sink())
        .and_then(|()| layout.begin_array_value(text, is_first));
    begun.map_err(serde_json::Error::io)?;
    append(text, item, layout)
}

/// JSON with `\uXXXX` for characters that a terminal could act on: the same data. Outside of its
/// strings, the only such characters in JSON are line breaks; in strings, line breaks are already
/// escaped.
pub(super) fn escaped(json: String) -> String {
    let is_odd = |c: char| c != '\n' && is_unsafe(c);
    if is_plain(json.as_bytes()) || !json.contains(is_odd) {
        return json;
    }
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        if is_odd(c) {
            write!(text, "\\u{:04x}", u32::from(c)).expect("a String takes all");
        } else {
            text.push(c);
        }
    }
    text
}

/// Whether JSON is ASCII without the only control character that its strings may have as it is.
fn is_plain(json: &[u8]) -> bool {
    const DELETE: u8 = 0x7f;
    json.is_ascii() && !json.contains(&DELETE)
}

/// YAML, to edit and pass back.
pub(super) fn yaml(value: &impl Serialize) -> String {
    let value: Value = serde_json::to_value(value).expect(WRITES);
    let text = serde_saphyr::to_string(&value).expect("JSON values are YAML too");
    if text.chars().any(|c| c != '\n' && is_unsafe(c)) {
        // Every JSON text is YAML, and this one has escapes for characters that must not be shown.
        return pretty(&value);
    }
    text
}

const WRITES: &str = "views are made of text, numbers and lists";

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
        for (text, whole) in [
            (pretty(&value), &value),
            (line(&value), &value),
            (lines(&value), &value[0]),
            (yaml(&value), &value),
        ] {
            assert!(!text.chars().any(|c| c != '\n' && is_unsafe(c)), "{text}");
            let read: Value = serde_json::from_str(&text).unwrap();
            assert_eq!(&read, whole, "{text}");
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
        let item = json!({"a\"b": ["\\", "é\"\\", "\u{202e}\n"], "n": 1, "deep": [{}, [], [{"a": [1, [{}]]}]]});
        for count in [0, 1, 2, 100] {
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
        }
    }
}
