//! A webhook as a card for people. For programs, the model is serialized.

use serde::Serialize;
use serde_json::Value;

use super::{
    paper::Paper,
    time::time,
    view::{View, card},
};
use crate::model::{
    changes::fields, header::Header, scrub::MASK, store::StoreKind, webhook::Webhook,
};

impl View for Webhook {
    fn text(&self, paper: &Paper) -> String {
        let state = if self.enabled {
            paper.green("enabled")
        } else {
            paper.yellow("disabled")
        };
        let head = format!("{}  {state}\n", paper.bold(&paper.clean(&self.name)));
        let mut rows = rows(paper, self);
        rows.retain(|(name, _)| *name != "enabled");
        let time = |text: Option<&str>| text.map_or_else(String::new, |text| time(paper, text));
        rows.push(("created", time(self.creation_date.as_deref())));
        rows.push(("changed", time(self.last_updated.as_deref())));
        rows.push(("id", paper.clean(&self.id)));
        rows.retain(|(_, value)| !value.is_empty());
        head + &card(paper, &rows)
    }

    fn names(&self) -> Vec<String> {
        vec![self.name.clone()]
    }
}

/// Several webhooks, each as a card.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub(crate) struct Cards(pub Vec<Webhook>);

impl View for Cards {
    fn text(&self, paper: &Paper) -> String {
        let cards: Vec<_> = self.0.iter().map(|webhook| webhook.text(paper)).collect();
        cards.join("\n")
    }

    fn names(&self) -> Vec<String> {
        self.0.iter().map(|webhook| webhook.name.clone()).collect()
    }
}

/// The name of a field of the API on a card.
pub(super) fn label(field: &str) -> &str {
    match field {
        "description" => "about",
        "include_result" => "result",
        field => field,
    }
}

/// The value of an API field on a card.
pub(super) fn value(paper: &Paper, field: &str, value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::String(text) => paper.clean(text),
        number if field == "timeout" => format!("{number} s"),
        other => other.to_string(),
    }
}

/// Everything about a webhook except for its name.
pub(super) fn rows(paper: &Paper, webhook: &Webhook) -> Vec<(&'static str, String)> {
    let headers = webhook.headers.iter().map(|header| line(paper, header));
    let labels = webhook.labels.iter();
    let labels = labels.map(|(key, value)| paper.clean(&format!("{key}={value}")));
    let mut rows: Vec<_> = fields(webhook)
        .into_iter()
        .filter(|(field, _)| *field != "name")
        .map(|(field, of)| (label(field), value(paper, field, &of)))
        .collect();
    rows.insert(0, ("watches", paper.clean(&webhook.target())));
    rows.insert(3, ("headers", headers.collect::<Vec<_>>().join("\n")));
    rows.insert(4, ("labels", labels.collect::<Vec<_>>().join("\n")));
    rows
}

fn line(paper: &Paper, header: &Header) -> String {
    let key = paper.clean(&header.key);
    match (&header.value, header.local) {
        (Some(value), _) => format!("{key}: {}", paper.clean(value)),
        (None, None) if header.protected => format!("{key}: {MASK} {}", paper.dim("(protected)")),
        (None, None) => format!("{key}:"),
        (None, Some(StoreKind::None)) => {
            format!("{key}: {MASK} (protected; no copy on this machine)")
        }
        (None, Some(local)) => format!("{key}: {MASK} (protected; copy in the {local} store)"),
    }
}
