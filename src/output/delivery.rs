//! Delivery attempts, and the results of requests that were created to cause some.

use std::time::Duration;

use serde::Serialize;

use super::{
    paper::Paper,
    table,
    time::{clock, time},
    view::{View, phase},
};
use crate::model::{
    delivery::{Attempt, Payload, Reason},
    duration,
    text::counted,
};

/// Attempts, in order.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct Attempts(pub Vec<Attempt>);

impl View for Attempts {
    /// With all fields of an attempt if there is room, otherwise with those that distinguish it.
    fn text(&self, paper: &Paper) -> String {
        if self.0.is_empty() {
            return String::new();
        }
        let whole = [
            "TIME", "WEBHOOK", "EVENT", "REQUEST", "TRY", "OUTCOME", "TOOK",
        ];
        let narrow = ["TIME", "WEBHOOK", "EVENT", "TRY", "OUTCOME", "TOOK"];
        let all = |attempt: &Attempt| {
            let [time, webhook, event, try_, outcome, took] = cells(paper, attempt);
            let request = paper.clean(&attempt.request_id);
            [time, webhook, event, request, try_, outcome, took]
        };
        let some = |attempt: &Attempt| {
            let [time, webhook, _, rest @ ..] = cells(paper, attempt);
            let [try_, outcome, took] = rest;
            let event = phase(paper, &attempt.event);
            [time, webhook, event, try_, outcome, took]
        };
        // A payload needs lines of its own.
        if self.0.iter().any(|attempt| attempt.payload.is_some()) {
            return self.0.iter().map(|one| happened(paper, one)).collect();
        }
        let rows: Vec<_> = self.0.iter().map(all).collect();
        table::lines(&table::of(whole, &rows), paper)
            .or_else(|| {
                let rows: Vec<_> = self.0.iter().map(some).collect();
                table::lines(&table::of(narrow, &rows), paper)
            })
            .unwrap_or_else(|| self.0.iter().map(|one| happened(paper, one)).collect())
    }

    fn names(&self) -> Vec<String> {
        self.0
            .iter()
            .map(|attempt| attempt.id.to_string())
            .collect()
    }
}

fn cells(paper: &Paper, attempt: &Attempt) -> [String; 6] {
    [
        time(paper, &attempt.time),
        webhook(paper, attempt),
        paper.clean(&attempt.event),
        attempt.attempt.to_string(),
        outcome(paper, attempt),
        took(attempt),
    ]
}

fn webhook(paper: &Paper, attempt: &Attempt) -> String {
    paper.clean(attempt.webhook.as_deref().unwrap_or("(test)"))
}

fn outcome(paper: &Paper, attempt: &Attempt) -> String {
    match (&attempt.error, attempt.status) {
        (None, Some(status)) => status.to_string(),
        (None, None) => "delivered".to_owned(),
        (Some(error), _) => paper.clean(error),
    }
}

fn took(attempt: &Attempt) -> String {
    duration::describe(Duration::from_millis(attempt.duration_ms))
}

/// An attempt as it happens.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct Happened(pub Attempt);

impl View for Happened {
    fn text(&self, paper: &Paper) -> String {
        happened(paper, &self.0)
    }

    fn names(&self) -> Vec<String> {
        vec![self.0.id.to_string()]
    }
}

/// One line, with the most distinctive parts first: on a narrow terminal, the rest is below.
pub(super) fn happened(paper: &Paper, attempt: &Attempt) -> String {
    let time = clock(paper, &attempt.time);
    let webhook = webhook(paper, attempt);
    let event = paper.clean(&attempt.event);
    let is_good = attempt.error.is_none();
    let color = if is_good { Paper::green } else { Paper::red };
    let number = attempt.attempt;
    let outcome = outcome(paper, attempt);
    let made = format!("try {number}: {outcome} after {}", took(attempt));
    let request = paper.clean(&attempt.request_id);
    let line = paper.flow(&[
        (&time, Paper::dim),
        (&webhook, Paper::bold),
        (&event, Paper::plain),
        (&made, color),
        (&request, Paper::dim),
    ]);
    let headers = attempt.headers.iter().flatten();
    let headers: String = headers
        .map(|header| format!("  {}\n", paper.clean(&header.line())))
        .collect();
    let payload = attempt.payload.as_ref();
    let payload = payload.map_or(String::new(), |Payload(text)| {
        format!("  {}\n", paper.clean(text))
    });
    line + &headers + &payload
}

/// The results of requests.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Requested {
    /// `delivered`, `failed`, `unwatched` where no webhook watches for that, `pending` where waiting was
    /// given up, or `started` where nobody waited.
    pub result: &'static str,
    /// How many requests were created.
    pub requests: u64,
    /// Their ids; only the first thousand if there are more.
    pub ids: Vec<String>,
    /// How many deliveries they caused.
    pub deliveries: u64,
    /// How many deliveries succeeded.
    pub delivered: u64,
    /// How many deliveries were given up.
    pub failed: u64,
    /// Why those failed; the most frequent reason first.
    pub failures: Vec<Reason>,
}

impl View for Requested {
    fn text(&self, paper: &Paper) -> String {
        let mut text = counted(self.requests, "request");
        if self.result == "started" {
            text.push_str(" created, not waiting for deliveries");
        } else if self.deliveries == 0 {
            text.push_str(", no deliveries");
        } else {
            text.push_str(&format!(", {}: ", counted(self.deliveries, "delivery")));
            text.push_str(&paper.green(&format!("{} delivered", self.delivered)));
            if self.failed > 0 {
                text.push_str(", ");
                text.push_str(&paper.red(&format!("{} failed", self.failed)));
            }
            if self.result == "pending" {
                let left = self.deliveries - self.delivered - self.failed;
                text.push_str(", ");
                text.push_str(&paper.yellow(&format!("{left} pending")));
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
