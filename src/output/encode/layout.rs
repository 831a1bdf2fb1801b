//! How JSON is laid out: over several lines for reading, or the items of a list on a line each.

use std::io::{self, Write};

use serde_json::ser::Formatter;

use crate::model::text::is_unsafe;

/// Writes a part of a string, with `\uXXXX` for what a terminal could act on: the same data.
fn fragment<W: ?Sized + Write>(out: &mut W, text: &str) -> io::Result<()> {
    // Without a way out in the middle it is many bytes at a time.
    let odd = |byte: &u8| u8::from(!matches!(byte, b' '..=b'~'));
    if text.bytes().fold(0, |any, byte| any | odd(&byte)) == 0 {
        return out.write_all(text.as_bytes());
    }
    let mut done = 0;
    for (at, c) in text.char_indices().filter(|(_, c)| is_unsafe(*c)) {
        out.write_all(&text.as_bytes()[done..at])?;
        write!(out, "\\u{:04x}", u32::from(c))?;
        done = at + c.len_utf8();
    }
    out.write_all(&text.as_bytes()[done..])
}

/// All on one line.
pub(super) struct Line;

impl Formatter for Line {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        out: &mut W,
        text: &str,
    ) -> io::Result<()> {
        fragment(out, text)
    }
}

/// The layout that serde_json has for reading, a line at a time instead of a piece.
#[derive(Default)]
pub(super) struct Layout {
    depth: usize,
    is_filled: bool,
}

/// What stands between two things at the deepest level that is written at once.
const LINE: &[u8] = b",\n                                ";

impl Layout {
    /// The layout of what stands this deep inside.
    pub(super) fn at(depth: usize) -> Self {
        Self {
            depth,
            is_filled: false,
        }
    }

    fn line<W: ?Sized + Write>(&self, out: &mut W, first: bool) -> io::Result<()> {
        let blanks = self.depth * 2;
        match LINE.get(usize::from(first)..blanks + 2) {
            Some(line) => out.write_all(line),
            None => write!(out, "{}\n{:blanks$}", if first { "" } else { "," }, ""),
        }
    }

    fn begin<W: ?Sized + Write>(&mut self, out: &mut W, bracket: &[u8]) -> io::Result<()> {
        self.depth += 1;
        self.is_filled = false;
        out.write_all(bracket)
    }

    fn end<W: ?Sized + Write>(&mut self, out: &mut W, bracket: &[u8]) -> io::Result<()> {
        self.depth -= 1;
        if self.is_filled {
            self.line(out, true)?;
        }
        self.is_filled = true;
        out.write_all(bracket)
    }
}

impl Formatter for Layout {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        out: &mut W,
        text: &str,
    ) -> io::Result<()> {
        fragment(out, text)
    }

    fn begin_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.begin(out, b"[")
    }

    fn end_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.end(out, b"]")
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.line(out, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.is_filled = true;
        Ok(())
    }

    fn begin_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.begin(out, b"{")
    }

    fn end_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.end(out, b"}")
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.line(out, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        out.write_all(b": ")
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.is_filled = true;
        Ok(())
    }
}

/// The items of a list on a line each, without the list around them; holds how deep it is inside.
pub(super) struct Items(pub(super) usize);

impl Formatter for Items {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        out: &mut W,
        text: &str,
    ) -> io::Result<()> {
        fragment(out, text)
    }

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
