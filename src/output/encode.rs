//! Answers for programs: JSON, JSON lines, YAML. The same data in each, with every known secret
//! scrubbed from its strings, and nothing in it that a terminal could act on.

use std::{
    borrow::Cow,
    io::{self, Write},
};

use serde::Serialize;
use serde_json::{
    Value,
    ser::{Formatter, Serializer},
};

use crate::model::{scrub::Scrubber, text::is_unsafe};

/// JSON over several lines, for reading; written as it is made, since a list may be long.
pub(super) fn pretty(
    value: &impl Serialize,
    scrubber: &Scrubber,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut cleaned = Cleaned::new(scrubber, out);
    serde_json::to_writer_pretty(&mut cleaned, value)?;
    cleaned.write_all(b"\n")?;
    cleaned.hand_on()
}

/// JSON on one line.
pub(super) fn line(value: &impl Serialize, scrubber: &Scrubber) -> String {
    let text = serde_json::to_string(value).expect(WRITES);
    clean(&text, scrubber).into_owned() + "\n"
}

/// A line for each thing: for a list, its items.
pub(super) fn lines(
    value: &impl Serialize,
    scrubber: &Scrubber,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut cleaned = Cleaned::new(scrubber, out);
    value.serialize(&mut Serializer::with_formatter(&mut cleaned, Items(0)))?;
    if cleaned.is_empty {
        return Ok(());
    }
    cleaned.write_all(b"\n")?;
    cleaned.hand_on()
}

/// The items of a list on a line each, without the list around them; holds how deep it is inside.
struct Items(usize);

impl Formatter for Items {
    fn begin_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0 += 1;
        out.write_all(if self.0 == 1 { b"" } else { b"[" })
    }

    fn end_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0 -= 1;
        out.write_all(if self.0 == 0 { b"" } else { b"]" })
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        out.write_all(match (first, self.0) {
            (true, _) => b"",
            (false, 1) => b"\n",
            (false, _) => b",",
        })
    }

    fn begin_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0 += 1;
        out.write_all(b"{")
    }

    fn end_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0 -= 1;
        out.write_all(b"}")
    }
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
            .map(|(key, value)| (key, scrubbed(value, scrubber)))
            .collect(),
        other => other,
    }
}

/// JSON on its way out, handed on some lines at a time: a line break is never inside a string.
struct Cleaned<'a> {
    scrubber: &'a Scrubber,
    out: &'a mut dyn Write,
    waiting: Vec<u8>,
    is_empty: bool,
}

/// What waits before it is handed on: what a processor has near, and a pipe takes at once.
const PIECE: usize = 64 << 10;

impl<'a> Cleaned<'a> {
    fn new(scrubber: &'a Scrubber, out: &'a mut dyn Write) -> Self {
        Self {
            scrubber,
            out,
            waiting: Vec::with_capacity(PIECE + (PIECE >> 2)),
            is_empty: true,
        }
    }

    fn hand_on(&mut self) -> io::Result<()> {
        let whole = self.waiting.iter().rposition(|byte| *byte == b'\n');
        let Some(end) = whole.map(|at| at + 1) else {
            return Ok(());
        };
        let text = std::str::from_utf8(&self.waiting[..end]).map_err(io::Error::other)?;
        self.out.write_all(clean(text, self.scrubber).as_bytes())?;
        self.waiting.drain(..end);
        Ok(())
    }
}

impl Write for Cleaned<'_> {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.waiting.extend_from_slice(bytes);
        self.is_empty &= bytes.is_empty();
        if self.waiting.len() >= PIECE {
            self.hand_on()?;
        }
        Ok(bytes.len())
    }

    // The way that is taken, once for each piece of a string.
    #[inline]
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write(bytes).map(drop)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// JSON with every known secret out of its strings, and what a terminal could act on written as
/// `\uXXXX`: else the same data. Most text is neither, and is looked at no closer.
fn clean<'a>(json: &'a str, scrubber: &Scrubber) -> Cow<'a, str> {
    let json = if scrubber.finds_in(json) {
        Cow::Owned(scrubbed_text(json, scrubber))
    } else {
        Cow::Borrowed(json)
    };
    if is_plain(json.as_bytes()) {
        return json;
    }
    Cow::Owned(escaped(&json))
}

/// Whether there is nothing but what ASCII shows, and line breaks of the layout.
fn is_plain(text: &[u8]) -> bool {
    // Without a way out in the middle it is many bytes at a time.
    let odd = |byte: &u8| !matches!(byte, b' '..=b'~' | b'\n');
    text.chunks(256).all(|chunk| {
        chunk
            .iter()
            .fold(0_u8, |any, byte| any | u8::from(odd(byte)))
            == 0
    })
}

/// The secrets are looked for in what the strings say; the names of fields are ours.
fn scrubbed_text(json: &str, scrubber: &Scrubber) -> String {
    let mut text = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(start) = rest.find('"') {
        let (before, from) = rest.split_at(start);
        let (string, after) = from.split_at(end_of_string(from));
        text.push_str(before);
        let said = serde_json::from_str::<String>(string);
        match said {
            Ok(said) if !after.starts_with(':') => {
                let said = scrubber.clean(&said);
                text.push_str(&serde_json::to_string(&said).expect(WRITES));
            }
            _ => text.push_str(string),
        }
        rest = after;
    }
    text + rest
}

/// Where the string ends that the text begins with.
fn end_of_string(text: &str) -> usize {
    let mut is_escaped = false;
    let end = text.bytes().skip(1).position(|byte| {
        let ends = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        ends
    });
    end.map_or(text.len(), |at| at + 2)
}

fn escaped(json: &str) -> String {
    let mut safe = String::with_capacity(json.len() + 16);
    for c in json.chars() {
        if c != '\n' && is_unsafe(c) {
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

    fn on_lines(value: &impl Serialize, scrubber: &Scrubber) -> String {
        let mut text = Vec::new();
        pretty(value, scrubber, &mut text).unwrap();
        String::from_utf8(text).unwrap()
    }

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
            serde_json::from_str::<Value>(&on_lines(&value, &none)).unwrap(),
            value
        );
        let mut items = Vec::new();
        lines(&value, &none, &mut items).unwrap();
        let items = String::from_utf8(items).unwrap();
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
            on_lines(&value, &scrubber),
            line(&value, &scrubber),
            yaml(&value, &scrubber),
        ] {
            assert!(text.contains("got ***") && !text.contains("cret"), "{text}");
        }
    }

    #[test]
    fn a_long_list_is_the_same_in_pieces() {
        let scrubber = Scrubber::default();
        scrubber.learn(&Secret::new("s3\"cret"));
        let item = json!({"s3\"cret": ["\\", "é\"\\", "\u{202e}", "s3\"cret: s3\"cret"], "n": 1});
        let value = json!(vec![item; 4000]);
        let text = on_lines(&value, &scrubber);
        assert!(text.len() > 3 * PIECE);
        let item = json!({"s3\"cret": ["\\", "é\"\\", "\u{202e}", "***: ***"], "n": 1});
        assert_eq!(
            serde_json::from_str::<Value>(&text).unwrap(),
            json!(vec![item; 4000])
        );
        assert!(!text.contains('\u{202e}'));
    }
}
