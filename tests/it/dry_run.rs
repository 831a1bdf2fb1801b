//! `--dry-run` of all four: nothing is written, secrets are masked.

use serde_json::json;

use crate::support::{Answer, Fake, NEEDED, World, webhook, webhook_with};

#[test]
fn create_shows_method_path_and_body_and_sends_nothing() {
    let fake = Fake::script([]);
    let world = fake.world().set("SOURCE", "a-protected-value");
    let shown = world.answer(&format!(
        "create a {NEEDED} --secret-header Authorization=env:SOURCE --header 'X-Team: blue' --dry-run"
    ));
    assert_eq!(shown.as_object().unwrap().len(), 3);
    assert_eq!(shown["method"], "POST");
    assert_eq!(shown["path"], "/v2/projects/demo/webhooks");
    let body = &shown["body"];
    assert_eq!(body["name"], "a");
    assert_eq!(body["event"], "pipeline_request_failed");
    let text = shown.to_string();
    assert!(!text.contains("a-protected-value"), "{text}");
    assert_eq!(body["headers"][0]["protected"], true);
    assert_eq!(body["headers"][1]["value"], "blue");
    assert_eq!(fake.lines(), [""; 0]);
    assert!(!world.state("secrets.json").exists(), "nothing is kept");
}

#[test]
fn a_value_typed_in_a_file_is_masked_too() {
    let world = World::new();
    world.file(
        "w.yaml",
        "headers:\n- {key: A, value: typed-in-the-file, protected: true}\n",
    );
    for output in ["json", "table"] {
        world
            .sh(&format!(
                "create a {NEEDED} -f w.yaml --dry-run -o {output}"
            ))
            .ends_with(0)
            .without("typed-in-the-file");
    }
}

#[test]
fn update_reads_and_writes_nothing() {
    let fake = Fake::new(|_, _| Answer::Json(200, webhook("a")));
    let world = fake.world().set("SOURCE", "a-protected-value");
    let shown = world.answer("update a --timeout 3 --secret-header A=env:SOURCE --dry-run");
    assert_eq!(shown["method"], "PATCH");
    assert_eq!(shown["path"], "/v2/projects/demo/webhooks/a");
    assert_eq!(shown["body"]["timeout"], 3);
    assert!(!shown.to_string().contains("a-protected-value"));
    assert!(
        fake.lines().iter().all(|line| line.starts_with("GET")),
        "{:?}",
        fake.lines()
    );
    assert!(!world.state("secrets.json").exists(), "nothing is kept");
}

#[test]
fn update_needs_no_yes_for_it() {
    let protected =
        json!({"headers": [{"key": "Authorization", "value": null, "protected": true}]});
    let fake = Fake::new(move |_, _| Answer::Json(200, webhook_with("a", &protected)));
    let shown = fake
        .world()
        .answer("update a --remove-header Authorization --dry-run");
    assert_eq!(shown["body"], json!({"headers": []}));
}

#[test]
fn delete_needs_no_yes_for_it_and_deletes_nothing() {
    let world = World::new();
    world.sh(&format!("create a {NEEDED}")).ends_with(0);
    let shown = world.answer("delete a --dry-run");
    let shown = if shown.is_array() {
        shown[0].clone()
    } else {
        shown
    };
    assert_eq!(shown["method"], "DELETE");
    assert_eq!(shown["path"], "/v2/projects/demo/webhooks/a");
    assert_eq!(world.names(), ["a"]);
}

#[test]
fn test_by_name_shows_the_kept_value_masked() {
    let world = World::new().set("SOURCE", "a-protected-value");
    world
        .sh(&format!(
            "create a {NEEDED} --secret-header Authorization=env:SOURCE"
        ))
        .ends_with(0);
    let shown = world
        .sh("test a --dry-run -o json")
        .ends_with(0)
        .without("a-protected-value");
    let shown = shown.json();
    assert_eq!(shown["method"], "POST");
    assert_eq!(shown["path"], "/v2/projects/demo/webhooks-tests");
    assert_eq!(shown["body"]["object_name"], "pipeline-1");
    assert_eq!(shown["body"]["headers"][0]["key"], "Authorization");
}

#[test]
fn test_ad_hoc_sends_nothing() {
    let fake = Fake::script([]);
    let shown = fake.world().answer(&format!("test {NEEDED} --dry-run"));
    assert_eq!(shown["body"]["url"], "http://127.0.0.1:9/in");
    assert_eq!(fake.lines(), [""; 0]);
}

#[test]
fn the_table_shows_the_same() {
    let ended = World::new()
        .sh(&format!("create a {NEEDED} --dry-run"))
        .ends_with(0);
    insta::assert_snapshot!(ended.snapshot(), @r#"
    [0]
    -- stdout
    POST /v2/projects/demo/webhooks
    {
      "name": "a",
      "object_type": "pipeline",
      "object_name": "pipeline-1",
      "url": "http://127.0.0.1:8080/in",
      "event": "pipeline_request_failed"
    }
    "#);
}

#[test]
fn an_unusable_source_is_told_all_the_same() {
    let ended = World::new().sh(&format!(
        "create a {NEEDED} --secret-header A=env:NOT_SET --dry-run"
    ));
    insta::assert_snapshot!(ended.snapshot(), @"
    [9]
    -- stderr
    error: can't read the value of `A` from the variable `NOT_SET`: it is not set
      hint: read -rs NOT_SET && export NOT_SET
    ");
}
