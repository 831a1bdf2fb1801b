//! Requests and their events.

use std::path::Path;

use rusqlite::Connection;
use serde_json::{Value, json};

use super::{WEBHOOKS, call, start};
use crate::{
    mock::Embedded,
    receiver::{Delivery, Receiver},
};

const REQUESTS: &str = "/projects/demo/deployments/deployment-1/requests";

fn watch(mock: &Embedded, url: &str, event: &str, fields: &Value) {
    let (object_type, _) = event.split_once('_').unwrap();
    let mut webhook = json!({
        "name": format!("w-{event}"), "object_type": object_type, "url": url, "event": event,
        "object_name": format!("{object_type}-1"), "include_result": true,
        "headers": [{"key": "X-Token", "value": "s3cret", "protected": true}]
    });
    for (key, value) in fields.as_object().unwrap() {
        webhook[key] = value.clone();
    }
    let (status, made) = call(mock, "POST", WEBHOOKS, &webhook);
    assert_eq!(status, 201, "{made}");
}

/// Webhooks for all four events of a type.
fn watch_all(mock: &Embedded, url: &str, object_type: &str, fields: &Value) {
    for phase in ["started", "completed", "failed", "finished"] {
        watch(mock, url, &format!("{object_type}_request_{phase}"), fields);
    }
}

/// The next `count` bodies that arrive.
fn bodies(receiver: &Receiver, count: usize) -> Vec<Value> {
    let body = |delivery: Delivery| {
        assert_eq!(delivery.headers["x-token"], "s3cret");
        serde_json::from_slice(&delivery.body).unwrap()
    };
    receiver.take(count).into_iter().map(body).collect()
}

fn events(bodies: &[Value]) -> Vec<&str> {
    let mut events: Vec<_> = bodies
        .iter()
        .map(|b| b["event"].as_str().unwrap())
        .collect();
    events.sort_unstable();
    events
}

#[test]
fn one_call_is_about_ten_thousand_requests_at_most() {
    let folder = tempfile::tempdir().unwrap();
    let mock = start(folder.path());
    for path in ["/batch", "/collect", "/cancel", "/delete"] {
        let path = format!("{REQUESTS}{path}");
        let (status, answer) = call(&mock, "POST", &path, &json!(vec!["x"; 10_001]));
        assert_eq!(status, 400, "{path}");
        assert_eq!(
            answer,
            json!({"error": "the body must have at most 10000 items"})
        );
    }
}

#[test]
fn a_result_of_null_is_a_result() {
    let folder = tempfile::tempdir().unwrap();
    let mock = start(folder.path());
    let data = json!({"x": 1, "ubihook": {"result": null}});
    let (_, request) = call(&mock, "POST", REQUESTS, &data);
    assert_eq!(request["result"], Value::Null);
    let (_, request) = call(&mock, "POST", REQUESTS, &json!({"x": 1}));
    assert_eq!(request["result"], json!({"x": 1}));
}

/// How many deliveries there have been and will be.
fn caused(folder: &Path) -> i64 {
    let sql = "SELECT (SELECT count(*) FROM deliveries) + (SELECT count(*) FROM attempts)";
    let db = Connection::open(folder.join("mock.db")).unwrap();
    db.query_row(sql, [], |row| row.get(0)).unwrap()
}

#[test]
fn a_request_completes_echoes_its_data_and_fires_three_events() {
    let folder = tempfile::tempdir().unwrap();
    let mock = start(folder.path());
    let receiver = Receiver::scripted(&[]);
    watch_all(&mock, &receiver.url("/hook"), "deployment", &json!({}));
    let (status, made) = call(&mock, "POST", REQUESTS, &json!({"x": 1}));
    assert_eq!((status, &made["status"]), (201, &json!("completed")));
    assert_eq!(
        (&made["success"], &made["result"]),
        (&json!(true), &json!({"x": 1}))
    );
    let bodies = bodies(&receiver, 3);
    assert_eq!(
        events(&bodies),
        [
            "deployment_request_completed",
            "deployment_request_finished",
            "deployment_request_started"
        ]
    );
    for body in &bodies {
        let started = body["event"] == "deployment_request_started";
        let status = if started { "processing" } else { "completed" };
        assert_eq!(
            (&body["status"], &body["request_id"]),
            (&json!(status), &made["id"])
        );
        assert_eq!(body.get("result").is_some(), !started);
    }
    let path = format!("{REQUESTS}/{}", made["id"].as_str().unwrap());
    let (_, detail) = call(&mock, "GET", &path, &Value::Null);
    assert_eq!(detail["request_data"], json!({"x": 1}));
    assert!(detail["time_completed"].is_string());
    let bare = format!("{path}?metadata_only=True");
    let (_, bare) = call(&mock, "GET", &bare, &Value::Null);
    assert_eq!(bare["time_completed"], detail["time_completed"]);
    assert!(bare.get("request_data").is_none() && bare.get("result").is_none());
    assert_eq!(call(&mock, "DELETE", &path, &Value::Null).0, 204);
    assert_eq!(call(&mock, "GET", &path, &Value::Null).0, 404);
}

#[test]
fn a_request_becomes_what_its_data_says() {
    let folder = tempfile::tempdir().unwrap();
    let mock = start(folder.path());
    let receiver = Receiver::scripted(&[]);
    watch_all(
        &mock,
        &receiver.url("/hook"),
        "pipeline",
        &json!({"version": "v1"}),
    );
    let path = "/projects/demo/pipelines/pipeline-1/versions/v1/requests";
    let script = json!({"ubihook": {"outcome": "failed", "duration_ms": 30}});
    let (status, made) = call(&mock, "POST", path, &script);
    assert_eq!((status, &made["success"]), (201, &json!(false)));
    let bodies = bodies(&receiver, 3);
    assert_eq!(
        events(&bodies),
        [
            "pipeline_request_failed",
            "pipeline_request_finished",
            "pipeline_request_started"
        ]
    );
    let script = json!({"ubihook": {"outcome": "lost"}});
    let (status, refused) = call(&mock, "POST", path, &script);
    assert_eq!(status, 400);
    assert!(
        refused["error"]
            .as_str()
            .unwrap()
            .starts_with("ubihook: outcome")
    );
}

#[test]
fn a_cancelled_request_fires_only_finished() {
    let folder = tempfile::tempdir().unwrap();
    let mock = start(folder.path());
    let receiver = Receiver::scripted(&[]);
    watch_all(&mock, &receiver.url("/hook"), "deployment", &json!({}));
    let batch = format!("{REQUESTS}/batch");
    let long = json!([
        {"ubihook": {"pending_ms": 60_000}},
        {"ubihook": {"duration_ms": 60_000}},
    ]);
    let (status, made) = call(&mock, "POST", &batch, &long);
    assert_eq!((status, &made[0]["status"]), (201, &json!("pending")));
    assert_eq!(
        events(&bodies(&receiver, 1)),
        ["deployment_request_started"]
    );
    let cancel = json!({"status": "cancelled"});
    for (number, before) in [(0, "pending"), (1, "processing")] {
        let path = format!("{REQUESTS}/{}", made[number]["id"].as_str().unwrap());
        assert_eq!(call(&mock, "GET", &path, &Value::Null).1["status"], before);
        assert_eq!(call(&mock, "DELETE", &path, &Value::Null).0, 400);
        assert_eq!(call(&mock, "PATCH", &path, &cancel).0, 200);
        assert_eq!(
            call(&mock, "GET", &path, &Value::Null).1["status"],
            "cancelled"
        );
        assert_eq!(call(&mock, "PATCH", &path, &cancel).0, 400);
    }
    let bodies = bodies(&receiver, 2);
    assert_eq!(events(&bodies), ["deployment_request_finished"; 2]);
    assert_eq!(caused(folder.path()), 3);
}

#[test]
fn a_webhook_without_a_version_watches_only_the_default_version() {
    let folder = tempfile::tempdir().unwrap();
    let mock = start(folder.path());
    let receiver = Receiver::scripted(&[]);
    let event = "deployment_request_finished";
    watch(&mock, &receiver.url("/hook"), event, &json!({}));
    let disabled = json!({"name": "off", "enabled": false});
    watch(&mock, &receiver.url("/hook"), event, &disabled);
    let versions = "/projects/demo/deployments/deployment-1/versions";
    assert_eq!(
        call(&mock, "POST", versions, &json!({"version": "v2"})).0,
        201
    );
    assert_eq!(
        call(
            &mock,
            "POST",
            &format!("{versions}/v2/requests"),
            &json!({})
        )
        .0,
        201
    );
    assert_eq!(caused(folder.path()), 0);
    assert_eq!(
        call(
            &mock,
            "POST",
            &format!("{versions}/v1/requests"),
            &json!({})
        )
        .0,
        201
    );
    assert_eq!(call(&mock, "POST", REQUESTS, &json!({})).0, 201);
    bodies(&receiver, 2);
    assert_eq!(caused(folder.path()), 2);
    let listed = |query: &str| {
        let (_, list) = call(&mock, "GET", &format!("{REQUESTS}?{query}"), &Value::Null);
        list.as_array().unwrap().len()
    };
    assert_eq!(
        (
            listed(""),
            listed("status=failed,cancelled"),
            listed("limit=1")
        ),
        (2, 0, 1)
    );
}

#[test]
fn requests_go_on_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let mock = start(folder.path());
    let receiver = Receiver::scripted(&[]);
    watch(
        &mock,
        &receiver.url("/hook"),
        "deployment_request_finished",
        &json!({}),
    );
    let script = json!([{"ubihook": {"duration_ms": 300}}]);
    let (status, _) = call(&mock, "POST", &format!("{REQUESTS}/batch"), &script);
    assert_eq!(status, 201);
    drop(mock);
    let _mock = start(folder.path());
    bodies(&receiver, 1);
}

#[test]
fn an_event_is_given_up_or_arrives_before_the_next_of_its_request_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    let mock = start(folder.path());
    // The first is refused twice: the others wait for its third attempt.
    let receiver = Receiver::scripted(&[503, 503]);
    watch_all(
        &mock,
        &receiver.url("/hook"),
        "deployment",
        &json!({"retry": true}),
    );
    assert_eq!(call(&mock, "POST", REQUESTS, &json!({"a": 1})).0, 201);
    let bodies = bodies(&receiver, 5);
    let came: Vec<_> = bodies
        .iter()
        .map(|b| b["event"].as_str().unwrap())
        .collect();
    let [started, completed, finished] =
        ["started", "completed", "finished"].map(|event| format!("deployment_request_{event}"));
    assert_eq!(came, [&*started, &started, &started, &completed, &finished]);
}
