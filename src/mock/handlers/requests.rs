//! Requests of deployments and pipelines, with and without a version in the path: both types by
//! the same handlers.

use std::{collections::HashMap, sync::Arc, time::Duration};

use axum::{
    Router,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::{
    mock::{
        Platform,
        body::{Body, Names, Parameters},
        clock,
        handlers::{Result, State, answer, check_project},
        refusal::Refusal,
        store::{
            self,
            events::Fired,
            objects::{self, Place},
            requests::{self, Filter, Mode, NewRequest, Scope},
        },
    },
    model::{
        event::ObjectType,
        invalid::Invalid,
        payload::RequestStatus,
        request::{Extent, Script},
        routes::Requests,
    },
};

/// Other processes don't tell, so the end of a request is looked for now and then.
const LOOK: Duration = Duration::from_millis(20);

type Path = Names<HashMap<String, String>>;

/// The endpoints of a type's requests.
pub(super) fn routes(object_type: ObjectType, paths: Requests<String>) -> Router<Arc<Platform>> {
    Router::new()
        .route(
            &paths.all,
            get(move |s, p, q| list(scope(object_type, p), s, q))
                .post(move |s, p, q, b| create(scope(object_type, p), s, q, b)),
        )
        .route(
            &paths.batch,
            post(move |s, p, q, b| create_batch(scope(object_type, p), s, q, b)),
        )
        .route(
            &paths.collect,
            post(move |s, p, b| collect(scope(object_type, p), s, b)),
        )
        .route(
            &paths.cancel,
            post(move |s, p, b| cancel_many(scope(object_type, p), s, b)),
        )
        .route(
            &paths.delete,
            post(move |s, p, b| delete_many(scope(object_type, p), s, b)),
        )
        .route(
            &paths.one,
            get(move |s, p| detail(scope(object_type, p), s))
                .patch(move |s, p, b| update(scope(object_type, p), s, b))
                .delete(move |s, p| delete(scope(object_type, p), s)),
        )
}

/// What a path names: where to look, and one request where it is about one.
struct Named {
    scope: Scope,
    request: String,
}

fn scope(object_type: ObjectType, Names(mut names): Path) -> Result<Named> {
    let mut name = |key| names.remove(key);
    check_project(&name("project").unwrap_or_default())?;
    Ok(Named {
        scope: Scope {
            object_type,
            object_name: name(object_type.as_str()).unwrap_or_default(),
            version: name("version"),
        },
        request: name("request").unwrap_or_default(),
    })
}

fn place(platform: &Platform, scope: &Scope) -> Result<Place> {
    let (name, version) = (&scope.object_name, scope.version.as_deref());
    let store = &platform.store;
    if !store
        .read(|c| objects::find(c, scope.object_type, name))?
        .takes_requests()
    {
        let sentence = format!("`{name}` does not support the request format");
        return Err(Refusal::bad_request(sentence));
    }
    Ok(store.read(|c| objects::place(c, scope.object_type, name, version))?)
}

/// The request that a piece of data asks for.
fn new_request(mut data: Value, seconds: Option<u32>) -> Result<NewRequest> {
    Ok(NewRequest {
        script: Script::take(&mut data)?,
        data: data.to_string(),
        timeout: seconds,
    })
}

/// The time that a request may take. The platform has a default; here only what is asked for
/// counts.
fn seconds(scope: &Scope, parameters: &Parameters) -> Result<Option<u32>> {
    let name = match scope.object_type {
        ObjectType::Deployment => "timeout",
        ObjectType::Pipeline => "pipeline_timeout",
    };
    number(parameters, name)
}

fn number(parameters: &Parameters, name: &'static str) -> Result<Option<u32>> {
    let read = |text: &str| {
        let rule = Invalid::new(name, "must be a whole number");
        text.parse().map_err(|_| Refusal::from(rule))
    };
    parameters.get(name).map(read).transpose()
}

async fn create(
    named: Result<Named>,
    platform: State,
    parameters: Parameters,
    body: Body,
) -> Result {
    let scope = named?.scope;
    let new = new_request(body.data()?, seconds(&scope, &parameters)?)?;
    let place = place(&platform, &scope)?;
    let (id, fired, request) = platform
        .store
        .write(move |c| {
            let mut fired = Fired::default();
            let (_, id) = requests::create(c, &place, &new, Mode::Direct, None, &mut fired)?;
            let request = requests::find(c, &scope, &id)?;
            Ok(((id, scope), fired, request))
        })
        .await?;
    platform.fired(&fired);
    let request = if request.status.is_final() {
        request
    } else {
        platform.due.notify_one();
        let (id, scope) = id;
        ended(&platform, &id).await;
        platform.store.read(|c| requests::find(c, &scope, &id))?
    };
    Ok(answer(StatusCode::CREATED, &request.shown(Extent::Answer)))
}

/// Waits for the end of a request, whoever works on it. Its client may hang up, no more.
async fn ended(platform: &Platform, id: &str) {
    loop {
        let end = platform.ended.notified();
        // Not known counts as living; asked again.
        if !platform
            .store
            .read(|c| requests::is_living(c, id))
            .unwrap_or(true)
        {
            return;
        }
        let _ = timeout(LOOK, end).await;
    }
}

async fn create_batch(
    named: Result<Named>,
    platform: State,
    parameters: Parameters,
    body: Body,
) -> Result {
    let scope = named?.scope;
    let limit = seconds(&scope, &parameters)?;
    let data: Vec<Value> = body.list()?;
    let new: Vec<_> = data
        .into_iter()
        .map(|data| new_request(data, limit))
        .collect::<Result<_>>()?;
    let place = place(&platform, &scope)?;
    let made = platform
        .store
        .write(move |c| {
            let mut made = Vec::new();
            for new in &new {
                let mut fired = Fired::default();
                let (_, id) = requests::create(c, &place, new, Mode::Batch, None, &mut fired)?;
                made.push(requests::find(c, &scope, &id)?.shown(Extent::Queued));
            }
            Ok(made)
        })
        .await?;
    platform.due.notify_one();
    Ok(answer(StatusCode::CREATED, &made))
}

async fn list(named: Result<Named>, platform: State, parameters: Parameters) -> Result {
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

async fn detail(named: Result<Named>, platform: State) -> Result {
    let Named { scope, request } = named?;
    let found = platform
        .store
        .read(|c| requests::find(c, &scope, &request))?;
    Ok(answer(StatusCode::OK, &found.shown(Extent::Detail)))
}

async fn collect(named: Result<Named>, platform: State, body: Body) -> Result {
    let Named { scope, .. } = named?;
    let mut found = Vec::new();
    for id in body.list::<String>()? {
        let request = platform.store.read(|c| requests::find(c, &scope, &id))?;
        found.push(request.shown(Extent::Detail));
    }
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

async fn update(named: Result<Named>, platform: State, body: Body) -> Result {
    let Named { scope, request } = named?;
    let status = body.data()?.get("status").cloned();
    if status != Some(json!("cancelled")) {
        return Err(Invalid::new("status", "can only become `cancelled`").into());
    }
    cancel(platform, scope, vec![request]).await
}

async fn cancel_many(named: Result<Named>, platform: State, body: Body) -> Result {
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

async fn delete(named: Result<Named>, platform: State) -> Result {
    let Named { scope, request } = named?;
    remove(&platform, scope, vec![request]).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn delete_many(named: Result<Named>, platform: State, body: Body) -> Result<Response> {
    remove(&platform, named?.scope, body.list()?).await?;
    Ok(answer(StatusCode::OK, &json!({})))
}
