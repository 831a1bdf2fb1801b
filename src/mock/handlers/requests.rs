//! Requests of deployments and pipelines, with and without a version in the path: both types by
//! the same handlers. Here how they are made; the rest stands in `kept`.

mod kept;

use std::{collections::HashMap, sync::Arc, time::Duration};

use axum::{
    Router,
    http::StatusCode,
    routing::{get, post},
};
use tokio::time::timeout;

use crate::{
    mock::{
        Platform,
        body::{Body, Names, Parameters},
        handlers::{Result, State, answer, check_project},
        json::Json,
        refusal::Refusal,
        request::{Extent, Script},
        store::{
            events::Fired,
            requests::{self, Mode, NewRequest, Scope},
        },
    },
    model::{event::ObjectType, invalid::Invalid, routes::Requests},
};

/// Other processes don't tell, so the end of a request is looked for now and then.
const LOOK: Duration = Duration::from_millis(20);

type Path = Names<HashMap<String, String>>;

/// The endpoints of a type's requests.
pub(super) fn routes(object_type: ObjectType, paths: &Requests<String>) -> Router<Arc<Platform>> {
    Router::new()
        .route(
            &paths.all,
            get(move |s, p, q| kept::list(scope(object_type, p), s, q))
                .post(move |s, p, q, b| create(scope(object_type, p), s, q, b)),
        )
        .route(
            &paths.batch,
            post(move |s, p, q, b| create_batch(scope(object_type, p), s, q, b)),
        )
        .route(
            &paths.collect,
            post(move |s, p, q, b| kept::collect(scope(object_type, p), s, q, b)),
        )
        .route(
            &paths.cancel,
            post(move |s, p, b| kept::cancel_many(scope(object_type, p), s, b)),
        )
        .route(
            &paths.delete,
            post(move |s, p, b| kept::delete_many(scope(object_type, p), s, b)),
        )
        .route(
            &paths.one,
            get(move |s, p, q| kept::detail(scope(object_type, p), s, q))
                .patch(move |s, p, b| kept::update(scope(object_type, p), s, b))
                .delete(move |s, p| kept::delete(scope(object_type, p), s)),
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

/// The request that a piece of data asks for.
fn new_request(mut data: Json, seconds: Option<u32>) -> Result<NewRequest> {
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
    let (id, fired, request) = platform
        .store
        .write(move |c| {
            let place = scope.place(c)?;
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
    let data: Vec<Json> = body.list()?;
    let new: Vec<_> = data
        .into_iter()
        .map(|data| new_request(data, limit))
        .collect::<Result<_>>()?;
    let made = platform
        .store
        .write(move |c| {
            let place = scope.place(c)?;
            let mut made = Vec::new();
            for new in &new {
                let mut fired = Fired::default();
                let (_, id) = requests::create(c, &place, new, Mode::Batch, None, &mut fired)?;
                made.push(requests::find(c, &scope, &id)?);
            }
            Ok(made)
        })
        .await?;
    platform.due.notify_one();
    let made: Vec<_> = made.iter().map(|one| one.shown(Extent::Queued)).collect();
    Ok(answer(StatusCode::CREATED, &made))
}
