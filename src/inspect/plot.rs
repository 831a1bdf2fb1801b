//! How many deliveries succeeded and failed, by time.

use std::collections::BTreeMap;

/// The seconds that one bucket has, and how many buckets are kept: ten minutes.
const SECONDS: i64 = 5;
const BUCKETS: i64 = 120;

/// Counts of the last minutes.
#[derive(Debug, Default)]
pub(super) struct Plot(BTreeMap<i64, (u64, u64)>);

impl Plot {
    /// Counts one that ended in this second since 1970.
    pub(super) fn add(&mut self, second: i64, failed: bool) {
        let bucket = second.div_euclid(SECONDS);
        let (good, bad) = self.0.entry(bucket).or_default();
        *if failed { bad } else { good } += 1;
        let newest = self
            .0
            .last_key_value()
            .map_or(bucket, |(bucket, _)| *bucket);
        self.0 = self.0.split_off(&(newest - BUCKETS + 1));
    }

    /// The buckets that have anything: their first second, and both counts.
    pub(super) fn buckets(&self) -> Vec<(i64, u64, u64)> {
        let bucket = |(bucket, (good, bad)): (&i64, &(u64, u64))| (bucket * SECONDS, *good, *bad);
        self.0.iter().map(bucket).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_minutes_are_kept() {
        let mut plot = Plot::default();
        for second in [0, 4, 5, 599] {
            plot.add(second, second == 4);
        }
        assert_eq!(plot.buckets(), [(0, 1, 1), (5, 1, 0), (595, 1, 0)]);
        plot.add(600, true);
        assert_eq!(plot.buckets(), [(5, 1, 0), (595, 1, 0), (600, 0, 1)]);
        // The clock was set back, and counts no less for it.
        plot.add(5, true);
        assert_eq!(plot.buckets()[0], (5, 1, 1));
    }
}
