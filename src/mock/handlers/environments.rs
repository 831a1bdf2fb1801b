//! Environments, which the mock has under every name as nothing runs in them, and the template that
//! training is initialized with.

use axum::{http::StatusCode, response::Response};
use serde_json::{Value, json};

use crate::{
    mock::{
        hub::{Hub, State},
        refusal::{Refusal, Result},
        reply::answer,
        rules::{PROJECT, TAG},
        uri::Names,
    },
    model::target::TRAINING_DEPLOYMENT,
};

pub(crate) async fn detail(hub: State, names: Names) -> Response {
    let identity = hub.store.identity();
    let name = names.get("environment");
    let environment = json!({
        "id": identity.project,
        "name": name,
        "project": PROJECT,
        "description": "",
        "labels": {},
        "system": true,
        "creation_date": identity.made,
        "last_updated": identity.made,
    });
    answer(StatusCode::OK, &environment)
}

pub(crate) async fn tags(hub: State, names: Names) -> Response {
    answer(StatusCode::OK, &[the_tag(&hub, &names)])
}

pub(crate) async fn tag(hub: State, names: Names) -> Result {
    if names.get("tag") != TAG {
        return Err(Refusal::missing("Environment tag"));
    }
    Ok(answer(StatusCode::OK, &the_tag(&hub, &names)))
}

fn the_tag(hub: &Hub, names: &Names) -> Value {
    let identity = hub.store.identity();
    json!({
        "id": identity.project,
        "name": TAG,
        "environment": names.get("environment"),
        "status": "success",
        "supports_request_format": true,
        "implicit": false,
        "deprecated": false,
        "built": true,
        "size": 0,
        "creation_date": identity.made,
    })
}

pub(crate) async fn templates(hub: State) -> Response {
    let template = json!({
        "id": hub.store.identity().project,
        "details": {
            "name": TRAINING_DEPLOYMENT,
            "description": "Runs of training experiments",
            "input_type": "structured",
            "output_type": "structured",
            "input_fields": [],
            "output_fields": [],
            "supports_request_format": true,
        },
    });
    answer(StatusCode::OK, &[template])
}
