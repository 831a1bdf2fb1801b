//! Values that a platform sends back are not shown.

use serde_json::json;

use crate::support::{Answer, CREATE_SECRET, Fake, VALUE, webhook_with};

#[test]
fn a_create_that_the_platform_echoes_is_blanked() {
    let fake = Fake::new(|_, call| Answer::Json(201, webhook_with("a", &call.json())));
    let world = fake.world().set("SOURCE", VALUE);
    for output in ["json", "table"] {
        let ended = world
            .sh(&format!("{CREATE_SECRET} -vv -o {output}"))
            .ends_with(0)
            .without(VALUE);
        if output == "json" {
            assert_eq!(ended.json()["webhook"]["headers"][0]["value"], json!(null));
        }
    }
}

#[test]
fn an_echo_of_a_value_that_is_not_ours_is_blanked_too() {
    let theirs = webhook_with(
        "a",
        &json!({"headers": [{"key": "A", "value": "not-known-here", "protected": true}]}),
    );
    let fake = Fake::new(move |_, call| {
        if call.path.ends_with("/a") {
            Answer::Json(200, theirs.clone())
        } else {
            Answer::Json(200, json!([theirs]))
        }
    });
    for line in [
        "get a -vv",
        "get a -o json -vv",
        "list -vv",
        "list -o json -vv",
    ] {
        fake.world().sh(line).ends_with(0).without("not-known-here");
    }
}

#[test]
fn the_platforms_own_error_text_is_scrubbed() {
    let fake = Fake::new(|_, call| match call.method.as_str() {
        "POST" => Answer::Json(400, json!({"error": format!("bad value in {}", call.body)})),
        _ => Answer::Json(404, json!({"error": "Webhook was not found"})),
    });
    let world = fake.world().set("SOURCE", "qu\"oted-välue");
    for output in ["json", "table"] {
        let ended = world
            .sh(&format!("{CREATE_SECRET} -o {output}"))
            .ends_with(5)
            .without("oted-v");
        assert!(ended.err.contains("bad value"), "{}", ended.err);
    }
}
