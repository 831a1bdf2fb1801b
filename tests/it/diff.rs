//! `diff`: how the platform differs from files. Nothing is ever sent but the list.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::support::{Answer, Fake, VALUE, World, native, webhook_with};

const A: &str = "{name: a, pipeline: pipeline-1, event: failed, url: http://127.0.0.1:9/in}\n";

/// A webhook of a file, with more keys.
fn with(name: &str, rest: &str) -> String {
    A.replace("name: a", &format!("name: {name}"))
        .replace('}', &format!("{rest}}}"))
}

fn summary(value: &Value) -> Vec<(&str, u64)> {
    let summary = value["summary"].as_object().unwrap();
    let counts = summary
        .iter()
        .map(|(key, count)| (key.as_str(), count.as_u64().unwrap()));
    counts.filter(|(_, count)| *count > 0).collect()
}

#[test]
fn a_webhook_that_is_missing_equal_or_different_is_shown_so() {
    let world = World::new();
    world.file("w.yaml", A);
    let ended = world.sh("diff -f w.yaml").ends_with(0);
    assert_eq!(ended.out, "create a  w.yaml:1\n1 to create\n");
    let ended = world.sh("diff -f w.yaml --exit-code").ends_with(10);
    assert!(ended.err.contains("1 webhook differs"), "{}", ended.err);
    world.sh("create -f w.yaml").ends_with(0);
    let ended = world.sh("diff -f w.yaml --exit-code").ends_with(0);
    assert_eq!(ended.out, "1 unchanged\n");
    let ended = world.sh("diff -f w.yaml -v").ends_with(0);
    assert!(ended.out.contains("unchanged a  w.yaml:1"), "{}", ended.out);
    world
        .sh("update a --timeout 3 --header 'X-Added: 1' --label by=hand --url http://127.0.0.1:9/im")
        .ends_with(0);
    let differs = world.answer("diff -f w.yaml");
    assert_eq!(summary(&differs), [("update", 1)]);
    assert_eq!(
        differs["changes"],
        json!([{"name": "a", "action": "update", "place": "w.yaml:1", "unknown": [], "fields": [
            {"field": "url", "from": "http://127.0.0.1:9/im", "to": "http://127.0.0.1:9/in"},
            {"field": "timeout", "from": 3, "to": 10},
            {"field": "headers.X-Added", "from": "1", "to": null},
            {"field": "labels.by", "from": "hand", "to": null}]}])
    );
    world.sh("diff -f w.yaml --exit-code -o json").ends_with(10);
    assert_eq!(world.sh("diff -f w.yaml -o name").ends_with(0).out, "a\n");
}

#[test]
fn files_folders_and_stdin_are_one_manifest() {
    let world = World::new();
    world.file("b/2.yaml", &with("b", ""));
    world.file("b/1.json", r#"[{"name": "c", "pipeline": "pipeline-1", "event": "failed", "url": "http://127.0.0.1:9/in"}]"#);
    world.file(
        "b/3.yml",
        &format!("---\n{}---\n---\n{}", with("d", ""), with("e", "")),
    );
    world.file("b/.hidden.yaml", "not: a webhook");
    world.file("b/readme.txt", "not a webhook");
    world.file("b/below/x.yaml", "not: a webhook");
    let ended = world.sh_fed(A, "diff -f - -f b -o json").ends_with(0);
    let changes: Vec<_> = ended.json()["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| {
            format!(
                "{} {}",
                change["name"].as_str().unwrap(),
                change["place"].as_str().unwrap()
            )
        })
        .collect();
    assert_eq!(
        changes,
        [
            "a -:1",
            "c b/1.json:1",
            "b b/2.yaml:1",
            "d b/3.yml:2",
            "e b/3.yml:5"
        ]
        .map(native)
    );
    let ended = world.sh("diff -f b e d -o name").ends_with(0);
    assert_eq!(ended.out, "d\ne\n");
    let ended = world.sh("diff -f b ee").ends_with(2);
    assert!(ended.err.contains("did you mean `e`?"), "{}", ended.err);
}

/// Mistakes in files, each with where it is and what it says. Nothing is sent.
#[test]
fn a_mistake_is_named_with_its_place_before_any_call() {
    let fake = Fake::script([]);
    let world = fake.world();
    let twice = format!("- {A}- {A}");
    let labels = with("a", ", labels: {ubihook-owner: us}");
    let plain = with("a", ", headers: [{key: Authorization, value: hunter2}]");
    for (text, flags, said) in [
        (
            twice.as_str(),
            "",
            "-f w.yaml:2: name: `a` is also at w.yaml:1",
        ),
        (
            "name: a\npipeline: p\n",
            "",
            "-f w.yaml:1: missing: event, url",
        ),
        (
            "- {pipeline: p, event: failed, url: http://a.example/}\n",
            "",
            "-f w.yaml:1: missing: name",
        ),
        ("name: a\nobject_name: p\n", "", "-f w.yaml:1: "),
        (
            labels.as_str(),
            "",
            "-f w.yaml:1: labels: `ubihook-owner` is set by",
        ),
        (
            plain.as_str(),
            "",
            "-f w.yaml:1: headers: `Authorization` usually carries credentials",
        ),
        (
            "owner: us\nwebhooks: []\n",
            "--owner them",
            "-f w.yaml:1: owner: differs from the owner of --owner",
        ),
        (
            "owner: us\nwebhooks: []\n---\nowner: them\nwebhooks: []\n",
            "",
            "-f w.yaml:4: owner: differs from the owner of w.yaml:1",
        ),
        (
            "name: a\nexperiment: e\nversion: v1\n",
            "",
            "-f w.yaml:3: version: can't be given",
        ),
        ("# nothing\n", "", "-f w.yaml: no webhook in it"),
        ("", "", "-f w.yaml: is empty"),
        (A, "-f w.yaml", "-f w.yaml: is given twice"),
        (A, "-f ./w.yaml", "-f ./w.yaml: is given twice"),
        (A, "-f - -f -", "-f stdin: is given twice"),
        (A, "-f none.yaml", "-f none.yaml: "),
        (A, "-f empty", "-f empty: no *.yaml"),
        (A, "--prune", "--prune needs an owner"),
        (A, "--prune --owner us a", "cannot be used with"),
        (A, "--owner ' '", "--owner must not be empty"),
        (
            "owner: us\nwebhooks: []\n",
            "--prune",
            "would delete all webhooks",
        ),
    ] {
        world.file("w.yaml", text);
        std::fs::create_dir_all(world.home().join("empty")).unwrap();
        let ended = world.sh(&format!("diff -f w.yaml {flags}")).ends_with(2);
        assert!(ended.err.contains(said), "{said}\n{}", ended.err);
        assert!(!ended.err.contains("hunter2"), "{}", ended.err);
    }
    assert!(world.sh("diff").ends_with(2).err.contains("--file"));
    assert!(fake.lines().is_empty());
}

#[test]
fn owners_conflict_and_prune_shows_only_their_own() {
    let world = World::new();
    for (name, label) in [("a", "us"), ("old", "us"), ("theirs", "them")] {
        let create = format!(
            "create {name} --pipeline pipeline-1 -e failed -u http://127.0.0.1:9/in --label ubihook-owner={label}"
        );
        world.sh(&create).ends_with(0);
    }
    world
        .sh("create nobodys --pipeline pipeline-1 -e failed -u http://127.0.0.1:9/in")
        .ends_with(0);
    world.file("w.yaml", &format!("owner: us\nwebhooks:\n- {A}"));
    let all = world.answer("diff -f w.yaml --prune");
    assert_eq!(summary(&all), [("delete", 1), ("keep", 1)]);
    assert_eq!(
        all["changes"],
        json!([{"name": "old", "action": "delete", "fields": [], "unknown": [], "place": null}])
    );
    assert_eq!(summary(&world.answer("diff -f w.yaml")), [("keep", 1)]);
    world.file("w.yaml", A);
    let ended = world.sh("diff -f w.yaml --exit-code").ends_with(5);
    assert!(
        ended.out.contains("it belongs to the owner `us`"),
        "{}",
        ended.out
    );
    assert!(ended.err.contains("1 webhook in conflict"), "{}", ended.err);
    let ended = world.sh("diff -f w.yaml --owner them").ends_with(0);
    assert!(ended.out.contains("conflict a"), "{}", ended.out);
}

#[test]
fn a_protected_value_is_compared_where_it_was_sent_from_here_and_else_unknown() {
    let text = with(
        "a",
        ", headers: [{key: Authorization, protected: true, value_from: env:UBIHOOK_SECRET_A}]",
    );
    let world = World::new().set("UBIHOOK_SECRET_A", VALUE);
    world.file("w.yaml", &text);
    world.sh("create -f w.yaml").ends_with(0);
    assert_eq!(summary(&world.answer("diff -f w.yaml")), [("keep", 1)]);
    let other = [("UBIHOOK_SECRET_A", "another-protected-value")];
    let ended = world
        .sh_with(&other, "diff -f w.yaml --exit-code")
        .ends_with(10);
    assert!(
        ended.out.contains("Authorization: new value"),
        "{}",
        ended.out
    );
    for ended in [
        world.sh_with(
            &[("UBIHOOK_SECRET_A", "")],
            "diff -f w.yaml --exit-code -o json",
        ),
        world.sh("diff -f w.yaml --exit-code -o json --store none"),
    ] {
        let answer = ended.ends_with(0).json();
        assert_eq!(summary(&answer), [("keep", 1), ("unknown", 1)]);
    }
    // Changed elsewhere, perhaps its value too.
    let elsewhere = World::new().set("UBIHOOK_MOCK_DB", world.state("mock.db"));
    elsewhere
        .sh("update a --timeout 3 --store none")
        .ends_with(0);
    let answer = world.answer("diff -f w.yaml");
    assert_eq!(answer["changes"][0]["unknown"], json!(["Authorization"]));
    for out in ["diff -f w.yaml", "diff -f w.yaml -vv"].map(|line| world.sh(line)) {
        assert!(!out.out.contains(VALUE) && !out.err.contains(VALUE));
    }
}

/// A value that was protected and has become plain may still be a secret.
#[test]
fn a_header_that_was_made_plain_is_a_difference_that_shows_no_value() {
    let fake = Fake::script([Answer::Json(
        200,
        json!([webhook_with(
            "a",
            &json!({"headers": [
            {"key": "Authorization", "value": "hunter2", "protected": false}]})
        )]),
    )]);
    let world = fake.world();
    let current = webhook_with("a", &json!({}));
    let text = format!(
        "name: a\nobject_type: {}\nobject_name: {}\nevent: {}\nurl: {}\nheaders: [{{key: Authorization, protected: true}}]\n",
        current["object_type"].as_str().unwrap(),
        current["object_name"].as_str().unwrap(),
        current["event"].as_str().unwrap(),
        current["url"].as_str().unwrap()
    );
    world.file("w.yaml", &text);
    let ended = world.sh("diff -f w.yaml --exit-code").ends_with(10);
    assert!(ended.out.contains("Authorization"), "{}", ended.out);
    assert!(!ended.out.contains("hunter2") && !ended.err.contains("hunter2"));
    assert_eq!(fake.lines().len(), 1);
}

#[test]
fn a_thousand_webhooks_in_twenty_files_take_one_list() {
    let listed: Vec<_> = (0..1000)
        .map(|number| webhook_with(&format!("w{number}"), &json!({})))
        .collect();
    let current = webhook_with("a", &json!({}));
    let fake = Fake::script([Answer::Json(200, json!(listed))]);
    let world = fake.world();
    for file in 0..20 {
        let mut text = format!(
            "\u{feff}x-base: &base {{event: {}}}\r\ndefaults: {{object_type: {}, object_name: {}, url: '{}'}}\r\nwebhooks:\r\n",
            current["event"].as_str().unwrap(),
            current["object_type"].as_str().unwrap(),
            current["object_name"].as_str().unwrap(),
            current["url"].as_str().unwrap()
        );
        for number in file * 50..(file + 1) * 50 {
            write!(
                text,
                "- <<: *base\r\n  name: w{number}\r\n  labels: {{}}\r\n"
            )
            .unwrap();
        }
        world.file(&format!("many/{file:02}.yaml"), &text);
    }
    let answer = world.answer("diff -f many");
    assert_eq!(
        summary(&answer),
        [("keep", 1000)],
        "{}",
        answer["changes"][0]
    );
    assert_eq!(fake.lines().len(), 1);
}
