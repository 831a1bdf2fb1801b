//! A list that is written item by item, so that nobody has to hold it but as its text.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::ser::Serializer;

use super::{WRITES, cleaned::clean, layout::Layout};
use crate::model::scrub::Scrubber;

/// How the items of a list stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::output) enum Shape {
    /// One JSON array over several lines, for reading.
    Array,
    /// A line each.
    Lines,
}

/// The text of a list, as far as it is made.
pub(in crate::output) struct List {
    shape: Shape,
    scrubber: Scrubber,
    text: Vec<u8>,
    /// Up to where nothing is left to scrub.
    clean: usize,
}

/// How much there is before it is looked through: what a processor has near.
const PIECE: usize = 64 << 10;

impl List {
    pub(in crate::output) fn new(shape: Shape, scrubber: Scrubber) -> Self {
        Self {
            shape,
            scrubber,
            text: Vec::new(),
            clean: 0,
        }
    }

    pub(in crate::output) fn push(&mut self, item: &impl Serialize) {
        let is_first = self.text.is_empty();
        let text = &mut self.text;
        let written = match self.shape {
            Shape::Array => {
                text.extend_from_slice(if is_first { b"[\n  " } else { b",\n  " });
                item.serialize(&mut Serializer::with_formatter(text, Layout::at(1)))
            }
            Shape::Lines => {
                text.extend_from_slice(if is_first { b"" } else { b"\n" });
                item.serialize(&mut Serializer::new(text))
            }
        };
        written.expect(WRITES);
        if self.text.len() >= self.clean + PIECE {
            self.scrub();
        }
    }

    /// All of it.
    pub(in crate::output) fn end(mut self) -> Vec<u8> {
        let end: &[u8] = match (self.shape, self.text.is_empty()) {
            (Shape::Array, true) => b"[]\n",
            (Shape::Array, false) => b"\n]\n",
            (Shape::Lines, true) => b"",
            (Shape::Lines, false) => b"\n",
        };
        self.text.extend_from_slice(end);
        self.scrub();
        self.text
    }

    /// Between two items no string is open.
    fn scrub(&mut self) {
        let fresh = std::str::from_utf8(&self.text[self.clean..]).expect("JSON is text");
        if let Cow::Owned(cleaned) = clean(fresh, &self.scrubber) {
            self.text.truncate(self.clean);
            self.text.extend_from_slice(cleaned.as_bytes());
        }
        self.clean = self.text.len();
    }
}
