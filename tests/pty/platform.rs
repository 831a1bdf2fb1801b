//! What there is on the mock of a world beside its first objects, made by the platform's own calls.

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::support::{Served, World};

/// A deployment of that name.
pub fn with_deployment(world: &World, name: &str) {
    let served = Served::start(world, "");
    post(&served, "deployments", &json!({ "name": name }));
    post(
        &served,
        &format!(
            "deployments/{}/versions",
            ubihook::inside::model::routes::encode(name)
        ),
        &json!({"version": "v1"}),
    );
    served.stop(Signal::TERM);
}

/// Deployments that can be watched and two that can't, a second version, and a second experiment.
pub fn filled(world: &World) {
    let served = Served::start(world, "");
    for name in ["orders", "old-orders", "billing"] {
        let about = format!("about {name}");
        post(
            &served,
            "deployments",
            &json!({"name": name, "description": about}),
        );
    }
    for name in ["batch-1", "batch-2"] {
        post(
            &served,
            "deployments",
            &json!({"name": name, "supports_request_format": false}),
        );
    }
    post(
        &served,
        "deployments/orders/versions",
        &json!({"version": "v1"}),
    );
    post(
        &served,
        "deployments/orders/versions",
        &json!({"version": "v2"}),
    );
    post(
        &served,
        "deployments/training-base-deployment/versions",
        &json!({"version": "night-run"}),
    );
    served.stop(Signal::TERM);
}

fn post(served: &Served, path: &str, body: &Value) {
    let path = format!("/projects/demo/{path}");
    let (status, answer) = served.ask("POST", &path, &body.to_string());
    assert_eq!(status, 201, "{path}: {answer}");
}
