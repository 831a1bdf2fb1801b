//! A list that is written item by item, so that nobody has to hold it but as its text.

use serde::Serialize;
use serde_json::ser::Serializer;

use super::{
    WRITES,
    layout::{Layout, Line},
};

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
    text: Vec<u8>,
}

impl List {
    pub(in crate::output) fn new(shape: Shape) -> Self {
        let text = Vec::new();
        Self { shape, text }
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
                item.serialize(&mut Serializer::with_formatter(text, Line))
            }
        };
        written.expect(WRITES);
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
        self.text
    }
}
