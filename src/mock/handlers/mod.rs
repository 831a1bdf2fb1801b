//! The endpoints: JSON in, the model in the middle, JSON out. A file per resource.

mod account;
mod logs;
mod objects;
mod pages;
mod requests;
mod tests;
mod webhooks;

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, HeaderValue, StatusCode, header::CONTENT_TYPE},
    middleware,
    response::Response,
    routing::get,
};
use serde::Serialize;

use crate::{
    mock::{PROJECT, Platform, fault, guard, refusal::Refusal},
    model::{
        event::ObjectType::{Deployment, Pipeline},
        routes::{self, Route},
    },
};

/// The versions of the API, which are one (reference, section 11, line 38).
const VERSIONS: [&str; 2] = ["/v2", "/v2.1"];

/// The state that a handler takes.
type State = axum::extract::State<Arc<Platform>>;

type Result<T = Response> = std::result::Result<T, Refusal>;

/// All of the API.
pub(super) fn router(platform: Arc<Platform>) -> Router {
    let mut router = fault::routes();
    for version in VERSIONS {
        router = mount(router, version);
    }
    router
        .fallback(async || Refusal::missing("Path"))
        .method_not_allowed_fallback(async || {
            Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "Method is not allowed")
        })
        .layer(middleware::from_fn_with_state(
            platform.clone(),
            fault::layer,
        ))
        .layer(middleware::from_fn_with_state(
            platform.clone(),
            guard::layer,
        ))
        .with_state(platform)
}

fn mount(router: Router<Arc<Platform>>, version: &str) -> Router<Arc<Platform>> {
    let at = |route: Route| format!("{version}{}", route.0);
    let webhook = get(webhooks::detail)
        .patch(webhooks::update)
        .delete(webhooks::delete);
    let router = router
        .route(&at(routes::STATUS), get(account::status))
        .route(&at(routes::USER), get(account::user))
        .route(&at(routes::PROJECTS), get(account::projects))
        .route(&at(routes::PROJECT), get(account::project))
        .route(
            &at(routes::WEBHOOKS),
            get(webhooks::list).post(webhooks::create),
        )
        .route(&at(routes::WEBHOOK), webhook)
        .route(&at(routes::TESTS), axum::routing::post(tests::create))
        .route(&at(routes::TEST), get(tests::detail))
        .route(&at(routes::LOGS), get(logs::list));
    let deployments = [
        routes::DEPLOYMENTS,
        routes::DEPLOYMENT,
        routes::DEPLOYMENT_VERSIONS,
        routes::DEPLOYMENT_VERSION,
    ];
    let pipelines = [
        routes::PIPELINES,
        routes::PIPELINE,
        routes::PIPELINE_VERSIONS,
        routes::PIPELINE_VERSION,
    ];
    let mut router = router
        .merge(objects::routes(Deployment, deployments.map(at)))
        .merge(objects::routes(Pipeline, pipelines.map(at)));
    for (object_type, of) in [
        (Deployment, routes::DEPLOYMENT),
        (Deployment, routes::DEPLOYMENT_VERSION),
        (Pipeline, routes::PIPELINE),
        (Pipeline, routes::PIPELINE_VERSION),
    ] {
        let paths = routes::requests(of).map(|path| format!("{version}{path}"));
        router = router.merge(requests::routes(object_type, &paths));
    }
    router
}

/// Whether a path may be called without a token.
pub(super) fn is_open(path: &str) -> bool {
    VERSIONS
        .iter()
        .any(|version| path.strip_prefix(version) == Some(routes::STATUS.0))
}

/// What of a path follows the project, or the version where it is about no project; nothing for a
/// path outside the platform.
pub(super) fn below_project(path: &str) -> Option<&str> {
    // The longer version first: the shorter one is how it begins.
    let path = VERSIONS
        .iter()
        .rev()
        .find_map(|version| path.strip_prefix(version))?;
    let project = || path.strip_prefix("/projects/")?.strip_prefix(PROJECT);
    match project() {
        Some(rest) if rest.starts_with('/') => Some(rest),
        _ => Some(path),
    }
}

/// Refuses every project but the one there is.
fn check_project(project: &str) -> Result<()> {
    if project == PROJECT {
        return Ok(());
    }
    Err(Refusal::missing("Project"))
}

/// An answer with a body.
pub(super) fn answer(status: StatusCode, body: &impl Serialize) -> Response {
    let body = serde_json::to_vec(body).expect("what is answered is made of text and numbers");
    json(status, body)
}

/// An answer with a body that is JSON already.
fn json(status: StatusCode, body: impl Into<Body>) -> Response {
    // Room for those that every answer has, so that the map isn't made anew on the way out.
    let mut headers = HeaderMap::with_capacity(8);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}
