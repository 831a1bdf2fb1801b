//! In which order deliveries arrive, and what faults do to them.

use std::collections::HashMap;

use serde_json::Value;

use crate::support::{PATIENCE, World, receiver};

/// A line for `mock run`, in which webhooks for these events watch `deployment-1`, and a request is made.
fn played(url: &str, fault: &str, events: &[&str]) -> String {
    let create = |event: &&str| {
        format!(
            "$BIN create {event} --deployment deployment-1 --event {event} --url {url} -q -o name \
             > /dev/null && "
        )
    };
    let creates: String = events.iter().map(create).collect();
    format!(
        "mock run --fault '{fault}' -- sh -c \
         '{creates} $BIN mock request --deployment deployment-1 -o json'"
    )
}

fn world() -> World {
    World::without_mock().set("BIN", env!("CARGO_BIN_EXE_ubihook"))
}

fn event(body: &[u8]) -> (String, String) {
    let body: Value = serde_json::from_slice(body).unwrap();
    let text = |key: &str| body[key].as_str().unwrap().to_owned();
    (text("request_id"), text("event"))
}

#[test]
fn the_events_of_a_request_reach_a_receiver_in_their_order() {
    let (world, receiver) = (World::new(), receiver());
    for event in ["finished", "completed", "started"] {
        let url = receiver.url(&format!("/{event}"));
        let create =
            format!("create {event} --deployment deployment-1 --event {event} --url {url}");
        world.sh(&create).ends_with(0);
    }
    let made = world.answer("mock request --deployment deployment-1 --count 60");
    assert_eq!(made["delivered"], 180);
    let mut came: HashMap<String, Vec<String>> = HashMap::new();
    for _ in 0..180 {
        let (request, event) = event(&receiver.next(PATIENCE).unwrap().body);
        came.entry(request).or_default().push(event);
    }
    for (request, events) in came {
        let expected = ["started", "completed", "finished"];
        let expected = expected.map(|event| format!("deployment_request_{event}"));
        assert_eq!(events, expected, "{request}");
    }
}

#[test]
fn a_delivery_that_is_dropped_never_arrives_and_says_so() {
    let (world, receiver) = (world(), receiver());
    let line = played(
        &receiver.url("/"),
        "deliver completed=dropx1",
        &["completed"],
    );
    let ended = world.sh(&line).ends_with(7);
    ended.saying("1 to `completed` (Dropped by a fault)");
    assert!(receiver.next(std::time::Duration::ZERO).is_none());
}

#[test]
fn a_delivery_that_is_doubled_arrives_twice_and_is_one() {
    let (world, receiver) = (world(), receiver());
    let line = played(&receiver.url("/"), "deliver *=twice", &["completed"]);
    assert_eq!(world.sh(&line).ends_with(0).json()["delivered"], 1);
    let bodies = [(); 2].map(|()| receiver.next(PATIENCE).unwrap().body);
    assert_eq!(bodies[0], bodies[1]);
}

#[test]
fn a_delivery_that_is_swapped_arrives_after_the_next_one() {
    let (world, receiver) = (world(), receiver());
    let events = ["started", "completed", "finished"];
    let line = played(&receiver.url("/"), "deliver started=swap", &events);
    assert_eq!(world.sh(&line).ends_with(0).json()["delivered"], 3);
    let came = [(); 3].map(|()| event(&receiver.next(PATIENCE).unwrap().body).1);
    assert_eq!(came[0], "deployment_request_completed");
    assert!(came.contains(&"deployment_request_started".to_owned()));
    // With nothing after it, it goes in the end.
    let line = played(&receiver.url("/"), "deliver completed=swap", &["completed"]);
    assert_eq!(world.sh(&line).ends_with(0).json()["delivered"], 1);
}

#[test]
fn a_delivery_that_is_delayed_is_delivered_once_all_the_same() {
    let (world, receiver) = (world(), receiver());
    let line = played(&receiver.url("/"), "deliver *=delay:50ms", &["completed"]);
    let ended = world.sh(&line).ends_with(0);
    assert_eq!(ended.json()["delivered"], 1);
    assert!(!ended.err.contains("never applied"), "{}", ended.err);
    receiver.next(PATIENCE).unwrap();
    assert!(receiver.next(std::time::Duration::ZERO).is_none());
}

#[test]
fn a_fault_that_nothing_can_meet_is_refused_and_one_that_nothing_met_is_named() {
    let world = world();
    world
        .sh("mock run --fault 'POST /webhook=503' -- true")
        .ends_with(2)
        .saying("`/webhook`, a path that the mock doesn't serve");
    world
        .sh("mock serve --fault 'DELETE /logs=503'")
        .ends_with(2)
        .saying("it serves GET");
    world
        .sh("mock run --fault 'deliver w=503' -- true")
        .ends_with(2)
        .saying("`twice`");
    world
        .sh("mock run --fault 'POST /webhooks=503x2' --fault 'deliver w=drop' -- true")
        .ends_with(0)
        .saying("the fault `POST /webhooks=503x2` never applied")
        .saying("the fault `deliver w=drop` never applied");
    let whole = "GET /projects/demo/webhooks=503";
    world
        .sh(&format!("mock run --fault '{whole}' -- sh -c '$BIN list'"))
        .ends_with(6);
}
