//! Records the outcomes of attempts, in groups. `attempts` reads them.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Row};

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
    /// The beginning of the response's body, where it is kept.
    pub(crate) answer: Option<Vec<u8>>,
}

/// What is read of a delivery.
struct Delivery {
    webhook: Option<String>,
    event: String,
    request: String,
    run: Option<i64>,
    callback: i64,
    again: Option<i64>,
    shown: Option<String>,
    body: Vec<u8>,
}

fn delivery(row: &Row<'_>) -> rusqlite::Result<Delivery> {
    Ok(Delivery {
        webhook: row.get(0)?,
        event: row.get(1)?,
        request: row.get(2)?,
        run: row.get(3)?,
        callback: row.get(4)?,
        again: row.get(5)?,
        shown: row.get(6)?,
        body: row.get(7)?,
    })
}

/// Records attempts, and deletes deliveries with their last one. Attempts of deliveries that were
/// deleted in the meantime are ignored.
pub(crate) fn record(c: &Connection, group: &Arc<Vec<Made>>) -> Result<()> {
    // One read instead of `INSERT … SELECT` and `DELETE … RETURNING`, which builds a table in memory
    // for each row.
    let mut select = c.prepare_cached(
        "SELECT webhook, event, request, run, callback, again, \
                (SELECT shown FROM callbacks WHERE callbacks.seq = callback), body \
         FROM deliveries WHERE seq = ?1",
    )?;
    let mut insert = c.prepare_cached(
        "INSERT INTO attempts (delivery, webhook, event, request, number, time, status, error, \
                               duration_ms, recorded, body, again, shown, answer) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
    )?;
    let mut count = c.prepare_cached("UPDATE deliveries SET made = ?2 WHERE seq = ?1")?;
    let mut end = c.prepare_cached("DELETE FROM deliveries WHERE seq = ?1")?;
    let mut runs = runs::Changes::default();
    // Followers ask for attempts newer than the last one they saw, so these times must increase.
    let mut recorded = clock::now().max(attempts::last_recorded(c)? + 1);
    for made in group.iter() {
        let known = select.query_row([made.delivery], delivery).optional()?;
        let Some(delivery) = known else { continue };
        let error = made.outcome.error();
        let millis = i64::try_from(made.outcome.duration.as_millis()).unwrap_or(i64::MAX);
        insert.execute((
            made.delivery,
            &delivery.webhook,
            &delivery.event,
            &delivery.request,
            made.number,
            made.time,
            made.outcome.answer.ok(),
            &error,
            millis,
            recorded,
            &delivery.body,
            delivery.again,
            &delivery.shown,
            &made.answer,
        ))?;
        recorded += 1;
        if !made.last {
            count.execute((made.delivery, made.number))?;
            continue;
        }
        end.execute([made.delivery])?;
        match (delivery.webhook, delivery.run) {
            (None, _) => end_test(c, made.delivery, delivery.callback, error.as_deref())?,
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
                again: None,
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
                answer: None,
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
