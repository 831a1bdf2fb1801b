//! Runs: requests whose results a command counts. They are counted as they happen, so that reading
//! the state of a run takes one row, however many requests it has.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, Row};

use crate::{
    mock::store::error::Result,
    model::delivery::{Reason, Tally},
};

/// The changes of one transaction to its runs.
#[derive(Debug, Default)]
pub(crate) struct Changes(HashMap<i64, Change>);

#[derive(Debug, Default)]
struct Change {
    tally: Tally,
    failures: HashMap<(String, String), u64>,
}

impl Changes {
    /// Counts something, if it belongs to a run.
    pub(crate) fn count(&mut self, run: Option<i64>, count: impl FnOnce(&mut Tally)) {
        if let Some(run) = run {
            count(&mut self.0.entry(run).or_default().tally);
        }
    }

    /// Counts a completed delivery.
    pub(super) fn outcome(&mut self, run: i64, webhook: String, error: Option<String>) {
        let change = self.0.entry(run).or_default();
        match error {
            None => change.tally.delivered += 1,
            Some(error) => {
                change.tally.failed += 1;
                *change.failures.entry((webhook, error)).or_default() += 1;
            }
        }
    }

    /// Writes all changes.
    pub(super) fn apply(&self, c: &Connection) -> Result<()> {
        self.0
            .iter()
            .try_for_each(|(run, change)| change.apply(c, *run))
    }
}

impl Change {
    fn apply(&self, c: &Connection, run: i64) -> Result<()> {
        let t = &self.tally;
        let counts = [t.requests, t.ended, t.deliveries, t.delivered, t.failed];
        let [requests, ended, deliveries, delivered, failed] = counts.map(u64::cast_signed);
        let sql = "UPDATE runs SET requests = requests + ?2, ended = ended + ?3, \
                   deliveries = deliveries + ?4, delivered = delivered + ?5, failed = failed + ?6 \
                   WHERE run = ?1";
        c.prepare_cached(sql)?
            .execute((run, requests, ended, deliveries, delivered, failed))?;
        let sql = "INSERT INTO run_failures VALUES (?1, ?2, ?3, ?4) \
                   ON CONFLICT DO UPDATE SET count = count + excluded.count";
        for ((webhook, error), count) in &self.failures {
            let count = count.cast_signed();
            c.prepare_cached(sql)?
                .execute((run, webhook, error, count))?;
        }
        Ok(())
    }
}

/// Begins a run, and returns its number.
pub(crate) fn begin(c: &Connection) -> Result<i64> {
    let sql = "INSERT INTO runs (run) VALUES (abs(random() / 2))";
    Ok(c.prepare_cached(sql)?.insert([])?)
}

/// The state of a run; `None` if it doesn't exist any more.
pub(crate) fn find(c: &Connection, run: i64) -> Result<Option<Tally>> {
    let sql = "SELECT requests, ended, deliveries, delivered, failed FROM runs WHERE run = ?1";
    let row = |row: &Row<'_>| {
        let number = |column| row.get::<_, i64>(column).map(i64::cast_unsigned);
        Ok(Tally {
            requests: number(0)?,
            ended: number(1)?,
            deliveries: number(2)?,
            delivered: number(3)?,
            failed: number(4)?,
        })
    };
    Ok(c.prepare_cached(sql)?.query_row([run], row).optional()?)
}

/// Why deliveries of a run were given up; the most frequent reason first.
pub(crate) fn failures(c: &Connection, run: i64) -> Result<Vec<Reason>> {
    let sql = "SELECT webhook, error, count FROM run_failures WHERE run = ?1 \
               ORDER BY count DESC, webhook, error";
    let mut select = c.prepare_cached(sql)?;
    let row = |row: &Row<'_>| {
        Ok(Reason {
            webhook: row.get(0)?,
            error: row.get(1)?,
            count: row.get::<_, i64>(2)?.cast_unsigned(),
        })
    };
    let rows = select.query_map([run], row)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Ends a run: it is not counted any more.
pub(crate) fn end(c: &Connection, run: i64) -> Result<()> {
    for sql in [
        "DELETE FROM runs WHERE run = ?1",
        "DELETE FROM run_failures WHERE run = ?1",
    ] {
        c.prepare_cached(sql)?.execute([run])?;
    }
    Ok(())
}
