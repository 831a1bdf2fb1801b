//! Creates requests of deployments and pipelines, with and without a version in the path.
//! `existing` handles requests that exist.

use axum::{
    http::{StatusCode, header::CONTENT_TYPE},
    response::IntoResponse,
};
use tokio::time::timeout;

use crate::{
    mock::{
        body::Body,
        hub::{Hub, State},
        polling,
        refusal::Result,
        reply::answer,
        request::{Extent, Request, Script},
        store::{
            events::Effects,
            requests::{self, Mode, NewRequest, Scope},
        },
        uri::{Names, Parameters},
    },
    model::{event::ObjectType, json::Json},
};

/// The request for a piece of data.
fn new_request(mut data: Json, seconds: Option<u32>) -> Result<NewRequest> {
    Ok(NewRequest {
        script: Script::take(&mut data)?,
        data: data.into(),
        timeout: seconds,
    })
}

/// The time limit of a request. The platform has a default; the mock has none.
fn seconds(scope: &Scope, parameters: &Parameters) -> Result<Option<u32>> {
    parameters.number(match scope.object_type {
        ObjectType::Deployment => "timeout",
        ObjectType::Pipeline => "pipeline_timeout",
    })
}

pub(crate) async fn create(hub: State, names: Names, parameters: Parameters, body: Body) -> Result {
    let request = made(&hub, &names, &parameters, &body).await?;
    Ok(answer(StatusCode::CREATED, &request.shown(Extent::Answer)))
}

/// The same as a stream of events, in which the mock has none: its last line is the request.
pub(crate) async fn create_streaming(
    hub: State,
    names: Names,
    parameters: Parameters,
    body: Body,
) -> Result {
    let request = made(&hub, &names, &parameters, &body).await?;
    let line = serde_json::to_string(&request.shown(Extent::Answer)).expect("a request is JSON");
    let kind = [(CONTENT_TYPE, "text/event-stream")];
    Ok((StatusCode::OK, kind, line + "\n").into_response())
}

/// Makes a request, and waits for its end.
async fn made(hub: &State, names: &Names, parameters: &Parameters, body: &Body) -> Result<Request> {
    let scope = names.scope();
    let new = new_request(body.data()?, seconds(&scope, parameters)?)?;
    let (scope, effects, request) = hub
        .store
        .write(move |c| {
            let place = scope.place(c)?;
            let create =
                |effects: &mut _| requests::create(c, &place, &new, Mode::Direct, None, effects);
            let (id, effects) = Effects::by(c, create)?;
            let request = requests::find(c, &scope, &id)?;
            Ok((scope, effects, request))
        })
        .await?;
    hub.queue(effects.lanes);
    let request = if request.status.is_final() {
        request
    } else {
        hub.due.notify_one();
        ended(hub, &request.id).await;
        hub.store.read(|c| requests::find(c, &scope, &request.id))?
    };
    Ok(request)
}

/// Waits for the end of a request, whichever process works on it, or until the client disconnects.
async fn ended(hub: &Hub, id: &str) {
    loop {
        let end = hub.ended.notified();
        // A request whose state can't be read counts as running.
        let is_active = hub.store.read(|c| requests::is_active(c, id));
        if !is_active.unwrap_or(true) {
            return;
        }
        let _ = timeout(polling::CALL, end).await;
    }
}

pub(crate) async fn create_batch(
    hub: State,
    names: Names,
    parameters: Parameters,
    body: Body,
) -> Result {
    let scope = names.scope();
    let limit = seconds(&scope, &parameters)?;
    let data: Vec<Json> = body.list()?;
    let new = data.into_iter().map(|data| new_request(data, limit));
    let new: Vec<_> = new.collect::<Result<_>>()?;
    let made = hub
        .store
        .write(move |c| {
            let place = scope.place(c)?;
            let mut made = Vec::new();
            for new in &new {
                let mut effects = Effects::default();
                let id = requests::create(c, &place, new, Mode::Batch, None, &mut effects)?;
                made.push(requests::find(c, &scope, &id)?);
            }
            Ok(made)
        })
        .await?;
    hub.due.notify_one();
    let made: Vec<_> = made.iter().map(|one| one.shown(Extent::Queued)).collect();
    Ok(answer(StatusCode::CREATED, &made))
}
