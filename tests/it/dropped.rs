//! A platform that accepts a change and does something else: the answer is compared with what was sent, and a value
//! counts as stored there only if the answer has its header.

use serde_json::{Value, json};

use crate::support::{Answer, Call, Fake, VALUE, World, webhook_with};

const FILE: &str = "{name: a, pipeline: pipeline-1, event: failed, url: 'https://hooks.example.org/in', timeout: 7,\n\
                    headers: [{key: A, value_from: env:UBIHOOK_SECRET_T}]}";
const FLAGS: &str = "--timeout 7 --secret-header A=env:UBIHOOK_SECRET_T";

fn world(fake: &Fake) -> World {
    let world = fake.world().set("UBIHOOK_SECRET_T", VALUE);
    world.file("w.yaml", FILE);
    world
}

/// The values in the store that the platform has confirmed.
fn confirmed(world: &World) -> Vec<Value> {
    let kept: Value = serde_json::from_str(&world.kept()).unwrap();
    let all = kept["values"].as_object().unwrap().values();
    all.filter_map(|entry| entry.get("value").cloned())
        .collect()
}

/// Checks a command that changes `a` on a platform that answers so, and what it says.
fn check(
    line: &str,
    answer: impl Fn(usize, &Call) -> Answer + Send + Sync + 'static,
    said: &str,
    is_confirmed: bool,
) {
    let fake = Fake::new(answer);
    let world = world(&fake);
    world.sh(line).ends_with(5).saying(said);
    assert_eq!(confirmed(&world).len(), usize::from(is_confirmed), "{line}");
    assert!(world.kept().contains(VALUE), "{line}: it may have arrived");
}

#[test]
fn a_create_that_the_platform_changed_is_an_error() {
    let create =
        format!("create a --pipeline pipeline-1 -e failed -u https://hooks.example.org/in {FLAGS}");
    for line in [create.as_str(), "apply -f w.yaml --yes"] {
        for (made, said, is_confirmed) in [
            (
                json!({"timeout": 7}),
                "webhook `a` was created, but its header `A` differs from what was sent",
                false,
            ),
            (
                json!({"headers": [{"key": "A", "value": null, "protected": true}]}),
                "webhook `a` was created, but its timeout differs from what was sent",
                true,
            ),
        ] {
            let answer = move |_: usize, call: &Call| match call.method.as_str() {
                "POST" => Answer::Json(201, webhook_with("a", &made)),
                _ => Answer::Json(200, json!([])),
            };
            check(line, answer, said, is_confirmed);
        }
    }
}

#[test]
fn an_update_that_the_platform_did_not_make_is_an_error() {
    let update = format!("update a {FLAGS}");
    for line in [update.as_str(), "apply -f w.yaml --yes"] {
        // Unchanged in its answer; as sent in its answer, and unchanged when it is read.
        for is_echoed in [false, true] {
            let before = webhook_with("a", &json!({"timeout": 7}));
            let answer = move |_: usize, call: &Call| match (call.method.as_str(), is_echoed) {
                ("PATCH", true) => {
                    let headers = json!([{"key": "A", "value": null, "protected": true}]);
                    Answer::Json(
                        200,
                        webhook_with("a", &json!({"timeout": 7, "headers": headers})),
                    )
                }
                ("GET", _) if call.path.ends_with("/webhooks") => {
                    Answer::Json(200, json!([before]))
                }
                _ => Answer::Json(200, before.clone()),
            };
            check(
                line,
                answer,
                "webhook `a` was updated, but its header `A` differs from what was sent",
                is_echoed,
            );
        }
    }
}

#[test]
fn an_update_without_headers_is_compared_too() {
    let before = webhook_with("a", &json!({}));
    let fake = Fake::new(move |_, _| Answer::Json(200, before.clone()));
    let ended = fake.world().sh("update a --timeout 7").ends_with(5);
    ended.saying("webhook `a` was updated, but its timeout differs from what was sent");
}

#[test]
fn what_was_created_again_in_another_form_is_not_said_to_be_gone() {
    let before = webhook_with("a", &json!({"object_name": "pipeline-2"}));
    let fake = Fake::new(move |_, call| match call.method.as_str() {
        "POST" => Answer::Json(201, webhook_with("a", &json!({"timeout": 9}))),
        "DELETE" => Answer::Json(204, Value::Null),
        _ if call.path.ends_with("/webhooks") => Answer::Json(200, json!([before])),
        _ => Answer::Json(200, before.clone()),
    });
    let world = world(&fake);
    let ended = world
        .sh("apply -f w.yaml --yes --allow-replace")
        .ends_with(5);
    ended
        .saying("webhook `a` was created, but its")
        .without("not created again")
        .without("could not create");
}

#[test]
fn a_value_counts_as_stored_there_before_the_webhook_is_read_again() {
    let headers = json!([{"key": "A", "value": null, "protected": true}]);
    let after = webhook_with("a", &json!({"timeout": 7, "headers": headers}));
    let before = webhook_with("a", &json!({"timeout": 7}));
    let is_changed = std::sync::atomic::AtomicBool::new(false);
    let fake = Fake::new(move |_, call| {
        use std::sync::atomic::Ordering::SeqCst;
        match call.method.as_str() {
            "PATCH" => {
                is_changed.store(true, SeqCst);
                Answer::Json(200, after.clone())
            }
            _ if is_changed.load(SeqCst) => Answer::Json(404, json!({"error": "gone"})),
            _ => Answer::Json(200, before.clone()),
        }
    });
    let world = world(&fake);
    let ended = world.sh(&format!("update a {FLAGS}"));
    ended.saying("webhook `a` was updated, but could not be read again");
    assert_eq!(confirmed(&world), [json!(VALUE)]);
}
