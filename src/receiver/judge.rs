//! Counts deliveries, recognizes repeats, and decides when all expectations are met (pure).

use std::{
    collections::{HashSet, VecDeque, hash_map::RandomState},
    hash::BuildHasher as _,
};

use super::expect::{Difference, Expectation, Facts};

/// How many deliveries are remembered to recognize a repeat.
const REMEMBERED: usize = 65_536;
/// How many numbers of unexpected deliveries are reported.
const LISTED: usize = 100;

/// What is expected.
#[derive(Debug, Default)]
pub(crate) struct Terms {
    pub(crate) expectations: Vec<Expectation>,
    /// Whether nothing else may arrive.
    pub(crate) exactly: bool,
    /// Whether a repeat counts like any other delivery.
    pub(crate) count_repeats: bool,
}

/// An expectation, and what was seen of it.
#[derive(Debug)]
pub(crate) struct Tracked {
    pub(crate) expectation: Expectation,
    pub(crate) seen: u64,
    /// The delivery that came nearest, with what differs in it.
    pub(crate) nearest: Option<(u64, Vec<Difference>)>,
}

impl Tracked {
    /// Whether it was seen often enough.
    pub(crate) fn is_met(&self) -> bool {
        self.seen >= self.expectation.count
    }

    /// Returns whether the delivery is as expected.
    fn see(&mut self, number: u64, facts: &Facts<'_>) -> bool {
        let differences = self.expectation.differences(facts);
        let is_met = differences.is_empty();
        self.seen += u64::from(is_met);
        // One that differs tells more than one that doesn't.
        let rank = |differences: &[Difference]| match differences.len() {
            0 => usize::MAX,
            count => count,
        };
        let is_nearer = self
            .nearest
            .as_ref()
            .is_none_or(|(_, nearest)| rank(&differences) < rank(nearest));
        if is_nearer {
            self.nearest = Some((number, differences));
        }
        is_met
    }
}

/// How things stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    Open,
    /// Everything that is expected has arrived.
    Met,
    /// Something arrived that nothing expects.
    Unexpected,
}

/// The state of all expectations.
#[derive(Debug)]
pub(crate) struct Judge {
    terms: Terms,
    pub(crate) tracked: Vec<Tracked>,
    /// How many deliveries counted.
    pub(crate) deliveries: u64,
    /// How many repeats didn't.
    pub(crate) repeats: u64,
    /// The first deliveries that no expectation matched, and how many there were.
    pub(crate) unexpected: Vec<u64>,
    pub(crate) unexpected_count: u64,
    seen: Seen,
}

impl Judge {
    pub(crate) fn new(mut terms: Terms) -> Self {
        let expectations = std::mem::take(&mut terms.expectations);
        let tracked = expectations.into_iter().map(|expectation| Tracked {
            expectation,
            seen: 0,
            nearest: None,
        });
        Self {
            tracked: tracked.collect(),
            terms,
            deliveries: 0,
            repeats: 0,
            unexpected: Vec::new(),
            unexpected_count: 0,
            seen: Seen::default(),
        }
    }

    /// Whether anything is expected.
    pub(crate) fn expects(&self) -> bool {
        !self.tracked.is_empty()
    }

    /// Whether an earlier delivery had this event and request. Remembers it.
    pub(crate) fn is_repeat(&mut self, event: Option<&str>, request_id: Option<&str>) -> bool {
        match (event, request_id) {
            (Some(event), Some(request_id)) => self.seen.is_repeat(event, request_id),
            _ => false,
        }
    }

    /// Counts a delivery.
    pub(crate) fn count(&mut self, number: u64, is_repeat: bool, facts: &Facts<'_>) -> Standing {
        if is_repeat && !self.terms.count_repeats {
            self.repeats += 1;
            return Standing::Open;
        }
        self.deliveries += 1;
        if !self.expects() {
            return Standing::Open;
        }
        // A mere number of deliveries doesn't say which ones are expected, unless it is all that is
        // said.
        let only_numbers = self.tracked.iter().all(|one| one.expectation.is_any());
        let (mut is_expected, mut is_one_more) = (false, false);
        for one in &mut self.tracked {
            if one.see(number, facts) && (only_numbers || !one.expectation.is_any()) {
                is_expected = true;
                is_one_more |= one.seen > one.expectation.count;
            }
        }
        if !is_expected || (self.terms.exactly && is_one_more) {
            self.unexpected_count += 1;
            if self.unexpected.len() < LISTED {
                self.unexpected.push(number);
            }
            if self.terms.exactly {
                return Standing::Unexpected;
            }
        }
        if self.is_met() {
            return Standing::Met;
        }
        Standing::Open
    }

    /// Whether everything that is expected has arrived, and nothing else if it must be exactly that.
    pub(crate) fn is_met(&self) -> bool {
        let is_clean = !self.terms.exactly || self.unexpected_count == 0;
        is_clean && self.tracked.iter().all(Tracked::is_met)
    }
}

/// The deliveries before, as far back as they are remembered.
#[derive(Debug, Default)]
struct Seen {
    hashes: RandomState,
    known: HashSet<u64>,
    order: VecDeque<u64>,
}

impl Seen {
    fn is_repeat(&mut self, event: &str, request_id: &str) -> bool {
        // Its text could be long; and no sender knows the keys of this hash.
        let hash = self.hashes.hash_one((event, request_id));
        if self.known.contains(&hash) {
            return true;
        }
        // Before another one is added: a queue that is full grows to twice its size.
        if self.order.len() == REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
        self.known.insert(hash);
        self.order.push_back(hash);
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{model::json::Json, receiver::expect::Known};

    fn judge(expected: &[&str], exactly: bool) -> Judge {
        let expectation = |text: &&str| Expectation::parse(text, Known::Payloads).unwrap();
        Judge::new(Terms {
            expectations: expected.iter().map(expectation).collect(),
            exactly,
            count_repeats: false,
        })
    }

    fn count(judge: &mut Judge, number: u64, event: &str) -> Standing {
        let text = format!(r#"{{"event":"pipeline_request_{event}","request_id":"r{number}"}}"#);
        let payload: Json = text.parse().unwrap();
        let request = format!("r{number}");
        let is_repeat = judge.is_repeat(Some(event), Some(&request));
        let facts = Facts {
            method: "POST",
            path: "/",
            payload: Some(&payload),
            known: Known::Payloads,
        };
        judge.count(number, is_repeat, &facts)
    }

    #[test]
    fn all_expectations_have_to_be_met_and_one_delivery_may_meet_several() {
        let mut judge = judge(&["event=failed,count=2", "request_id=r1"], false);
        assert_eq!(count(&mut judge, 1, "failed"), Standing::Open);
        assert_eq!(count(&mut judge, 2, "started"), Standing::Open);
        assert_eq!(count(&mut judge, 3, "failed"), Standing::Met);
        assert_eq!((judge.deliveries, judge.unexpected_count), (3, 1));
        assert_eq!(judge.unexpected, [2]);
    }

    #[test]
    fn a_repeat_counts_once() {
        let mut judge = judge(&["event=failed,count=2"], true);
        assert_eq!(count(&mut judge, 1, "failed"), Standing::Open);
        assert_eq!(count(&mut judge, 1, "failed"), Standing::Open);
        assert_eq!(judge.deliveries, 1);
        assert_eq!(count(&mut judge, 2, "failed"), Standing::Met);
        assert_eq!(count(&mut judge, 2, "failed"), Standing::Open);
        assert_eq!(judge.tracked[0].seen, 2);
    }

    #[test]
    fn exactly_that_means_nothing_else_and_nothing_more() {
        let mut other = judge(&["event=failed"], true);
        assert_eq!(count(&mut other, 1, "started"), Standing::Unexpected);
        let mut more = judge(&["event=failed"], true);
        assert_eq!(count(&mut more, 1, "failed"), Standing::Met);
        assert_eq!(count(&mut more, 2, "failed"), Standing::Unexpected);
        assert!(!more.is_met() && more.unexpected == [2]);
        let mut both = judge(&["event=failed", "count=2"], true);
        assert_eq!(count(&mut both, 1, "failed"), Standing::Open);
        assert_eq!(count(&mut both, 2, "started"), Standing::Unexpected);
        let mut number = judge(&["count=1"], true);
        assert_eq!(count(&mut number, 1, "started"), Standing::Met);
        assert_eq!(count(&mut number, 2, "started"), Standing::Unexpected);
    }

    #[test]
    fn the_nearest_has_the_fewest_differences() {
        let mut judge = judge(
            &["event=failed,request_id=r3,count=9", "event=failed,count=9"],
            false,
        );
        for (number, event) in [(1, "started"), (2, "failed"), (4, "failed")] {
            count(&mut judge, number, event);
        }
        let (number, differs) = judge.tracked[0].nearest.as_ref().unwrap();
        assert_eq!((*number, differs.len()), (2, 1));
        // One that differs, even though others are as expected.
        assert_eq!(judge.tracked[1].nearest.as_ref().unwrap().0, 1);
    }

    #[test]
    fn only_so_many_are_remembered_and_listed() {
        let mut judge = judge(&["event=failed"], false);
        let last = u64::try_from(REMEMBERED).unwrap() + 1;
        for number in 1..=last {
            count(&mut judge, number, "started");
        }
        assert_eq!(
            (judge.unexpected.len(), judge.unexpected_count),
            (LISTED, last)
        );
        assert_eq!(judge.seen.known.len(), REMEMBERED);
        // The first is forgotten, the last isn't.
        assert!(!judge.is_repeat(Some("started"), Some("r1")));
        assert!(judge.is_repeat(Some("started"), Some(&format!("r{last}"))));
    }
}
