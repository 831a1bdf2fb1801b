//! A webhook as a card for people. For programs, the model is serialised.

use super::{
    paper::Paper,
    time::time,
    view::{View, card},
};
use crate::model::{
    header::Header, scrub::MASK, store::StoreKind, url::masked_userinfo, webhook::Webhook,
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
        rows.retain(|(name, _)| *name != ENABLED);
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

const ENABLED: &str = "enabled";

/// The fields that an update can set to a single value, under their names on a card.
pub(super) fn fields(webhook: &Webhook) -> Vec<(&'static str, String)> {
    let yes = |yes: bool| if yes { "yes" } else { "no" }.to_owned();
    vec![
        ("event", webhook.event.clone()),
        ("url", masked_userinfo(&webhook.url).into_owned()),
        ("about", webhook.description.clone()),
        ("timeout", format!("{} s", webhook.timeout)),
        (ENABLED, yes(webhook.enabled)),
        ("retry", yes(webhook.retry)),
        ("result", yes(webhook.include_result)),
    ]
}

/// Everything about a webhook except for its name.
pub(super) fn rows(paper: &Paper, webhook: &Webhook) -> Vec<(&'static str, String)> {
    let headers = webhook.headers.iter().map(|header| line(paper, header));
    let labels = webhook.labels.iter();
    let labels = labels.map(|(key, value)| paper.clean(&format!("{key}={value}")));
    let fields = fields(webhook).into_iter();
    let mut rows: Vec<_> = fields
        .map(|(name, value)| (name, paper.clean(&value)))
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
