//! Requests all of the platform's lines that haven't been shown yet.

use std::collections::BTreeSet;

use crate::{
    api::{self, Project, logs::Lines, when},
    model::{
        log::{
            LogLine, Period,
            pages::{PAGE, Pages},
            seen::Seen,
        },
        name::WebhookName,
    },
    output::Output,
};

/// Requests lines, each of them once.
pub(super) struct Poller {
    pub(super) project: Project,
    /// From when on lines are wanted, in nanoseconds since 1970.
    pub(super) since: i64,
    queries: Vec<(Lines, Seen)>,
    /// The nanoseconds that have been reported as crowded.
    crowded: BTreeSet<i64>,
}

/// What is new.
#[derive(Debug, Default)]
pub(super) struct Poll {
    /// By time.
    pub(super) lines: Vec<LogLine>,
    /// Nanoseconds with more lines than the platform returns.
    crowded: Vec<i64>,
}

impl Poller {
    pub(super) fn new(project: Project, queries: Vec<Lines>, since: i64) -> Self {
        let queries = queries.into_iter().map(|lines| (lines, Seen::from(since)));
        Self {
            project,
            since,
            queries: queries.collect(),
            crowded: BTreeSet::new(),
        }
    }

    /// Requests the new lines before `end`. If that fails, they are still new.
    pub(super) async fn poll(&mut self, end: i64) -> Result<Poll, api::Error> {
        let mut found = Vec::new();
        let mut crowded = Vec::new();
        for (lines, seen) in &self.queries {
            let start = seen.start();
            let mut pages = Pages::of(Period { start, end });
            let mut all = Vec::new();
            while let Some(period) = pages.next() {
                let page = pages.take(self.project.logs(lines, period).await?);
                all.extend(page.lines);
                crowded.extend(page.crowded);
            }
            found.push(all);
        }
        let mut poll = Poll::default();
        for ((_, seen), all) in self.queries.iter_mut().zip(found) {
            poll.lines.extend(seen.take(all));
        }
        poll.lines.sort_by_key(|line| line.timestamp);
        crowded.retain(|at| self.crowded.insert(*at));
        poll.crowded = crowded;
        Ok(poll)
    }
}

impl Poll {
    /// Whether it has a line about this webhook.
    pub(super) fn is_about(&self, name: &WebhookName) -> bool {
        let webhook = Some(name.as_str());
        let mut lines = self.lines.iter();
        lines.any(|line| line.metadata.webhook_name.as_deref() == webhook)
    }

    /// Warns about lines that the platform doesn't return.
    pub(super) fn warn_of_crowded(&self, output: &Output) {
        for at in &self.crowded {
            output.warn(&format!(
                "the platform may have more than {PAGE} lines with the time {}, and returns only {PAGE}",
                when::text(*at)
            ));
        }
    }
}
