//! A webhook that is about to be created, and the equivalent command line.

use super::{paper::Paper, view::card, webhook::rows};
use crate::model::webhook::Webhook;

/// The webhook, as a card.
pub(crate) fn card_of(paper: &Paper, webhook: &Webhook, project: &str) -> String {
    let mut rows = rows(paper, webhook);
    rows.push(("project", paper.clean(project)));
    rows.retain(|(_, value)| !value.is_empty());
    let name = paper.bold(&paper.clean(&webhook.name));
    format!("\n{name}\n{}\n", card(paper, &rows))
}

/// The command line, unbroken: the terminal wraps it, and it can be copied as a whole.
pub(crate) fn command(paper: &Paper, line: &str) -> String {
    let head = paper.dim("The same without prompts:");
    format!("\n{head}\n  {}\n", paper.clean(line))
}
