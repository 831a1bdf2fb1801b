//! Makes many deliveries: at once and as often as allowed, or in order.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    task::JoinSet,
    time::{self, Instant},
};

use super::event::Dummy;
use crate::{
    commands::signals::{Signal, Signals},
    deliver::{Delivered, Message, Prepared},
    output::{
        Output,
        sent::{Reason, SentMany, progress},
    },
};

/// How many deliveries are made at once.
const AT_ONCE: u64 = 64;

/// How often the progress is shown.
const BEAT: Duration = Duration::from_millis(100);

/// How to deliver.
#[derive(Debug)]
pub(super) struct Way {
    pub(super) call: Prepared,
    /// The most attempts for each.
    pub(super) tries: u8,
}

/// What has become of the deliveries so far.
#[derive(Debug, Clone)]
pub(super) struct Progress(Arc<Mutex<Tally>>);

#[derive(Debug)]
struct Tally {
    begun: Instant,
    delivered: u64,
    reasons: HashMap<String, u64>,
    /// How long each took, in microseconds.
    times: Vec<u32>,
}

impl Progress {
    /// None so far.
    pub(super) fn begin() -> Self {
        Self(Arc::new(Mutex::new(Tally {
            begun: Instant::now(),
            delivered: 0,
            reasons: HashMap::new(),
            times: Vec::new(),
        })))
    }

    fn tally(&self) -> MutexGuard<'_, Tally> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn add(&self, delivered: &Delivered) {
        let mut tally = self.tally();
        let micros = delivered.outcome.duration.as_micros();
        tally.times.push(u32::try_from(micros).unwrap_or(u32::MAX));
        match delivered.outcome.error() {
            None => tally.delivered += 1,
            Some(reason) => *tally.reasons.entry(reason).or_default() += 1,
        }
    }

    /// The numbers.
    pub(super) fn numbers(&self) -> SentMany {
        let tally = self.tally();
        let duration = tally.begun.elapsed();
        let mut times = tally.times.clone();
        times.sort_unstable();
        let sent = times.len() as u64;
        let mut reasons: Vec<_> = tally.reasons.iter().collect();
        reasons.sort_by(|(a, many), (b, more)| more.cmp(many).then(a.cmp(b)));
        let reasons = reasons.into_iter().map(|(reason, count)| Reason {
            reason: reason.clone(),
            count: *count,
        });
        SentMany {
            sent,
            delivered: tally.delivered,
            failed: sent - tally.delivered,
            reasons: reasons.collect(),
            rate: rate(sent, duration),
            median_ms: percentile(&times, 50),
            p99_ms: percentile(&times, 99),
            duration_ms: u64::try_from(duration.as_millis()).unwrap_or(u64::MAX),
        }
    }

    /// Does `work`, whose deliveries are added here, and shows how far it is. Ends early at a signal.
    pub(super) async fn of(
        &self,
        work: impl Future<Output = ()>,
        total: u64,
        output: &Output,
        signals: &mut Signals,
    ) -> Option<Signal> {
        let mut live = output.count();
        let mut beat = time::interval(BEAT);
        let mut work = std::pin::pin!(work);
        loop {
            tokio::select! {
                biased;
                signal = signals.recv() => return Some(signal),
                () = &mut work => return None,
                _ = beat.tick() => {
                    let (sent, failed) = {
                        let tally = self.tally();
                        let sent = tally.times.len() as u64;
                        (sent, sent - tally.delivered)
                    };
                    live.say(&progress(sent, total, failed));
                }
            }
        }
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a rate is shown with a few digits"
)]
fn rate(sent: u64, duration: Duration) -> f64 {
    let seconds = duration.as_secs_f64().max(0.000_001);
    (sent as f64 / seconds * 10.0).round() / 10.0
}

/// In milliseconds; the times are in order.
fn percentile(times: &[u32], percent: usize) -> Option<f64> {
    let at = (times.len() * percent).div_ceil(100).saturating_sub(1);
    times.get(at).map(|micros| f64::from(*micros) / 1000.0)
}

/// Delivers `count` events, each of a request of its own, at most `rate` a second.
pub(super) async fn many(
    way: Way,
    dummy: Dummy,
    (count, rate): (u64, Option<f64>),
    progress: Progress,
) {
    let (way, dummy) = (Arc::new(way), Arc::new(dummy));
    let next = Arc::new(AtomicU64::new(0));
    let begun = Instant::now();
    let mut workers = JoinSet::new();
    for _ in 0..count.min(AT_ONCE) {
        let (way, dummy) = (way.clone(), dummy.clone());
        let (next, progress) = (next.clone(), progress.clone());
        workers.spawn(async move {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= count {
                    return;
                }
                if let Some(rate) = rate {
                    time::sleep_until(begun + after(number, rate)).await;
                }
                let message = Message::from(dummy.body(&dummy.request()));
                progress.add(&way.call.deliver(&message, way.tries).await);
            }
        });
    }
    while workers.join_next().await.is_some() {}
}

/// When a delivery is due at this rate.
#[expect(clippy::cast_precision_loss, reason = "that many are never sent")]
fn after(number: u64, rate: f64) -> Duration {
    Duration::try_from_secs_f64(number as f64 / rate).unwrap_or(Duration::MAX / 4)
}

/// Delivers messages one after the other, each at its time after the first one.
pub(super) async fn in_order(
    way: &Way,
    messages: impl Iterator<Item = (Duration, Message)>,
    progress: Progress,
) {
    let begun = Instant::now();
    for (after, message) in messages {
        if !after.is_zero() {
            time::sleep_until(begun + after).await;
        }
        progress.add(&way.call.deliver(&message, way.tries).await);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_times_that_were_measured() {
        let times: Vec<u32> = (1..=200).map(|n| n * 1000).collect();
        assert_eq!(percentile(&times, 50), Some(100.0));
        assert_eq!(percentile(&times, 99), Some(198.0));
        assert_eq!(percentile(&[1500], 99), Some(1.5));
        assert_eq!(percentile(&[], 50), None);
    }
}
