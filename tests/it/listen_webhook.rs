//! `listen` with a temporary webhook: what it is like, and that none is left.

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::support::{Listening, Served, World};

const OBJECT: &str = "--pipeline pipeline-1 --event failed";

/// A platform, and a world that faces it.
fn platform(more: &str) -> (World, Served, World) {
    let own = World::without_mock();
    let served = Served::start(&own, &format!("--db served.db {more}"));
    let world = served.world();
    (own, served, world)
}

fn webhooks(world: &World) -> Vec<Value> {
    world.answer("list").as_array().unwrap().clone()
}

/// A request that fails.
fn request(served: &Served) {
    let body = json!({"ubihook": {"outcome": "failed"}}).to_string();
    let path = "/projects/demo/pipelines/pipeline-1/requests";
    assert_eq!(served.ask("POST", path, &body).0, 201);
}

#[test]
fn it_exists_while_it_listens_and_its_deliveries_are_verified() {
    let (_own, served, world) = platform("");
    let mut listening = Listening::start(
        &world,
        &format!("{OBJECT} --expect status=failed --path /in"),
    );
    let found = webhooks(&world);
    let webhook = &found[0];
    let name = webhook["name"].as_str().unwrap();
    assert!(
        name.starts_with("ubihook-listen-") && name.len() == 27,
        "{name}"
    );
    assert_eq!(webhook["url"], listening.url());
    assert_eq!(
        (&webhook["event"], &webhook["object_name"]),
        (&json!("pipeline_request_failed"), &json!("pipeline-1"))
    );
    assert_eq!(
        (
            &webhook["include_result"],
            &webhook["retry"],
            &webhook["timeout"]
        ),
        (&json!(true), &json!(false), &json!(10))
    );
    assert_eq!(webhook["headers"][0]["protected"], true);
    let label = webhook["labels"]["ubihook-listen"].as_str().unwrap();
    assert!(label.len() <= 64 && !label.contains([':', ',']), "{label}");
    assert_eq!(listening.post("/in", "", "{}").status, 401);
    assert_eq!(listening.line()["verified"], false);
    request(&served);
    let line = listening.line();
    assert_eq!(
        (&line["verified"], &line["event"]),
        (&json!(true), &json!("pipeline_request_failed"))
    );
    listening.end().ends_with(0).silently();
    assert_eq!(webhooks(&world), [] as [Value; 0]);
    assert!(!world.kept().contains("X-Ubihook"));
}

#[test]
fn it_is_deleted_on_every_way_out() {
    let (_own, _served, world) = platform("--fault 'DELETE /webhooks/*=503x2'");
    for (more, signal, code) in [
        ("--expect status=failed --timeout 200ms", None, 7),
        ("", Some(Signal::INT), 0),
        ("", Some(Signal::TERM), 0),
        ("", Some(Signal::HUP), 0),
        ("", Some(Signal::QUIT), 131),
        ("--expect status=failed", Some(Signal::QUIT), 131),
        ("--expect status=failed", Some(Signal::TERM), 7),
    ] {
        let listening = Listening::start(&world, &format!("{OBJECT} {more}"));
        if let Some(signal) = signal {
            listening.signal(signal);
        }
        listening.end().ends_with(code);
        assert_eq!(webhooks(&world), [] as [Value; 0], "{more} {signal:?}");
    }
}

#[test]
fn one_that_was_left_behind_is_swept_and_no_other() {
    let (_own, _served, world) = platform("");
    let killed = Listening::start(&world, OBJECT);
    let left = webhooks(&world)[0]["name"].clone();
    killed.stop(Signal::KILL).ends_with(-1);
    assert_eq!(webhooks(&world).len(), 1);
    // One of another machine, and one that only looks like it.
    for (name, label) in [
        (
            "ubihook-listen-000000000000",
            "000000000000000000000000.1.1",
        ),
        ("ubihook-listen-other", "anything"),
    ] {
        let create = format!(
            "create {name} {OBJECT} --url http://127.0.0.1:9/ --label ubihook-listen={label}"
        );
        world.sh(&create).ends_with(0);
    }
    let living = Listening::start(&world, OBJECT);
    let second = Listening::start(&world, OBJECT);
    let names: Vec<_> = webhooks(&world)
        .iter()
        .map(|webhook| webhook["name"].clone())
        .collect();
    assert!(names.len() == 4 && !names.contains(&left), "{names:?}");
    second.stop(Signal::TERM).ends_with(0).silently();
    let said = format!("deleted `{}`", left.as_str().unwrap());
    living.stop(Signal::TERM).ends_with(0).saying(&said);
    assert_eq!(webhooks(&world).len(), 2);
}

#[test]
fn a_deletion_that_fails_says_how_to_do_it() {
    let (_own, _served, world) = platform("--fault 'DELETE /webhooks/*=500'");
    let listening = Listening::start(&world, OBJECT);
    let name = webhooks(&world)[0]["name"].as_str().unwrap().to_owned();
    let ended = listening.stop(Signal::TERM).ends_with(0);
    ended.saying(&format!(
        "ubihook delete {name} --project demo --if-missing skip --yes"
    ));
}

#[test]
fn what_it_needs_is_checked_before_any_call() {
    let world = World::facing(
        "https://nowhere.example.invalid/v2",
        "Token 0123456789abcdef0123",
    );
    for (line, message) in [
        (
            OBJECT.to_owned(),
            "the platform can't reach an address of this machine",
        ),
        (
            "--pipeline pipeline-1".to_owned(),
            "needs exactly one --event",
        ),
        (
            format!("{OBJECT} --event started"),
            "needs exactly one --event",
        ),
        (
            "--pipeline p --event deployment_request_failed".to_owned(),
            "is not an event of a pipeline",
        ),
        ("--version v1".to_owned(), "--version requires"),
        (
            "--public-url https://a.example/".to_owned(),
            "--public-url is for a temporary webhook",
        ),
        (format!("{OBJECT} --public-url nonsense"), "--public-url"),
    ] {
        world
            .sh(&format!("listen {line}"))
            .ends_with(2)
            .saying(message);
    }
    let (_own, _served, world) = platform("");
    let ended = world
        .sh("listen --ready-file r --pipeline pipeline-2 --event failed")
        .ends_with(3);
    ended
        .saying("could not create a temporary webhook")
        .saying("pipeline-1");
    assert!(!world.home().join("r").exists());
}

#[test]
fn a_public_url_is_taken_as_it_is() {
    let (_own, _served, world) = platform("");
    let listening = Listening::start(
        &world,
        &format!("{OBJECT} --public-url http://hooks.example.org:8443/x"),
    );
    assert_eq!(
        webhooks(&world)[0]["url"],
        "http://hooks.example.org:8443/x"
    );
    let body = "{}";
    let call = |host: &str| {
        format!(
            "POST / HTTP/1.1\r\nHost: {host}\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{body}"
        )
    };
    assert_eq!(listening.raw(&call("hooks.example.org")).status, 401);
    assert_eq!(listening.raw(&call("other.example.org")).status, 403);
    listening.stop(Signal::TERM).ends_with(0);
}
