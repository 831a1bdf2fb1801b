//! Records the outcomes of attempts, in groups. `attempts` reads them.

use std::sync::Arc;

use rusqlite::Connection;

use crate::{
    deliver::Outcome,
    mock::{
        clock,
        store::{attempts, error::Result, runs},
    },
};

/// One attempt whose outcome is known.
#[derive(Debug, Clone)]
pub(crate) struct Made {
    pub(crate) delivery: i64,
    /// From 1.
    pub(crate) number: u8,
    /// When it started.
    pub(crate) time: i64,
    pub(crate) outcome: Outcome,
    /// Whether no other attempt follows.
    pub(crate) last: bool,
}

/// The webhook, the run and the callback of a completed delivery.
type Ended = (Option<String>, Option<i64>, i64);

/// Records attempts, and deletes deliveries with their last one. Attempts of deliveries that were
/// deleted in the meantime are ignored.
pub(crate) fn record(c: &Connection, group: &Arc<Vec<Made>>) -> Result<()> {
    let mut insert = c.prepare_cached(
        "INSERT INTO attempts (delivery, webhook, event, request, number, time, status, error, \
                               duration_ms, recorded, body) \
         SELECT seq, webhook, event, request, ?2, ?3, ?4, ?5, ?6, ?7, body FROM deliveries WHERE seq = ?1",
    )?;
    let mut count = c.prepare_cached("UPDATE deliveries SET made = ?2 WHERE seq = ?1")?;
    let mut end =
        c.prepare_cached("DELETE FROM deliveries WHERE seq = ?1 RETURNING webhook, run, callback")?;
    let mut runs = runs::Changes::default();
    // Followers ask for attempts newer than the last one they saw, so these times must increase.
    let mut recorded = clock::now().max(attempts::last_recorded(c)? + 1);
    for made in group.iter() {
        let error = made.outcome.error();
        let millis = i64::try_from(made.outcome.duration.as_millis()).unwrap_or(i64::MAX);
        let known = insert.execute((
            made.delivery,
            made.number,
            made.time,
            made.outcome.answer.ok(),
            &error,
            millis,
            recorded,
        ))?;
        if known == 0 {
            continue;
        }
        recorded += 1;
        if !made.last {
            count.execute((made.delivery, made.number))?;
            continue;
        }
        let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
        let (webhook, run, callback): Ended = end.query_row([made.delivery], row)?;
        match (webhook, run) {
            (None, _) => end_test(c, made.delivery, callback, error.as_deref())?,
            (Some(webhook), Some(run)) => runs.outcome(run, webhook, error),
            (Some(_), None) => {}
        }
    }
    runs.apply(c)
}

/// A test run keeps its outcome; its callback was used for it alone, and its secrets are not needed
/// any more.
fn end_test(c: &Connection, delivery: i64, callback: i64, error: Option<&str>) -> Result<()> {
    let state = match error {
        None => "completed",
        Some(_) => "failed",
    };
    let sql = "UPDATE tests SET state = ?2, error = ?3, delivery = NULL WHERE delivery = ?1";
    c.prepare_cached(sql)?.execute((delivery, state, error))?;
    let sql = "DELETE FROM callbacks WHERE seq = ?1";
    c.prepare_cached(sql)?.execute([callback])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::mock::store::{
        callbacks::CallbackRef,
        deliveries::{self, NewDelivery},
        open,
    };

    #[test]
    fn following_by_time_misses_no_slow_attempt() {
        let folder = tempfile::tempdir().unwrap();
        let c = open::open(&folder.path().join("mock.db")).unwrap();
        let (start, mut seen, mut from) = (clock::now(), Vec::new(), 0);
        // Recorded later, but started earlier.
        for delay in [0, 500_000, 1_000_000] {
            let new = NewDelivery {
                callback: CallbackRef { seq: 1, lane: 1 },
                webhook: Some("w"),
                event: "e",
                request: "r",
                run: None,
                body: b"{}",
            };
            let delivery = deliveries::create(&c, &new).unwrap();
            let made = Made {
                delivery,
                number: 1,
                time: start - delay,
                outcome: Outcome {
                    answer: Ok(200),
                    duration: Duration::ZERO,
                },
                last: true,
            };
            record(&c, &Arc::new(vec![made])).unwrap();
            let filter = attempts::Filter {
                start: Some(from),
                ..attempts::Filter::default()
            };
            attempts::each(&c, &filter, |placed| {
                from = placed.recorded + 1;
                seen.push(placed.attempt.id);
                true
            })
            .unwrap();
        }
        assert_eq!(seen.len(), 3);
        assert!(seen.is_sorted());
    }
}
