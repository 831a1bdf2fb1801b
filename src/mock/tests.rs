//! The mock as a client sees it, over plain sockets.

mod live;

use std::{
    io::{Read, Write},
    net::TcpStream,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    mock::{Embedded, Options, World, reset},
    model::{scrub::Scrubber, token::Token},
    receiver::Receiver,
};

const TESTS: &str = "/projects/demo/webhooks-tests";
const WEBHOOKS: &str = "/projects/demo/webhooks";

fn start(folder: &Path) -> Embedded {
    Embedded::start_to_stay(Options::new(folder.join("mock.db"))).unwrap()
}

/// The status, the head and the body of the response to a call with arbitrary headers.
fn exchange(mock: &Embedded, start: &str, headers: &str, body: &str) -> (u16, String, Value) {
    let address = mock.url().trim_start_matches("http://");
    let address = address.trim_end_matches("/v2");
    let mut stream = TcpStream::connect(address).unwrap();
    let head = format!(
        "{start} HTTP/1.1\r\nconnection: close\r\ncontent-length: {}\r\n{headers}\r\n",
        body.len()
    );
    stream.write_all((head + body).as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let body = serde_json::from_str(body).unwrap_or(Value::Null);
    (status, head.to_owned(), body)
}

fn host(mock: &Embedded) -> String {
    let host = mock.url().trim_start_matches("http://");
    format!("host: {}\r\n", host.trim_end_matches("/v2"))
}

fn call(mock: &Embedded, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let token = mock.token().header().expose();
    let headers = format!("{}authorization: {token}\r\n", host(mock));
    let body = match body {
        Value::Null => String::new(),
        body => body.to_string(),
    };
    let (status, head, body) = exchange(mock, &format!("{method} /v2{path}"), &headers, &body);
    assert!(head.contains("x-ratelimit-limit: 300"), "{head}");
    (status, body)
}

fn webhook(name: &str) -> Value {
    json!({
        "name": name, "object_type": "deployment", "object_name": "deployment-1",
        "url": "http://127.0.0.1:9/", "event": "deployment_request_failed",
        "headers": [{"key": "Authorization", "value": "s3cret", "protected": true}]
    })
}

fn test(url: &str) -> Value {
    json!({
        "object_type": "deployment", "object_name": "deployment-1", "url": url, "timeout": 30,
        "event": "deployment_request_completed"
    })
}

/// The state of a test run once it has ended.
fn ended(mock: &Embedded, run: &Value) -> Value {
    let path = format!("{TESTS}/{}", run["id"].as_str().unwrap());
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        let (_, run) = call(mock, "GET", &path, &Value::Null);
        if run["status"] != "pending" {
            return run;
        }
        assert!(Instant::now() < deadline, "still pending");
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_refused_call_gets_a_json_error() {
    let folder = tempfile::tempdir().unwrap();
    let mock = start(folder.path());
    let token = mock.token().header().expose();
    let host = host(&mock);
    let known = format!("{host}authorization: {token}\r\n");
    let other = format!("{host}authorization: Token x\r\n");
    let bearer = known.replace("Token ", "Bearer ");
    let page = format!("{known}origin: http://x\r\n");
    let foreign = known.replace("127.0.0.1", "evil.example");
    let delivery = format!("{known}user-agent: ubihook-mock/9.9.9\r\n");
    for (start, headers, expected) in [
        ("GET /v2/status", &host, 200),
        ("GET /v2.1/status", &host, 200),
        ("GET /v2/user", &host, 401),
        ("GET /v2/user", &other, 401),
        ("GET /v2/user", &known, 200),
        ("GET /v2.1/user", &bearer, 200),
        ("GET /v2/user", &page, 403),
        ("GET /v2/status", &foreign, 403),
        ("POST /v2/projects/demo/webhooks", &delivery, 403),
        ("GET /v2/nowhere", &known, 404),
        ("GET /v2/projects/other/webhooks", &known, 404),
        ("PUT /v2/projects/demo/webhooks", &known, 405),
    ] {
        let (status, head, body) = exchange(&mock, start, headers, "");
        assert_eq!(status, expected, "{start} {body}");
        assert!(head.contains("x-ratelimit-remaining"), "{start}");
        assert!(!head.contains("access-control"), "{start}");
        assert_eq!(body["error"].is_string(), expected != 200, "{start}");
    }
}

#[test]
fn the_mock_is_no_callback_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let mock = start(folder.path());
    let url = mock.url().replace("127.0.0.1", "LocalHost");
    let mut own = webhook("own");
    own["url"] = json!(&url);
    assert_eq!(call(&mock, "POST", WEBHOOKS, &webhook("w")).0, 201);
    for (method, path, body) in [
        ("POST", WEBHOOKS, &own),
        ("PATCH", &format!("{WEBHOOKS}/w"), &json!({"url": url})),
        ("POST", TESTS, &test(&url)),
    ] {
        let (status, answer) = call(&mock, method, path, body);
        let error = answer["error"].as_str().unwrap();
        assert_eq!(status, 400, "{method} {path}: {error}");
        assert!(error.starts_with("url: must not be the mock's own address"));
    }
}

#[test]
fn a_given_token_replaces_the_random_one() {
    let folder = tempfile::tempdir().unwrap();
    let mock = Embedded::start_to_stay(Options {
        echo_secrets: true,
        token: Some(Token::parse("mine", &Scrubber::default()).unwrap()),
        ..Options::new(folder.path().join("mock.db"))
    })
    .unwrap();
    assert_eq!(mock.token().header().expose(), "Token mine");
    let (status, made) = call(&mock, "POST", WEBHOOKS, &webhook("w"));
    assert_eq!(
        (status, &made["headers"][0]["value"]),
        (201, &json!("s3cret"))
    );
    let (_, read) = call(&mock, "GET", &format!("{WEBHOOKS}/w"), &Value::Null);
    assert!(read["headers"][0]["value"].is_null());
}

#[test]
fn what_was_answered_is_there_after_a_restart_and_gone_after_a_reset() {
    let folder = tempfile::tempdir().unwrap();
    let mock = start(folder.path());
    let (status, made) = call(&mock, "POST", WEBHOOKS, &webhook("w"));
    assert_eq!(status, 201);
    assert!(!made.to_string().contains("s3cret"));
    let (status, again) = call(&mock, "POST", WEBHOOKS, &webhook("w"));
    assert_eq!(status, 400);
    assert_eq!(again["error"], "name: `w` already exists");
    let (id, token) = (mock.database_id().to_owned(), mock.token().clone());
    mock.finish();

    let mock = start(folder.path());
    assert_eq!((mock.database_id(), mock.token()), (&*id, &token));
    let path = format!("{WEBHOOKS}/w");
    assert_eq!(call(&mock, "GET", &path, &Value::Null), (200, made));
    let reset = reset(&folder.path().join("mock.db"), &World::default()).unwrap();
    assert_eq!(reset.webhooks, 1);
    assert_eq!(call(&mock, "GET", &path, &Value::Null).0, 404);
    assert_eq!(call(&mock, "POST", WEBHOOKS, &webhook("w")).0, 201);
    assert_eq!(call(&mock, "DELETE", &path, &Value::Null).0, 204);
    assert_eq!((mock.database_id(), mock.token()), (&*id, &token));
}

#[test]
fn an_update_says_which_field_it_can_not_change() {
    let folder = tempfile::tempdir().unwrap();
    let mock = start(folder.path());
    call(&mock, "POST", WEBHOOKS, &webhook("w"));
    let path = format!("{WEBHOOKS}/w");
    for field in ["object_type", "object_name", "version"] {
        let (status, body) = call(&mock, "PATCH", &path, &json!({field: "v1"}));
        assert_eq!(status, 400);
        assert!(body["error"].as_str().unwrap().starts_with(field), "{body}");
        assert_eq!(call(&mock, "PATCH", &path, &json!({field: null})).0, 200);
    }
    let kept = json!({"headers": [{"key": "AUTHORIZATION", "protected": true}]});
    assert_eq!(call(&mock, "PATCH", &path, &kept).0, 200);
    let plain = json!({"headers": [{"key": "Authorization", "protected": false}]});
    assert_eq!(call(&mock, "PATCH", &path, &plain).0, 400);
    let none = json!({"headers": []});
    assert_eq!(call(&mock, "PATCH", &path, &none).0, 200);
    assert_eq!(
        call(&mock, "PATCH", &path, &kept).0,
        400,
        "forgotten by now"
    );
}

#[test]
fn a_retried_test_repeats_its_body_and_is_pending_until_the_last_attempt() {
    let folder = tempfile::tempdir().unwrap();
    let mock = start(folder.path());
    let receiver = Receiver::scripted(&[500, 404, 503]);
    let mut body = test(&receiver.url("/hook"));
    body["retry"] = json!(true);
    let (status, run) = call(&mock, "POST", TESTS, &body);
    assert_eq!((status, &run["status"]), (201, &json!("pending")));
    let run = ended(&mock, &run);
    assert_eq!(run["error_message"], "Received status code 503");
    let got = receiver.take(3);
    assert_eq!(receiver.rest(), 0);
    assert!(got.iter().all(|delivery| delivery.body == got[0].body));
}

#[test]
fn a_silent_receiver_holds_up_no_other_and_its_delivery_is_resumed() {
    let folder = tempfile::tempdir().unwrap();
    let mock = start(folder.path());
    let silent = Receiver::scripted(&[0; 100]);
    let mut last = Value::Null;
    for _ in 0..40 {
        last = call(&mock, "POST", TESTS, &test(&silent.url("/hook"))).1;
    }
    let lively = Receiver::scripted(&[]);
    let (_, run) = call(&mock, "POST", TESTS, &test(&lively.url("/hook")));
    assert_eq!(ended(&mock, &run)["status"], "completed");
    assert!(silent.rest() <= super::engine::PER_LANE);

    // Dropping it waits for none of them.
    let begun = Instant::now();
    drop(mock);
    assert!(begun.elapsed() < Duration::from_secs(1));
    silent.rest();
    let mock = start(folder.path());
    let path = format!("{TESTS}/{}", last["id"].as_str().unwrap());
    assert_eq!(
        call(&mock, "GET", &path, &Value::Null).1["status"],
        "pending"
    );
    silent.take(1);
}

#[test]
fn a_mock_finishes_what_it_caused_even_where_another_one_delivers() {
    let folder = tempfile::tempdir().unwrap();
    let first = start(folder.path());
    // As a command starts it.
    let second = Embedded::start(Options::new(folder.path().join("mock.db"))).unwrap();
    let receiver = Receiver::scripted(&[500]);
    let mut body = test(&receiver.url("/hook"));
    body["retry"] = json!(true);
    let (_, run) = call(&second, "POST", TESTS, &body);
    second.finish();
    assert_eq!(receiver.rest(), 2);
    let path = format!("{TESTS}/{}", run["id"].as_str().unwrap());
    assert_eq!(
        call(&first, "GET", &path, &Value::Null).1["status"],
        "completed"
    );
}

#[test]
fn a_mock_of_one_command_delivers_what_that_caused_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let options = || Options::new(folder.path().join("mock.db"));
    let receiver = Receiver::scripted(&[]);
    let mock = Embedded::start(options()).unwrap();
    let mut webhook = webhook("w");
    webhook["url"] = json!(receiver.url("/hook"));
    webhook["event"] = json!("deployment_request_completed");
    assert_eq!(call(&mock, "POST", WEBHOOKS, &webhook).0, 201);
    // No command waits for what a request causes.
    let requests = "/projects/demo/deployments/deployment-1/requests";
    assert_eq!(call(&mock, "POST", requests, &json!({"of": 1})).0, 201);
    mock.finish();
    assert_eq!(receiver.rest(), 0);
    let mock = Embedded::start(options()).unwrap();
    let (_, run) = call(&mock, "POST", TESTS, &test(&receiver.url("/hook")));
    assert_eq!(ended(&mock, &run)["status"], "completed");
    mock.finish();
    assert_eq!(receiver.rest(), 1);
    // A mock that stays makes it.
    let _mock = start(folder.path());
    receiver.take(1);
}

#[test]
fn the_first_version_of_an_object_becomes_its_default_version() {
    let folder = tempfile::tempdir().unwrap();
    let mock = start(folder.path());
    let path = "/projects/demo/pipelines";
    let (status, made) = call(&mock, "POST", path, &json!({"name": "p"}));
    assert_eq!((status, &made["default_version"]), (201, &Value::Null));
    let run = json!({
        "object_type": "pipeline", "object_name": "p", "url": "http://127.0.0.1:9/",
        "event": "pipeline_request_failed"
    });
    let (status, refused) = call(&mock, "POST", TESTS, &run);
    assert_eq!(status, 400);
    assert!(refused["error"].as_str().unwrap().starts_with("version: "));
    for (version, default) in [("a", true), ("b", false)] {
        let versions = format!("{path}/p/versions");
        let (status, made) = call(&mock, "POST", &versions, &json!({"version": version}));
        assert_eq!((status, &made["default"]), (201, &json!(default)));
    }
    let (_, found) = call(&mock, "GET", &format!("{path}/p"), &Value::Null);
    assert_eq!(found["default_version"], "a");
    assert_eq!(call(&mock, "POST", TESTS, &run).0, 201);
}
