//! The service status, the user that the token belongs to, and the project.

use axum::{http::StatusCode, response::Response};

use crate::{
    mock::{
        hub::{Hub, State},
        reply::answer,
        rules::PROJECT,
        uri::Names,
    },
    model::objects::{Project, ServiceStatus, User},
};

pub(crate) async fn status() -> Response {
    let status = ServiceStatus {
        status: "ok".to_owned(),
    };
    answer(StatusCode::OK, &status)
}

pub(crate) async fn user(hub: State) -> Response {
    let user = User {
        id: hub.store.identity().user.clone(),
        email: "demo@ubihook.invalid".to_owned(),
        name: Some("demo".to_owned()),
        authentication: Some("token".to_owned()),
    };
    answer(StatusCode::OK, &user)
}

pub(crate) async fn projects(hub: State) -> Response {
    answer(StatusCode::OK, &[the_project(&hub)])
}

pub(crate) async fn project(hub: State, _: Names) -> Response {
    answer(StatusCode::OK, &the_project(&hub))
}

fn the_project(hub: &Hub) -> Project {
    let identity = hub.store.identity();
    Project {
        id: identity.project.clone(),
        name: PROJECT.to_owned(),
        organization_name: PROJECT.to_owned(),
        creation_date: Some(identity.made.clone()),
    }
}
