//! Existing requests: found, cancelled, deleted.

use std::collections::HashSet;

use axum::{http::StatusCode, response::IntoResponse};
use serde_json::{Value, json};

use crate::{
    mock::{
        body::Body,
        clock,
        hub::State,
        refusal::Result,
        reply::{self, answer},
        request::{Extent, Request, Shown},
        store::{
            self,
            events::Effects,
            objects,
            requests::{self, Filter},
        },
        uri::{Names, Parameters},
    },
    model::{invalid::Invalid, payload::RequestStatus},
};

pub(crate) async fn list(hub: State, names: Names, parameters: Parameters) -> Result {
    let mut scope = names.scope();
    let (object_type, name) = names.object();
    let place = hub
        .store
        .read(|c| objects::place(c, object_type, name, names.find("version")))?;
    // Without a version, those of the default version.
    scope.version = Some(place.subject.version_name);
    let filter = filter(&parameters)?;
    let list = hub.store.read(|c| requests::list(c, &scope, &filter))?;
    let list: Vec<_> = list.iter().map(|one| one.shown(Extent::Item)).collect();
    Ok(answer(StatusCode::OK, &list))
}

fn filter(parameters: &Parameters) -> Result<Filter> {
    let statuses = parameters.get("status").unwrap_or("completed");
    let status = |word: &str| {
        let rule = "must be `pending`, `processing`, `completed`, `failed` or `cancelled`";
        RequestStatus::named(word.trim()).ok_or_else(|| Invalid::new("status", rule))
    };
    let time = |name: &'static str| {
        let read = |text| clock::parse(text).ok_or_else(|| Invalid::new(name, "must be a date"));
        parameters.get(name).map(read).transpose()
    };
    let statuses = statuses.split(',').map(status);
    let statuses = statuses.collect::<std::result::Result<_, _>>()?;
    Ok(Filter {
        statuses,
        start: time("start_date")?,
        end: time("end_date")?,
        id: parameters.get("search_id").map(str::to_owned),
        limit: parameters.number("limit")?.unwrap_or(50),
        offset: parameters.number("offset")?.unwrap_or(0),
    })
}

/// A request as it was asked for: complete, or without its data and its result.
fn detailed<'a>(request: &'a Request, parameters: &Parameters) -> Shown<'a> {
    let shown = request.shown(Extent::Detail);
    match parameters.get("metadata_only") {
        Some("true" | "True") => shown.without_data(),
        _ => shown,
    }
}

pub(crate) async fn detail(hub: State, names: Names, parameters: Parameters) -> Result {
    let (scope, id) = (names.scope(), names.get("request"));
    let found = hub.store.read(|c| requests::find(c, &scope, id))?;
    Ok(answer(StatusCode::OK, &detailed(&found, &parameters)))
}

/// The data of a request alone.
pub(crate) async fn input(hub: State, names: Names) -> Result {
    let (scope, id) = (names.scope(), names.get("request"));
    let found = hub.store.read(|c| requests::find(c, &scope, id))?;
    Ok(reply::json(StatusCode::OK, found.data))
}

/// The result of a request alone; null where it has none.
pub(crate) async fn output(hub: State, names: Names) -> Result {
    let (scope, id) = (names.scope(), names.get("request"));
    let found = hub.store.read(|c| requests::find(c, &scope, id))?;
    let result = found.result.unwrap_or_else(|| "null".to_owned());
    Ok(reply::json(StatusCode::OK, result))
}

pub(crate) async fn collect(
    hub: State,
    names: Names,
    parameters: Parameters,
    body: Body,
) -> Result {
    let scope = names.scope();
    let mut found = Vec::new();
    // A request that is listed twice is found once.
    let mut seen = HashSet::new();
    let mut ids = body.list::<String>()?;
    ids.retain(|id| seen.insert(id.clone()));
    for id in ids {
        found.push(hub.store.read(|c| requests::find(c, &scope, &id))?);
    }
    let shown = |one| detailed(one, &parameters);
    let found: Vec<_> = found.iter().map(shown).collect();
    Ok(answer(StatusCode::OK, &found))
}

/// Cancels all of the requests, or none.
async fn cancel(hub: &State, names: &Names, ids: Vec<String>) -> Result {
    let scope = names.scope();
    let write = move |c: &_| {
        Effects::by(c, |effects| {
            ids.iter()
                .try_for_each(|id| requests::cancel(c, &scope, id, effects))
        })
    };
    let ((), effects) = hub.store.write(write).await?;
    hub.queue(effects.lanes);
    hub.ended.notify_waiters();
    Ok(answer(StatusCode::OK, &json!({})))
}

pub(crate) async fn update(hub: State, names: Names, body: Body) -> Result {
    let data: Value = serde_json::from_str(body.data()?.as_str()).unwrap_or_default();
    if data["status"] != "cancelled" {
        return Err(Invalid::new("status", "can only become `cancelled`").into());
    }
    cancel(&hub, &names, vec![names.get("request").to_owned()]).await
}

pub(crate) async fn cancel_many(hub: State, names: Names, body: Body) -> Result {
    cancel(&hub, &names, body.list()?).await
}

/// Deletes all of the requests, or none.
async fn remove(hub: &State, names: &Names, ids: Vec<String>) -> store::Result<()> {
    let scope = names.scope();
    let write = move |c: &_| {
        ids.iter()
            .try_for_each(|id| requests::delete(c, &scope, id))
    };
    hub.store.write(write).await
}

pub(crate) async fn delete(hub: State, names: Names) -> Result {
    remove(&hub, &names, vec![names.get("request").to_owned()]).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

pub(crate) async fn delete_many(hub: State, names: Names, body: Body) -> Result {
    remove(&hub, &names, body.list()?).await?;
    Ok(answer(StatusCode::OK, &json!({})))
}
