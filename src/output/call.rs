//! What a mock does while it is watched: a line for each call, and for each attempt of a delivery.

use std::time::Duration;

use serde::Serialize;

use super::{delivery::happened, paper::Paper, time::clock, view::View};
use crate::model::{call::Call, delivery::Attempt, duration};

/// Something that the mock did.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub(crate) enum Activity {
    Call(Call),
    Attempt(Attempt),
}

impl View for Activity {
    fn text(&self, paper: &Paper) -> String {
        match self {
            Self::Call(call) => line(paper, call),
            Self::Attempt(attempt) => happened(paper, attempt),
        }
    }

    fn names(&self) -> Vec<String> {
        Vec::new()
    }
}

fn line(paper: &Paper, call: &Call) -> String {
    let took = duration::describe(Duration::from_millis(call.duration_ms));
    let (answer, is_good) = match call.status {
        Some(status) => (format!("{status} in {took}"), status < 400),
        None => (format!("no response after {took}"), false),
    };
    let time = clock(paper, &call.time);
    let what = paper.clean(&format!("{} {}", call.method, call.path));
    let color = if is_good { Paper::green } else { Paper::red };
    paper.flow(&[(&time, Paper::dim), (&what, Paper::plain), (&answer, color)])
}
