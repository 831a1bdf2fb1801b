//! `export`: files of what the platform has, which `diff` calls equal.

use std::fs;

use serde_json::{Value, json};

#[cfg(unix)]
use crate::support::mode;
use crate::support::{Answer, Fake, VALUE, World, native, webhook_with};

/// A platform that has these webhooks.
fn having(webhooks: Vec<Value>) -> Fake {
    Fake::new(move |_, _| Answer::Json(200, json!(webhooks)))
}

/// Nothing differs, and nothing is created.
#[track_caller]
fn is_equal(world: &World, flags: &str, count: u64) {
    let summary = world.answer(&format!("diff {flags} --exit-code"))["summary"].take();
    assert_eq!(summary["keep"], count, "{summary}");
}

fn hostile() -> Vec<Value> {
    vec![
        webhook_with(
            "no",
            &json!({"description": "two\nlines\n---\n\"", "labels": {"${A}": "$${B}", "~": "\u{202e}"}}),
        ),
        webhook_with(
            "- x: y # z",
            &json!({"object_name": "\u{85}", "version": "null", "timeout": 3, "enabled": false,
            "retry": true, "include_result": true}),
        ),
        webhook_with(
            "../a",
            &json!({"object_type": "deployment", "object_name": "training-base-deployment",
            "version": "1e3", "event": "deployment_request_started",
            "headers": [{"key": "X-Team", "value": " {${b}} ", "protected": false}]}),
        ),
        webhook_with(
            "日 本",
            &json!({"url": "https://hooks.example.org/in?a=${X}&b='#c",
            "headers": [{"key": "Authorization", "value": null, "protected": true}]}),
        ),
    ]
}

#[test]
fn what_is_exported_is_equal_as_one_file_and_as_many() {
    let fake = having(hostile());
    let world = fake.world();
    for flags in ["", "--defaults"] {
        let ended = world.sh(&format!("export {flags}")).ends_with(0);
        assert!(
            ended
                .out
                .starts_with("# yaml-language-server: $schema=https://")
        );
        assert!(
            ended
                .out
                .lines()
                .next()
                .unwrap()
                .ends_with("/docs/schemas/manifest.schema.json")
        );
        assert!(!ended.out.contains(['\u{202e}', '\u{85}']));
        assert_eq!(ended.out.contains("timeout: 10"), flags == "--defaults");
        assert!(
            ended.err.contains(
                "\nUBIHOOK_SECRET_____AUTHORIZATION for `Authorization` of webhook `日 本`"
            ),
            "{}",
            ended.err
        );
        world.file("all.yaml", &ended.out);
        is_equal(&world, "-f all.yaml", 4);
        let json = world.sh(&format!("export {flags} -o json -q")).ends_with(0);
        assert_eq!(json.err, "");
        world.file("all.json", &json.out);
        is_equal(&world, "-f all.json", 4);
        assert_eq!(
            world
                .sh(&format!("export {flags} -o yaml -q"))
                .ends_with(0)
                .out,
            ended.out
        );
        let ended = world
            .sh(&format!("export {flags} --dir many --yes"))
            .ends_with(0);
        assert_eq!(
            ended.out,
            native(
                "written many/%2D x%3A y # z.yaml\nwritten many/%2E.%2Fa.yaml\nwritten many/no.yaml\nwritten many/日 本.yaml\n"
            )
        );
        is_equal(&world, "-f many", 4);
    }
    // One list for each command.
    assert!(
        fake.lines()
            .iter()
            .all(|line| line.starts_with("GET ") && line.ends_with("/webhooks"))
    );
}

#[test]
fn names_and_filters_choose_as_for_list() {
    let fake = having(vec![
        webhook_with("c", &json!({})),
        webhook_with("a", &json!({"labels": {"team": "blue"}})),
        webhook_with("b", &json!({"enabled": false})),
    ]);
    let world = fake.world();
    for (line, names) in [
        ("export", "a\nb\nc\n"),
        ("export c a c", "c\na\n"),
        ("export --enabled=false", "b\n"),
        ("export --name '[ab]'", ""),
        ("export --name '?' --url hooks.example", "a\nb\nc\n"),
    ] {
        assert_eq!(
            world.sh(&format!("{line} -o name")).ends_with(0).out,
            names,
            "{line}"
        );
    }
    assert_eq!(
        world
            .sh_fed("b\n\n c \r\n", "export - -o name")
            .ends_with(0)
            .out,
        "b\nc\n"
    );
    assert!(
        world
            .sh_fed("", "export -")
            .ends_with(0)
            .out
            .ends_with("webhooks: []\n")
    );
    let ended = world.sh("export aa").ends_with(3);
    assert!(
        ended.out.is_empty()
            && ended
                .err
                .contains("`aa`: it does not exist; did you mean a?"),
        "{}",
        ended.err
    );
    let ended = world.sh("export a ghost -o name").ends_with(11);
    assert_eq!(ended.out, "a\n");
    assert!(
        ended
            .err
            .contains("webhook `ghost` is omitted: it does not exist"),
        "{}",
        ended.err
    );
    assert!(
        ended.err.contains("1 of 2 could not be exported"),
        "{}",
        ended.err
    );
    world.sh("export a ghost --enabled -o name").ends_with(11);
    let gone = world.sh("export --pipeline gone").ends_with(0);
    assert!(gone.err.contains("pipeline `gone`"), "{}", gone.err);
}

/// Webhooks that no file describes, each with why.
fn odd() -> Vec<(&'static str, Value, &'static str)> {
    let header = |key: &str, value: &str| json!({"headers": [{"key": key, "value": value, "protected": false}]});
    vec![
        (
            "u",
            json!({"url": "https://joe:hunter2@hooks.example.org/in"}),
            "url: must not carry a user name",
        ),
        (
            "v",
            json!({"url": " https://hooks.example.org/hunter2"}),
            "a file can't contain its url",
        ),
        (
            "t",
            json!({"timeout": 45}),
            "timeout: must be a whole number of seconds from 1 to 30",
        ),
        (
            "e",
            json!({"event": "pipeline_request_hunter2"}),
            "event: must be",
        ),
        (
            "o",
            json!({"object_type": "hunter2"}),
            "object_type: must be",
        ),
        ("d", json!({"object_type": "deployment"}), "event: "),
        (
            "h",
            header("X Y", "hunter2"),
            "headers: a header's name must be",
        ),
        (
            "p",
            header("Authorization", "hunter2"),
            "headers: `Authorization` usually carries credentials",
        ),
        (
            "x",
            json!({"timeout": []}),
            "its `timeout` doesn't match the API's documentation",
        ),
        (
            "l",
            json!({"description": "hunter2".repeat(60)}),
            "description: must have at most 400",
        ),
    ]
}

#[test]
fn what_a_file_cannot_say_is_omitted_and_named() {
    let odd = odd();
    let mut webhooks: Vec<_> = odd
        .iter()
        .map(|(name, fields, _)| webhook_with(name, fields))
        .collect();
    webhooks.push(webhook_with("good", &json!({})));
    let fake = having(webhooks);
    let world = fake.world();
    let ended = world.sh("export").ends_with(11);
    world.file("all.yaml", &ended.out);
    is_equal(&world, "-f all.yaml", 1);
    assert!(
        ended.err.contains("10 of 11 could not be exported"),
        "{}",
        ended.err
    );
    let many = world.sh("export --dir many -o json").ends_with(11);
    let many = many.json();
    assert_eq!(
        many[0],
        json!({"name": "good", "result": "written", "file": native("many/good.yaml"), "error": null})
    );
    assert_eq!(many.as_array().unwrap().len(), 11);
    for (name, _, why) in &odd {
        assert!(
            ended
                .err
                .contains(&format!("webhook `{name}` is omitted: {why}")),
            "{name}: {}",
            ended.err
        );
        let alone = world.sh(&format!("export {name}")).ends_with(5);
        assert!(
            alone.out.is_empty() && alone.err.contains(why),
            "{}",
            alone.err
        );
        assert!(!alone.err.contains("hunter2"), "{}", alone.err);
        let entry = many
            .as_array()
            .unwrap()
            .iter()
            .find(|entry| entry["name"] == *name)
            .unwrap();
        assert_eq!(
            (&entry["result"], &entry["error"]["kind"]),
            (&json!("failed"), &json!("refused"))
        );
    }
    let ended = world.sh("export p --allow-plain").ends_with(0);
    world.file("p.yaml", &ended.out);
    is_equal(&world, "-f p.yaml --allow-plain", 1);
}

#[test]
fn a_file_has_the_owner_that_all_webhooks_have() {
    let owned = |name: &str, owner: &str| {
        webhook_with(name, &json!({"labels": {"ubihook-owner": owner, "a": "b"}}))
    };
    let fake = having(vec![owned("x", "us"), owned("y", "us")]);
    let world = fake.world();
    let ended = world.sh("export").ends_with(0);
    assert!(
        ended.out.contains("\nowner: us\n") && !ended.out.contains("ubihook-owner"),
        "{}",
        ended.out
    );
    world.file("all.yaml", &ended.out);
    is_equal(&world, "-f all.yaml", 2);
    world.sh("export --dir many").ends_with(0);
    is_equal(&world, "-f many --prune", 2);
    let fake = having(vec![owned("x", "us"), webhook_with("free", &json!({}))]);
    let world = fake.world();
    let ended = world.sh("export").ends_with(11);
    assert!(
        ended
            .err
            .contains("it belongs to `us`; ubihook export --label ubihook-owner=us"),
        "{}",
        ended.err
    );
    world.file("all.yaml", &ended.out);
    is_equal(&world, "-f all.yaml", 1);
}

#[cfg(unix)]
#[test]
fn a_file_that_differs_is_overwritten_only_with_yes() {
    let fake = having(vec![
        webhook_with("a", &json!({})),
        webhook_with("b", &json!({})),
    ]);
    let world = fake.world();
    world.file("d/a.yaml", "# mine\n");
    let before = || fs::read_to_string(world.home().join("d/a.yaml")).unwrap();
    let ended = world.sh("export --dir d").ends_with(2);
    assert!(
        ended
            .err
            .contains("refusing to overwrite `d/a.yaml` without confirmation"),
        "{}",
        ended.err
    );
    assert_eq!(before(), "# mine\n");
    assert!(!world.home().join("d/b.yaml").exists());
    assert_eq!(
        world.sh("export --dir d --yes").ends_with(0).out,
        "written d/a.yaml\nwritten d/b.yaml\n"
    );
    assert!(before().contains("name: a"));
    assert_eq!(mode(&world.home().join("d/b.yaml")), 0o600);
    assert_eq!(
        world.sh("export --dir d").ends_with(0).out,
        "unchanged d/a.yaml\nunchanged d/b.yaml\n"
    );
    // A link leads elsewhere.
    fs::remove_file(world.home().join("d/a.yaml")).unwrap();
    world.file("elsewhere", "# mine\n");
    std::os::unix::fs::symlink(
        world.home().join("elsewhere"),
        world.home().join("d/a.yaml"),
    )
    .unwrap();
    let ended = world.sh("export --dir d --yes -o json").ends_with(11);
    assert_eq!(
        (&ended.json()[0]["result"], &ended.json()[1]["result"]),
        (&json!("unchanged"), &json!("failed"))
    );
    assert_eq!(
        fs::read_to_string(world.home().join("elsewhere")).unwrap(),
        "# mine\n"
    );
    world.sh("export a --dir d --yes").ends_with(1);
    let calls = fake.lines().len();
    for line in [
        "export --dir d/b.yaml",
        "export --dir ''",
        "export --yes",
        "export a - -",
    ] {
        world.sh(line).ends_with(2);
    }
    assert_eq!(fake.lines().len(), calls);
}

/// What is exported from one project makes the same webhooks in another, once its values are there.
#[test]
fn an_exported_file_creates_the_webhook_elsewhere() {
    let world = World::new().set("VALUE", VALUE);
    world
        .sh("create a --pipeline pipeline-1 -e failed -u http://127.0.0.1:9/in --secret-header X-Key=env:VALUE")
        .ends_with(0);
    let ended = world.sh("export a --dir .").ends_with(0);
    assert!(!ended.err.contains(VALUE) && ended.err.contains("UBIHOOK_SECRET_A_X_KEY"));
    let text = fs::read_to_string(world.home().join("a.yaml")).unwrap();
    let other = World::new().set("UBIHOOK_SECRET_A_X_KEY", VALUE);
    other.file("a.yaml", &text);
    other.sh("create -f a.yaml").ends_with(0);
    is_equal(&other, "-f a.yaml", 1);
}

#[test]
fn a_folder_in_place_of_a_name_was_meant_for_dir() {
    let world = World::new();
    std::fs::create_dir(world.home().join("exported")).unwrap();
    for typed in ["exported", "./new", "new/"] {
        world
            .sh(&format!("export {typed}"))
            .ends_with(3)
            .saying(&format!("hint: ubihook export --dir {typed}"));
    }
    world
        .sh("export nope")
        .ends_with(3)
        .saying("hint: ubihook list");
}
