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
    assert_eq!(shown.as_object().unwrap().len(), 4);
    assert_eq!(shown["changes"], json!([]));
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
fn no_value_is_needed_and_what_will_be_missing_is_a_warning() {
    let world = World::new();
    let file = "headers:\n- {key: B, protected: true}\n";
    world.file("w.yaml", file);
    let secrets = "--secret-header A=env:NOT_SET --secret-header C=prompt --secret-header D=stdin";
    let ended = world
        .sh(&format!("create a {NEEDED} -f w.yaml {secrets} --dry-run"))
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
      "event": "pipeline_request_failed",
      "headers": [
        {
          "key": "A",
          "value": "***",
          "protected": true
        },
        {
          "key": "C",
          "value": "***",
          "protected": true
        },
        {
          "key": "D",
          "value": "***",
          "protected": true
        },
        {
          "key": "B",
          "protected": true
        }
      ]
    }
    -- stderr
    warning: can't read the value of `A` from the variable `NOT_SET`: it is not set
    warning: the protected header `B` has no value
    "#);
    world.sh(&format!("create a {NEEDED}")).ends_with(0);
    let ended = world
        .sh(&format!("update a {secrets} --timeout 3 --dry-run"))
        .ends_with(0);
    insta::assert_snapshot!(ended.snapshot(), @r#"
    [0]
    -- stdout
    PATCH /v2/projects/demo/webhooks/a
    {
      "headers": [
        {
          "key": "A",
          "value": "***",
          "protected": true
        },
        {
          "key": "C",
          "value": "***",
          "protected": true
        },
        {
          "key": "D",
          "value": "***",
          "protected": true
        }
      ],
      "timeout": 3
    }
      timeout  10 s → 3 s
      header   A: none → ***
      header   C: none → ***
      header   D: none → ***
    -- stderr
    warning: can't read the value of `A` from the variable `NOT_SET`: it is not set
    "#);
}

#[test]
fn an_update_shows_old_and_new() {
    let world = World::new().set("SOURCE", "a-protected-value");
    world
        .sh(&format!(
            "create a {NEEDED} --header 'X-A: 1' --secret-header S=env:SOURCE --label team=blue"
        ))
        .ends_with(0);
    let line = "update a --header 'X-A: 2' --secret-header S=env:SOURCE --header 'B: new' \
                --label team=red --label x=1 --enabled=false --description 'Failed orders'";
    let changes = json!([
        {"field": "description", "from": "", "to": "Failed orders"},
        {"field": "enabled", "from": true, "to": false},
        {"field": "headers.X-A", "from": "1", "to": "2"},
        {"field": "headers.S", "from": "***", "to": "***"},
        {"field": "headers.B", "from": null, "to": "new"},
        {"field": "labels.team", "from": "blue", "to": "red"},
        {"field": "labels.x", "from": null, "to": "1"},
    ]);
    let shown = world.answer(&format!("{line} --dry-run"));
    assert_eq!(shown["changes"], changes);
    let shown = world.sh(&format!("{line} --dry-run")).ends_with(0);
    insta::assert_snapshot!(shown.snapshot(), @r#"
    [0]
    -- stdout
    PATCH /v2/projects/demo/webhooks/a
    {
      "headers": [
        {
          "key": "X-A",
          "value": "2",
          "protected": false
        },
        {
          "key": "S",
          "value": "***",
          "protected": true
        },
        {
          "key": "B",
          "value": "new",
          "protected": false
        }
      ],
      "description": "Failed orders",
      "labels": {
        "team": "red",
        "x": "1"
      },
      "enabled": false
    }
      about    none → Failed orders
      enabled  yes → no
      header   X-A: 1 → 2
      header   S: new value
      header   B: none → new
      label    team: blue → red
      label    x: none → 1
    "#);
    let made = world.answer(line);
    assert_eq!(made["changes"], changes, "the update does what was shown");
}

#[test]
fn nothing_to_change_is_no_call() {
    let world = World::new();
    world.sh(&format!("create a {NEEDED}")).ends_with(0);
    for line in [
        "update a --timeout 10".to_owned(),
        format!("create a {NEEDED} --if-exists update"),
        format!("create a {NEEDED} --if-exists skip --secret-header A=env:NOT_SET"),
    ] {
        let shown = world.answer(&format!("{line} --dry-run"));
        let nothing = json!({"method": null, "path": "/v2/projects/demo/webhooks/a", "body": null,
            "changes": []});
        assert_eq!(shown, nothing, "{line}");
        let text = world.sh(&format!("{line} --dry-run")).ends_with(0);
        assert_eq!(text.out, "unchanged /v2/projects/demo/webhooks/a\n");
        let names = world.sh(&format!("{line} --dry-run -o name")).ends_with(0);
        assert_eq!(names.out, "");
    }
}

#[test]
fn a_webhook_that_is_skipped_needs_no_value() {
    let world = World::new();
    world.sh(&format!("create a {NEEDED}")).ends_with(0);
    let line = format!("create a {NEEDED} --if-exists skip --secret-header A=env:NOT_SET");
    assert_eq!(world.answer(&line)["result"], "unchanged");
    let line = line.replace("create a", "create b");
    world.sh(&line).ends_with(9);
}
