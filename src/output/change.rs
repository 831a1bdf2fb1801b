//! What a change did: created, updated, unchanged, deleted.

use serde::Serialize;

use super::{
    paper::Paper,
    view::{View, card},
    webhook::Shown,
};
use crate::model::{url::masked_userinfo, webhook::Webhook};

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

fn differences(paper: &Paper, before: &Webhook, now: &Webhook) -> Vec<(&'static str, String)> {
    let text = |webhook: &Webhook| {
        let headers = webhook.headers.iter().map(|header| {
            format!(
                "{}: {}",
                header.key,
                header.value.as_deref().unwrap_or("***")
            )
        });
        let labels = webhook
            .labels
            .iter()
            .map(|(key, value)| format!("{key}={value}"));
        [
            ("name", webhook.name.clone()),
            ("url", masked_userinfo(&webhook.url).into_owned()),
            ("event", webhook.event.clone()),
            ("headers", headers.collect::<Vec<_>>().join(", ")),
            ("labels", labels.collect::<Vec<_>>().join(", ")),
            ("about", webhook.description.clone()),
            ("timeout", format!("{} s", webhook.timeout)),
            ("enabled", webhook.enabled.to_string()),
            ("retry", webhook.retry.to_string()),
            ("result", webhook.include_result.to_string()),
        ]
    };
    let shown = |text: &str| match text {
        "" => "none".to_owned(),
        text => paper.clean(text),
    };
    let mut rows: Vec<_> = text(before)
        .into_iter()
        .zip(text(now))
        .filter(|((_, old), (_, new))| old != new)
        .map(|((field, old), (_, new))| (field, format!("{} → {}", shown(&old), shown(&new))))
        .collect();
    if rows.is_empty() {
        rows.push(("headers", "protected values sent anew".to_owned()));
    }
    rows
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
