//! The result of a change: created, updated, unchanged, deleted.

use serde::Serialize;
use serde_json::Value;

use super::{
    paper::Paper,
    view::{View, card},
    webhook::{label, value},
};
use crate::model::{
    changes::{FieldChange, HEADERS, LABELS},
    webhook::Webhook,
};

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
    /// What an update changed; empty for the other outcomes.
    pub changes: Vec<FieldChange>,
}

impl View for Change {
    fn text(&self, paper: &Paper) -> String {
        let name = paper.bold(&paper.clean(&self.webhook.name));
        match self.result {
            Outcome::Created => format!("{} {}", paper.green("created"), self.webhook.text(paper)),
            Outcome::Updated => {
                let rows = rows(paper, &self.changes);
                format!("{} {name}\n{}", paper.green("updated"), card(paper, &rows))
            }
            Outcome::Unchanged => format!("unchanged {name}\n"),
        }
    }

    fn names(&self) -> Vec<String> {
        self.webhook.names()
    }
}

/// The results of several, in the order of their names.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub(crate) struct Changes(pub Vec<Change>);

impl View for Changes {
    fn text(&self, paper: &Paper) -> String {
        self.0.iter().map(|change| change.text(paper)).collect()
    }

    fn names(&self) -> Vec<String> {
        self.0.iter().flat_map(View::names).collect()
    }
}

/// What changed, from old to new.
pub(super) fn rows<'a>(paper: &Paper, changes: &'a [FieldChange]) -> Vec<(&'a str, String)> {
    let row = |change: &'a FieldChange| {
        let FieldChange { field, from, to } = change;
        let arrow = || {
            let shown = |of: &Value| match value(paper, field, of) {
                // A label may have an empty value.
                none if none.is_empty() && *of == "" && field.starts_with(LABELS) => {
                    "''".to_owned()
                }
                none if none.is_empty() => "none".to_owned(),
                text => text,
            };
            format!("{} → {}", shown(from), shown(to))
        };
        if let Some(key) = field.strip_prefix(HEADERS) {
            let what = if from == to {
                "new value".to_owned()
            } else {
                arrow()
            };
            ("header", format!("{}: {what}", paper.clean(key)))
        } else if let Some(key) = field.strip_prefix(LABELS) {
            ("label", format!("{}: {}", paper.clean(key), arrow()))
        } else {
            (label(field), arrow())
        }
    };
    changes.iter().map(row).collect()
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

impl View for Deletion {
    /// Why it failed is in the error below, at length.
    fn text(&self, paper: &Paper) -> String {
        let name = paper.bold(&paper.clean(&self.name));
        match self.result {
            DeletionResult::Deleted => format!("{} {name}\n", paper.green("deleted")),
            DeletionResult::Missing => format!("missing {name}\n"),
            DeletionResult::Failed => String::new(),
        }
    }

    fn names(&self) -> Vec<String> {
        let is_gone = self.error.is_none();
        is_gone.then(|| self.name.clone()).into_iter().collect()
    }
}

impl View for Deletions {
    fn text(&self, paper: &Paper) -> String {
        self.0.iter().map(|one| one.text(paper)).collect()
    }

    fn names(&self) -> Vec<String> {
        self.0.iter().flat_map(View::names).collect()
    }
}
