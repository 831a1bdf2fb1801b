//! What a deletion removes, shown before the user confirms it.

use super::{paper::Paper, view::card};
use crate::{
    columns::wrap,
    model::{scrub::MASK, store::StoreKind, url::masked, webhook::Webhook},
};

/// Webhooks that will be deleted, and names that don't exist.
#[derive(Debug, Clone, Default)]
pub(crate) struct PendingDeletion {
    /// The existing webhooks, with where their protected values are stored.
    pub webhooks: Vec<Webhook>,
    /// The names that don't exist.
    pub missing: Vec<String>,
}

impl PendingDeletion {
    /// Lines for people.
    pub(crate) fn text(&self, paper: &Paper) -> String {
        let mut text = String::new();
        for webhook in &self.webhooks {
            text.push_str(&format!("{}\n", paper.bold(&paper.clean(&webhook.name))));
            let mut rows = vec![
                ("watches", paper.clean(&webhook.target())),
                ("calls", paper.clean(&masked(&webhook.url))),
            ];
            if let Some(kept) = kept(paper, webhook) {
                rows.push(("removes", kept));
            }
            text.push_str(&card(paper, &rows));
        }
        for name in &self.missing {
            let name = paper.bold(&paper.clean(name));
            text.push_str(&format!("{name}  {}\n", paper.dim("not found")));
        }
        text
    }
}

/// What will be removed, in one sentence.
pub(crate) fn sentence(paper: &Paper, text: &str) -> String {
    wrap(&paper.clean(text), paper.width().unwrap_or(usize::MAX)).join("\n") + "\n"
}

/// Protected headers that will be removed from a webhook.
pub(crate) fn headers(paper: &Paper, webhook: &Webhook, removed: &[&str]) -> String {
    let name = paper.bold(&paper.clean(&webhook.name));
    let mut text = format!("{name}\n");
    let headers = webhook.headers.iter();
    for header in headers.filter(|header| removed.contains(&header.key.as_str())) {
        let copy = match header.local {
            Some(StoreKind::None) | None => "no copy on this machine".to_owned(),
            Some(kind) => format!("its copy in the {kind} store is removed too"),
        };
        let line = format!(
            "{}: {MASK} {}",
            paper.clean(&header.key),
            paper.dim(&format!("({copy})"))
        );
        text.push_str(&card(paper, &[("removes", line)]));
    }
    text
}

/// The copies on this machine, one line each.
fn kept(paper: &Paper, webhook: &Webhook) -> Option<String> {
    let headers = webhook.headers.iter();
    let lines: Vec<_> = headers
        .filter_map(|header| {
            Some((
                header,
                header.local.filter(|kind| *kind != StoreKind::None)?,
            ))
        })
        .map(|(header, kind)| format!("{} from the {kind} store", paper.clean(&header.key)))
        .collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}
