//! `mock request`: what it refuses, and what came of what it made.

use crate::support::{World, receiver};

const REQUEST: &str = "mock request --deployment deployment-1";

/// A webhook of `deployment-1`.
fn watch(world: &World, event: &str, url: &str) {
    let create = format!("create {event} --deployment deployment-1 --event {event} --url {url}");
    world.sh(&create).ends_with(0);
}

#[test]
fn what_is_not_there_is_named_with_what_is() {
    let world = World::new();
    for (flags, said, hint) in [
        (
            "--deployment deploymnet-1",
            "for deployment `deploymnet-1`: Deployment was not found",
            "did you mean --deployment deployment-1?",
        ),
        (
            "--pipeline x",
            "for pipeline `x`: Pipeline was not found",
            "known values of --pipeline: pipeline-1",
        ),
        (
            "--deployment deployment-1 --version v2",
            "for deployment `deployment-1` version `v2`: Deployment version was not found",
            "did you mean --version v1?",
        ),
        (
            "--experiment experiment1",
            "for experiment `experiment1`: Deployment version was not found",
            "did you mean --experiment experiment-1?",
        ),
    ] {
        let ended = world.sh(&format!("mock request {flags}")).ends_with(3);
        ended.saying(said).saying(hint);
    }
    let made = world.answer("mock deliveries");
    assert_eq!(made, serde_json::json!([]));
}

#[test]
fn what_makes_no_sense_is_refused_before_anything_is_made() {
    let world = World::new();
    world.file("bad.json", "{\"a\": 1");
    for flags in [
        "--count 0",
        "--rate 0",
        "--rate nan",
        "--outcome done",
        "--duration soon",
        "--result-file bad.json",
        "--result-file nowhere.json",
        "--pipeline pipeline-1",
        "--experiment experiment-1",
    ] {
        world.sh(&format!("{REQUEST} {flags}")).ends_with(2);
    }
    world
        .sh("mock request")
        .ends_with(2)
        .saying("--deployment deployment-1");
    assert!(!world.state("mock.db").exists());
}

#[test]
fn a_result_from_a_file_is_delivered() {
    let (world, receiver) = (World::new(), receiver());
    let more = format!("{} --include-result", receiver.url("/"));
    watch(&world, "completed", &more);
    world.file("result.json", "{\"total\": 12.5}");
    let made = world.answer(&format!("{REQUEST} --result-file result.json"));
    let body = receiver.next(std::time::Duration::ZERO).unwrap().body;
    let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(body["result"], serde_json::json!({"total": 12.5}));
    assert_eq!(body["request_id"], made["ids"][0]);
}

#[test]
fn a_delivery_that_never_got_through_is_7_with_how_many_and_why() {
    let world = World::new();
    watch(&world, "failed", "http://127.0.0.1:9/");
    let failing = format!("{REQUEST} --outcome failed --count 3");
    let ended = world.sh(&failing).ends_with(7);
    assert!(
        ended.out.contains("3 to failed: Connection error: refused"),
        "{}",
        ended.out
    );
    ended.saying("3 of 3 deliveries failed: 3 to `failed` (Connection error: refused)");
    let ended = world.sh(&format!("{failing} -o json")).ends_with(7);
    assert_eq!(ended.json()["failed"], 3);
    assert_eq!(ended.error()["kind"], "failed");
    // Who doesn't wait isn't told.
    world.sh(&format!("{failing} --no-wait")).ends_with(0);
}

#[test]
fn nobody_who_watches_is_no_failure_and_is_said() {
    let world = World::new();
    watch(&world, "failed", "http://127.0.0.1:9/");
    let ended = world.sh(REQUEST).ends_with(0);
    assert!(ended.out.starts_with("1 request, no deliveries\n"));
    insta::assert_snapshot!(ended.snapshot(), @"
    [0]
    -- stdout
    1 request, no deliveries
      id 0b8f6f1e-6a53-4a51-9d9e-6b7b1d0f1c22
    -- stderr
    warning: no enabled webhook watches deployment `deployment-1` for completed requests in the database HOME/.local/state/ubihook/mock.db; for a mock that is served with --db FILE, add the same --db FILE
    ");
    world.sh("update failed --enabled=false").ends_with(0);
    world
        .sh(&format!("{REQUEST} --outcome failed"))
        .ends_with(0)
        .saying("no enabled webhook");
}

#[test]
fn it_is_made_on_a_mock_and_nowhere_else() {
    let world = World::new().set("UBIOPS_PROJECT", "real-one");
    let line = "mock request --pipeline pipeline-1";
    world
        .sh(&format!("{line} -p nope"))
        .ends_with(3)
        .saying("demo");
    let elsewhere = World::without_mock();
    let ended = elsewhere.sh(&format!("{line} --host https://a.example"));
    insta::assert_snapshot!(ended.snapshot(), @"
    [2]
    -- stderr
    error: this command works on a mock's database, but --host names a platform
      hint: use --db to name the database
    ");
    // What a variable says of a platform doesn't matter here.
    world.sh(line).ends_with(0);
    let ended = world.sh(&format!("{line} --no-wait")).ends_with(0);
    insta::assert_snapshot!(ended.snapshot(), @"
    [0]
    -- stdout
    1 request created, not waiting for deliveries
      id 0b8f6f1e-6a53-4a51-9d9e-6b7b1d0f1c22
    -- stderr
    `ubihook mock serve` on this database makes the deliveries: the one that is running, or the next one that is started
    ");
}

#[test]
fn a_request_that_nobody_watches_is_not_called_delivered() {
    let world = World::new();
    assert_eq!(world.answer(REQUEST)["result"], "unwatched");
    watch(&world, "completed", &receiver().url("/"));
    assert_eq!(
        world.answer(&format!("{REQUEST} --no-wait"))["result"],
        "started"
    );
}

#[test]
fn data_is_what_is_sent_and_may_say_what_becomes_of_it() {
    let (world, receiver) = (World::new(), receiver());
    let url = format!("{} --include-result", receiver.url("/"));
    watch(&world, "completed", &url);
    world
        .sh(&format!("{REQUEST} --data '{{\"order\": 1}}'"))
        .ends_with(0);
    let body = receiver.next(std::time::Duration::ZERO).unwrap().body;
    let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(body["result"], serde_json::json!({"order": 1}));
    watch(&world, "failed", "http://127.0.0.1:9/");
    let said = "{\"ubihook\": {\"outcome\": \"failed\"}}";
    world.sh(&format!("{REQUEST} --data '{said}'")).ends_with(7);
    world
        .sh(&format!("{REQUEST} --data '{said}' --outcome completed"))
        .ends_with(0);
    for bad in [
        "--data '{'",
        "--data '{\"ubihook\": 1}'",
        "--error-message x",
    ] {
        world.sh(&format!("{REQUEST} {bad}")).ends_with(2);
    }
}
