//! JSON for people: indented, in color, and broken at the width of the terminal.

use super::{encode::escaped, paper::Paper};
use crate::columns::wrap;

const INDENT: usize = 2;
/// Lines are indented no further than this many levels.
const DEEPEST: usize = 8;

/// A piece of one line.
enum Piece<'a> {
    Plain(&'a str),
    Key(&'a str),
    Text(&'a str),
    Other(&'a str),
}

impl Piece<'_> {
    fn bare(&self) -> &str {
        match self {
            Self::Plain(text) | Self::Key(text) | Self::Text(text) | Self::Other(text) => text,
        }
    }

    /// A part of it, in its color.
    fn paint(&self, paper: &Paper, part: &str) -> String {
        match self {
            Self::Plain(_) => part.to_owned(),
            Self::Key(_) => paper.dim(part),
            Self::Text(_) => paper.green(part),
            Self::Other(_) => paper.yellow(part),
        }
    }
}

/// The lines of a compact JSON text, indented by `margin` columns.
pub(super) fn lines(paper: &Paper, json: &str, margin: usize) -> String {
    // The same data, without characters that a terminal could act on.
    let json = escaped(json.to_owned());
    let mut writer = Writer {
        paper,
        margin,
        depth: 0,
        line: Vec::new(),
        text: String::new(),
    };
    let mut rest = json.as_str();
    while !rest.is_empty() {
        let (token, after) = rest.split_at(end(rest));
        rest = after;
        match token {
            "{" | "[" if rest.starts_with(['}', ']']) => {
                // An empty one stays on its line.
                writer
                    .line
                    .push(Piece::Plain(if token == "{" { "{}" } else { "[]" }));
                rest = &rest[1..];
            }
            "{" | "[" => {
                writer.line.push(Piece::Plain(token));
                writer.end();
                writer.depth += 1;
            }
            "}" | "]" => {
                writer.end();
                writer.depth = writer.depth.saturating_sub(1);
                writer.line.push(Piece::Plain(token));
            }
            "," => {
                writer.line.push(Piece::Plain(token));
                writer.end();
            }
            ":" => writer.line.push(Piece::Plain(": ")),
            text if text.starts_with('"') && rest.starts_with(':') => {
                writer.line.push(Piece::Key(text));
            }
            text if text.starts_with('"') => writer.line.push(Piece::Text(text)),
            other => writer.line.push(Piece::Other(other)),
        }
    }
    writer.end();
    writer.text
}

/// Where the token at the start of compact JSON ends.
fn end(json: &str) -> usize {
    let bytes = json.as_bytes();
    match bytes[0] {
        b'{' | b'}' | b'[' | b']' | b',' | b':' => 1,
        b'"' => {
            let mut is_escaped = false;
            let end = bytes.iter().skip(1).position(|byte| {
                let ends = *byte == b'"' && !is_escaped;
                is_escaped = *byte == b'\\' && !is_escaped;
                ends
            });
            end.map_or(json.len(), |at| at + 2)
        }
        _ => {
            let end = json.find(['{', '}', '[', ']', ',', ':', '"']);
            end.unwrap_or(json.len()).max(1)
        }
    }
}

struct Writer<'a> {
    paper: &'a Paper,
    margin: usize,
    depth: usize,
    line: Vec<Piece<'a>>,
    text: String,
}

impl Writer<'_> {
    /// Ends the line, if there is something on it.
    fn end(&mut self) {
        let pieces = std::mem::take(&mut self.line);
        if pieces.is_empty() {
            return;
        }
        let indent = self.margin + self.depth.min(DEEPEST) * INDENT;
        let blank = " ".repeat(indent);
        let room = self
            .paper
            .width()
            .map_or(usize::MAX, |width| width.saturating_sub(indent));
        let bare: String = pieces.iter().map(Piece::bare).collect();
        let chars = |(number, piece): (usize, &Piece<'_>)| {
            let chars: Vec<_> = piece.bare().chars().map(|c| (number, c)).collect();
            chars
        };
        let mut chars = pieces.iter().enumerate().flat_map(chars);
        // Colored after it was broken: a code could be broken too.
        for line in wrap(&bare, room) {
            let mut parts: Vec<(usize, String)> = Vec::new();
            for c in line.chars() {
                // Spaces at the end of a line are gone.
                let own = chars.find(|(_, own)| *own == c);
                let number = own.map_or(0, |(number, _)| number);
                match parts.last_mut() {
                    Some((last, part)) if *last == number => part.push(c),
                    _ => parts.push((number, c.into())),
                }
            }
            self.text.push_str(&blank);
            for (number, part) in parts {
                self.text.push_str(&pieces[number].paint(self.paper, &part));
            }
            self.text.push('\n');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::columns::{Ink, width};

    #[test]
    fn json_is_indented_and_fits() {
        let json = r#"{"a":[1,{"b":null}],"c":{},"d":"x\"y:z","e":[]}"#;
        let plain = Paper::new(None, Ink(false));
        assert_eq!(
            lines(&plain, json, 2),
            "  {\n    \"a\": [\n      1,\n      {\n        \"b\": null\n      }\n    ],\n    \
             \"c\": {},\n    \"d\": \"x\\\"y:z\",\n    \"e\": []\n  }\n"
        );
        let narrow = Paper::new(Some(20), Ink(false));
        let long = format!("[\"{}\"]", "日本".repeat(20));
        assert!(
            lines(&narrow, &long, 2)
                .lines()
                .all(|line| width(line) <= 20)
        );
        assert_eq!(lines(&plain, "7", 0), "7\n");
        assert_eq!(lines(&plain, "\"\u{9b}31m\"", 0), "\"\\u009b31m\"\n");
    }

    #[test]
    fn names_and_values_have_their_colors() {
        let paper = Paper::new(Some(80), Ink(true));
        assert_eq!(
            lines(&paper, r#"{"a":"b","c":1}"#, 0),
            "{\n  \x1b[2m\"a\"\x1b[0m: \x1b[32m\"b\"\x1b[0m,\n  \x1b[2m\"c\"\x1b[0m: \x1b[33m1\x1b[0m\n}\n"
        );
        // On each of several lines too.
        let narrow = Paper::new(Some(9), Ink(true));
        assert_eq!(
            lines(&narrow, r#"{"a":"b  c a c","d":1}"#, 0),
            "{\n  \x1b[2m\"a\"\x1b[0m: \x1b[32m\"b\x1b[0m\n  \x1b[32mc a c\"\x1b[0m,\n  \x1b[2m\"d\"\x1b[0m: \x1b[33m1\x1b[0m\n}\n"
        );
    }
}
