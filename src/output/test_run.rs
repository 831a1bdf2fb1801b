//! A test run as it is shown.

use std::time::Duration;

use serde::Serialize;

use super::{paper::Paper, view::View};
use crate::model::{
    duration,
    test_run::{TestRun, TestStatus},
};

/// A test run, its target, and how long the command waited.
#[derive(Debug, Clone, Serialize)]
pub struct Verdict {
    /// The test's id.
    pub id: String,
    /// Its status.
    pub status: TestStatus,
    /// Why it failed.
    pub error_message: Option<String>,
    /// The webhook that was tested; null for an ad hoc test and for a look-up by id.
    pub webhook: Option<String>,
    /// Where the event was sent, without credentials; null for a look-up by id.
    pub url: Option<String>,
    /// How long the command waited.
    pub waited_ms: u64,
}

impl Verdict {
    /// A test run, as far as it is known.
    pub fn new(
        run: TestRun,
        webhook: Option<String>,
        url: Option<String>,
        waited: Duration,
    ) -> Self {
        Self {
            id: run.id,
            status: run.status,
            error_message: run.error_message,
            webhook,
            url,
            waited_ms: u64::try_from(waited.as_millis()).unwrap_or(u64::MAX),
        }
    }
}

impl View for Verdict {
    fn text(&self, paper: &Paper) -> String {
        let what = match (&self.webhook, &self.url) {
            (Some(name), _) => format!("test of {}", paper.bold(&paper.clean(name))),
            (None, Some(_)) => "test".to_owned(),
            (None, None) => format!("test {}", paper.clean(&self.id)),
        };
        let status = self.status.as_str();
        let status = match self.status {
            TestStatus::Completed => paper.green(status),
            TestStatus::Failed => paper.red(status),
            _ => paper.yellow(&paper.clean(status)),
        };
        let waited = duration::describe(Duration::from_millis(self.waited_ms));
        let why = match &self.error_message {
            Some(why) => format!(": {}", paper.clean(why)),
            None => String::new(),
        };
        let after = if self.waited_ms > 0 {
            paper.dim(&format!(" (after {waited})"))
        } else {
            String::new()
        };
        let id = if self.status.is_final() {
            String::new()
        } else {
            format!("  id {}\n", paper.clean(&self.id))
        };
        format!("{what} {status}{why}{after}\n{id}")
    }

    fn names(&self) -> Vec<String> {
        vec![self.id.clone()]
    }
}

/// The tests of several webhooks.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub(crate) struct Verdicts(pub Vec<Verdict>);

impl View for Verdicts {
    fn text(&self, paper: &Paper) -> String {
        self.0.iter().map(|one| one.text(paper)).collect()
    }

    fn names(&self) -> Vec<String> {
        self.0.iter().flat_map(View::names).collect()
    }
}
