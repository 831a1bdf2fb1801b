//! Writes JSON quickly. It comes in many pieces of one or two bytes, and in a program that is built for size,
//! `Vec<u8>` makes a call for each.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

/// A value as JSON on one line.
pub(crate) fn written(value: &impl Serialize) -> serde_json::Result<Vec<u8>> {
    let mut text = Text::default();
    serde_json::to_writer(&mut text, value)?;
    Ok(text.0)
}

/// Appends a value as JSON in this layout.
pub(crate) fn append(
    text: &mut Vec<u8>,
    value: &impl Serialize,
    layout: impl Formatter,
) -> serde_json::Result<()> {
    let mut all = Text(std::mem::take(text));
    let written = value.serialize(&mut Serializer::with_formatter(&mut all, layout));
    *text = all.0;
    written
}

#[derive(Default)]
struct Text(Vec<u8>);

impl Write for Text {
    #[expect(clippy::inline_always, reason = "without it, each piece is a call")]
    #[inline(always)]
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        match piece {
            [byte] => self.0.push(*byte),
            _ => self.0.extend_from_slice(piece),
        }
        Ok(piece.len())
    }

    #[expect(clippy::inline_always, reason = "likewise")]
    #[inline(always)]
    fn write_all(&mut self, piece: &[u8]) -> io::Result<()> {
        self.write(piece).map(|_| ())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
