//! Requests that are there: found, cancelled, deleted.

use std::collections::HashSet;

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::{Named, number};
use crate::{
    mock::{
        body::{Body, Parameters},
        clock,
        handlers::{Result, State, answer},
        request::{Extent, Request, Shown},
        store::{
            self,
            events::Fired,
            objects,
            requests::{self, Filter, Scope},
        },
    },
    model::{invalid::Invalid, payload::RequestStatus},
};

pub(super) async fn list(named: Result<Named>, platform: State, parameters: Parameters) -> Result {
    let mut scope = named?.scope;
    let (name, version) = (scope.object_name.clone(), scope.version.clone());
    let found = platform
        .store
        .read(|c| objects::place(c, scope.object_type, &name, version.as_deref()));
    // Without a version, those of the default version.
    scope.version = Some(found?.subject.version_name);
    let filter = filter(&parameters)?;
    let list = platform
        .store
        .read(|c| requests::list(c, &scope, &filter))?;
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
    Ok(Filter {
        statuses: statuses
            .split(',')
            .map(status)
            .collect::<std::result::Result<_, _>>()?,
        start: time("start_date")?,
        end: time("end_date")?,
        id: parameters.get("search_id").map(str::to_owned),
        limit: number(parameters, "limit")?.unwrap_or(50),
        offset: number(parameters, "offset")?.unwrap_or(0),
    })
}

/// A request as it is asked for: all of it, or all but its data and its result.
fn detailed<'a>(request: &'a Request, parameters: &Parameters) -> Shown<'a> {
    let shown = request.shown(Extent::Detail);
    match parameters.get("metadata_only") {
        Some("true" | "True") => shown.without_data(),
        _ => shown,
    }
}

pub(super) async fn detail(
    named: Result<Named>,
    platform: State,
    parameters: Parameters,
) -> Result {
    let Named { scope, request } = named?;
    let found = platform
        .store
        .read(|c| requests::find(c, &scope, &request))?;
    Ok(answer(StatusCode::OK, &detailed(&found, &parameters)))
}

pub(super) async fn collect(
    named: Result<Named>,
    platform: State,
    parameters: Parameters,
    body: Body,
) -> Result {
    let Named { scope, .. } = named?;
    let mut found = Vec::new();
    // One that is named twice is found once.
    let mut seen = HashSet::new();
    let mut ids = body.list::<String>()?;
    ids.retain(|id| seen.insert(id.clone()));
    for id in ids {
        found.push(platform.store.read(|c| requests::find(c, &scope, &id))?);
    }
    let shown = |one| detailed(one, &parameters);
    let found: Vec<_> = found.iter().map(shown).collect();
    Ok(answer(StatusCode::OK, &found))
}

/// Cancels, all that is named or nothing.
async fn cancel(platform: State, scope: Scope, ids: Vec<String>) -> Result {
    let fired = platform
        .store
        .write(move |c| {
            let mut fired = Fired::default();
            for id in &ids {
                requests::cancel(c, &scope, id, &mut fired)?;
            }
            Ok(fired)
        })
        .await?;
    platform.fired(&fired);
    platform.ended.notify_waiters();
    Ok(answer(StatusCode::OK, &json!({})))
}

pub(super) async fn update(named: Result<Named>, platform: State, body: Body) -> Result {
    let Named { scope, request } = named?;
    let data: Value = serde_json::from_str(body.data()?.as_str()).unwrap_or_default();
    if data["status"] != "cancelled" {
        return Err(Invalid::new("status", "can only become `cancelled`").into());
    }
    cancel(platform, scope, vec![request]).await
}

pub(super) async fn cancel_many(named: Result<Named>, platform: State, body: Body) -> Result {
    cancel(platform, named?.scope, body.list()?).await
}

async fn remove(platform: &State, scope: Scope, ids: Vec<String>) -> Result<()> {
    let write = move |c: &_| {
        ids.iter()
            .try_for_each(|id| requests::delete(c, &scope, id))
    };
    let removed: store::Result<()> = platform.store.write(write).await;
    Ok(removed?)
}

pub(super) async fn delete(named: Result<Named>, platform: State) -> Result {
    let Named { scope, request } = named?;
    remove(&platform, scope, vec![request]).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

pub(super) async fn delete_many(
    named: Result<Named>,
    platform: State,
    body: Body,
) -> Result<Response> {
    remove(&platform, named?.scope, body.list()?).await?;
    Ok(answer(StatusCode::OK, &json!({})))
}
