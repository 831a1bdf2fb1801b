//! The API's routes, and the layers around them.

use std::sync::Arc;

use axum::{
    Router,
    middleware::from_fn_with_state,
    routing::{get, post},
};

use crate::{
    mock::{
        calls::{self, CallReports},
        fault::{self, Faults},
        guard::{self, Guard},
        handlers::{
            account, buckets, changes, environments, existing, files, logs, objects, requests,
            revisions, tests, variables, webhooks,
        },
        hub::Hub,
        served,
        table::Table,
        tickets,
    },
    model::{
        event::ObjectType::{Deployment, Pipeline},
        routes,
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
    let content = get(files::content).put(files::put_content);
    api(echo_secrets)
        .into_router()
        .route(tickets::CONTENT, content)
        .with_state(hub)
        .merge(faults_only)
        .fallback(served::missing)
        .method_not_allowed_fallback(served::not_allowed)
        .layer(from_fn_with_state(faults, fault::layer))
        .layer(from_fn_with_state(guard, guard::layer))
}

/// The same, with each call reported.
pub(crate) fn reporting(router: Router, to: CallReports) -> Router {
    router.layer(from_fn_with_state(to, calls::layer))
}

/// All that is served.
pub(crate) fn api(echo_secrets: bool) -> Table {
    let mut api = Table::default();
    api.get(routes::STATUS.0, account::status);
    api.get(routes::USER.0, account::user);
    api.get("/template-deployments", environments::templates);
    api.get(routes::PROJECTS.0, account::projects);
    api.get(routes::PROJECT.0, account::project);
    api.get(routes::WEBHOOKS.0, webhooks::list);
    let create = move |s, n, b| webhooks::create(echo_secrets, s, n, b);
    api.post(routes::WEBHOOKS.0, create);
    api.get(routes::WEBHOOK.0, webhooks::detail);
    api.patch(routes::WEBHOOK.0, webhooks::update);
    api.delete(routes::WEBHOOK.0, webhooks::delete);
    api.post(routes::TESTS.0, tests::create);
    api.get(routes::TEST.0, tests::detail);
    api.get(routes::LOGS.0, logs::list);
    objects(&mut api);
    variables_of(&mut api, routes::PROJECT.0);
    variables_of(&mut api, routes::DEPLOYMENT.0);
    let version = routes::DEPLOYMENT_VERSION.0;
    variables_of(&mut api, version);
    api.get(&format!("{version}/revisions"), revisions::list);
    api.post(&format!("{version}/revisions"), revisions::create);
    api.get(
        &format!("{version}/revisions/{{revision}}"),
        revisions::detail,
    );
    environments_and_buckets(&mut api);
    api
}

fn objects(api: &mut Table) {
    for (object_type, all, object, versions, version) in [
        (
            Deployment,
            routes::DEPLOYMENTS.0,
            routes::DEPLOYMENT.0,
            routes::DEPLOYMENT_VERSIONS.0,
            routes::DEPLOYMENT_VERSION.0,
        ),
        (
            Pipeline,
            routes::PIPELINES.0,
            routes::PIPELINE.0,
            routes::PIPELINE_VERSIONS.0,
            routes::PIPELINE_VERSION.0,
        ),
    ] {
        api.get(all, move |s, n, p| objects::list(object_type, s, n, p));
        api.post(all, move |s, n, b| objects::create(object_type, s, n, b));
        api.get(object, objects::detail);
        api.patch(object, changes::update);
        api.delete(object, changes::delete);
        api.get(versions, objects::list_versions);
        api.post(versions, objects::create_version);
        api.get(version, objects::version_detail);
        api.patch(version, changes::update_version);
        api.delete(version, changes::delete_version);
        requests_of(api, object);
        requests_of(api, version);
    }
}

/// The requests of an object, or of one of its versions.
fn requests_of(api: &mut Table, of: &str) {
    let at = |rest| format!("{of}/requests{rest}");
    api.get(&at(""), existing::list);
    api.post(&at(""), requests::create);
    api.post(&at("/stream"), requests::create_streaming);
    api.post(&at("/batch"), requests::create_batch);
    api.post(&at("/collect"), existing::collect);
    api.post(&at("/cancel"), existing::cancel_many);
    api.post(&at("/delete"), existing::delete_many);
    api.get(&at("/{request}"), existing::detail);
    api.patch(&at("/{request}"), existing::update);
    api.delete(&at("/{request}"), existing::delete);
    api.get(&at("/{request}/input"), existing::input);
    api.get(&at("/{request}/output"), existing::output);
}

fn variables_of(api: &mut Table, of: &str) {
    let all = format!("{of}/environment-variables");
    let one = format!("{all}/{{variable}}");
    api.get(&all, variables::list);
    api.post(&all, variables::create);
    api.get(&one, variables::detail);
    api.patch(&one, variables::update);
    api.delete(&one, variables::delete);
}

fn environments_and_buckets(api: &mut Table) {
    let at = |rest: &str| format!("{}{rest}", routes::PROJECT.0);
    api.get(&at("/environments/{environment}"), environments::detail);
    let tags = at("/environments/{environment}/tags");
    api.get(&tags, environments::tags);
    api.get(&format!("{tags}/{{tag}}"), environments::tag);
    api.get(&at("/buckets"), buckets::list);
    api.post(&at("/buckets"), buckets::create);
    let bucket = at("/buckets/{bucket}");
    api.get(&bucket, buckets::detail);
    api.patch(&bucket, buckets::update);
    api.delete(&bucket, buckets::delete);
    let files = format!("{bucket}/files");
    let file = format!("{files}/{{file}}");
    api.get(&files, files::list);
    api.get(&file, files::detail);
    api.post(&file, files::upload);
    api.delete(&file, files::delete);
    api.get(&format!("{file}/download"), files::download);
}

#[cfg(test)]
mod checks {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn what_is_served_is_what_is_said_to_be() {
        let mounted: BTreeSet<_> = api(false).calls.into_iter().collect();
        let said: BTreeSet<_> = served::paths()
            .iter()
            .flat_map(|(path, methods)| methods.iter().map(|method| (*method, path.clone())))
            .collect();
        assert_eq!(mounted, said);
    }
}
