//! What all open pages are sent: the newest rows, and the state. Pages read from here at their own
//! pace; one that is too slow skips rows, so that no page makes the feed grow.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;
use tokio::sync::watch;

use super::plot::Plot;
use crate::model::inspection::Row;

/// How many rows a page keeps, and therefore how many are kept for it.
const KEPT: usize = 1000;
/// How many rows are sent at once.
const AT_ONCE: usize = 200;

/// The rows and the state of one source.
#[derive(Debug)]
pub(super) struct Feed {
    kind: &'static str,
    /// Names the source, so that a page that comes back knows whether its places still hold.
    of: String,
    /// The address of what is inspected.
    url: String,
    kept: Mutex<Kept>,
    /// Counts changes.
    changes: watch::Sender<u64>,
    /// How many pages are open.
    pages: watch::Sender<usize>,
}

#[derive(Debug, Default)]
struct Kept {
    /// The newest, each with its place, as JSON.
    rows: VecDeque<(i64, String)>,
    /// How many rows there have been.
    count: u64,
    plot: Plot,
    /// The state as it was given: a JSON object without its last brace.
    base: String,
    /// The same with the plot, and how often it has changed.
    state: String,
    version: u64,
}

/// How far a page has read.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Cursor {
    /// How many of the rows it has, or has skipped.
    read: u64,
    /// The version of the state.
    version: u64,
}

impl Feed {
    /// A feed without rows. `kind` and `url` are for the page.
    pub(super) fn new(kind: &'static str, of: &str, url: &str) -> Self {
        Self {
            kind,
            of: of.to_owned(),
            url: url.to_owned(),
            kept: Mutex::default(),
            changes: watch::Sender::new(0),
            pages: watch::Sender::new(0),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that a page was opened.
    pub(super) fn opened(&self) {
        self.pages.send_modify(|pages| *pages += 1);
    }

    /// Notes that one was closed.
    pub(super) fn closed(&self) {
        self.pages.send_modify(|pages| *pages -= 1);
    }

    /// Waits until a page is open.
    pub(super) async fn watched(&self) {
        // It can't fail while the sender is there.
        let _ = self.pages.subscribe().wait_for(|pages| *pages > 0).await;
    }

    /// Tells of changes from now on.
    pub(super) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Adds rows, oldest first.
    pub(super) fn add(&self, rows: &[Row]) {
        if rows.is_empty() {
            return;
        }
        let mut kept = self.lock();
        for row in rows {
            kept.plot.add(row.second, row.error.is_some());
        }
        kept.count += rows.len() as u64;
        for row in &rows[rows.len().saturating_sub(KEPT)..] {
            let text = serde_json::to_string(row).expect("text and numbers serialize");
            kept.rows.push_back((row.place, text));
        }
        let surplus = kept.rows.len().saturating_sub(KEPT);
        kept.rows.drain(..surplus);
        drop(kept);
        self.changes.send_modify(|changes| *changes += 1);
    }

    /// Sets the state: an object. The plot is part of it.
    pub(super) fn set_state(&self, state: &impl Serialize) {
        let mut text = serde_json::to_string(state).expect("text and numbers serialize");
        text.truncate(text.len() - 1);
        self.lock().base = text;
        self.plot();
    }

    /// Brings the plot up to date.
    pub(super) fn plot(&self) {
        let mut kept = self.lock();
        let plot = serde_json::to_string(&kept.plot.buckets()).expect("numbers serialize");
        let state = format!("{},\"plot\":{plot}", kept.base);
        if kept.base.is_empty() || state == kept.state {
            return;
        }
        kept.state = state;
        kept.version += 1;
        drop(kept);
        self.changes.send_modify(|changes| *changes += 1);
    }

    /// The first line for a page, and where it begins. A page that comes back says what it has: the
    /// place of its last row, and of which source.
    pub(super) fn begin(&self, after: Option<(i64, &str)>) -> (String, Cursor) {
        let kept = self.lock();
        let oldest = kept.count - kept.rows.len() as u64;
        let known = after.filter(|(_, of)| *of == self.of);
        let read = known.map_or(0, |(place, _)| {
            let known = kept.rows.iter().filter(|(row, _)| *row <= place).count();
            oldest + known as u64
        });
        let line = json!({
            "type": "begin", "kind": self.kind, "of": self.of, "fresh": known.is_none(),
            "url": self.url, "keeps": KEPT,
        });
        (format!("{line}\n"), Cursor { read, version: 0 })
    }

    /// The lines that a page doesn't have; empty if it has all.
    pub(super) fn lines(&self, cursor: &mut Cursor) -> String {
        let kept = self.lock();
        let mut lines = String::new();
        let oldest = kept.count - kept.rows.len() as u64;
        if cursor.read < oldest {
            let count = oldest - cursor.read;
            lines.push_str(&format!("{{\"type\":\"skipped\",\"count\":{count}}}\n"));
            cursor.read = oldest;
        }
        let begin = usize::try_from(cursor.read - oldest).unwrap_or(usize::MAX);
        let new = kept.rows.iter().skip(begin).take(AT_ONCE);
        let rows: Vec<_> = new.map(|(_, row)| row.as_str()).collect();
        if !rows.is_empty() {
            cursor.read += rows.len() as u64;
            let rows = rows.join(",");
            lines.push_str(&format!("{{\"type\":\"rows\",\"rows\":[{rows}]}}\n"));
        }
        if cursor.version != kept.version {
            cursor.version = kept.version;
            let (kind, state, now) = (self.kind, &kept.state[1..], Timestamp::now());
            lines.push_str(&format!(
                "{{\"type\":\"state\",\"kind\":\"{kind}\",\"now\":\"{now:.3}\",{state}}}\n"
            ));
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(places: std::ops::RangeInclusive<i64>) -> Vec<Row> {
        let row = |place| Row {
            place,
            ..Row::default()
        };
        places.map(row).collect()
    }

    /// The types of lines, and the places of rows.
    fn read(feed: &Feed, cursor: &mut Cursor) -> Vec<String> {
        let mut found = Vec::new();
        loop {
            let lines = feed.lines(cursor);
            if lines.is_empty() {
                return found;
            }
            for line in lines.lines() {
                let line: serde_json::Value = serde_json::from_str(line).unwrap();
                found.push(match line["type"].as_str().unwrap() {
                    "rows" => {
                        let rows = line["rows"].as_array().unwrap();
                        format!("{} to {}", rows[0]["place"], rows.last().unwrap()["place"])
                    }
                    "skipped" => format!("skipped {}", line["count"]),
                    other => other.to_owned(),
                });
            }
        }
    }

    #[test]
    fn a_page_gets_the_newest_rows_and_those_after_them_once() {
        let feed = Feed::new("mock", "one", "");
        feed.add(&rows(1..=3));
        let (_, mut cursor) = feed.begin(None);
        assert_eq!(read(&feed, &mut cursor), ["1 to 3"]);
        feed.add(&rows(4..=250));
        feed.set_state(&json!({"webhooks": []}));
        assert_eq!(
            read(&feed, &mut cursor),
            ["4 to 203", "state", "204 to 250"]
        );
        feed.set_state(&json!({"webhooks": []}));
        assert!(read(&feed, &mut cursor).is_empty());
        // Too slow.
        feed.add(&rows(251..=1500));
        let found = read(&feed, &mut cursor);
        assert_eq!(found[..2], ["skipped 250", "501 to 700"]);
        assert_eq!(found.last().unwrap(), "1301 to 1500");
        feed.plot();
        assert_eq!(read(&feed, &mut cursor), ["state"]);
    }

    #[test]
    fn a_page_that_comes_back_goes_on_where_it_was() {
        let feed = Feed::new("mock", "one", "");
        feed.add(&rows(1..=5));
        let (line, mut cursor) = feed.begin(Some((3, "one")));
        assert!(line.contains("\"fresh\":false"));
        assert_eq!(read(&feed, &mut cursor), ["4 to 5"]);
        let (line, mut cursor) = feed.begin(Some((3, "another")));
        assert!(line.contains("\"fresh\":true"));
        assert_eq!(read(&feed, &mut cursor), ["1 to 5"]);
    }

    #[tokio::test]
    async fn an_open_page_is_known_until_it_closes() {
        let feed = Feed::new("mock", "one", "");
        feed.opened();
        feed.watched().await;
        feed.closed();
        assert_eq!(*feed.pages.borrow(), 0);
    }
}
