//! Adjusts waiting requests when the system clock is set, so that their remaining time stays the
//! same.

use rusqlite::Connection;

use crate::mock::store::error::Result;

/// The moment since which a request has been waiting.
const SINCE: &str = "ifnull(started, created)";

/// The number of the newest request.
pub(crate) fn last(c: &Connection) -> Result<i64> {
    let sql = "SELECT ifnull(max(seq), 0) FROM requests";
    Ok(c.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
}

/// Moves due times along with the clock. The clock was set by `by`; since then it has shown times
/// between the two in `shown`, and it was certainly set after the request `last` was created.
pub(crate) fn follow(c: &Connection, by: i64, shown: (i64, i64), last: i64) -> Result<usize> {
    // The two clocks are not read at exactly the same moment.
    const ABOUT: i64 = 100_000;

    let sql = format!(
        "UPDATE requests SET due = due + ?1 WHERE due IS NOT NULL \
         AND (seq <= ?2 OR {SINCE} NOT BETWEEN ?3 AND ?4)"
    );
    let (from, to) = (shown.0 - ABOUT, shown.1 + ABOUT);
    Ok(c.prepare_cached(&sql)?.execute([by, last, from, to])?)
}

/// Restarts requests that began to wait in the future from now: the clock was set back while no
/// mock was running.
pub(crate) fn return_to(c: &Connection, now: i64) -> Result<usize> {
    let sql = format!(
        "UPDATE requests SET due = due - ({SINCE} - ?1) WHERE due IS NOT NULL AND {SINCE} > ?1"
    );
    Ok(c.prepare_cached(&sql)?.execute([now])?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mock::store::open;

    const HOUR: i64 = 3_600_000_000;
    const SECOND: i64 = 1_000_000;

    /// Requests by when they were created, when they started, and when they are due.
    fn with(rows: &[(i64, Option<i64>, Option<i64>)]) -> (tempfile::TempDir, Connection) {
        let folder = tempfile::tempdir().unwrap();
        let c = open::open(&folder.path().join("mock.db")).unwrap();
        for (number, (created, started, due)) in rows.iter().enumerate() {
            let sql = "INSERT INTO requests (id, object_type, object_name, version, status, outcome, \
                       duration, data, created, started, due) \
                       VALUES (?1, 'deployment', 'd', 'v', 'pending', 'completed', 0, '{}', ?2, ?3, ?4)";
            c.execute(sql, (number.to_string(), created, started, due))
                .unwrap();
        }
        (folder, c)
    }

    fn due(c: &Connection) -> Vec<Option<i64>> {
        let mut select = c.prepare("SELECT due FROM requests ORDER BY seq").unwrap();
        let rows = select.query_map([], |row| row.get(0)).unwrap();
        rows.collect::<rusqlite::Result<_>>().unwrap()
    }

    #[test]
    fn waiting_requests_move_with_the_clock_and_later_ones_do_not() {
        let set = 10 * HOUR;
        for by in [-HOUR, HOUR, 8 * 24 * HOUR] {
            let (old, new) = (set, set + by);
            let (_folder, c) = with(&[
                (old - SECOND, None, Some(old + SECOND)),
                (old - 2 * HOUR, Some(old - SECOND), Some(old + SECOND)),
                (old - SECOND, None, None),
                // As long ago as the clock was set back.
                (old - HOUR, None, Some(old + SECOND)),
                (new, None, Some(new + SECOND)),
                (new, Some(new), Some(new + SECOND)),
            ]);
            follow(&c, by, (new - SECOND, new + SECOND), 4).unwrap();
            let all = Some(new + SECOND);
            assert_eq!(due(&c), [all, all, None, all, all, all], "{by}");
        }
    }

    #[test]
    fn what_came_before_the_clock_was_set_is_known_by_its_time_too() {
        let (old, new) = (10 * HOUR, 9 * HOUR);
        let (_folder, c) = with(&[(old, None, Some(old + SECOND)), (new, None, Some(new))]);
        follow(&c, -HOUR, (new - SECOND, new + SECOND), 0).unwrap();
        assert_eq!(due(&c), [Some(new + SECOND), Some(new)]);
    }

    #[test]
    fn a_wait_that_begins_in_the_future_begins_now() {
        let now = 10 * HOUR;
        let (_folder, c) = with(&[
            (now + HOUR, None, Some(now + HOUR + SECOND)),
            (now - HOUR, Some(now + HOUR), Some(now + HOUR + SECOND)),
            (now - HOUR, None, Some(now + HOUR)),
        ]);
        return_to(&c, now).unwrap();
        let soon = Some(now + SECOND);
        assert_eq!(due(&c), [soon, soon, Some(now + HOUR)]);
    }
}
