//! Revisions of deployment versions. What is uploaded is taken and dropped: nothing runs here.

use axum::{extract::Request, http::StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    mock::{
        body, clock,
        hub::State,
        refusal::Result,
        reply::answer,
        store::{
            belongings::{self, Kind, New, Place},
            changes, objects,
        },
        uri::Names,
    },
    model::objects::Version,
};

fn place(version: &Version) -> Place {
    Place {
        kind: Kind::Revision,
        owner: version.id.clone(),
    }
}

fn shown(id: &str, version: &str, made: &str) -> Value {
    json!({
        "id": id,
        "version": version,
        "creation_date": made,
        "created_by": "demo@ubihook.invalid",
        "status": "success",
        "error_message": null,
        "has_request_method": true,
        "has_requests_method": true,
        "empty": false,
    })
}

/// The one that every version begins with.
fn first(version: &Version) -> Value {
    let made = version.creation_date.as_deref().unwrap_or_default();
    shown(&version.id, &version.version, made)
}

fn version(hub: &State, names: &Names) -> Result<Version> {
    let ((object_type, name), version) = (names.object(), names.get("version"));
    let find = |c: &_| objects::find_version(c, object_type, name, version);
    Ok(hub.store.read(find)?)
}

pub(crate) async fn list(hub: State, names: Names) -> Result {
    let version = version(&hub, &names)?;
    let mut all = vec![first(&version)];
    all.extend(hub.store.read(|c| belongings::list(c, &place(&version)))?);
    Ok(answer(StatusCode::OK, &all))
}

pub(crate) async fn detail(hub: State, names: Names) -> Result {
    let version = version(&hub, &names)?;
    let id = names.get("revision");
    if id == version.id {
        return Ok(answer(StatusCode::OK, &first(&version)));
    }
    let found = hub
        .store
        .read(|c| belongings::find(c, &place(&version), id))?;
    Ok(answer(StatusCode::OK, &found))
}

pub(crate) async fn create(hub: State, names: Names, request: Request) -> Result {
    body::content(request).await?;
    let version = version(&hub, &names)?;
    let id = Uuid::new_v4().to_string();
    let new = New {
        id: id.clone(),
        name: id.clone(),
        answer: shown(&id, &version.version, &clock::text(clock::now())),
        content: None,
    };
    let made = json!({"success": true, "revision": id});
    let write = move |c: &_| {
        belongings::add(c, &place(&version), &new)?;
        let (object_type, name) = names.object();
        changes::revise(c, object_type, name, &version.version, &id)
    };
    hub.store.write(write).await?;
    Ok(answer(StatusCode::CREATED, &made))
}
