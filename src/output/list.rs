//! A list of webhooks: text for programs, made webhook by webhook, and a table for people.

use serde::Serialize;
use tabled::settings::{Remove, Width, object::Columns};

use super::{
    Error, Output,
    encode::{self, Shape},
    paper::Paper,
    table,
    view::{View, card, phase},
};
use crate::{
    columns::width,
    config::Format,
    model::{url::masked_userinfo, webhook::Webhook},
};

/// A list in the requested format, as far as it is complete. For programs, each webhook is
/// converted to text and dropped; a table is laid out once all webhooks are known.
pub enum Listing {
    /// For programs.
    Text(encode::List),
    /// For people.
    Whole(List),
}

impl Listing {
    pub fn push(&mut self, webhook: Webhook) {
        match self {
            Self::Text(text) => text.push(&webhook),
            Self::Whole(list) => list.0.push(webhook),
        }
    }

    /// Whether it is empty.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Text(text) => text.is_empty(),
            Self::Whole(list) => list.0.is_empty(),
        }
    }
}

impl Output {
    /// An empty list.
    pub fn list(&self) -> Listing {
        match self.options.format {
            Format::Json => Listing::Text(encode::List::new(Shape::Array)),
            Format::Ndjson => Listing::Text(encode::List::new(Shape::Lines)),
            Format::Table | Format::Yaml | Format::Name => Listing::Whole(List(Vec::new())),
        }
    }

    /// Writes a list that is complete.
    pub fn show_list(&self, list: Listing) -> Result<(), Error> {
        match list {
            Listing::Text(text) => self.write_bytes(&text.end()),
            Listing::Whole(list) => self.show(&list),
        }
    }
}

/// All webhooks that were requested.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub struct List(pub Vec<Webhook>);

/// The minimum width of a URL, below which blocks are used instead of a table.
const MIN_URL: usize = 16;
const URL_COLUMN: usize = 3;

impl View for List {
    fn text(&self, paper: &Paper) -> String {
        if self.0.is_empty() {
            return String::new();
        }
        let rows: Vec<_> = self.0.iter().map(|webhook| row(paper, webhook)).collect();
        match rows_in_table(paper, &rows) {
            Some(table) => table,
            None => blocks(paper, &rows),
        }
    }

    fn names(&self) -> Vec<String> {
        self.0.iter().map(|webhook| webhook.name.clone()).collect()
    }
}

fn row(paper: &Paper, webhook: &Webhook) -> [String; 5] {
    [
        paper.clean(&webhook.name),
        paper.clean(&webhook.target().replace('`', "")),
        phase(paper, &webhook.event),
        paper.clean(&masked_userinfo(&webhook.url)),
        (if webhook.enabled { "yes" } else { "no" }).to_owned(),
    ]
}

const HEADINGS: [&str; 5] = ["NAME", "WATCHES", "EVENT", "URL", "ENABLED"];

/// A table that fits, or `None` if names would have to be cut. Only URLs give way: they are cut as
/// long as the rest is useful, then omitted.
fn rows_in_table(paper: &Paper, rows: &[[String; 5]]) -> Option<String> {
    let mut table = table::of(HEADINGS, rows);
    let room = paper.width().unwrap_or(usize::MAX);
    let over = table.total_width().saturating_sub(room);
    if over > 0 {
        let widest = rows.iter().map(|row| width(&row[URL_COLUMN])).max();
        let left = widest.unwrap_or(0).saturating_sub(over);
        if left >= MIN_URL {
            table.modify(Columns::one(URL_COLUMN), Width::truncate(left).suffix("…"));
        } else {
            table.with(Remove::column(Columns::one(URL_COLUMN)));
        }
    }
    table::lines(&table, paper)
}

/// Each webhook on lines of its own, for a terminal that is too narrow for the table.
fn blocks(paper: &Paper, rows: &[[String; 5]]) -> String {
    let block = |[name, watches, event, url, enabled]: &[String; 5]| {
        let mut lines = vec![
            ("watches", watches.clone()),
            ("event", event.clone()),
            ("url", url.clone()),
        ];
        if enabled != "yes" {
            lines.push(("enabled", enabled.clone()));
        }
        format!("{}\n{}", paper.bold(name), card(paper, &lines))
    };
    rows.iter().map(block).collect::<Vec<_>>().join("\n")
}
