//! What is printed can be edited and given back: YAML and JSON, protected headers included.

use std::fs;

use serde_json::{Value, json};

use crate::support::{PATIENCE, World, receiver};

/// A world with a webhook `a` that has a protected header, a plain one and a label.
fn world(url: &str) -> World {
    let world = World::new()
        .set("VALUE", "Bearer of-a-value")
        .set("OTHER", "Bearer of-another");
    let create = format!(
        "create a --pipeline pipeline-1 --version v1 -e failed -u {url} --timeout 15 --retry \
         --secret-header Authorization=env:VALUE --header 'X-Team: blue' -l team=blue \
         --description 'What: a \"name\" # no comment'"
    );
    world.sh(&create).ends_with(0);
    world
}

/// In which order headers stand says nothing.
fn sort_headers(webhook: &mut Value) {
    let headers = webhook["headers"].as_array_mut().unwrap();
    headers.sort_by_key(|header| header["key"].to_string());
}

#[test]
fn yaml_goes_out_is_edited_and_comes_back() {
    let receiver = receiver();
    let world = world(&receiver.url("/in"));
    for format in ["yaml", "json"] {
        let text = world.sh(&format!("get a -o {format}")).ends_with(0).out;
        // As it came out, it changes nothing.
        let same = world
            .sh_fed(&text, "update -f - -o json")
            .ends_with(0)
            .json();
        assert_eq!(same["result"], "unchanged", "{format}");
    }
    let text = world.sh("get a -o yaml").ends_with(0).out;
    let edited = text
        .replace("timeout: 15", "timeout: 20")
        .replace("value: blue", "value: green")
        .replace("team: blue", "team: green");
    assert_ne!(text, edited);
    let changed = world
        .sh_fed(&edited, "update -f - -o json")
        .ends_with(0)
        .json();
    assert_eq!(changed["result"], "updated");
    let mut webhook = changed["webhook"].clone();
    sort_headers(&mut webhook);
    assert_eq!(
        (&webhook["timeout"], &webhook["labels"]),
        (&json!(20), &json!({"team": "green"}))
    );
    assert_eq!(
        webhook["headers"],
        json!([
            {"key": "Authorization", "value": null, "protected": true, "local": "file"},
            {"key": "X-Team", "value": "green", "protected": false}
        ])
    );
    assert_eq!(webhook["description"], "What: a \"name\" # no comment");
    // Neither the platform nor this machine has lost the value.
    world.sh("test a").ends_with(0);
    let delivery = receiver.next(PATIENCE).unwrap();
    assert_eq!(delivery.headers["authorization"], "Bearer of-a-value");
    assert_eq!(delivery.headers["x-team"], "green");
}

#[test]
fn json_makes_another_one_once_its_protected_value_is_given() {
    let receiver = receiver();
    let world = world(&receiver.url("/in"));
    let text = world.sh("get a -o json").ends_with(0).out;
    let refused = world.sh_fed(&text, "create b -f - -o json").ends_with(9);
    let error = refused.error();
    assert_eq!(error["kind"], "secret");
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .contains("`Authorization`"),
        "{error}"
    );
    assert!(
        error["hint"]
            .as_str()
            .unwrap()
            .contains("--secret-header Authorization="),
        "{error}"
    );
    assert_eq!(world.names(), ["a"]);

    let given = "create b -f - --secret-header Authorization=env:OTHER -o json";
    let made = world.sh_fed(&text, given).ends_with(0).json();
    assert_eq!(made["result"], "created");
    let (mut a, mut b) = (world.answer("get a"), world.answer("get b"));
    assert_ne!(a["id"], b["id"]);
    for webhook in [&mut a, &mut b] {
        let fields = webhook.as_object_mut().unwrap();
        for own in ["id", "name", "creation_date", "last_updated"] {
            assert!(fields.remove(own).is_some());
        }
        sort_headers(webhook);
    }
    assert_eq!(a, b);
    world.sh("test b").ends_with(0);
    let delivery = receiver.next(PATIENCE).unwrap();
    assert_eq!(delivery.headers["authorization"], "Bearer of-another");
}

#[test]
fn a_file_on_disk_goes_the_same_way_and_the_name_on_the_command_line_wins() {
    let receiver = receiver();
    let world = world(&receiver.url("/in"));
    let text = world.sh("get a -o yaml").ends_with(0).out;
    let path = world.file("a.yaml", &text.replace("retry: true", "retry: false"));
    world.sh("update -f a.yaml").ends_with(0);
    assert_eq!(world.answer("get a")["retry"], false);
    world
        .sh("create b -f a.yaml --secret-header Authorization=env:OTHER")
        .ends_with(0);
    assert_eq!(world.names(), ["a", "b"]);
    // The file is read, and left as it is.
    assert!(fs::read_to_string(path).unwrap().contains("retry: false"));
}
