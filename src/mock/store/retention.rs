//! How long rows are kept: the newest of each kind, and none older than a week. Deleting rows makes
//! the file smaller.

use rusqlite::{Connection, OptionalExtension};

use crate::mock::{
    rules,
    store::{attempts, callbacks, error::Result},
};

/// The most rows, and the most pages, in one write: others may be waiting.
const ROWS: i64 = 2000;
const PAGES: i64 = 512;

/// Pages that may be free without shrinking the file: they will be reused soon.
const SPARE: i64 = 64;

/// What was deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pruned {
    /// A part; there may be more.
    Part,
    /// The rest: the file can now shrink to the size of its content.
    Rest,
    /// Nothing, or nothing more while deliveries are waiting.
    Nothing,
}

/// What is known about the time, as the clock may have been set.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Times {
    /// A time that has certainly passed.
    pub(crate) now: i64,
    /// The system time, which rows are written with.
    pub(crate) wall: i64,
    /// Whether rows may be deleted because of their age.
    pub(crate) ages: bool,
}

impl Times {
    /// Rows older than this are deleted.
    fn oldest(self) -> i64 {
        if self.ages {
            self.now - rules::KEPT_MICROS
        } else {
            i64::MIN
        }
    }
}

/// Deletes a part of the old rows. `after` says whether parts were deleted since the file last
/// shrank.
pub(crate) fn prune(c: &Connection, times: Times, after: bool) -> Result<Pruned> {
    let oldest = times.oldest();
    let more = prune_attempts(c, oldest)?;
    let more = prune_requests(c, times)? || more;
    let forgotten = callbacks::forget(c)? > 0;
    let shrunk = shrink(c, after)?;
    Ok(match shrunk {
        _ if more => Pruned::Part,
        // Deleted data must be overwritten in the file and its log too.
        Pruned::Nothing if forgotten => Pruned::Rest,
        shrunk => shrunk,
    })
}

/// Attempts are deleted in the order in which they were recorded.
fn prune_attempts(c: &Connection, oldest: i64) -> Result<bool> {
    let surplus = attempts::last(c)? - rules::ATTEMPTS_KEPT;
    let is_over = "SELECT 1 FROM (SELECT seq, time FROM attempts ORDER BY seq LIMIT 1) \
                   WHERE seq <= ?1 OR time < ?2";
    if !c.prepare_cached(is_over)?.exists([surplus, oldest])? {
        return Ok(false);
    }
    let sql = "DELETE FROM attempts WHERE seq IN \
               (SELECT seq FROM (SELECT seq, time FROM attempts ORDER BY seq LIMIT ?3) \
                WHERE seq <= ?1 OR time < ?2)";
    let deleted = c.prepare_cached(sql)?.execute([surplus, oldest, ROWS])?;
    Ok(is_whole_part(deleted))
}

/// Requests are deleted in the order in which they ended: the client of a long one must have time
/// to see its end.
fn prune_requests(c: &Connection, times: Times) -> Result<bool> {
    let many = "SELECT (SELECT max(seq) FROM requests) - (SELECT min(seq) FROM requests) >= ?1";
    let many: Option<bool> = c
        .prepare_cached(many)?
        .query_row([rules::REQUESTS_KEPT], |row| row.get(0))?;
    // Requests that ended in the future are from before the clock was set back. They must not
    // displace those that end now.
    let sql = "SELECT ended FROM requests WHERE ended <= ?2 \
               ORDER BY ended DESC LIMIT 1 OFFSET ?1";
    let beyond: Option<i64> = if many.unwrap_or(false) {
        let mut select = c.prepare_cached(sql)?;
        select
            .query_row([rules::REQUESTS_KEPT, times.wall], |row| row.get(0))
            .optional()?
    } else {
        None
    };
    let surplus = beyond.map_or(i64::MIN, |beyond| {
        (beyond + 1).min(times.wall - rules::FRESH_MICROS)
    });
    let sql = "DELETE FROM requests WHERE seq IN \
               (SELECT seq FROM requests WHERE ended IS NOT NULL AND ended < ?1 \
                ORDER BY ended LIMIT ?2)";
    let before = surplus.max(times.oldest());
    let deleted = c.prepare_cached(sql)?.execute([before, ROWS])?;
    Ok(is_whole_part(deleted))
}

/// Whether as many rows were deleted as one write may delete: there may be more.
fn is_whole_part(deleted: usize) -> bool {
    i64::try_from(deleted).is_ok_and(|deleted| deleted == ROWS)
}

/// Returns free pages to the file system, if none of them will be needed soon.
fn shrink(c: &Connection, after: bool) -> Result<Pruned> {
    let waits = c.prepare_cached("SELECT 1 FROM deliveries LIMIT 1")?;
    let busy = { waits }.exists([])?;
    let free: i64 = c.pragma_query_value(None, "freelist_count", |row| row.get(0))?;
    if busy || (free <= SPARE && !after) {
        return Ok(Pruned::Nothing);
    }
    if free <= SPARE {
        return Ok(Pruned::Rest);
    }
    let pages = (free - SPARE).min(PAGES);
    // One page per step.
    let mut vacuum = c.prepare(&format!("PRAGMA incremental_vacuum({pages})"))?;
    let mut steps = vacuum.query([])?;
    while steps.next()?.is_some() {}
    let left: i64 = c.pragma_query_value(None, "freelist_count", |row| row.get(0))?;
    Ok(if left > SPARE && left < free {
        Pruned::Part
    } else {
        Pruned::Rest
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mock::{clock, store::open};

    fn at(now: i64) -> Times {
        Times {
            now,
            wall: now,
            ages: true,
        }
    }

    #[test]
    fn the_last_are_kept_and_the_file_becomes_small_again() {
        let folder = tempfile::tempdir().unwrap();
        let c = open::open(&folder.path().join("mock.db")).unwrap();
        let pages = |c: &Connection| {
            c.pragma_query_value(None, "page_count", |row| row.get::<_, i64>(0))
                .unwrap()
        };
        let sql = "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ?2) \
                   INSERT INTO attempts (delivery, event, request, number, time, recorded, duration_ms) \
                   SELECT n, 'e', 'r', 1, ?1, ?1 + n, 0 FROM n";
        let (now, many) = (clock::now(), rules::ATTEMPTS_KEPT * 3);
        c.execute(sql, [now, many]).unwrap();
        let full = pages(&c);
        while prune(&c, at(now), true).unwrap() == Pruned::Part {}
        let count = || {
            let sql = "SELECT count(*) FROM attempts";
            c.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap()
        };
        assert_eq!(count(), rules::ATTEMPTS_KEPT);
        assert!(pages(&c) < full / 2, "{} of {full}", pages(&c));
        let later = now + rules::KEPT_MICROS + 1;
        // Not while it is uncertain that this much time has passed.
        let unsure = Times {
            now: later,
            wall: later,
            ages: false,
        };
        while prune(&c, unsure, true).unwrap() == Pruned::Part {}
        assert_eq!(count(), rules::ATTEMPTS_KEPT);
        while prune(&c, at(later), true).unwrap() == Pruned::Part {}
        assert_eq!(count(), 0);
        assert_eq!(prune(&c, at(later), true).unwrap(), Pruned::Rest);
        assert_eq!(prune(&c, at(later), false).unwrap(), Pruned::Nothing);
    }

    #[test]
    fn a_request_that_ends_after_all_others_is_the_last_to_go() {
        let folder = tempfile::tempdir().unwrap();
        let c = open::open(&folder.path().join("mock.db")).unwrap();
        let sql = "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ?2) \
                   INSERT INTO requests (id, object_type, object_name, version, status, outcome, \
                                         duration, created, ended, data) \
                   SELECT n, 'deployment', 'd', 'v', 'completed', 'completed', 0, ?1, \
                          iif(n = 1, ?1 + ?2, ?1 + n - 2), '{}' FROM n";
        let (now, many) = (clock::now(), rules::REQUESTS_KEPT * 2);
        c.execute(sql, [now, many]).unwrap();
        let count = |sql: &str| c.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
        while prune(&c, at(now + many), true).unwrap() == Pruned::Part {}
        assert_eq!(
            count("SELECT count(*) FROM requests"),
            many,
            "they have just ended"
        );
        while prune(&c, at(now + many + rules::FRESH_MICROS), true).unwrap() == Pruned::Part {}
        assert_eq!(count("SELECT count(*) FROM requests"), rules::REQUESTS_KEPT);
        assert_eq!(count("SELECT count(*) FROM requests WHERE id = '1'"), 1);
    }

    #[test]
    fn requests_from_before_a_clock_was_set_back_displace_none_that_end_now() {
        let folder = tempfile::tempdir().unwrap();
        let c = open::open(&folder.path().join("mock.db")).unwrap();
        let sql = "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ?2) \
                   INSERT INTO requests (id, object_type, object_name, version, status, outcome, \
                                         duration, created, ended, data) \
                   SELECT ?1 || n, 'deployment', 'd', 'v', 'completed', 'completed', 0, ?1, ?1, '{}' \
                   FROM n";
        let (now, hour) = (clock::now(), 3_600_000_000);
        c.execute(sql, [now + hour, rules::REQUESTS_KEPT]).unwrap();
        c.execute(sql, [now, 100]).unwrap();
        while prune(&c, at(now + 2 * rules::FRESH_MICROS), true).unwrap() == Pruned::Part {}
        let sql = "SELECT count(*) FROM requests WHERE ended = ?1";
        let kept: i64 = c.query_row(sql, [now], |row| row.get(0)).unwrap();
        assert_eq!(kept, 100);
    }
}
