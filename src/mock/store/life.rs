//! The states of requests: pending, processing, ended. Each step is one transaction with the
//! deliveries that it causes, so that neither exists without the other.

use std::collections::{HashMap, hash_map::Entry};

use rusqlite::{Connection, OptionalExtension, Row};

use crate::{
    mock::{
        request::Ending,
        store::{
            error::{Error, Result},
            events::{Effects, Origin},
            objects::{self, Place},
        },
    },
    model::event::ObjectType,
};

/// The most steps in one transaction: other writes may be waiting.
const STEPS: i64 = 512;

/// The error message of a request that can't proceed.
const GONE: &str = "The request's deployment or version no longer exists";

/// A request that has not ended.
struct ActiveRequest {
    seq: i64,
    id: String,
    object_type: ObjectType,
    object_name: String,
    version: String,
    pending: bool,
    ending: Ending,
    duration: i64,
    timeout: Option<i64>,
    run: Option<i64>,
    reason: Option<String>,
}

const COLUMNS: &str = "seq, id, object_type, object_name, version, status = 'pending', outcome, \
                       duration, timeout, run, reason";

fn active_request(row: &Row<'_>) -> Result<ActiveRequest> {
    let text = |column| row.get::<_, String>(column);
    Ok(ActiveRequest {
        seq: row.get(0)?,
        id: text(1)?,
        object_type: text(2)?.parse()?,
        object_name: text(3)?,
        version: text(4)?,
        pending: row.get(5)?,
        ending: text(6)?.parse()?,
        duration: row.get(7)?,
        timeout: row.get(8)?,
        run: row.get(9)?,
        reason: row.get(10)?,
    })
}

/// When the next request is due.
pub(crate) fn next_due(c: &Connection) -> Result<Option<i64>> {
    let sql = "SELECT min(due) FROM requests WHERE due IS NOT NULL";
    Ok(c.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
}

/// Advances the requests that are due. A request that can't proceed fails on its own: otherwise it
/// would be found again each time, and hold up all others.
pub(crate) fn advance(c: &Connection, now: i64, effects: &mut Effects) -> Result<()> {
    let sql = format!(
        "SELECT {COLUMNS} FROM requests WHERE due IS NOT NULL AND due <= ?1 ORDER BY due LIMIT ?2"
    );
    let mut due = Vec::new();
    {
        let mut select = c.prepare_cached(&sql)?;
        let mut rows = select.query([now, STEPS])?;
        while let Some(row) = rows.next()? {
            let (seq, run): (i64, Option<i64>) = (row.get(0)?, row.get(9)?);
            due.push((seq, run, active_request(row)));
        }
    }
    let mut places = Places::default();
    for (seq, run, request) in due {
        let stepped = request.and_then(|request| {
            let place = places.of(c, &request)?;
            step(c, &request, place, now, effects)
        });
        match stepped {
            Err(Error::Missing(_) | Error::Invalid(_) | Error::Broken) => {
                give_up(c, seq, now)?;
                effects.runs.count(run, |tally| tally.ended += 1);
            }
            result => result?,
        }
    }
    Ok(())
}

/// Fires no event: the objects that it would refer to no longer exist.
fn give_up(c: &Connection, seq: i64, now: i64) -> Result<()> {
    let sql = "UPDATE requests SET status = 'failed', ended = ?2, due = NULL, error = ?3 \
               WHERE seq = ?1";
    c.prepare_cached(sql)?.execute((seq, now, GONE))?;
    Ok(())
}

/// The subjects of one group of requests, each looked up once.
#[derive(Default)]
struct Places(HashMap<(ObjectType, String, String), Place>);

impl Places {
    fn of(&mut self, c: &Connection, request: &ActiveRequest) -> Result<&Place> {
        let name = (
            request.object_type,
            request.object_name.clone(),
            request.version.clone(),
        );
        Ok(match self.0.entry(name) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(empty) => empty.insert(place_of(c, request)?),
        })
    }
}

/// Ends a request with a different outcome from the scripted one.
pub(super) fn end_by_id(
    c: &Connection,
    id: &str,
    ending: Ending,
    now: i64,
    effects: &mut Effects,
) -> Result<()> {
    let sql = format!("SELECT {COLUMNS} FROM requests WHERE id = ?1 AND due IS NOT NULL");
    let mut select = c.prepare_cached(&sql)?;
    let mut rows = select.query([id])?;
    let request = active_request(rows.next()?.ok_or(Error::Broken)?)?;
    let place = place_of(c, &request)?;
    end(c, &request, &place, ending, now, effects)
}

impl ActiveRequest {
    fn origin<'a>(&'a self, place: &'a Place) -> Origin<'a> {
        Origin {
            place,
            id: &self.id,
            run: self.run,
        }
    }
}

fn place_of(c: &Connection, request: &ActiveRequest) -> Result<Place> {
    let version = Some(request.version.as_str());
    objects::place(c, request.object_type, &request.object_name, version)
}

/// One step; without a duration, both.
fn step(
    c: &Connection,
    request: &ActiveRequest,
    place: &Place,
    now: i64,
    effects: &mut Effects,
) -> Result<()> {
    let instant = request.duration == 0;
    // Cancelled while pending: it never starts.
    let never_begins = instant && request.ending == Ending::Cancelled;
    if request.pending && !never_begins {
        begin(c, request, place, now, effects)?;
        if !instant {
            return Ok(());
        }
    }
    end(c, request, place, request.ending, now, effects)
}

/// How many microseconds a request is processed: its duration, but at most its timeout, which is in
/// seconds.
pub(super) fn processing_time(duration: i64, timeout: Option<i64>) -> i64 {
    timeout.map_or(duration, |seconds| {
        duration.min(seconds.saturating_mul(1_000_000))
    })
}

fn begin(
    c: &Connection,
    request: &ActiveRequest,
    place: &Place,
    now: i64,
    effects: &mut Effects,
) -> Result<()> {
    if request.duration > 0 {
        let sql =
            "UPDATE requests SET status = 'processing', started = ?2, due = ?3 WHERE seq = ?1";
        let due = now + processing_time(request.duration, request.timeout);
        c.prepare_cached(sql)?.execute((request.seq, now, due))?;
    }
    request.origin(place).starts(c, effects)
}

fn end(
    c: &Connection,
    request: &ActiveRequest,
    place: &Place,
    ending: Ending,
    now: i64,
    effects: &mut Effects,
) -> Result<()> {
    let late = |seconds: i64| request.duration > seconds.saturating_mul(1_000_000);
    let timed_out = request.timeout.filter(|seconds| late(*seconds));
    let (ending, error) = match (ending, timed_out) {
        (Ending::Cancelled, _) => (ending, None),
        (_, Some(seconds)) => {
            let error = format!("The request did not end within {seconds} s");
            (Ending::Failed, Some(error))
        }
        (Ending::Failed, None) if request.reason.is_some() => (ending, request.reason.clone()),
        (_, None) => (ending, ending.reason().map(str::to_owned)),
    };
    // A request without a duration started at the same moment.
    let began = ending != Ending::Cancelled && request.pending;
    let sql = "UPDATE requests SET status = ?2, started = iif(?3, ?4, started), ended = ?4, \
               due = NULL, error = ?5 WHERE seq = ?1";
    let status = ending.status().as_str();
    c.prepare_cached(sql)?
        .execute((request.seq, status, began, now, error))?;
    let result = match ending {
        Ending::Completed => {
            let sql = "SELECT ifnull(result, data) FROM requests WHERE seq = ?1";
            let mut select = c.prepare_cached(sql)?;
            select
                .query_row([request.seq], |row| row.get::<_, String>(0))
                .optional()?
        }
        _ => None,
    };
    request
        .origin(place)
        .ends(c, ending, result.as_deref(), effects)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::mock::{
        request::Script,
        store::{
            open,
            requests::{self, Mode, NewRequest},
        },
    };

    #[test]
    fn a_request_that_can_not_get_on_ends_alone() {
        let folder = tempfile::tempdir().unwrap();
        let c = open::open(&folder.path().join("mock.db")).unwrap();
        let new = NewRequest {
            script: Script {
                duration: Duration::from_secs(1),
                ..Script::default()
            },
            data: "{}".to_owned(),
            timeout: None,
        };
        let mut effects = Effects::default();
        let mut make = |object_type, name| {
            let place = objects::place(&c, object_type, name, None).unwrap();
            let made = requests::create(&c, &place, &new, Mode::Batch, None, &mut effects);
            made.unwrap()
        };
        let stale = make(ObjectType::Pipeline, "pipeline-1");
        let broken = make(ObjectType::Deployment, "deployment-1");
        let sound = make(ObjectType::Deployment, "deployment-1");
        c.execute("DELETE FROM objects WHERE name = 'pipeline-1'", [])
            .unwrap();
        let edit = "UPDATE requests SET outcome = 'x' WHERE id = ?1";
        c.execute(edit, [&broken]).unwrap();
        let later = next_due(&c).unwrap().unwrap() + 1_000_000;
        advance(&c, later, &mut effects).unwrap();
        let status = |id: &String| {
            let sql = "SELECT status FROM requests WHERE id = ?1";
            c.query_row(sql, [id], |row| row.get::<_, String>(0))
                .unwrap()
        };
        assert_eq!(
            [&stale, &broken, &sound].map(status),
            ["failed", "failed", "processing"]
        );
        advance(&c, later + 1_000_000, &mut effects).unwrap();
        assert_eq!(status(&sound), "completed");
        assert_eq!(next_due(&c).unwrap(), None);
    }
}
