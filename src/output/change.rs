//! The result of a change: created, updated, unchanged, deleted.

use serde::Serialize;

use super::{
    paper::Paper,
    view::{View, card},
    webhook::fields,
};
use crate::model::{header::Header, scrub::MASK, webhook::Webhook};

/// The outcome of a create or an update.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    /// It was created.
    Created,
    /// It existed, and has changed.
    Updated,
    /// It existed, and has not changed.
    Unchanged,
}

/// The result of a create or an update.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Change {
    /// What happened.
    pub result: Outcome,
    /// The webhook after the change.
    pub webhook: Webhook,
    /// The state before an update.
    #[serde(skip)]
    pub before: Option<Before>,
}

/// The state before an update.
#[derive(Debug, Clone)]
pub(crate) struct Before {
    /// The webhook before.
    pub webhook: Webhook,
    /// The protected headers whose value was sent: values can't be compared, so this is all that is
    /// known.
    pub sent: Vec<String>,
}

impl View for Change {
    fn text(&self, paper: &Paper) -> String {
        let name = paper.bold(&paper.clean(&self.webhook.name));
        match (self.result, &self.before) {
            (Outcome::Created, _) => {
                format!("{} {}", paper.green("created"), self.webhook.text(paper))
            }
            (Outcome::Updated, Some(before)) => {
                let rows = differences(paper, before, &self.webhook);
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

/// What changed, from old to new: a row for each field, header and label.
fn differences(paper: &Paper, before: &Before, now: &Webhook) -> Vec<(&'static str, String)> {
    let Before {
        webhook: before,
        sent,
    } = before;
    let named = |webhook: &Webhook| {
        let name = ("name", webhook.name.clone());
        std::iter::once(name).chain(fields(webhook))
    };
    let mut rows: Vec<_> = named(before)
        .zip(named(now))
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
    let known = |name: &&String| {
        before
            .protected_headers()
            .any(|key| key.eq_ignore_ascii_case(name))
    };
    let resent = |name: &String| ("header", format!("{}: new value sent", paper.clean(name)));
    rows.extend(sent.iter().filter(known).map(resent));
    rows
}

/// A row for each entry that was added, changed or removed.
fn each(
    paper: &Paper,
    what: &'static str,
    before: &[(String, String)],
    now: &[(String, String)],
) -> Vec<(&'static str, String)> {
    let find = |pairs: &[(String, String)], key: &str| {
        // Two headers that differ only in letter case are the same; two such labels are not.
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
    let removed = before.iter().filter(|(key, _)| find(now, key).is_none());
    now.iter()
        .chain(removed)
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

/// The result of deleting one webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DeletionResult {
    /// It existed, and was deleted.
    Deleted,
    /// It didn't exist, which was allowed.
    Missing,
    /// It may still exist.
    Failed,
}

/// Why a webhook could not be deleted.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Reason {
    /// Its kind, as in the error object.
    pub kind: &'static str,
    /// What failed and why.
    pub message: String,
    /// The platform's status, if it answered.
    pub http_status: Option<u16>,
}

/// What became of one name.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Deletion {
    /// The webhook's name.
    pub name: String,
    /// The result.
    pub result: DeletionResult,
    /// Where it failed.
    pub error: Option<Reason>,
}

/// What became of all names of a command, in their order.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub(crate) struct Deletions(pub Vec<Deletion>);

impl View for Deletions {
    /// What failed is said in the error below, at length.
    fn text(&self, paper: &Paper) -> String {
        let line = |deletion: &Deletion| {
            let name = paper.bold(&paper.clean(&deletion.name));
            match deletion.result {
                DeletionResult::Deleted => format!("{} {name}\n", paper.green("deleted")),
                DeletionResult::Missing => format!("missing {name}\n"),
                DeletionResult::Failed => String::new(),
            }
        };
        self.0.iter().map(line).collect()
    }

    fn names(&self) -> Vec<String> {
        let gone = self.0.iter().filter(|one| one.error.is_none());
        gone.map(|deletion| deletion.name.clone()).collect()
    }
}
