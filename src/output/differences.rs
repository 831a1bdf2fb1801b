//! What has to change so that the platform has the webhooks of a manifest.

use serde::Serialize;

use super::{
    change::rows,
    paper::Paper,
    view::{View, card},
};
use crate::model::plan::{Action, Change, Summary};

/// The plan of `diff`.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Differences {
    pub summary: Summary,
    /// What is to be shown.
    pub changes: Vec<Change>,
}

impl View for Differences {
    fn text(&self, paper: &Paper) -> String {
        let changes: String = self
            .changes
            .iter()
            .map(|change| one(paper, change))
            .collect();
        changes + &total(&self.summary)
    }

    fn names(&self) -> Vec<String> {
        self.changes
            .iter()
            .map(|change| change.name.clone())
            .collect()
    }
}

fn one(paper: &Paper, change: &Change) -> String {
    let action = match change.action {
        Action::Create => paper.green("create"),
        Action::Update => paper.yellow("update"),
        Action::Replace => paper.yellow("replace"),
        Action::Delete => paper.red("delete"),
        Action::Keep => paper.dim("unchanged"),
        Action::Conflict => paper.red("conflict"),
    };
    let place = change.place.as_ref();
    let place = place.map(|place| format!("  {}", paper.dim(&paper.clean(place))));
    let name = paper.bold(&paper.clean(&change.name));
    let mut text = format!("{action} {name}{}\n", place.unwrap_or_default());
    let mut all = Vec::new();
    if let Some(reason) = &change.reason {
        all.push(("reason", paper.clean(reason)));
    } else {
        all.extend(rows(paper, &change.fields));
    }
    for header in &change.unknown {
        let what = format!("{}: unknown whether its value differs", paper.clean(header));
        all.push(("header", what));
    }
    text.push_str(&card(paper, &all));
    text
}

fn total(summary: &Summary) -> String {
    let Summary {
        create,
        update,
        replace,
        delete,
        keep,
        conflict,
        unknown,
    } = *summary;
    let parts = [
        (create, "to create"),
        (update, "to update"),
        (replace, "to replace"),
        (delete, "to delete"),
        (conflict, "in conflict"),
        (keep, "unchanged"),
    ];
    let parts: Vec<_> = parts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    let unknown = match unknown {
        0 => String::new(),
        1 => "; 1 protected value can't be compared".to_owned(),
        count => format!("; {count} protected values can't be compared"),
    };
    match &parts[..] {
        [] => "nothing to do\n".to_owned(),
        parts => format!("{}{unknown}\n", parts.join(", ")),
    }
}
