//! Which lines are new, if lines arrive late on the platform and several have the same time: each
//! request overlaps the previous ones, and lines that have been seen are counted.

use std::collections::HashMap;

use super::LogLine;

/// How late a line may arrive: 30 seconds after a line with the same time. The platform's own client
/// waits 20 seconds for late lines.
pub(crate) const OVERLAP: i64 = 30 * 1_000_000_000;

/// What distinguishes a line: its time, its webhook and its text.
type Key = (i64, Option<String>, String);

/// The lines that have been seen, as far as they can be returned again.
#[derive(Debug)]
pub(crate) struct Seen {
    start: i64,
    newest: i64,
    /// How often each line was in the response that had most of it.
    counts: HashMap<Key, usize>,
}

impl Seen {
    /// Nothing yet; lines from `start` on, in nanoseconds since 1970, are wanted.
    pub(crate) fn from(start: i64) -> Self {
        Self {
            start,
            newest: start,
            counts: HashMap::new(),
        }
    }

    /// From when on to request lines: never only those after the last.
    pub(crate) fn start(&self) -> i64 {
        self.start.max(self.newest.saturating_sub(OVERLAP))
    }

    /// Takes all lines from [`Self::start`] on, and returns those that are new, by time.
    pub(crate) fn take(&mut self, mut lines: Vec<LogLine>) -> Vec<LogLine> {
        let mut counts: HashMap<Key, usize> = HashMap::new();
        lines.retain(|line| {
            self.newest = self.newest.max(line.timestamp);
            let key = (
                line.timestamp,
                line.metadata.webhook_name.clone(),
                line.log.clone(),
            );
            let seen = self.counts.get(&key).copied().unwrap_or_default();
            let count = counts.entry(key).or_default();
            *count += 1;
            *count > seen
        });
        for (key, count) in counts {
            let seen = self.counts.entry(key).or_default();
            *seen = count.max(*seen);
        }
        let start = self.start();
        self.counts.retain(|(time, ..), _| *time >= start);
        lines.sort_by_key(|line| line.timestamp);
        lines
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prop_assert, prop_assert_eq, prop_oneof, strategy::Just};

    use super::{super::Metadata, *};

    const SECOND: i64 = 1_000_000_000;

    fn line(timestamp: i64, text: &str) -> LogLine {
        LogLine::new(timestamp, text.to_owned(), Metadata::default())
    }

    fn texts(lines: &[LogLine]) -> Vec<&str> {
        lines.iter().map(|line| line.log.as_str()).collect()
    }

    #[test]
    fn a_line_that_comes_late_is_new_and_one_that_comes_again_is_not() {
        let mut seen = Seen::from(0);
        assert_eq!(seen.start(), 0);
        let first = vec![line(60 * SECOND, "b"), line(50 * SECOND, "a")];
        assert_eq!(texts(&seen.take(first.clone())), ["a", "b"]);
        assert_eq!(seen.start(), 30 * SECOND);
        let mut second = first.clone();
        second.push(line(31 * SECOND, "late"));
        assert_eq!(texts(&seen.take(second.clone())), ["late"]);
        assert!(seen.take(second).is_empty());
        // It isn't forgotten because one response lacks it.
        assert!(seen.take(Vec::new()).is_empty());
        assert!(seen.take(first).is_empty());
    }

    #[test]
    fn equal_lines_of_one_response_are_several() {
        let mut seen = Seen::from(0);
        let equal = |count| vec![line(5, "x"); count];
        assert_eq!(seen.take(equal(2)).len(), 2);
        assert_eq!(seen.take(equal(1)).len(), 0);
        assert_eq!(seen.take(equal(1000)).len(), 998);
        // The same text of another webhook is another line.
        let metadata = Metadata {
            webhook_name: Some("a".to_owned()),
            ..Metadata::default()
        };
        let other = LogLine::new(5, "x".to_owned(), metadata);
        assert_eq!(seen.take(vec![other]).len(), 1);
    }

    #[test]
    fn only_lines_that_can_come_again_are_remembered() {
        let mut seen = Seen::from(0);
        for second in 0..10_000 {
            let from = seen.start() / SECOND;
            let lines = (from..=second).map(|at| line(at * SECOND, "x")).collect();
            assert_eq!(seen.take(lines).len(), 1);
        }
        assert_eq!(seen.counts.len(), 31);
    }

    /// A platform on which line `n` has the time `times[n].0` and arrives `times[n].1` later, asked
    /// every two seconds; returns what is new each time.
    fn followed(times: &[(i64, i64)], repeats: usize) -> Vec<Vec<LogLine>> {
        let mut seen = Seen::from(0);
        let end = times.iter().map(|(at, late)| at + late).max().unwrap_or(0);
        let mut polls = Vec::new();
        let mut now = 0;
        while now <= end + 2 * SECOND {
            now += 2 * SECOND;
            let start = seen.start();
            let there = |&&(at, late): &&(i64, i64)| at >= start && at + late <= now;
            // Out of order, and with equal lines.
            let answer = times.iter().rev().filter(there);
            let answer = answer.flat_map(|(at, _)| vec![line(*at, "same"); repeats]);
            polls.push(seen.take(answer.collect()));
        }
        polls
    }

    #[test]
    fn of_a_hundred_thousand_lines_none_is_lost_and_none_comes_twice() {
        // A thousand with each time, each up to 20 seconds late.
        let line = |n: i64| (n / 1000 * SECOND, n % 21 * SECOND);
        let times: Vec<_> = (0..100_000).map(line).collect();
        let mut got: Vec<_> = followed(&times, 1).concat();
        assert_eq!(got.len(), times.len());
        got.sort_by_key(|line| line.timestamp);
        let wanted: Vec<_> = times.iter().map(|(at, _)| *at).collect();
        let got: Vec<_> = got.iter().map(|line| line.timestamp).collect();
        assert_eq!(got, wanted);
    }

    proptest::proptest! {
        #[test]
        fn late_or_out_of_order_each_line_comes_once(
            times in vec((0..120 * SECOND, prop_oneof![Just(0), 0..=OVERLAP]), 0..200),
            repeats in 1_usize..3,
        ) {
            let polls = followed(&times, repeats);
            for poll in &polls {
                prop_assert!(poll.is_sorted_by_key(|line| line.timestamp));
            }
            let mut got: Vec<_> = polls.iter().flatten().map(|line| line.timestamp).collect();
            got.sort_unstable();
            let mut wanted: Vec<_> = times.iter().flat_map(|(at, _)| vec![*at; repeats]).collect();
            wanted.sort_unstable();
            prop_assert_eq!(got, wanted);
        }
    }
}
