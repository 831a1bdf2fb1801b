//! `list` and its filters, and `get`.

use serde_json::json;

use crate::support::{Answer, Fake, NEEDED, World, webhook, webhook_with};

fn four() -> World {
    let world = World::new();
    let u = "-u http://127.0.0.1:9/";
    for line in [
        format!("create p-failed --pipeline pipeline-1 -e failed {u} -l team=blue"),
        format!(
            "create d-failed --deployment deployment-1 -e failed {u} -l team=red --enabled=false"
        ),
        format!("create d-started --deployment deployment-1 --version v1 -e started {u} -l tier=1"),
        format!("create run --experiment experiment-1 -e finished {u}"),
    ] {
        world.sh(&line).ends_with(0);
    }
    world
}

fn named(world: &World, filters: &str) -> Vec<String> {
    let ended = world.sh(&format!("list -o name {filters}")).ends_with(0);
    ended.out.lines().map(str::to_owned).collect()
}

#[test]
fn a_list_is_whole_however_long() {
    for count in [255, 256, 257, 600] {
        let world = World::new();
        let mut file = "webhooks:\n".to_owned();
        for at in 0..count {
            file += &format!(
                "- {{name: w{at}, object_type: deployment, object_name: deployment-1, \
                 event: failed, url: 'http://127.0.0.1:9/', labels: {{first: '{}'}}}}\n",
                at < 10
            );
        }
        world.file("world.yaml", &file);
        world.sh("mock reset --yes -f world.yaml").ends_with(0);
        let all: Vec<_> = (0..count).map(|at| format!("w{at}")).collect();
        assert_eq!(named(&world, ""), all);
        assert_eq!(named(&world, "-l first=true"), all[..10]);
        assert_eq!(named(&world, "-l first=false"), all[10..]);
        assert_eq!(named(&world, "-l first=neither"), [""; 0]);
        let shown = world.answer("list");
        assert_eq!(shown.as_array().unwrap().len(), count);
    }
}

#[test]
fn filters_pick_what_they_say() {
    let world = four();
    for (filters, expected) in [
        ("", &["p-failed", "d-failed", "d-started", "run"][..]),
        ("--event failed", &["p-failed", "d-failed"]),
        ("--event pipeline_request_failed", &["p-failed"]),
        ("--object-type pipeline", &["p-failed"]),
        (
            "--object-type deployment",
            &["d-failed", "d-started", "run"],
        ),
        ("--deployment deployment-1", &["d-failed", "d-started"]),
        ("--pipeline pipeline-1", &["p-failed"]),
        ("--pipeline nope", &[]),
        ("--experiment experiment-1", &["run"]),
        ("--label team=blue", &["p-failed"]),
        (
            "--label team=blue --label tier=1",
            &["p-failed", "d-started"],
        ),
        ("--enabled", &["p-failed", "d-started", "run"]),
        ("--enabled=false", &["d-failed"]),
        (
            "--deployment deployment-1 --event started --enabled",
            &["d-started"],
        ),
        ("--deployment deployment-1 --label team=blue", &[]),
        ("--label team=a:b", &[]),
        ("--label team=a,b", &[]),
        ("--label a:b=c --label team=blue", &["p-failed"]),
        ("--label team=a:b --label tier=1 --event failed", &[]),
    ] {
        assert_eq!(named(&world, filters), expected, "{filters}");
    }
}

#[test]
fn no_webhooks_are_an_empty_array() {
    assert_eq!(World::new().answer("list"), json!([]));
    assert_eq!(World::new().sh("list -o name").ends_with(0).out, "");
}

#[test]
fn json_is_an_array_of_all_fields_under_the_apis_names() {
    let world = World::new();
    world.sh(&format!("create a {NEEDED}")).ends_with(0);
    let list = world.answer("list");
    let mut keys: Vec<_> = list[0].as_object().unwrap().keys().cloned().collect();
    keys.sort();
    let mut expected: Vec<_> = webhook("a").as_object().unwrap().keys().cloned().collect();
    expected.sort();
    assert_eq!(keys, expected);
    assert_eq!(list[0], world.answer("get a"));
}

#[test]
fn an_unknown_filter_is_refused_before_any_call() {
    let fake = Fake::script([]);
    for line in [
        "list --event nope",
        "list --object-type experiment",
        "list --label x",
        "list --enabled=maybe",
    ] {
        fake.world().sh(line).ends_with(2);
    }
    assert_eq!(fake.lines(), [""; 0]);
}

#[test]
fn no_field_of_the_platform_is_lost_and_nulls_are_taken() {
    let odd = webhook_with(
        "a",
        &json!({"labels": null, "headers": null, "event": "model_request_exploded", "grown": {"x": 1}}),
    );
    let fake = Fake::new(move |_, _| Answer::Json(200, json!([odd])));
    let list = fake.world().answer("list");
    assert_eq!(list[0]["event"], "model_request_exploded");
    assert_eq!(list[0]["name"], "a");
    fake.world().sh("list").ends_with(0);
}

#[test]
fn get_of_what_is_not_there_is_not_found() {
    let ended = World::new().sh("get nope -o json").ends_with(3);
    let error = ended.error();
    assert_eq!(
        (&error["kind"], &error["http_status"]),
        (&json!("not_found"), &json!(404))
    );
    assert_eq!(ended.out, "");
}

#[test]
fn a_name_travels_as_one_segment_of_the_path() {
    let fake = Fake::script([Answer::Json(200, webhook("x"))]);
    fake.world().sh("get 'a b/c?d#é%'").ends_with(0);
    assert_eq!(
        fake.lines(),
        ["GET /v2/projects/demo/webhooks/a%20b%2Fc%3Fd%23%C3%A9%25"]
    );
}

#[test]
fn a_name_that_no_url_carries_is_refused() {
    let fake = Fake::script([]);
    for line in [
        "get .",
        "get ..",
        "get ''",
        "delete .. --yes",
        "update . --timeout 3",
        "test ..",
    ] {
        fake.world().sh(line).ends_with(2);
    }
    assert_eq!(fake.lines(), [""; 0]);
}

#[test]
fn list_and_get_never_touch_a_store() {
    let world = World::new().set("UBIHOOK_STORE", "keyring");
    world.sh("list -q").ends_with(0).silently();
    let world = World::new().set("SOURCE", "a-protected-value");
    world
        .sh(&format!(
            "create a {NEEDED} --secret-header Authorization=env:SOURCE"
        ))
        .ends_with(0);
    // The index words it; the store itself may be unusable.
    std::fs::write(world.state("mock-secrets.json"), "not json").unwrap();
    let got = world.answer("get a");
    assert_eq!(got["headers"][0]["local"], "file");
    assert_eq!(got["headers"][0]["value"], json!(null));
    world.sh("list").ends_with(0).silently();
    world.sh("update a --timeout 3").ends_with(0).silently();
}

#[test]
fn the_table_shows_no_protected_value_and_plain_ones() {
    let world = World::new().set("SOURCE", "a-protected-value");
    let create = format!(
        "create a {NEEDED} --secret-header Authorization=env:SOURCE --header 'X-Team: blue'"
    );
    world.sh(&create).ends_with(0).without("a-protected-value");
    let got = world.sh("get a").ends_with(0).without("a-protected-value");
    assert!(got.out.contains("X-Team: blue"), "{}", got.out);
    assert!(got.out.contains("Authorization: ***"), "{}", got.out);
}

#[test]
fn a_label_that_the_platforms_form_cannot_express_is_compared_here() {
    let labeled =
        |name: &str, key: &str, value: &str| webhook_with(name, &json!({"labels": {key: value}}));
    let all = json!([
        labeled("url", "at", "https://a.example"),
        labeled("list", "in", "a,b"),
        labeled("key", "a:b", "c"),
        labeled("plain", "team", "blue"),
    ]);
    let fake = Fake::new(move |_, _| Answer::Json(200, all.clone()));
    let world = fake.world();
    for (filters, expected) in [
        ("-l at=https://a.example", &["url"][..]),
        ("-l in=a,b", &["list"]),
        ("-l a:b=c", &["key"]),
        ("-l in=a,b -l team=blue", &["list", "plain"]),
        ("-l in=a", &["url", "list", "key", "plain"]),
    ] {
        assert_eq!(named(&world, filters), expected, "{filters}");
    }
    let asked: Vec<_> = fake.lines();
    assert_eq!(asked[0], "GET /v2/projects/demo/webhooks");
    assert!(
        asked[4].contains("labels=in"),
        "one that it can express is its own to apply"
    );
}

#[test]
fn names_and_urls_narrow_by_their_parts_or_as_a_pattern() {
    let world = World::new();
    for (name, path) in [
        ("orders-done", "orders/1"),
        ("orders-failed", "orders/2"),
        ("nightly", "Orders"),
    ] {
        let url = format!("http://127.0.0.1:9/{path}");
        world
            .sh(&format!(
                "create {name} --pipeline pipeline-1 -e failed -u {url}"
            ))
            .ends_with(0);
    }
    for (flags, expected) in [
        ("--name orders", "orders-done\norders-failed\n"),
        ("--name '*-done'", "orders-done\n"),
        ("--name done*", ""),
        ("--name orders-????", "orders-done\n"),
        ("--url /orders", "orders-done\norders-failed\n"),
        ("--url '*/orders/?' --name failed", "orders-failed\n"),
        ("--url 127.0.0.1:9/O", "nightly\n"),
        ("--name Orders", ""),
    ] {
        let ended = world.sh(&format!("list {flags} -o name")).ends_with(0);
        let mut names: Vec<_> = ended.out.lines().collect();
        names.sort_unstable();
        let names: String = names.iter().map(|name| format!("{name}\n")).collect();
        assert_eq!(names, expected, "{flags}");
    }
}

#[test]
fn an_object_that_does_not_exist_is_a_warning() {
    let world = World::new();
    world.sh(&format!("create a {NEEDED}")).ends_with(0);
    for (line, said) in [
        (
            "list --pipeline pipelin-1 -o name",
            "there is no pipeline `pipelin-1`; did you mean --pipeline pipeline-1?",
        ),
        (
            "list --deployment nowhere -o json",
            "there is no deployment `nowhere`; known values of --deployment: deployment-1",
        ),
        (
            "list --experiment experimnt-1",
            "did you mean --experiment experiment-1?",
        ),
    ] {
        world.sh(line).ends_with(0).saying(said);
    }
    for line in [
        "list --deployment deployment-1 -o name",
        "list --experiment experiment-1 -o name",
    ] {
        world.sh(line).ends_with(0).silently();
    }
}
