//! Text in columns: how wide it is on a terminal, and where it breaks.

use tabled::{
    Table,
    builder::Builder,
    settings::{Padding, Style},
};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::paper::Paper;

/// A table as all of ours are: columns two blanks apart, no lines. Its cells have no colour.
pub(super) fn table<const N: usize>(headings: [&str; N], rows: &[[String; N]]) -> Table {
    let mut builder = Builder::with_capacity(rows.len() + 1, N);
    builder.push_record(headings);
    for row in rows {
        builder.push_record(row);
    }
    let mut table = builder.build();
    table.with(Style::empty()).with(Padding::new(0, 2, 0, 0));
    table
}

/// The lines of a table, its headings first; nothing where they don't fit.
pub(super) fn lines(table: &Table, paper: &Paper) -> Option<String> {
    if paper.width().is_some_and(|room| table.total_width() > room) {
        return None;
    }
    let body = table.to_string();
    let mut lines = body.lines().map(str::trim_end);
    let head = paper.dim(lines.next().unwrap_or_default());
    Some(lines.fold(head + "\n", |text, line| text + line + "\n"))
}

/// The columns that a text takes on a terminal.
pub(super) fn width(text: &str) -> usize {
    text.width()
}

/// `text` in lines of at most `max` columns: broken at spaces where there are any, else anywhere,
/// and at its own line breaks.
pub(super) fn wrap(text: &str, max: usize) -> Vec<String> {
    text.split('\n')
        .flat_map(|line| wrap_line(line, max.max(2)))
        .collect()
}

fn wrap_line(line: &str, max: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in line.split_inclusive(' ') {
        let bare = width(word.trim_end());
        if used > 0 && used + bare > max {
            lines.push(String::new());
            used = 0;
        }
        for c in word.chars() {
            let columns = c.width().unwrap_or(0);
            if used + columns > max {
                if c == ' ' {
                    continue;
                }
                lines.push(String::new());
                used = 0;
            }
            used += columns;
            lines.last_mut().expect("there is a first line").push(c);
        }
    }
    lines
        .iter()
        .map(|line| line.trim_end().to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_breaks_at_spaces_and_a_long_word_anywhere() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(
            wrap("https://a.example/long", 10),
            ["https://a.", "example/lo", "ng"]
        );
        assert_eq!(wrap("a\nb", 10), ["a", "b"]);
        assert_eq!(wrap("", 10), [""]);
    }

    #[test]
    fn a_wide_character_takes_two_columns() {
        assert_eq!(width("日本"), 4);
        assert_eq!(wrap("日本語", 5), ["日本", "語"]);
    }
}
