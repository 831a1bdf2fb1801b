//! `mock deliveries`: what is shown of the attempts, and what of those to come.

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
