//! `mock deliveries`: what is shown of the attempts, and what of those to come.

#[cfg(unix)]
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::support::{Following, World, receiver};

/// One webhook that is answered, and one that isn't.
fn two(world: &World, url: &str) {
    for (name, url) in [("good", url), ("bad", "http://127.0.0.1:9/")] {
        let create = format!("create {name} --pipeline pipeline-1 --event finished --url {url}");
        world.sh(&create).ends_with(0);
    }
}

fn webhooks(attempts: &Value) -> Vec<&str> {
    let attempts = attempts.as_array().unwrap().iter();
    let mut names: Vec<_> = attempts.map(|a| a["webhook"].as_str().unwrap()).collect();
    names.sort_unstable();
    names
}

#[test]
fn they_are_narrowed_by_webhook_and_to_what_failed() {
    let (world, receiver) = (World::new(), receiver());
    two(&world, &receiver.url("/"));
    assert_eq!(world.sh("mock deliveries").ends_with(0).out, "");
    world.sh("mock request --pipeline pipeline-1").ends_with(7);
    let narrowed = |flags: &str| world.answer(&format!("mock deliveries {flags}"));
    assert_eq!(webhooks(&narrowed("")), ["bad", "good"]);
    assert_eq!(webhooks(&narrowed("--failed")), ["bad"]);
    assert_eq!(webhooks(&narrowed("--webhook good")), ["good"]);
    assert_eq!(narrowed("--webhook good --failed"), json!([]));
    let lines = world.sh("mock deliveries -o ndjson").ends_with(0).out;
    assert_eq!(lines.lines().count(), 2);
}

#[test]
fn to_look_makes_no_database() {
    let world = World::new();
    let ended = world.sh("mock deliveries --db typo.db").ends_with(3);
    insta::assert_snapshot!(ended.snapshot(), @"
    [3]
    -- stderr
    error: database typo.db does not exist
    ");
    assert!(!world.home().join("typo.db").exists());
    assert_eq!(world.answer("mock deliveries"), json!([]));
    assert!(!world.state("mock.db").exists());
}

#[cfg(unix)]
#[test]
fn those_to_come_follow_until_it_is_told_to_stop() {
    let (world, receiver) = (World::new(), receiver());
    two(&world, &receiver.url("/"));
    world.sh("mock request --pipeline pipeline-1").ends_with(7);
    let read = |line: String| serde_json::from_str::<Value>(&line).unwrap();
    for signal in [Signal::INT, Signal::TERM] {
        let mut following = Following::start(&world, "--webhook good");
        assert_eq!(read(following.line())["type"], "ready");
        let made = world
            .sh("mock request --pipeline pipeline-1 -o json")
            .ends_with(7);
        let attempt = read(following.line());
        // Not those that were there before.
        assert_eq!(attempt["request_id"], made.json()["ids"][0]);
        assert_eq!(following.stop(signal), (Some(0), String::new()));
    }
}

#[test]
fn nobody_who_reads_ends_it_even_where_nothing_happens() {
    let world = World::new();
    let mut following = Following::start(&world, "-o ndjson");
    following.line();
    assert_eq!(following.unread(), Some(0));
}

#[test]
fn a_webhook_that_never_was_is_not_found() {
    let world = World::new();
    two(&world, "http://127.0.0.1:9/");
    world
        .sh("mock deliveries --webhook god")
        .ends_with(3)
        .saying("the mock has no webhook `god`")
        .saying("did you mean --webhook good?");
    assert_eq!(world.answer("mock deliveries --webhook good"), json!([]));
    // One that is gone has still been called.
    world.sh("mock request --pipeline pipeline-1").ends_with(7);
    world.sh("delete good --yes").ends_with(0);
    let gone = world.answer("mock deliveries --webhook good");
    assert_eq!(webhooks(&gone), ["good"]);
}

#[test]
fn they_are_narrowed_by_request_event_and_time_and_show_what_was_sent() {
    let (world, receiver) = (World::new().set("SOURCE", "s3cret-value"), receiver());
    let url = receiver.url("/");
    for event in ["completed", "finished"] {
        let create = format!(
            "create {event} --pipeline pipeline-1 --event {event} --url {url} \
             --header 'X-Team: orders' --secret-header Authorization=env:SOURCE"
        );
        world.sh(&create).ends_with(0);
    }
    let request = || {
        let made = world.answer("mock request --pipeline pipeline-1");
        made["ids"][0].as_str().unwrap().to_owned()
    };
    let (first, second) = (request(), request());
    let narrowed = |flags: &str| world.answer(&format!("mock deliveries {flags}"));
    let of_first = narrowed(&format!("--request {first}"));
    assert_eq!(webhooks(&of_first), ["completed", "finished"]);
    for event in ["completed", "pipeline_request_completed"] {
        let found = narrowed(&format!("--event {event}"));
        assert_eq!(webhooks(&found), ["completed", "completed"]);
    }
    assert_eq!(narrowed("--event deployment_request_completed"), json!([]));
    assert_eq!(narrowed("--since 1h").as_array().unwrap().len(), 4);
    assert_eq!(narrowed("--since 2999-01-01T00:00:00Z"), json!([]));
    // The newest, in the order of all.
    let newest = narrowed("--limit 2");
    let newest = newest.as_array().unwrap();
    assert!(newest.iter().all(|attempt| attempt["request_id"] == second));
    assert_eq!(newest[1]["webhook"], "finished");
    assert!(newest[0].get("payload").is_none());
    assert!(newest[0].get("headers").is_none());
    let with = narrowed("--limit 1 --payload");
    let headers = json!([
        {"key": "X-Team", "value": "orders"},
        {"key": "Authorization", "value": null, "protected": true},
    ]);
    assert_eq!(with[0]["headers"], headers);
    assert_eq!(with[0]["payload"]["request_id"], second);
    let lines = world
        .sh("mock deliveries --limit 1 --payload")
        .ends_with(0)
        .out;
    assert!(lines.contains("\"pipeline_request_finished\""), "{lines}");
    assert!(lines.contains("  Authorization: (protected)\n"), "{lines}");
    for bad in ["--since soon", "--event done", "--limit 0"] {
        world.sh(&format!("mock deliveries {bad}")).ends_with(2);
    }
}
