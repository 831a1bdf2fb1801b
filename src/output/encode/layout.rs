//! How JSON is laid out: over several lines for reading, or the items of a list on a line each.

use std::io::{self, Write};

use serde_json::ser::Formatter;

/// The layout that serde_json has for reading, a line at a time instead of a piece.
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
