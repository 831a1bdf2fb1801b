//! What `listen` received, for the page: `listen` adds each delivery and how its expectations stand.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use jiff::Timestamp;
use uuid::Uuid;

use super::feed::Feed;
use crate::{
    model::{
        inspection::{
            Detail, DifferenceState, ExpectationState, ListenState, NearestState, Of, Row, Try,
        },
        received::Received,
    },
    receiver::{
        expect::Difference,
        judge::{Judge, Tracked},
    },
};

/// How many deliveries are kept whole, and how many bytes of bodies.
const KEPT: usize = 1000;
const BYTES: u64 = 64 << 20;

/// Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Listened {
    /// Where `listen` receives deliveries.
    url: String,
    feed: Arc<Feed>,
    kept: Arc<Mutex<Kept>>,
}

#[derive(Debug, Default)]
struct Kept {
    deliveries: VecDeque<Received>,
    bytes: u64,
}

impl Listened {
    /// Of a `listen` that receives deliveries at this URL.
    pub(crate) fn at(url: &str) -> Self {
        let id = Uuid::new_v4().simple().to_string();
        let feed = Feed::new("listen", &id, url);
        Self {
            url: url.to_owned(),
            feed: Arc::new(feed),
            kept: Arc::default(),
        }
    }

    pub(super) fn feed(&self) -> Arc<Feed> {
        self.feed.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds deliveries.
    pub(crate) fn add<'r>(&self, received: impl Iterator<Item = &'r Received> + Clone) {
        {
            let mut kept = self.lock();
            for one in received.clone() {
                kept.bytes += one.bytes;
                kept.deliveries.push_back(one.clone());
            }
            while kept.deliveries.len() > KEPT || kept.bytes > BYTES {
                let Some(oldest) = kept.deliveries.pop_front() else {
                    break;
                };
                kept.bytes -= oldest.bytes;
            }
        }
        let rows: Vec<_> = received.map(row).collect();
        self.feed.add(&rows);
        self.feed.plot();
    }

    /// Says how the expectations stand.
    pub(crate) fn stands(&self, judge: &Judge) {
        let state = ListenState {
            expectations: judge.tracked.iter().map(expectation).collect(),
            deliveries: judge.deliveries,
            unexpected: judge.unexpected_count,
            met: judge.is_met(),
        };
        self.feed.set_state(&state);
    }

    /// One delivery; `None` if it isn't kept.
    pub(super) fn detail(&self, id: &str) -> Option<Detail> {
        let number: u64 = id.parse().ok()?;
        let received = {
            let kept = self.lock();
            let found = kept.deliveries.iter().find(|one| one.number == number);
            found?.clone()
        };
        let base = self.url.split('/').take(3).collect::<Vec<_>>().join("/");
        let of = received.payload.as_ref().map(Of::payload);
        let raw = received
            .payload
            .as_ref()
            .map(|payload| payload.as_str().to_owned());
        Some(Detail {
            id: id.to_owned(),
            webhook: None,
            event: received.event,
            of: of.unwrap_or_default(),
            request: received.request_id,
            method: received.method,
            url: Some(format!("{base}{}", received.path)),
            path: Some(received.path),
            headers: received.headers,
            raw: raw.or(received.body),
            payload: received.payload,
            body_base64: received.body_base64,
            bytes: received.bytes,
            attempts: vec![Try {
                attempt: 1,
                again: false,
                time: received.time,
                status: Some(received.answered),
                error: received.problem,
                duration_ms: received.duration_ms,
                answer: None,
            }],
            verified: received.verified,
            repeat: received.repeat,
            why_not: Some("only a mock can send again".to_owned()),
        })
    }
}

fn row(received: &Received) -> Row {
    let place = i64::try_from(received.number).unwrap_or(i64::MAX);
    Row {
        place,
        id: received.number.to_string(),
        time: received.time.clone(),
        second: Timestamp::now().as_second(),
        webhook: None,
        event: received.event.clone(),
        of: received
            .payload
            .as_ref()
            .map(Of::payload)
            .unwrap_or_default(),
        request: received.request_id.clone(),
        attempt: 1,
        again: false,
        last: true,
        status: Some(received.answered),
        error: received.problem.clone().or_else(|| {
            let is_good = (200..300).contains(&received.answered);
            (!is_good).then(|| format!("answered with {}", received.answered))
        }),
        duration_ms: received.duration_ms,
        path: Some(received.path.clone()),
    }
}

fn expectation(tracked: &Tracked) -> ExpectationState {
    let differs = |one: &Difference| DifferenceState {
        field: one.field.clone(),
        expected: one.expected.clone(),
        found: one.found.clone(),
    };
    let nearest = tracked.nearest.as_ref().filter(|_| !tracked.is_met());
    ExpectationState {
        expect: tracked.expectation.text.clone(),
        count: tracked.expectation.count,
        seen: tracked.seen,
        met: tracked.is_met(),
        nearest: nearest.map(|(number, differences)| NearestState {
            number: *number,
            differs: differences.iter().map(differs).collect(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::received::Type;

    fn received(number: u64, bytes: u64) -> Received {
        Received {
            r#type: Type::Delivery,
            number,
            time: "2026-02-03T10:11:12Z".to_owned(),
            method: "POST".to_owned(),
            path: "/in?x=1".to_owned(),
            event: None,
            request_id: None,
            headers: Vec::new(),
            payload: None,
            body: Some("text".to_owned()),
            body_base64: None,
            bytes,
            verified: None,
            repeat: false,
            answered: 503,
            duration_ms: 1,
            problem: None,
        }
    }

    #[test]
    fn only_so_many_and_so_large_deliveries_are_kept() {
        let listened = Listened::at("http://127.0.0.1:8000/in");
        let all: Vec<_> = (1..=1200).map(|number| received(number, 10)).collect();
        listened.add(all.iter());
        assert!(listened.detail("200").is_none());
        let detail = listened.detail("201").unwrap();
        assert_eq!(detail.url.unwrap(), "http://127.0.0.1:8000/in?x=1");
        assert_eq!(detail.raw.unwrap(), "text");
        listened.add([received(1201, BYTES - 5)].iter());
        assert!(listened.detail("1200").is_none());
        assert!(listened.detail("1201").is_some());
        assert!(listened.detail("x").is_none());
        let error = row(&received(1, 1)).error;
        assert_eq!(error.unwrap(), "answered with 503");
    }
}
