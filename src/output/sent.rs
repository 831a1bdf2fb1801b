//! Deliveries that `send` has made: one, or many in numbers.

use std::time::Duration;

use serde::Serialize;

use super::{paper::Paper, view::View};
use crate::{
    columns::wrap,
    model::{duration, text::counted},
};

/// One delivery. The JSON names are an interface.
#[derive(Debug, Serialize)]
pub(crate) struct Sent {
    pub event: String,
    pub request_id: String,
    pub url: String,
    /// The status of the response; null if there was none.
    pub status: Option<u16>,
    /// Why it does not count as delivered; null if it does.
    pub error: Option<String>,
    pub attempts: u8,
    pub duration_ms: u64,
    /// The beginning of the response's body; null without a response.
    pub body: Option<String>,
    pub ok: bool,
}

impl View for Sent {
    fn text(&self, paper: &Paper) -> String {
        let took = duration::describe(Duration::from_millis(self.duration_ms));
        let mut end = match (self.status, &self.error) {
            (Some(status), _) => format!("{status} in {took}"),
            (None, Some(error)) => format!("{} after {took}", paper.clean(error)),
            (None, None) => took,
        };
        if self.attempts > 1 {
            end.push_str(&format!(", {} attempts", self.attempts));
        }
        let color = if self.ok { Paper::green } else { Paper::red };
        let mut text = paper.flow(&[
            (&paper.clean(&self.event), Paper::bold),
            (&end, color),
            (&paper.clean(&self.request_id), Paper::dim),
            (&paper.clean(&self.url), Paper::dim),
        ]);
        let room = paper
            .width()
            .map_or(usize::MAX, |width| width.saturating_sub(2));
        let body = self.body.as_deref().unwrap_or_default();
        for line in body.lines().flat_map(|line| wrap(&paper.clean(line), room)) {
            text.push_str(&format!("  {line}\n"));
        }
        text
    }

    fn names(&self) -> Vec<String> {
        vec![self.request_id.clone()]
    }
}

/// Many deliveries. The JSON names are an interface.
#[derive(Debug, Serialize)]
pub(crate) struct SentMany {
    pub sent: u64,
    pub delivered: u64,
    pub failed: u64,
    /// Why some failed, the most frequent reason first.
    pub reasons: Vec<Reason>,
    /// Deliveries a second.
    pub rate: f64,
    /// Null where nothing was sent.
    pub median_ms: Option<f64>,
    pub p99_ms: Option<f64>,
    pub duration_ms: u64,
}

/// A reason, and how many deliveries failed because of it.
#[derive(Debug, Serialize)]
pub(crate) struct Reason {
    pub reason: String,
    pub count: u64,
}

impl SentMany {
    /// The most frequent reasons, as part of a sentence.
    pub(crate) fn why(&self) -> String {
        let reasons = self.reasons.iter().take(5);
        let reasons: Vec<_> = reasons
            .map(|reason| format!("{} × {}", reason.count, reason.reason))
            .collect();
        reasons.join(", ")
    }
}

impl View for SentMany {
    fn text(&self, paper: &Paper) -> String {
        let took = duration::describe(Duration::from_millis(self.duration_ms));
        let what = if self.sent == 1 {
            "delivery"
        } else {
            "deliveries"
        };
        let mut text = format!(
            "{} {what} in {took}, {:.0} a second\n",
            self.sent, self.rate
        );
        if self.delivered > 0 {
            let delivered = format!("{} delivered", self.delivered);
            text.push_str(&format!("{}\n", paper.green(&delivered)));
        }
        if self.failed > 0 {
            let failed = format!("{} failed", self.failed);
            text.push_str(&format!("{}\n", paper.red(&failed)));
        }
        for Reason { reason, count } in &self.reasons {
            text.push_str(&format!("  {count} × {}\n", paper.clean(reason)));
        }
        if let (Some(median), Some(p99)) = (self.median_ms, self.p99_ms) {
            let times = format!("median {median} ms, 99th percentile {p99} ms");
            text.push_str(&paper.flow(&[(&times, Paper::dim)]));
        }
        text
    }

    fn names(&self) -> Vec<String> {
        Vec::new()
    }
}

/// What a live line says of the progress.
pub(crate) fn progress(sent: u64, total: u64, failed: u64) -> String {
    format!("{sent} of {}, {failed} failed", counted(total, "delivery"))
}
