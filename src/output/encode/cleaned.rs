//! JSON without secrets, and without what a terminal could act on.

use std::borrow::Cow;

use crate::model::{scrub::Scrubber, text::is_unsafe};

/// JSON with every known secret out of its strings, and what a terminal could act on written as
/// `\uXXXX`: else the same data. Most text is neither, and is looked at no closer.
pub(super) fn clean<'a>(json: &'a str, scrubber: &Scrubber) -> Cow<'a, str> {
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

/// The secrets are looked for in what the strings say. The names of fields are ours; a label has
/// one of the platform's, which is looked at unless it is spelled as ours are.
fn scrubbed_text(json: &str, scrubber: &Scrubber) -> String {
    let mut text = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(start) = rest.find('"') {
        let (before, from) = rest.split_at(start);
        let (string, after) = from.split_at(end_of_string(from));
        text.push_str(before);
        let said = serde_json::from_str::<String>(string);
        match said {
            Ok(said) if !after.starts_with(':') || !is_field(&said) => {
                let said = scrubber.clean(&said);
                text.push_str(&serde_json::to_string(&said).expect("a string is always JSON"));
            }
            _ => text.push_str(string),
        }
        rest = after;
    }
    text + rest
}

/// Whether a name is spelled as those of fields are.
pub(super) fn is_field(name: &str) -> bool {
    name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'_'))
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
