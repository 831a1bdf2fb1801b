//! Stored values: the list, and what was stored or removed. Never a value itself.

use serde::Serialize;

use super::{
    change::Reason,
    paper::Paper,
    table, time,
    view::{View, card},
};
use crate::model::store::StoreKind;

/// One protected header, or a stored value that fits none.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Listed {
    /// The webhook's name.
    pub webhook: String,
    /// The header.
    pub header: String,
    /// Whether this machine has the value.
    pub held: bool,
    /// Where it is stored.
    pub store: Option<StoreKind>,
    /// The origin that it may be sent to.
    pub origin: Option<String>,
    /// When it was stored.
    pub since: Option<String>,
    /// When a test last succeeded with it.
    pub tested: Option<String>,
    /// Whether its webhook is gone; null if that is not known.
    pub orphan: Option<bool>,
    /// What is known about it; null if there is none.
    pub state: Option<&'static str>,
    /// Whether it is a value that has never been sent from this machine.
    #[serde(skip)]
    pub unsent: bool,
    /// The host and the project of the webhook.
    pub host: String,
    pub project: String,
}

/// All of them.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub(crate) struct ListedValues(pub Vec<Listed>);

const HEADINGS: [&str; 6] = ["WEBHOOK", "HEADER", "STORE", "STATE", "STORED", "TESTED"];

impl Listed {
    fn state(&self) -> String {
        match (self.orphan, self.state) {
            (Some(true), _) => "webhook deleted".to_owned(),
            (None, _) => format!("of project {} at {}", self.project, self.host),
            (_, Some("changed")) if self.unsent => "not sent from here".to_owned(),
            (_, Some("changed")) => "webhook changed since".to_owned(),
            (_, Some("unknown")) => "unknown: interrupted".to_owned(),
            (_, Some("pending")) => "new, not sent yet".to_owned(),
            (_, Some(state)) => state.to_owned(),
            (_, None) => "missing".to_owned(),
        }
    }

    fn cells(&self, paper: &Paper, names_origin: bool) -> [String; 6] {
        let date = |date: &Option<String>| {
            let shown = |date: &String| time::time(paper, date);
            date.as_ref().map_or_else(|| "-".to_owned(), shown)
        };
        let mut state = self.state();
        if let Some(origin) = self.origin.as_ref().filter(|_| names_origin) {
            state.push_str(&format!(", for {origin}"));
        }
        [
            paper.clean(&self.webhook),
            paper.clean(&self.header),
            self.store.map_or("-", StoreKind::as_str).to_owned(),
            paper.clean(&state),
            date(&self.since),
            date(&self.tested),
        ]
    }
}

impl View for ListedValues {
    fn text(&self, paper: &Paper) -> String {
        if self.0.is_empty() {
            return String::new();
        }
        // The first value of a header is for the webhook's own origin.
        let mut seen = std::collections::HashSet::new();
        let rows: Vec<_> = self
            .0
            .iter()
            .map(|row| {
                let is_first = seen.insert((&row.host, &row.project, &row.webhook, &row.header));
                row.cells(paper, !is_first || row.orphan != Some(false))
            })
            .collect();
        let table = table::of(HEADINGS, &rows);
        table::lines(&table, paper).unwrap_or_else(|| {
            let block = |[webhook, header, store, state, since, tested]: &[String; 6]| {
                let lines = [
                    ("header", header.clone()),
                    ("store", store.clone()),
                    ("state", state.clone()),
                    ("stored", since.clone()),
                    ("tested", tested.clone()),
                ];
                format!("{}\n{}", paper.bold(webhook), card(paper, &lines))
            };
            rows.iter().map(block).collect::<Vec<_>>().join("\n")
        })
    }

    /// The webhooks.
    fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.0.iter().map(|row| row.webhook.clone()).collect();
        names.dedup();
        names
    }
}

/// What `secret set` or `secret remove` did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum StoredResult {
    /// It was stored.
    Set,
    /// It was removed.
    Removed,
    /// It was not stored here.
    Missing,
}

/// One value that was stored or removed.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Stored {
    /// The webhook's name.
    pub webhook: String,
    /// The header.
    pub header: String,
    /// What was done.
    pub result: StoredResult,
    /// Where it is stored, or was.
    pub store: Option<StoreKind>,
}

/// All of a command.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub(crate) struct StoredValues(pub Vec<Stored>);

impl View for StoredValues {
    fn text(&self, paper: &Paper) -> String {
        let line = |one: &Stored| {
            let (webhook, header) = (paper.clean(&one.webhook), paper.clean(&one.header));
            let of = format!("`{header}` of {}", paper.bold(&webhook));
            let store = one.store.map_or("", StoreKind::as_str);
            match one.result {
                StoredResult::Set => {
                    format!(
                        "{} the value of {of} in the {store} store\n",
                        paper.green("stored")
                    )
                }
                StoredResult::Removed => {
                    format!(
                        "{} the value of {of} from the {store} store\n",
                        paper.green("removed")
                    )
                }
                StoredResult::Missing => format!("no stored value of {of}\n"),
            }
        };
        self.0.iter().map(line).collect()
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.0.iter().map(|one| one.webhook.clone()).collect();
        names.dedup();
        names
    }
}

/// What became of one webhook's header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RotatedResult {
    /// The platform has the new value.
    Rotated,
    /// It was to be changed, and was not.
    Failed,
    /// There was nothing to change, or another webhook's test failed.
    Unchanged,
}

/// One header of a rotation.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Rotated {
    /// The webhook's name.
    pub webhook: String,
    /// The header.
    pub header: String,
    /// What was done.
    pub result: RotatedResult,
    /// Whether a test with the new value succeeded.
    pub tested: bool,
    /// Whether the receiver refuses the old value; null if that was not tested.
    pub retired: Option<bool>,
    /// What failed.
    pub error: Option<Reason>,
}

/// All of them.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub(crate) struct Rotations(pub Vec<Rotated>);

impl View for Rotations {
    /// What failed is said in the error below, at length.
    fn text(&self, paper: &Paper) -> String {
        let line = |one: &Rotated| {
            let (webhook, header) = (paper.clean(&one.webhook), paper.clean(&one.header));
            let of = format!("`{header}` of {}", paper.bold(&webhook));
            let retired = match one.retired {
                Some(true) => ": the receiver refuses the old value, which was removed",
                _ => "",
            };
            match one.result {
                RotatedResult::Rotated => {
                    let tested = if one.tested { "" } else { " without a test" };
                    format!("{} {of}{tested}{retired}\n", paper.green("rotated"))
                }
                RotatedResult::Unchanged if one.retired == Some(true) => {
                    format!("{} {of}{retired}\n", paper.green("retired"))
                }
                RotatedResult::Unchanged => format!("unchanged {of}\n"),
                RotatedResult::Failed => String::new(),
            }
        };
        self.0.iter().map(line).collect()
    }

    fn names(&self) -> Vec<String> {
        let done = self.0.iter().filter(|one| one.error.is_none());
        let mut names: Vec<String> = done.map(|one| one.webhook.clone()).collect();
        names.dedup();
        names
    }
}

/// What will be removed, one line each, before the user confirms it.
pub(crate) fn pending_removal(paper: &Paper, rows: &[Stored]) -> String {
    let line = |one: &Stored| {
        let (webhook, header) = (paper.clean(&one.webhook), paper.clean(&one.header));
        let line = format!(
            "{header} from the {} store",
            one.store.map_or("", StoreKind::as_str)
        );
        format!(
            "{}\n{}",
            paper.bold(&webhook),
            card(paper, &[("removes", line)])
        )
    };
    rows.iter().map(line).collect()
}
