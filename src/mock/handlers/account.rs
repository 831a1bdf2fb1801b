//! Whether the service is up, who one is, and the one project there is.

use axum::{http::StatusCode, response::Response};

use crate::{
    mock::{
        PROJECT, Platform,
        body::Names,
        handlers::{Result, State, answer, check_project},
    },
    model::objects::{Project, ServiceStatus, User},
};

pub(super) async fn status() -> Response {
    let status = ServiceStatus {
        status: "ok".to_owned(),
    };
    answer(StatusCode::OK, &status)
}

pub(super) async fn user(platform: State) -> Response {
    let user = User {
        id: platform.store.identity().user.clone(),
        email: "demo@ubihook.invalid".to_owned(),
        name: Some("demo".to_owned()),
        authentication: Some("token".to_owned()),
    };
    answer(StatusCode::OK, &user)
}

pub(super) async fn projects(platform: State) -> Response {
    answer(StatusCode::OK, &[the_project(&platform)])
}

pub(super) async fn project(platform: State, Names(project): Names<String>) -> Result {
    check_project(&project)?;
    Ok(answer(StatusCode::OK, &the_project(&platform)))
}

fn the_project(platform: &Platform) -> Project {
    let identity = platform.store.identity();
    Project {
        id: identity.project.clone(),
        name: PROJECT.to_owned(),
        organization_name: PROJECT.to_owned(),
        creation_date: Some(identity.made.clone()),
    }
}
