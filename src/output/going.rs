//! What a deletion takes away, told before the question whether it is meant.

use super::{layout::wrap, paper::Paper, view::card, webhook::Shown};
use crate::model::{scrub::MASK, url::masked};

/// Webhooks that are to be deleted, and names that nothing has.
#[derive(Debug, Clone, Default)]
pub struct Going {
    /// What is there, with where its protected values are kept.
    pub webhooks: Vec<Shown>,
    /// What isn't.
    pub missing: Vec<String>,
}

impl Going {
    /// Lines for people.
    pub fn text(&self, paper: &Paper) -> String {
        let mut text = String::new();
        for shown in &self.webhooks {
            let webhook = &shown.webhook;
            text.push_str(&format!("{}\n", paper.bold(&paper.clean(&webhook.name))));
            let mut rows = vec![
                ("watches", paper.clean(&webhook.target())),
                ("calls", paper.clean(&masked(&webhook.url))),
            ];
            if let Some(kept) = kept(paper, shown) {
                rows.push(("forgets", kept));
            }
            text.push_str(&card(paper, &rows));
        }
        for name in &self.missing {
            let name = paper.bold(&paper.clean(name));
            text.push_str(&format!("{name}  {}\n", paper.dim("isn't there")));
        }
        text
    }
}

/// What goes, in one sentence.
pub fn sentence(paper: &Paper, text: &str) -> String {
    wrap(&paper.clean(text), paper.width().unwrap_or(usize::MAX)).join("\n") + "\n"
}

/// Protected headers that are to be removed from a webhook.
pub fn headers(paper: &Paper, shown: &Shown, removed: &[&str]) -> String {
    let name = paper.bold(&paper.clean(&shown.webhook.name));
    let mut text = format!("{name}\n");
    let headers = shown.webhook.headers.iter().zip(&shown.local);
    for (header, local) in headers.filter(|(header, _)| removed.contains(&header.key.as_str())) {
        let copy = match local {
            Some("none") | None => "no copy on this machine".to_owned(),
            Some(kind) => format!("its copy in the {kind} store goes too"),
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

/// The copies on this machine, a line each.
fn kept(paper: &Paper, shown: &Shown) -> Option<String> {
    let headers = shown.webhook.headers.iter().zip(&shown.local);
    let lines: Vec<_> = headers
        .filter_map(|(header, local)| Some((header, local.filter(|kind| *kind != "none")?)))
        .map(|(header, kind)| format!("{}, kept in the {kind} store", paper.clean(&header.key)))
        .collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}
