//! Feeds the page with what a mock does, while a page is open.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use serde::Serialize;
use tokio::{task, time};

use super::feed::Feed;
use crate::{
    mock::{Error, Inspected, polling},
    model::inspection::{FaultState, MockState, ObjectState, RequestState, Row, WebhookState},
};

/// How often the state is read at most.
const STATE: Duration = polling::DATABASE.saturating_mul(10);
/// How many rows are read at once.
const PAGE: usize = 1000;
/// If this many rows were read at once, the next ones are gathered for this long.
const MANY: usize = 50;
const GATHER: Duration = Duration::from_millis(200);
/// Reading the state takes at most one part in this many of the time.
const SHARE: u32 = 100;
/// The pause after the database could not be read. The mock itself says why.
const AGAIN: Duration = Duration::from_secs(1);

/// Reads rows and state whenever the database changes, as long as a page is open.
pub(super) async fn feed(mock: Inspected, feed: Arc<Feed>) {
    let mut changes = mock.changes();
    let mut reader = Reader::default();
    loop {
        feed.watched().await;
        let waited = time::timeout(STATE, changes.next()).await.unwrap_or(Ok(()));
        let read = match waited {
            Ok(()) => reader.read(&mock, &feed).await,
            Err(error) => Err(error),
        };
        match read {
            Ok(rows) if rows < MANY => {}
            // Reading each few of them would slow down what they come from.
            Ok(_) => time::sleep(GATHER).await,
            Err(_) => time::sleep(AGAIN).await,
        }
    }
}

/// What was read so far.
#[derive(Default)]
struct Reader {
    place: i64,
    counts: HashMap<String, Counts>,
    /// Deliveries that were counted as failed. If their attempts are read late, another one may follow.
    failed: HashSet<String>,
    /// When the state is read again.
    state: Option<time::Instant>,
}

/// The outcomes of a webhook's deliveries.
#[derive(Debug, Clone, Default, Serialize)]
struct Counts {
    delivered: u64,
    failed: u64,
    last: Option<Last>,
}

#[derive(Debug, Clone, Serialize)]
struct Last {
    time: String,
    status: Option<u16>,
    error: Option<String>,
}

impl Reader {
    /// Reads what is new, and returns the number of rows.
    async fn read(&mut self, mock: &Inspected, feed: &Feed) -> Result<usize, Error> {
        let mut count = 0;
        loop {
            let rows = mock.rows(self.place, PAGE)?;
            let Some(last) = rows.last() else { break };
            self.place = last.place;
            for row in &rows {
                self.count(row);
            }
            feed.add(&rows);
            count += rows.len();
            if rows.len() < PAGE {
                self.failed.clear();
                break;
            }
            task::yield_now().await;
        }
        let now = time::Instant::now();
        if self.state.is_none_or(|due| now >= due) {
            feed.set_state(&self.state(mock.state()?));
            self.state = Some(now + STATE.max(now.elapsed() * SHARE));
        }
        Ok(count)
    }

    fn count(&mut self, row: &Row) {
        let Some(webhook) = &row.webhook else { return };
        let counts = self.counts.entry(webhook.clone()).or_default();
        if self.failed.remove(&row.id) && row.attempt > 1 {
            counts.failed -= 1;
        }
        if row.error.is_none() {
            counts.delivered += 1;
        } else if row.last {
            counts.failed += 1;
            self.failed.insert(row.id.clone());
        }
        counts.last = Some(Last {
            time: row.time.clone(),
            status: row.status,
            error: row.error.clone(),
        });
    }

    fn state(&self, state: MockState) -> State {
        let webhook = |webhook: WebhookState| Counted {
            counts: self.counts.get(&webhook.name).cloned().unwrap_or_default(),
            webhook,
        };
        State {
            webhooks: state.webhooks.into_iter().map(webhook).collect(),
            requests: state.requests,
            objects: state.objects,
            faults: state.faults,
        }
    }
}

/// The state with the outcomes.
#[derive(Serialize)]
struct State {
    webhooks: Vec<Counted>,
    requests: Vec<RequestState>,
    objects: Vec<ObjectState>,
    faults: Vec<FaultState>,
}

#[derive(Serialize)]
struct Counted {
    #[serde(flatten)]
    webhook: WebhookState,
    #[serde(flatten)]
    counts: Counts,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delivery_counts_by_its_last_attempt_even_if_it_was_read_late() {
        let mut reader = Reader::default();
        let row = |id: &str, attempt, error: Option<&str>, last| Row {
            id: id.to_owned(),
            webhook: Some("w".to_owned()),
            attempt,
            last,
            error: error.map(str::to_owned),
            ..Row::default()
        };
        // Read while a retry is waiting.
        reader.count(&row("1", 1, Some("no"), false));
        reader.count(&row("1", 2, None, true));
        // Read when all is over.
        reader.count(&row("2", 1, Some("no"), true));
        reader.count(&row("2", 2, Some("no"), true));
        reader.count(&row("3", 1, Some("no"), true));
        reader.count(&row("3", 2, None, true));
        let counts = &reader.counts["w"];
        assert_eq!((counts.delivered, counts.failed), (2, 1));
        assert!(counts.last.as_ref().unwrap().error.is_none());
    }
}
