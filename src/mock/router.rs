//! The routes of the API, and the layers around them.

use std::sync::Arc;

use axum::{
    Router,
    http::StatusCode,
    middleware::from_fn_with_state,
    routing::{get, post},
};

use crate::{
    mock::{
        fault::{self, Faults},
        guard::{self, Guard},
        handlers::{account, existing, logs, objects, requests, tests, webhooks},
        hub::Hub,
        refusal::Refusal,
        uri::VERSIONS,
    },
    model::{
        event::ObjectType::{self, Deployment, Pipeline},
        routes::{self, Route},
    },
};

/// The API of one mock. With `echo_secrets`, the response to a create has the protected values.
pub(crate) fn router(
    hub: Arc<Hub>,
    guard: Arc<Guard>,
    faults: Arc<Faults>,
    echo_secrets: bool,
) -> Router {
    let faults_only = Router::new()
        .route(fault::PATH, post(fault::add).delete(fault::clear))
        .with_state(faults.clone());
    let mut router = Router::new();
    for version in VERSIONS {
        router = version_of(router, version, echo_secrets);
    }
    router
        .with_state(hub)
        .merge(faults_only)
        .fallback(async || Refusal::missing("Path"))
        .method_not_allowed_fallback(async || {
            Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "Method is not allowed")
        })
        .layer(from_fn_with_state(faults, fault::layer))
        .layer(from_fn_with_state(guard, guard::layer))
}

type Routes = Router<Arc<Hub>>;

fn version_of(router: Routes, version: &str, echo_secrets: bool) -> Routes {
    let at = |route: Route| format!("{version}{}", route.0);
    let create = move |s, n, b| webhooks::create(echo_secrets, s, n, b);
    let webhook = get(webhooks::detail)
        .patch(webhooks::update)
        .delete(webhooks::delete);
    let mut router = router
        .route(&at(routes::STATUS), get(account::status))
        .route(&at(routes::USER), get(account::user))
        .route(&at(routes::PROJECTS), get(account::projects))
        .route(&at(routes::PROJECT), get(account::project))
        .route(&at(routes::WEBHOOKS), get(webhooks::list).post(create))
        .route(&at(routes::WEBHOOK), webhook)
        .route(&at(routes::TESTS), post(tests::create))
        .route(&at(routes::TEST), get(tests::detail))
        .route(&at(routes::LOGS), get(logs::list))
        .route(&at(routes::DEPLOYMENTS), all_objects(Deployment))
        .route(&at(routes::PIPELINES), all_objects(Pipeline));
    for (object, versions, one_version) in [
        (
            routes::DEPLOYMENT,
            routes::DEPLOYMENT_VERSIONS,
            routes::DEPLOYMENT_VERSION,
        ),
        (
            routes::PIPELINE,
            routes::PIPELINE_VERSIONS,
            routes::PIPELINE_VERSION,
        ),
    ] {
        let all_versions = get(objects::list_versions).post(objects::create_version);
        router = router
            .route(&at(object), get(objects::detail))
            .route(&at(versions), all_versions)
            .route(&at(one_version), get(objects::version_detail));
        router = requests_of(router, &at(object));
        router = requests_of(router, &at(one_version));
    }
    router
}

fn all_objects(object_type: ObjectType) -> axum::routing::MethodRouter<Arc<Hub>> {
    get(move |s, n, p| objects::list(object_type, s, n, p))
        .post(move |s, n, b| objects::create(object_type, s, n, b))
}

/// The routes for requests of an object, or of one of its versions.
fn requests_of(router: Routes, of: &str) -> Routes {
    let at = |rest| format!("{of}/requests{rest}");
    let one = get(existing::detail)
        .patch(existing::update)
        .delete(existing::delete);
    router
        .route(&at(""), get(existing::list).post(requests::create))
        .route(&at("/batch"), post(requests::create_batch))
        .route(&at("/collect"), post(existing::collect))
        .route(&at("/cancel"), post(existing::cancel_many))
        .route(&at("/delete"), post(existing::delete_many))
        .route(&at("/{request}"), one)
}
