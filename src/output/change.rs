//! What a change did: created, updated, unchanged, deleted.

use serde::Serialize;

use super::{
    paper::Paper,
    view::{View, card},
    webhook::Shown,
};
use crate::model::{header::Header, scrub::MASK, url::masked_userinfo, webhook::Webhook};

/// The outcome of a create or an update.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It is new.
    Created,
    /// It was there and is different now.
    Updated,
    /// It was there and is as it was.
    Unchanged,
}

/// The result of a create or an update.
#[derive(Debug, Clone, Serialize)]
pub struct Change {
    /// What happened.
    pub result: Outcome,
    /// The webhook as it is now.
    pub webhook: Shown,
    /// As it was before an update.
    #[serde(skip)]
    pub before: Option<Webhook>,
}

impl View for Change {
    fn text(&self, paper: &Paper) -> String {
        let name = paper.bold(&paper.clean(&self.webhook.webhook.name));
        match (self.result, &self.before) {
            (Outcome::Created, _) => {
                format!("{} {}", paper.green("created"), self.webhook.text(paper))
            }
            (Outcome::Updated, Some(before)) => {
                let rows = differences(paper, before, &self.webhook.webhook);
                format!("{} {name}\n{}", paper.green("updated"), card(paper, &rows))
            }
            (Outcome::Updated, None) => format!("{} {name}\n", paper.green("updated")),
            (Outcome::Unchanged, _) => format!("unchanged {name}\n"),
        }
    }

    fn names(&self) -> Vec<String> {
        self.webhook.names()
    }
}

/// What changed, old beside new: a row for each field, header and label.
fn differences(paper: &Paper, before: &Webhook, now: &Webhook) -> Vec<(&'static str, String)> {
    let mut rows: Vec<_> = fields(before)
        .into_iter()
        .zip(fields(now))
        .filter(|((_, old), (_, new))| old != new)
        .map(|((field, old), (_, new))| (field, arrow(paper, Some(&old), Some(&new))))
        .collect();
    let headers = |webhook: &Webhook| -> Vec<(String, String)> {
        let shown = |header: &Header| header.value.clone().unwrap_or_else(|| MASK.to_owned());
        webhook
            .headers
            .iter()
            .map(|header| (header.key.clone(), shown(header)))
            .collect()
    };
    let labels = |webhook: &Webhook| -> Vec<(String, String)> {
        webhook.labels.clone().into_iter().collect()
    };
    rows.extend(each(paper, "header", &headers(before), &headers(now)));
    rows.extend(each(paper, "label", &labels(before), &labels(now)));
    if rows.is_empty() {
        rows.push(("header", "protected value sent anew".to_owned()));
    }
    rows
}

fn fields(webhook: &Webhook) -> [(&'static str, String); 8] {
    let yes = |yes: bool| (if yes { "yes" } else { "no" }).to_owned();
    [
        ("name", webhook.name.clone()),
        ("url", masked_userinfo(&webhook.url).into_owned()),
        ("event", webhook.event.clone()),
        ("about", webhook.description.clone()),
        ("timeout", format!("{} s", webhook.timeout)),
        ("enabled", yes(webhook.enabled)),
        ("retry", yes(webhook.retry)),
        ("result", yes(webhook.include_result)),
    ]
}

/// A row for each pair that was added, changed or removed.
fn each(
    paper: &Paper,
    what: &'static str,
    before: &[(String, String)],
    now: &[(String, String)],
) -> Vec<(&'static str, String)> {
    let find = |pairs: &[(String, String)], key: &str| {
        // Two headers that differ in letter case are one; two such labels are not.
        let same =
            |known: &str| known == key || (what == "header" && known.eq_ignore_ascii_case(key));
        let found = pairs.iter().find(|(known, _)| same(known));
        found.map(|(_, value)| value.clone())
    };
    let row = |key: &String| {
        let (old, new) = (find(before, key), find(now, key));
        let change = arrow(paper, old.as_deref(), new.as_deref());
        (old != new).then(|| (what, format!("{}: {change}", paper.clean(key))))
    };
    let gone = before.iter().filter(|(key, _)| find(now, key).is_none());
    now.iter()
        .chain(gone)
        .filter_map(|(key, _)| row(key))
        .collect()
}

fn arrow(paper: &Paper, old: Option<&str>, new: Option<&str>) -> String {
    let shown = |text: Option<&str>| match text {
        None | Some("") => "none".to_owned(),
        Some(text) => paper.clean(text),
    };
    format!("{} → {}", shown(old), shown(new))
}

/// How the deletion of one webhook ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Gone {
    /// It was there, and is no more.
    Deleted,
    /// It was not there, which was allowed.
    Missing,
}

/// One deletion that went well.
#[derive(Debug, Clone, Serialize)]
pub struct Deletion {
    /// The webhook's name.
    pub name: String,
    /// How it ended.
    pub result: Gone,
}

/// All deletions of one command that went well.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub struct Deletions(pub Vec<Deletion>);

impl View for Deletions {
    fn text(&self, paper: &Paper) -> String {
        let line = |deletion: &Deletion| {
            let name = paper.bold(&paper.clean(&deletion.name));
            match deletion.result {
                Gone::Deleted => format!("{} {name}\n", paper.green("deleted")),
                Gone::Missing => format!("missing {name}\n"),
            }
        };
        self.0.iter().map(line).collect()
    }

    fn names(&self) -> Vec<String> {
        self.0
            .iter()
            .map(|deletion| deletion.name.clone())
            .collect()
    }
}
