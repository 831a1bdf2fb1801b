//! Tables.

use tabled::{
    Table,
    builder::Builder,
    settings::{Padding, Style},
};

use super::paper::Paper;

/// A table in our style: columns two spaces apart, no lines. Its cells have no color.
pub(super) fn of<const N: usize>(headings: [&str; N], rows: &[[String; N]]) -> Table {
    let mut builder = Builder::with_capacity(rows.len() + 1, N);
    builder.push_record(headings);
    for row in rows {
        builder.push_record(row);
    }
    let mut table = builder.build();
    table.with(Style::empty()).with(Padding::new(0, 2, 0, 0));
    table
}

/// The lines of a table, with its headings first; `None` if they don't fit.
pub(super) fn lines(table: &Table, paper: &Paper) -> Option<String> {
    if paper.width().is_some_and(|room| table.total_width() > room) {
        return None;
    }
    let body = table.to_string();
    let mut lines = body.lines().map(str::trim_end);
    let head = paper.dim(lines.next().unwrap_or_default());
    Some(lines.fold(head + "\n", |text, line| text + line + "\n"))
}
