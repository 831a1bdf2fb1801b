//! A manifest of 1,000 webhooks in 20 files: each mistake in it is reported with its file, line and key, and nothing is
//! sent.

use std::fs;

use crate::support::{Fake, World, native};

/// The line of a webhook's first key in its file, for the webhook with that number.
fn first_line(number: usize) -> usize {
    8 + 8 * number
}

/// A file of 50 webhooks, with an anchor, defaults and line ends of Windows.
fn lines(file: usize) -> Vec<String> {
    let head = "# Webhooks of the team\nowner: orders-team\nx-common: &common\n  timeout: 20\n  labels: {team: orders}\n\
                defaults: {event: failed, pipeline: pipeline-1}\nwebhooks:\n";
    let webhook = |number: usize| {
        format!(
            "  - name: w-{file}-{number}\n    <<: *common\n    url: https://hooks.example.org/{file}/{number}\n    headers:\n\
             \x20     - {{key: X-Team, value: orders}}\n      - key: Authorization\n\
             \x20       value_from: env:UBIHOOK_SECRET_ORDERS\n    description: nightly\n"
        )
    };
    let text = head.to_owned() + &(0..50).map(webhook).collect::<String>();
    text.lines().map(str::to_owned).collect()
}

fn write(world: &World, file: usize, lines: &[String]) {
    let text: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
    world.file(&format!("webhooks/{file:02}.yaml"), &text);
}

/// Which file and webhook has the mistakes.
const FILE: usize = 2;
const NUMBER: usize = 10;

/// The line of the webhook, counted from its first, what is there instead, and the key that is named.
const OF_A_WEBHOOK: [(usize, &str, &str); 35] = [
    (0, "  - nam: w", "nam"),
    (0, "  - name: ''", "name"),
    (0, "  - name: [w]", "name"),
    (0, "  - name: ..", "name"),
    (0, "  - name: w-0-0", "name"),
    (1, "    <<: *comon", "anchor"),
    (1, "    timeout: 31", "timeout"),
    (1, "    timeout: 2.5", "timeout"),
    (1, "    timeout: soon", "timeout"),
    (1, "    labels: [a]", "labels"),
    (1, "    event: fail", "event"),
    (1, "    enabled: maybe", "enabled"),
    (1, "    retry: 1", "retry"),
    (1, "    include_result: ''", "include_result"),
    (1, "    object_type: pipelin", "object_type"),
    (1, "    version: ''", "version"),
    (1, "    timout: 20", "timout"),
    (2, "    url: hooks.example.org", "url"),
    (2, "    url: https://a:b@hooks.example.org/", "url"),
    (2, "    url: ftp://hooks.example.org/", "url"),
    (2, "    url: https://hooks.example.org/${X}", "url"),
    (4, "      - {key: 'X Team', value: orders}", "headers"),
    (4, "      - {key: X-Team}", "headers"),
    (4, "      - {key: X-Team, value: \"a\\nb\"}", "headers"),
    (4, "      - {key: X-Team, value: a, vlue: b}", "vlue"),
    (6, "        value_from: env:HOME", "value_from"),
    (6, "        value_from: file:/etc/passwd", "value_from"),
    (6, "        value_from: [x]", "value_from"),
    (7, "    descripton: nightly", "descripton"),
    (7, "    description: {a: b}", "description"),
    (7, "    description: 'nightly", "description"),
    (7, "\tdescription: nightly", "description"),
    (7, "    url: https://hooks.example.org/", "url"),
    (7, "    deployment: ''", "deployment"),
    (7, "    experiment: [e]", "experiment"),
];

/// The same for lines of the whole file.
const OF_THE_FILE: [(usize, &str, &str); 6] = [
    (2, "ownr: orders-team", "ownr"),
    (2, "owner: ''", "owner"),
    (2, "owner: others", "owner"),
    (6, "defaults: [failed]", "defaults"),
    (6, "defaults: {event: failed, name: w}", "defaults"),
    (7, "webhook:", "webhook"),
];

#[test]
fn each_mistake_among_1000_webhooks_is_found_before_anything_is_sent() {
    let platform = Fake::script([]);
    let world = platform.world();
    for file in 0..20 {
        write(&world, file, &lines(file));
    }
    let within = OF_A_WEBHOOK.map(|(below, text, key)| (first_line(NUMBER) + below, text, key));
    let name = "x".repeat(65);
    let long = [
        (first_line(NUMBER), format!("  - name: {name}"), "name"),
        (
            first_line(NUMBER) + 7,
            format!("    description: {}", name.repeat(7)),
            "description",
        ),
    ];
    let short = within.into_iter().chain(OF_THE_FILE);
    let short = short.map(|(line, text, key)| (line, text.to_owned(), key));
    for (line, text, key) in short.chain(long) {
        let mut changed = lines(FILE);
        changed[line - 1].clone_from(&text);
        write(&world, FILE, &changed);
        let ended = world.sh("apply -f webhooks --yes").ends_with(2);
        let message = ended.err.lines().next().unwrap();
        assert!(
            message.contains(&native(&format!("webhooks/{FILE:02}.yaml:{line}: "))),
            "{text}: {message}"
        );
        assert!(ended.err.contains(key), "{text}: {}", ended.err);
        assert_eq!(ended.out, "");
    }
    assert_eq!(platform.lines(), [""; 0]);
}

#[test]
fn a_thousand_webhooks_in_20_files_are_read_as_they_are_written() {
    let world = World::new();
    for file in 0..20 {
        write(&world, file, &lines(file));
    }
    let plan = world.answer("diff -f webhooks");
    assert_eq!(plan["summary"]["create"], 1000);
    let last = &plan["changes"][999];
    assert_eq!(last["name"], "w-19-49");
    let place = native(&format!("webhooks/19.yaml:{}", first_line(49)));
    assert_eq!(last["place"], place);
    fs::remove_dir_all(world.home().join("webhooks")).unwrap();
    write(&world, 0, &lines(0));
    let one = [("UBIHOOK_SECRET_ORDERS", "of-the-orders")];
    world
        .sh_with(&one, "apply -f webhooks --yes w-0-7")
        .ends_with(0);
    let made = world.answer("get w-0-7");
    assert_eq!(made["timeout"], 20);
    assert_eq!(made["event"], "pipeline_request_failed");
    assert_eq!(
        made["labels"],
        serde_json::json!({"team": "orders", "ubihook-owner": "orders-team"})
    );
}

/// Mistakes of three files, each with its line in them: wrong types, unknown keys, broken rules and what is missing.
const SEVERAL: [(&str, &str); 3] = [
    (
        "a.yaml",
        "owner: us\ndefaults: {pipeline: pipeline-1, timeout: 99}\nwebhooks:\n\
         - {name: a, event: failed, url: https://hooks.example.org/a}\n\
         - {name: b, event: fail, url: nowhere, ulr: x}\n\
         - {name: c, event: [failed], url: https://hooks.example.org/c}\n\
         - {name: a, url: https://hooks.example.org/d}\n\
         - name: e\n  event: failed\n  url: https://hooks.example.org/e\n  headers:\n\
         \x20 - {key: X-Team, value: [hunter2]}\n  - {key: X-Team}\n  - {key: Authorization, value: hunter2}\n",
    ),
    ("b.yaml", "- name: x\n  url: 'https://hunter2\n"),
    (
        "c.yaml",
        "name: f\nenabled: maybe\nevent: failed\npipeline: pipeline-1\nurl: https://hooks.example.org/${X}\n",
    ),
];

#[test]
fn all_mistakes_of_all_files_are_reported_at_once() {
    let platform = Fake::script([]);
    let world = platform.world();
    for (name, text) in SEVERAL {
        world.file(&format!("webhooks/{name}"), text);
    }
    for verb in ["apply --yes", "diff"] {
        let ended = world.sh(&format!("{verb} -f webhooks"));
        insta::allow_duplicates! {
            insta::assert_snapshot!(ended.snapshot(), @"
            [2]
            -- stderr
            error: -f webhooks/a.yaml:2: timeout: must be a whole number of seconds from 1 to 30
                   -f webhooks/a.yaml:5: unknown key `ulr`; did you mean `url`?
                   -f webhooks/a.yaml:5: event: must be `started`, `completed`, `failed` or `finished`, or a full name such as `pipeline_request_failed`; did you mean `failed`?
                   -f webhooks/a.yaml:5: url: must be an absolute http or https URL with a host, such as https://example.org/in
                   -f webhooks/a.yaml:6: event: must be a string
                   -f webhooks/a.yaml:7: name: `a` is also at webhooks/a.yaml:4
                   -f webhooks/a.yaml:7: missing: event
                   -f webhooks/a.yaml:12: value: must be a string
                   -f webhooks/a.yaml:13: headers: `X-Team`: needs a value
                   -f webhooks/a.yaml:14: headers: `Authorization` usually carries credentials, which anyone who can view the webhook could read
                   -f webhooks/b.yaml:2: invalid YAML or JSON: unclosed quote
                   -f webhooks/c.yaml:2: enabled: must be true or false
                   -f webhooks/c.yaml:5: url: `${` is not replaced in a file; a protected header's value can come from `value_from: env:UBIHOOK_SECRET_…`, and `$${` is a literal `${`
              hint: in the file, for example: {name: NAME, pipeline: PIPELINE, event: failed, url: URL}
              hint: set `protected: true`, with `value_from: env:UBIHOOK_SECRET_…`, or add --allow-plain
            ");
        }
    }
    let ended = world.sh("apply -f webhooks --yes -o json").ends_with(2);
    let error: serde_json::Value = serde_json::from_str(ended.err.trim_end()).unwrap();
    let message = error["error"]["message"].as_str().unwrap();
    assert_eq!(message.lines().count(), 13, "{message}");
    assert_eq!(error["error"]["kind"], "usage");
    assert_eq!(platform.lines(), [""; 0]);
}

#[test]
fn the_mistakes_of_one_file_are_reported_at_once_by_each_verb() {
    let world = World::new();
    let two = "- {name: a, timeout: 99, labels: [x]}\n- {name: b, evnt: failed}\n- [c]\n";
    world.file("w.yaml", two);
    for verb in ["create -f w.yaml", "update -f w.yaml"] {
        let ended = world.sh(verb);
        insta::allow_duplicates! {
            insta::assert_snapshot!(ended.snapshot(), @"
            [2]
            -- stderr
            error: -f w.yaml:1: labels: must be a mapping (`key: value`)
                   -f w.yaml:1: timeout: must be a whole number of seconds from 1 to 30
                   -f w.yaml:2: unknown key `evnt`; did you mean `event`?
                   -f w.yaml:3: must be a mapping (`key: value`)
            ");
        }
    }
    world.file("missing.yaml", "- {name: a, event: failed}\n- {name: b}\n");
    let ended = world.sh("create -f missing.yaml");
    insta::assert_snapshot!(ended.snapshot(), @"
    [2]
    -- stderr
    error: -f missing.yaml:1: `a`: missing: pipeline (or deployment, or experiment), url
           -f missing.yaml:2: `b`: missing: pipeline (or deployment, or experiment), event, url
      hint: in the file, for example: {name: NAME, pipeline: PIPELINE, event: failed, url: URL}
    ");
    world.file(
        "world.yaml",
        "pipelines:\n- {nam: p}\n- [q]\nexperiments: e\nwebhooks:\n- {name: w, url: x}\n",
    );
    let ended = world.sh("mock run -f world.yaml -- true");
    insta::assert_snapshot!(ended.snapshot(), @"
    [2]
    -- stderr
    error: -f world.yaml:2: unknown key `nam`; did you mean `name`?
           -f world.yaml:3: pipelines: must be a name, or a mapping with `name`, and `versions` if there are several
           -f world.yaml:4: experiments: must be a list of names, or of mappings with `name` and `versions`
           -f world.yaml:6: url: must be an absolute http or https URL with a host, such as https://example.org/in
           -f world.yaml:6: webhooks: missing: pipeline (or deployment, or experiment), event
    ");
}

#[test]
fn at_most_twenty_mistakes_are_listed() {
    let world = World::new();
    world.file("w.yaml", &"- {name: a, timeout: 99}\n".repeat(30));
    let ended = world.sh("create -f w.yaml").ends_with(2);
    assert_eq!(ended.err.lines().count(), 21, "{}", ended.err);
    assert!(ended.err.ends_with("and 39 more\n"), "{}", ended.err);
}
