//! Attempts to deliver, and what came of requests that were made to see some.

use std::time::Duration;

use serde::Serialize;
use tabled::{
    builder::Builder,
    settings::{Padding, Style, object::Columns},
};

use super::{paper::Paper, view::View};
use crate::model::{delivery::Attempt, duration};

/// Attempts, in their order.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct Attempts(pub Vec<Attempt>);

impl View for Attempts {
    fn text(&self, paper: &Paper) -> String {
        if self.0.is_empty() {
            return format!("{}\n", paper.dim("no deliveries"));
        }
        let mut table = Builder::default();
        let head = [
            "TIME", "WEBHOOK", "EVENT", "REQUEST", "TRY", "OUTCOME", "TOOK",
        ];
        table.push_record(head.map(|name| paper.dim(name)));
        for attempt in &self.0 {
            table.push_record([
                paper.clean(&attempt.time),
                webhook(paper, attempt),
                paper.clean(&attempt.event),
                paper.clean(&attempt.request_id),
                attempt.attempt.to_string(),
                outcome(paper, attempt),
                took(attempt),
            ]);
        }
        let mut table = table.build();
        table.with(Style::blank()).with(Padding::zero());
        table.modify(Columns::new(..6), Padding::new(0, 2, 0, 0));
        let text = table.to_string();
        text.lines()
            .map(|line| format!("{}\n", line.trim_end()))
            .collect()
    }

    fn names(&self) -> Vec<String> {
        self.0
            .iter()
            .map(|attempt| attempt.id.to_string())
            .collect()
    }
}

fn webhook(paper: &Paper, attempt: &Attempt) -> String {
    paper.clean(attempt.webhook.as_deref().unwrap_or("(test)"))
}

fn outcome(paper: &Paper, attempt: &Attempt) -> String {
    match (&attempt.error, attempt.status) {
        (None, Some(status)) => paper.green(&status.to_string()),
        (None, None) => paper.green("delivered"),
        (Some(error), _) => paper.red(&paper.clean(error)),
    }
}

fn took(attempt: &Attempt) -> String {
    duration::describe(Duration::from_millis(attempt.duration_ms))
}

/// An attempt as it happens.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct Happened(pub Attempt);

impl View for Happened {
    /// A line, with what tells one from the other first: a terminal may break the rest off.
    fn text(&self, paper: &Paper) -> String {
        let attempt = &self.0;
        let (_, time) = attempt.time.split_at_checked(11).unwrap_or_default();
        format!(
            "{}  {}  {}  try {}: {} after {}  {}\n",
            paper.dim(&paper.clean(time.split('.').next().unwrap_or_default())),
            paper.bold(&webhook(paper, attempt)),
            paper.clean(&attempt.event),
            attempt.attempt,
            outcome(paper, attempt),
            took(attempt),
            paper.dim(&paper.clean(&attempt.request_id)),
        )
    }

    fn names(&self) -> Vec<String> {
        vec![self.0.id.to_string()]
    }
}

/// Why some deliveries never got through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// To which webhook.
    pub webhook: String,
    /// Why.
    pub error: String,
    /// How many.
    pub count: u64,
}

/// What came of requests.
#[derive(Debug, Clone, Serialize)]
pub struct Requested {
    /// `delivered`, `failed`, or `started` where nobody waited.
    pub result: &'static str,
    /// How many were made.
    pub requests: u64,
    /// Their ids, of many the first thousand.
    pub ids: Vec<String>,
    /// How many deliveries they caused.
    pub deliveries: u64,
    /// How many got through.
    pub delivered: u64,
    /// How many never did.
    pub failed: u64,
    /// Why those did not; most first.
    pub failures: Vec<Reason>,
}

impl View for Requested {
    fn text(&self, paper: &Paper) -> String {
        let many = |count: u64, thing: &str| match count {
            1 => format!("1 {thing}"),
            count if thing.ends_with('y') => {
                format!("{count} {}ies", thing.trim_end_matches('y'))
            }
            count => format!("{count} {thing}s"),
        };
        let mut text = many(self.requests, "request");
        if self.result == "started" {
            text.push_str(" made, not waited for");
        } else if self.deliveries == 0 {
            text.push_str(", no deliveries");
        } else {
            text.push_str(&format!(", {}: ", many(self.deliveries, "delivery")));
            text.push_str(&paper.green(&format!("{} delivered", self.delivered)));
            if self.failed > 0 {
                text.push_str(", ");
                text.push_str(&paper.red(&format!("{} failed", self.failed)));
            }
        }
        text.push('\n');
        if let [id] = self.ids.as_slice() {
            text.push_str(&format!("  id {}\n", paper.clean(id)));
        }
        for Reason {
            webhook,
            error,
            count,
        } in &self.failures
        {
            let (webhook, error) = (paper.clean(webhook), paper.clean(error));
            text.push_str(&format!("  {count} to {webhook}: {error}\n"));
        }
        text
    }

    fn names(&self) -> Vec<String> {
        self.ids.clone()
    }
}
