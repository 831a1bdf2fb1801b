//! What somebody caused who counts what comes of it: counted as it happens, so that asking how it
//! stands costs one row, however many requests it is about.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension};

use crate::mock::store::error::Result;

/// How a run stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::mock) struct Tally {
    pub(in crate::mock) requests: u64,
    pub(in crate::mock) ended: u64,
    pub(in crate::mock) deliveries: u64,
    pub(in crate::mock) delivered: u64,
    pub(in crate::mock) failed: u64,
}

/// What a group of writes changes in it.
#[derive(Debug, Default)]
pub(in crate::mock) struct Change {
    pub(in crate::mock) tally: Tally,
    failures: HashMap<(String, String), u64>,
}

impl Change {
    /// One delivery has its outcome.
    pub(super) fn ended(&mut self, webhook: String, error: Option<String>) {
        match error {
            None => self.tally.delivered += 1,
            Some(error) => {
                self.tally.failed += 1;
                *self.failures.entry((webhook, error)).or_default() += 1;
            }
        }
    }

    pub(in crate::mock) fn apply(&self, c: &Connection, run: i64) -> Result<()> {
        let Tally {
            requests,
            ended,
            deliveries,
            delivered,
            failed,
        } = self.tally;
        let sql = "UPDATE runs SET requests = requests + ?2, ended = ended + ?3, \
                   deliveries = deliveries + ?4, delivered = delivered + ?5, failed = failed + ?6 \
                   WHERE run = ?1";
        let numbers = [requests, ended, deliveries, delivered, failed].map(u64::cast_signed);
        let [requests, ended, deliveries, delivered, failed] = numbers;
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

/// Begins one, and returns its number.
pub(in crate::mock) fn begin(c: &Connection) -> Result<i64> {
    let sql = "INSERT INTO runs (run) VALUES (abs(random() / 2))";
    Ok(c.prepare_cached(sql)?.insert([])?)
}

/// How it stands; nothing where it is gone.
pub(in crate::mock) fn find(c: &Connection, run: i64) -> Result<Option<Tally>> {
    let sql = "SELECT requests, ended, deliveries, delivered, failed FROM runs WHERE run = ?1";
    let row = |row: &rusqlite::Row<'_>| {
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

/// Why deliveries of it never got through: webhook, reason, how many. Most first.
pub(in crate::mock) fn failures(c: &Connection, run: i64) -> Result<Vec<(String, String, u64)>> {
    let sql = "SELECT webhook, error, count FROM run_failures WHERE run = ?1 \
               ORDER BY count DESC, webhook, error";
    let mut select = c.prepare_cached(sql)?;
    let row = |row: &rusqlite::Row<'_>| {
        Ok((
            row.get(0)?,
            row.get(1)?,
            row.get::<_, i64>(2)?.cast_unsigned(),
        ))
    };
    let rows = select.query_map([run], row)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Nobody counts any more.
pub(in crate::mock) fn end(c: &Connection, run: i64) -> Result<()> {
    for sql in [
        "DELETE FROM runs WHERE run = ?1",
        "DELETE FROM run_failures WHERE run = ?1",
    ] {
        c.prepare_cached(sql)?.execute([run])?;
    }
    Ok(())
}
