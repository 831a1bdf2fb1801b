//! Requests all lines of a period from a platform that returns a limited number of lines at once:
//! a full page says nothing about the lines it lacks, so its period is split and both parts are
//! requested.

use super::{LogLine, Period};

/// The maximum number of lines in a response.
pub(crate) const PAGE: usize = 5000;

/// The periods that are still to be requested.
#[derive(Debug)]
pub(crate) struct Pages {
    /// The earliest is the last.
    left: Vec<Period>,
}

/// What a response has contributed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Page {
    /// The lines, by time; none if the period was split.
    pub(crate) lines: Vec<LogLine>,
    /// The nanosecond of which the platform may have more lines than it returns.
    pub(crate) crowded: Option<i64>,
}

impl Pages {
    /// All lines of a period.
    pub(crate) fn of(period: Period) -> Self {
        let left = if period.start < period.end {
            vec![period]
        } else {
            Vec::new()
        };
        Self { left }
    }

    /// The period to request next; `None` if everything has been requested.
    pub(crate) fn next(&self) -> Option<Period> {
        self.left.last().copied()
    }

    /// Takes the response for that period.
    pub(crate) fn take(&mut self, mut lines: Vec<LogLine>) -> Page {
        let Some(period) = self.left.pop() else {
            return Page::default();
        };
        let is_full = lines.len() >= PAGE;
        lines.retain(|line| period.contains(line.timestamp));
        if is_full && let Some(at) = split(period, &lines) {
            self.left.push(Period {
                start: at,
                ..period
            });
            self.left.push(Period { end: at, ..period });
            return Page::default();
        }
        lines.sort_by_key(|line| line.timestamp);
        Page {
            lines,
            crowded: is_full.then_some(period.start),
        }
    }
}

/// Where to split the period of a full page, if that is possible.
fn split(period: Period, lines: &[LogLine]) -> Option<i64> {
    let mut times: Vec<_> = lines.iter().map(|line| line.timestamp).collect();
    // The oldest lines, as documented: everything before the last of them is there, so the first part
    // will not be full. Otherwise, nothing is known but where the lines are.
    let at = if times.is_sorted() {
        times.last().copied()?
    } else {
        times.sort_unstable();
        times[times.len() / 2]
    };
    let at = at.max(period.start + 1);
    (at < period.end).then_some(at)
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prop_assert, prop_assert_eq};

    use super::*;

    fn line(timestamp: i64, number: usize) -> LogLine {
        LogLine::new(
            timestamp,
            number.to_string(),
            super::super::Metadata::default(),
        )
    }

    /// All lines of a period, from a platform that returns these lines in this order, and the number
    /// of calls; `Err` if a nanosecond was crowded.
    fn all(
        lines: &[LogLine],
        period: Period,
        newest_first: bool,
    ) -> Result<(Vec<LogLine>, usize), i64> {
        let (mut pages, mut got, mut calls) = (Pages::of(period), Vec::new(), 0);
        while let Some(period) = pages.next() {
            calls += 1;
            let within = |line: &&LogLine| period.contains(line.timestamp);
            let found = lines.iter().filter(within).cloned();
            let page = if newest_first {
                found.rev().take(PAGE).collect()
            } else {
                found.take(PAGE).collect()
            };
            let page = pages.take(page);
            got.extend(page.lines);
            if let Some(at) = page.crowded {
                return Err(at);
            }
        }
        Ok((got, calls))
    }

    #[test]
    fn a_hundred_thousand_lines_come_once_each_in_order() {
        const COUNT: usize = 100_000;
        let period = Period {
            start: 1_000,
            end: i64::MAX,
        };
        for gap in [1, 7, 1_000_000_000] {
            // A thousand have one timestamp.
            let at = |n: usize| 1_000 + i64::try_from(n / 1000 * 1000).unwrap() * gap;
            let lines: Vec<_> = (0..COUNT).map(|n| line(at(n), n)).collect();
            let (got, calls) = all(&lines, period, false).unwrap();
            assert_eq!(got, lines);
            assert!(calls <= 2 * COUNT / 4000 + 1, "{calls}");
            let (mut got, _) = all(&lines, period, true).unwrap();
            got.sort_by_key(|line| line.log.parse::<usize>().unwrap());
            assert_eq!(got, lines);
        }
    }

    #[test]
    fn a_nanosecond_with_too_many_lines_is_named_and_the_others_are_complete() {
        let mut lines: Vec<_> = (0..PAGE).map(|n| line(50, n)).collect();
        assert_eq!(all(&lines, Period { start: 0, end: 100 }, false), Err(50));
        lines.truncate(PAGE - 1);
        lines.push(line(51, PAGE));
        let (got, _) = all(&lines, Period { start: 0, end: 100 }, false).unwrap();
        assert_eq!(got, lines);
    }

    #[test]
    fn lines_outside_of_the_period_are_ignored() {
        let mut pages = Pages::of(Period { start: 10, end: 20 });
        let page = pages.take(vec![line(20, 0), line(19, 1), line(9, 2), line(10, 3)]);
        assert_eq!(page.lines, [line(10, 3), line(19, 1)]);
        assert_eq!(pages.next(), None);
        // A platform that ignores the period doesn't keep us forever.
        let mut pages = Pages::of(Period { start: 10, end: 20 });
        let page = pages.take((0..PAGE).map(|n| line(5, n)).collect());
        assert_eq!((page.crowded, pages.next()), (Some(10), None));
        assert_eq!(Pages::of(Period { start: 5, end: 5 }).next(), None);
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(20))]
        #[test]
        fn in_any_order_none_is_lost_and_none_comes_twice(
            times in vec(0_i64..300, 0..12_000),
            newest_first: bool,
        ) {
            let lines: Vec<_> = times.iter().enumerate().map(|(n, at)| line(*at, n)).collect();
            let (mut got, _) = all(&lines, Period { start: 0, end: 300 }, newest_first).unwrap();
            prop_assert!(got.is_sorted_by_key(|line| line.timestamp));
            got.sort_by_key(|line| line.log.parse::<usize>().unwrap());
            prop_assert_eq!(got, lines);
        }
    }
}
