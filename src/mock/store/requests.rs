//! Requests: created, found, cancelled, deleted. `life` advances them.

use rusqlite::{Connection, OptionalExtension, Row};
use uuid::Uuid;

use crate::{
    mock::{
        clock,
        request::{Ending, Request, Script},
        store::{
            error::{Error, Result},
            events::{Effects, Origin},
            life,
            objects::{self, Place},
        },
    },
    model::{event::ObjectType, invalid::Invalid, json::Json, payload::RequestStatus},
};

/// A request to create.
#[derive(Debug, Clone)]
pub(crate) struct NewRequest {
    pub(crate) script: Script,
    /// As compact JSON.
    pub(crate) data: String,
    pub(crate) timeout: Option<u32>,
}

/// Whether a client waits for its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Processed immediately, as far as its script allows.
    Direct,
    /// Queued.
    Batch,
}

/// A new id. Ids increase with time, so that those of one write are neighbors in the index, and
/// few pages change.
fn id(now: i64) -> String {
    let millis = now.unsigned_abs() / 1000;
    let random = Uuid::new_v4().into_bytes();
    let random = random.first_chunk().expect("there are sixteen bytes");
    uuid::Builder::from_unix_timestamp_millis(millis, random)
        .into_uuid()
        .to_string()
}

/// Adds a request, and fires the events that it causes immediately. Returns its id.
pub(crate) fn create(
    c: &Connection,
    place: &Place,
    request: &NewRequest,
    mode: Mode,
    run: Option<i64>,
    effects: &mut Effects,
) -> Result<String> {
    let now = clock::now();
    let id = id(now);
    let Script {
        ending,
        pending,
        duration,
        result,
        error,
    } = &request.script;
    let reason = error.as_deref().or(ending.reason());
    let micros = |time: &std::time::Duration| i64::try_from(time.as_micros()).unwrap_or(i64::MAX);
    let result = result.as_ref().map(Json::as_str);
    let subject = &place.subject;
    let at_once = mode == Mode::Direct && pending.is_zero();
    // It is inserted in the state it reaches immediately, for most requests the final one: the steps
    // of `life`, each an update after a read, would cost more statements than the rest of the call.
    let is_whole = at_once && duration.is_zero();
    let (status, wait) = if is_whole {
        (ending.status(), None)
    } else if at_once {
        let wait = life::processing_time(micros(duration), request.timeout.map(i64::from));
        (RequestStatus::Processing, Some(wait))
    } else {
        (RequestStatus::Pending, Some(micros(pending)))
    };
    // Cancelled while pending: it never starts.
    let starts = at_once && !(is_whole && *ending == Ending::Cancelled);
    let sql = "INSERT INTO requests (id, object_type, object_name, version, status, outcome, \
                                     duration, due, created, started, ended, timeout, run, data, \
                                     result, error, reason) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)";
    c.prepare_cached(sql)?.insert(rusqlite::params![
        &id,
        subject.object_type.as_str(),
        &subject.object_name,
        &subject.version_name,
        status.as_str(),
        ending.status().as_str(),
        micros(duration),
        wait.map(|wait| now + wait),
        now,
        starts.then_some(now),
        is_whole.then_some(now),
        request.timeout,
        run,
        &request.data,
        result,
        reason.filter(|_| is_whole),
        error.as_deref().filter(|_| !is_whole),
    ])?;
    let origin = Origin {
        place,
        id: &id,
        run,
    };
    if starts {
        origin.starts(c, effects)?;
    }
    if is_whole {
        let shown = result.unwrap_or(&request.data);
        let shown = (*ending == Ending::Completed).then_some(shown);
        origin.ends(c, *ending, shown, effects)?;
    }
    Ok(id)
}

const COLUMNS: &str = "id, object_type, object_name, version, status, created, started, ended, \
                       timeout, data, iif(status = 'completed', ifnull(result, data), NULL), error";

fn request(row: &Row<'_>) -> Result<Request> {
    let time = |column| -> Result<Option<String>> {
        Ok(row.get::<_, Option<i64>>(column)?.map(clock::text))
    };
    let status: String = row.get(4)?;
    Ok(Request {
        id: row.get(0)?,
        object_type: row.get::<_, String>(1)?.parse()?,
        object_name: row.get(2)?,
        version: row.get(3)?,
        status: RequestStatus::named(&status).ok_or(Error::Broken)?,
        created: time(5)?.unwrap_or_default(),
        started: time(6)?,
        ended: time(7)?,
        timeout: row.get(8)?,
        data: row.get(9)?,
        result: row.get(10)?,
        error: row.get(11)?,
    })
}

/// The scope of a call: an object, and one of its versions if the call names one.
#[derive(Debug, Clone)]
pub(crate) struct Scope {
    pub(crate) object_type: ObjectType,
    pub(crate) object_name: String,
    pub(crate) version: Option<String>,
}

impl Scope {
    /// The object and version of a new request. Must be read in the write that creates it, as a
    /// reset may come between two transactions.
    pub(crate) fn place(&self, c: &Connection) -> Result<Place> {
        let name = &self.object_name;
        if !objects::find(c, self.object_type, name)?.takes_requests() {
            let rule = format!("`{name}` does not support the request format");
            return Err(Invalid::new(self.object_type.as_str(), rule).into());
        }
        objects::place(c, self.object_type, name, self.version.as_deref())
    }

    fn missing(&self) -> Error {
        Error::Missing(match self.object_type {
            ObjectType::Deployment => "Deployment request",
            ObjectType::Pipeline => "Pipeline request",
        })
    }
}

/// One request by its id.
pub(crate) fn find(c: &Connection, scope: &Scope, id: &str) -> Result<Request> {
    let sql = format!(
        "SELECT {COLUMNS} FROM requests WHERE id = ?1 AND object_type = ?2 AND object_name = ?3 \
         AND (?4 IS NULL OR version = ?4)"
    );
    let mut select = c.prepare_cached(&sql)?;
    let object_type = scope.object_type.as_str();
    let mut rows = select.query((id, object_type, &scope.object_name, &scope.version))?;
    request(rows.next()?.ok_or_else(|| scope.missing())?)
}

/// Whether a request has not ended yet.
pub(crate) fn is_active(c: &Connection, id: &str) -> Result<bool> {
    let sql = "SELECT due IS NOT NULL FROM requests WHERE id = ?1";
    let active = c.prepare_cached(sql)?.query_row([id], |row| row.get(0));
    Ok(active.optional()?.unwrap_or(false))
}

/// The filters of a list.
#[derive(Debug)]
pub(crate) struct Filter {
    pub(crate) statuses: Vec<RequestStatus>,
    /// Created from this time, and before that time.
    pub(crate) start: Option<i64>,
    pub(crate) end: Option<i64>,
    /// A part of the id.
    pub(crate) id: Option<String>,
    pub(crate) limit: u32,
    pub(crate) offset: u32,
}

/// The requests that match a filter, newest first.
pub(crate) fn list(c: &Connection, scope: &Scope, filter: &Filter) -> Result<Vec<Request>> {
    let words: Vec<_> = filter
        .statuses
        .iter()
        .map(|status| status.as_str())
        .collect();
    let sql = format!(
        "SELECT {COLUMNS} FROM requests WHERE object_type = ?1 AND object_name = ?2 \
         AND (?3 IS NULL OR version = ?3) AND instr(?4, ',' || status || ',') \
         AND (?5 IS NULL OR created >= ?5) AND (?6 IS NULL OR created < ?6) \
         AND (?7 IS NULL OR instr(id, ?7)) ORDER BY seq DESC LIMIT ?8 OFFSET ?9"
    );
    let mut select = c.prepare_cached(&sql)?;
    let mut rows = select.query((
        scope.object_type.as_str(),
        &scope.object_name,
        &scope.version,
        format!(",{},", words.join(",")),
        filter.start,
        filter.end,
        &filter.id,
        filter.limit,
        filter.offset,
    ))?;
    let mut requests = Vec::new();
    while let Some(row) = rows.next()? {
        requests.push(request(row)?);
    }
    Ok(requests)
}

/// Cancels a request that has not ended.
pub(crate) fn cancel(c: &Connection, scope: &Scope, id: &str, effects: &mut Effects) -> Result<()> {
    let found = find(c, scope, id)?;
    if found.status.is_final() {
        let rule = format!("can't be changed: the request is {}", found.status.as_str());
        return Err(Invalid::new("status", rule).into());
    }
    life::end_by_id(c, id, Ending::Cancelled, clock::now(), effects)
}

/// Deletes a request that has ended.
pub(crate) fn delete(c: &Connection, scope: &Scope, id: &str) -> Result<()> {
    if !find(c, scope, id)?.status.is_final() {
        let rule = "has not ended; cancel it first";
        return Err(Invalid::new("request", rule).into());
    }
    let sql = "DELETE FROM requests WHERE id = ?1";
    c.prepare_cached(sql)?.execute([id])?;
    Ok(())
}
