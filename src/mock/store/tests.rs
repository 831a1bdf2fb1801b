//! Test runs: each is a delivery with an id to ask for it.

use rusqlite::{Connection, OptionalExtension};

use crate::{
    mock::{
        rules,
        store::{
            callbacks::CallbackRef,
            deliveries::{self, NewDelivery},
            error::{Error, Result},
        },
    },
    model::{
        event::Event,
        payload::Subject,
        test_run::{TestRun, TestStatus},
    },
};

/// Adds a test run with its delivery: a dummy event of this object. Returns the number of the delivery.
pub(crate) fn create(
    c: &Connection,
    id: &str,
    callback: CallbackRef,
    event: Event,
    subject: &Subject,
    with_result: bool,
) -> Result<i64> {
    let (request, body) = rules::test_event(event, subject, with_result);
    let new = NewDelivery {
        callback,
        webhook: None,
        event: event.as_str(),
        request: &request,
        run: None,
        again: None,
        body: &body,
    };
    let delivery = deliveries::create(c, &new)?;
    add(c, id, delivery)?;
    Ok(delivery)
}

/// Adds a test run for a delivery, and deletes the oldest ones that have ended.
fn add(c: &Connection, id: &str, delivery: i64) -> Result<()> {
    let sql = "INSERT INTO tests (id, delivery) VALUES (?1, ?2)";
    let seq = c.prepare_cached(sql)?.insert((id, delivery))?;
    let sql = "DELETE FROM tests WHERE seq <= ?1 AND state <> 'pending'";
    c.prepare_cached(sql)?.execute([seq - rules::TESTS_KEPT])?;
    Ok(())
}

/// The state of a test run.
pub(crate) fn find(c: &Connection, id: &str) -> Result<TestRun> {
    let sql = "SELECT state, error FROM tests WHERE id = ?1";
    let (state, error_message): (String, Option<String>) = c
        .prepare_cached(sql)?
        .query_row([id], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?
        .ok_or(Error::Missing("Webhook test"))?;
    Ok(TestRun {
        id: id.to_owned(),
        status: TestStatus::from(state),
        error_message,
    })
}

#[cfg(test)]
mod kept {
    use crate::mock::{
        World,
        store::{open::open, reset::reset},
    };

    use super::*;

    fn add_in(c: &Connection, number: i64, state: &str) {
        add(c, &number.to_string(), number).unwrap();
        let sql = "UPDATE tests SET state = ?2 WHERE delivery = ?1";
        c.execute(sql, (number, state)).unwrap();
    }

    #[test]
    fn the_last_ones_are_kept_and_so_is_what_has_not_ended() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mock.db");
        let c = open(&path).unwrap();
        let transaction = c.unchecked_transaction().unwrap();
        add_in(&c, 0, "pending");
        for number in 1..=rules::TESTS_KEPT + 1 {
            add_in(&c, number, "completed");
        }
        transaction.commit().unwrap();
        assert!(find(&c, "0").is_ok());
        assert!(matches!(find(&c, "1"), Err(Error::Missing(_))));
        assert!(find(&c, "2").is_ok());
        assert_eq!(reset(&path, &World::default()).unwrap().tests, 1001);
    }
}
