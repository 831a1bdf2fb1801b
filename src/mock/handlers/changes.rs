//! Deployments, pipelines and versions that are there: changed, deleted.

use axum::{http::StatusCode, response::IntoResponse};

use crate::mock::{
    body::Body, hub::State, refusal::Result, reply::answer, store::changes, uri::Names,
};

pub(crate) async fn update(hub: State, names: Names, body: Body) -> Result {
    let patch = body.read()?;
    let write = move |c: &_| {
        let (object_type, name) = names.object();
        changes::update(c, object_type, name, patch)
    };
    Ok(answer(StatusCode::OK, &hub.store.write(write).await?))
}

pub(crate) async fn delete(hub: State, names: Names) -> Result {
    let write = move |c: &_| {
        let (object_type, name) = names.object();
        changes::delete(c, object_type, name)
    };
    hub.store.write(write).await?;
    hub.due.notify_one();
    Ok(StatusCode::NO_CONTENT.into_response())
}

pub(crate) async fn update_version(hub: State, names: Names, body: Body) -> Result {
    let (patch, more) = (body.read()?, body.read()?);
    let write = move |c: &_| {
        let (object_type, name) = names.object();
        changes::update_version(c, object_type, name, names.get("version"), patch, more)
    };
    Ok(answer(StatusCode::OK, &hub.store.write(write).await?))
}

pub(crate) async fn delete_version(hub: State, names: Names) -> Result {
    let write = move |c: &_| {
        let (object_type, name) = names.object();
        changes::delete_version(c, object_type, name, names.get("version"))
    };
    hub.store.write(write).await?;
    hub.due.notify_one();
    Ok(StatusCode::NO_CONTENT.into_response())
}
