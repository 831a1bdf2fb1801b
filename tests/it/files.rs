//! `-f`: YAML and JSON.

use serde_json::json;

use crate::support::{Fake, NEEDED, PATIENCE, World, receiver};

const GUIDE: &str = r#"{
    "name": "webhook-1",
    "object_type": "pipeline",
    "object_name": "pipeline-1",
    "version": "v1",
    "event": "pipeline_request_started",
    "url": "http://127.0.0.1:9/in",
    "headers": [
        {"key": "Authorization", "value": "Token a-protected-value", "protected": true},
    ],
    "timeout": 10,
    "enabled": true,
    "retry": false,
    "include_result": false,
}
"#;

#[test]
fn the_guides_example_works_as_it_stands_trailing_comma_included() {
    let world = World::new();
    world.file("w.json", GUIDE);
    let made = world.answer("create -f w.json");
    assert_eq!(made["webhook"]["name"], "webhook-1");
    assert_eq!(made["webhook"]["version"], "v1");
    assert_eq!(
        made["webhook"]["headers"],
        json!([{"key": "Authorization", "value": null, "protected": true, "local": "file"}])
    );
}

#[test]
fn yaml_with_comments_and_short_events_works_from_stdin() {
    let world = World::new();
    let text = "# ours\nname: y\nobject_type: deployment\nobject_name: deployment-1\nevent: failed\n\
                url: http://127.0.0.1:9/in\nlabels: {team: blue}\n";
    let ended = world.sh_fed(text, "create -f - -o json").ends_with(0);
    assert_eq!(
        ended.json()["webhook"]["event"],
        "deployment_request_failed"
    );
    assert_eq!(ended.json()["webhook"]["labels"], json!({"team": "blue"}));
}

#[test]
fn the_name_on_the_command_line_wins() {
    let world = World::new();
    world.file("w.json", GUIDE);
    world.sh("create mine -f w.json").ends_with(0);
    assert_eq!(world.names(), ["mine"]);
    world.sh("update mine -f w.json --timeout 5").ends_with(0);
    assert_eq!(world.names(), ["mine"]);
}

#[test]
fn flags_win_over_the_file() {
    let world = World::new();
    world.file("w.json", GUIDE);
    let made = world.answer("create -f w.json --timeout 5 --event failed");
    assert_eq!(made["webhook"]["timeout"], 5);
    assert_eq!(made["webhook"]["event"], "pipeline_request_failed");
}

#[test]
fn the_name_of_the_file_alone_is_enough_for_an_update() {
    let world = World::new();
    world.file("w.json", GUIDE);
    world.sh("create -f w.json").ends_with(0);
    world.file("w.yaml", "name: webhook-1\ntimeout: 3\n");
    assert_eq!(world.answer("update -f w.yaml")["webhook"]["timeout"], 3);
}

#[test]
fn unknown_keys_are_refused_with_the_nearest_known_one_before_any_call() {
    let fake = Fake::script([]);
    let world = fake.world();
    for (text, key, near) in [
        (
            "name: a\ninclude_results: true\n",
            "include_results",
            "include_result",
        ),
        ("name: a\nObject_type: x\n", "Object_type", "object_type"),
        (
            "name: a\nheaders: [{key: A, value: x, protekted: true}]\n",
            "protekted",
            "protected",
        ),
        ("name: a\nulr: hunter2\n", "ulr", "url"),
    ] {
        world.file("w.yaml", text);
        for verb in ["create", "update"] {
            world
                .sh(&format!("{verb} -f w.yaml"))
                .ends_with(2)
                .saying(&format!("`{key}`"))
                .saying(&format!("`{near}`"))
                .without("hunter2");
        }
    }
    assert_eq!(fake.lines(), [""; 0]);
}

#[test]
fn mistakes_in_a_file_are_refused_before_any_call() {
    let fake = Fake::script([]);
    let world = fake.world();
    for text in [
        "",
        "- a\n- b\n",
        "just text\n",
        "name: [a]\n",
        "name: a\nname: b\n",
        "name: a\ntimeout: 10.5\n",
        "name: a\ntimeout: 31\n",
        "name: a\nobject_type: experiment\n",
        "name: a\nurl: nowhere\n",
        "name: a\nlabels: [a]\n",
        "name: a\nheaders: {A: x}\n",
        "name: a\nheaders: [{key: A, value: ''}]\n",
        "name: 'open\n",
        "name: a\n\theaders: x\n",
    ] {
        world.file("w.yaml", text);
        let ended =
            world.sh("create -f w.yaml --pipeline pipeline-1 -e failed -u http://127.0.0.1:9/");
        assert_eq!(ended.code, 2, "{text:?}: {ended:#?}");
    }
    assert_eq!(fake.lines(), [""; 0]);
}

#[test]
fn a_file_that_is_not_there_or_not_text_is_named() {
    let world = World::new();
    world
        .sh("create -f nope.yaml")
        .ends_with(2)
        .saying("nope.yaml");
    std::fs::write(world.home().join("bin"), [0xff, 0xfe, 0x00]).unwrap();
    let ended = world.sh("create -f bin");
    insta::assert_snapshot!(ended.snapshot(), @"
    [2]
    -- stderr
    error: -f bin: not valid UTF-8
    ");
    let ended = world.sh("create -f .");
    insta::assert_snapshot!(ended.snapshot(), @"
    [2]
    -- stderr
    error: -f .: is a folder, not a file
      hint: ubihook apply -f .
    ");
}

#[test]
fn a_value_comes_from_a_variable_of_the_prefix() {
    let receiver = receiver();
    let world = World::new().set("UBIHOOK_SECRET_HOOK", "a-protected-value");
    world.file("w.yaml", "headers:\n- {key: Authorization, value_from: 'env:UBIHOOK_SECRET_HOOK', protected: true}\n");
    let url = receiver.url("/in");
    let made = world.answer(&format!(
        "create a --pipeline pipeline-1 -e failed -u {url} -f w.yaml"
    ));
    assert_eq!(made["webhook"]["headers"][0]["protected"], true);
    world.sh("test a").ends_with(0);
    assert_eq!(
        receiver.next(PATIENCE).unwrap().headers["authorization"],
        "a-protected-value"
    );
}

#[test]
fn a_file_cannot_send_any_other_variable_away() {
    let fake = Fake::script([]);
    let world = fake
        .world()
        .set("OTHER", "hunter2")
        .set("UBIHOOK_SECRET_", "hunter2");
    for from in [
        "env:OTHER",
        "env:UBIOPS_API_TOKEN",
        "env:UBIHOOK_SECRET_",
        "file:/etc/passwd",
        "stdin",
        "prompt",
        "'x {env:OTHER}'",
    ] {
        world.file(
            "w.yaml",
            &format!("headers:\n- {{key: A, value_from: {from}}}\n"),
        );
        world
            .sh(&format!("create a {NEEDED} -f w.yaml"))
            .ends_with(2)
            .saying("UBIHOOK_SECRET_")
            .without("hunter2");
    }
    assert_eq!(fake.lines(), [""; 0]);
}

#[test]
fn a_variable_that_is_not_set_is_9_before_any_call() {
    let fake = Fake::script([]);
    let world = fake.world();
    world.file(
        "w.yaml",
        "headers:\n- {key: A, value_from: 'env:UBIHOOK_SECRET_A'}\n",
    );
    world
        .sh(&format!("create a {NEEDED} -f w.yaml"))
        .ends_with(9)
        .saying("UBIHOOK_SECRET_A");
    assert_eq!(fake.lines(), [""; 0]);
}

#[test]
fn value_and_value_from_at_once_are_refused() {
    let world = World::new().set("UBIHOOK_SECRET_A", "x");
    world.file(
        "w.yaml",
        "headers:\n- {key: A, value: hunter2, value_from: 'env:UBIHOOK_SECRET_A'}\n",
    );
    world
        .sh(&format!("create a {NEEDED} -f w.yaml"))
        .ends_with(2)
        .without("hunter2");
}

#[test]
fn an_answer_edited_and_given_back_is_an_update() {
    let receiver = receiver();
    let world = World::new().set("SOURCE", "a-protected-value");
    let url = receiver.url("/in");
    world
        .sh(&format!(
            "create a --pipeline pipeline-1 --version v1 -e failed -u {url} --label x=1 \
             --secret-header Authorization=env:SOURCE --header 'X-Team: blue'"
        ))
        .ends_with(0);
    let got = world.sh("get a -o json").ends_with(0).out;
    assert_eq!(
        world
            .sh_fed(&got, "update -f - -o json")
            .ends_with(0)
            .json()["result"],
        "unchanged"
    );
    let edited = got
        .replace("\"timeout\": 10", "\"timeout\": 11")
        .replace("blue", "red");
    let after = world
        .sh_fed(&edited, "update -f - -o json")
        .ends_with(0)
        .json();
    assert_eq!(after["result"], "updated");
    assert_eq!(after["webhook"]["timeout"], 11);
    world.sh("test a").ends_with(0);
    let delivery = receiver.next(PATIENCE).unwrap();
    assert_eq!(delivery.headers["authorization"], "a-protected-value");
    assert_eq!(delivery.headers["x-team"], "red");
}

#[test]
fn a_null_value_on_create_is_9_off_a_terminal_and_before_any_call() {
    let fake = Fake::script([]);
    let world = fake.world();
    world.file(
        "w.yaml",
        "headers:\n- {key: Authorization, value: null, protected: true, local: keyring}\n",
    );
    world
        .sh(&format!("create a {NEEDED} -f w.yaml"))
        .ends_with(9)
        .saying("Authorization");
    assert_eq!(fake.lines(), [""; 0]);
}

#[test]
fn a_null_value_on_create_takes_one_that_is_given_beside_it() {
    let world = World::new().set("SOURCE", "a-protected-value");
    world.file(
        "w.yaml",
        "headers:\n- {key: Authorization, value: null, protected: true}\n",
    );
    world
        .sh(&format!(
            "create a {NEEDED} -f w.yaml --secret-header Authorization=env:SOURCE"
        ))
        .ends_with(0);
    assert_eq!(
        world.answer("get a")["headers"].as_array().unwrap().len(),
        1
    );
}

#[test]
fn what_a_file_leaves_out_of_an_update_stays() {
    let world = World::new().set("SOURCE", "a-protected-value");
    world
        .sh(&format!(
            "create a {NEEDED} --secret-header Authorization=env:SOURCE --header 'X-Team: blue' --label x=1 --description D"
        ))
        .ends_with(0);
    world.file(
        "w.yaml",
        "headers: [{key: X-New, value: '1'}]\nlabels: {y: '2'}\n",
    );
    let after = world.answer("update a -f w.yaml")["webhook"].clone();
    assert_eq!(after["headers"].as_array().unwrap().len(), 3);
    assert_eq!(after["labels"], json!({"x": "1", "y": "2"}));
    assert_eq!(after["description"], "D");
    world.file("w.yaml", "headers: []\nlabels: {}\ntimeout: 4\n");
    let after = world.answer("update a -f w.yaml")["webhook"].clone();
    assert_eq!(after["headers"].as_array().unwrap().len(), 3);
    assert_eq!(after["labels"], json!({"x": "1", "y": "2"}));
}

#[test]
fn read_only_fields_are_taken_and_not_sent() {
    let fake = Fake::taking();
    let world = fake.world();
    world.file(
        "w.yaml",
        "id: 1\ncreation_date: x\nlast_updated: y\nname: a\nheaders: [{key: A, value: b, protected: false, local: none}]\n",
    );
    world.sh(&format!("create -f w.yaml {NEEDED}")).ends_with(0);
    let sent = fake.calls()[0].json();
    for field in ["id", "creation_date", "last_updated"] {
        assert!(sent.get(field).is_none(), "{sent}");
    }
    assert_eq!(
        sent["headers"],
        json!([{"key": "A", "value": "b", "protected": false}])
    );
}

#[test]
fn a_file_and_a_secret_cannot_both_be_read_from_stdin() {
    let ended = World::new().sh_fed(
        "name: a\n",
        &format!("create -f - {NEEDED} --secret-header A=stdin"),
    );
    insta::assert_snapshot!(ended.snapshot(), @"
    [2]
    -- stderr
    error: -f - and a header's value can't both be read from stdin
    ");
}

#[test]
fn what_a_file_lacks_is_named_in_its_own_words() {
    let world = World::new();
    world.file("w.yaml", "name: w\nurl: https://hooks.example.org/in\n");
    let ended = world.sh("create -f w.yaml");
    insta::assert_snapshot!(ended.snapshot(), @"
    [2]
    -- stderr
    error: -f w.yaml:1: missing: pipeline (or deployment, or experiment), event
      hint: in the file, for example: {name: NAME, pipeline: PIPELINE, event: failed, url: URL}
    ");
    world.file("name.yaml", "name: w\nobject_name: p\n");
    insta::assert_snapshot!(world.sh("create -f name.yaml").snapshot(), @"
    [2]
    -- stderr
    error: -f name.yaml:1: missing: object_type, event, url
      hint: in the file, for example: {name: NAME, pipeline: PIPELINE, event: failed, url: URL}
    ");
    world.file("tab.yaml", "name: w\nlabels:\n\tteam: blue\n");
    insta::assert_snapshot!(world.sh("create -f tab.yaml").snapshot(), @"
    [2]
    -- stderr
    error: -f tab.yaml:3: tabs can't indent YAML; use spaces
    ");
    world.file("type.yaml", "name: w\ntimeout: '5'\n");
    insta::assert_snapshot!(world.sh("create -f type.yaml").snapshot(), @"
    [2]
    -- stderr
    error: -f type.yaml:2: timeout: must be a whole number of seconds from 1 to 30
      2 | timeout: '5'
    ");
    world.file("two.yaml", "name: w\n---\nname: v\n");
    insta::assert_snapshot!(world.sh("create -f two.yaml").snapshot(), @"
    [2]
    -- stderr
    error: -f two.yaml:1: `w`: missing: pipeline (or deployment, or experiment), event, url
           -f two.yaml:3: `v`: missing: pipeline (or deployment, or experiment), event, url
      hint: in the file, for example: {name: NAME, pipeline: PIPELINE, event: failed, url: URL}
    ");
}

#[test]
fn what_an_update_from_a_file_leaves_is_said() {
    let world = World::new();
    world
        .sh(&format!(
            "create a {NEEDED} --header 'X-Old: 1' --header 'X-New: 1' --label team=blue"
        ))
        .ends_with(0);
    world.file(
        "w.yaml",
        "name: a\nheaders:\n- {key: X-New, value: '2'}\nlabels: {stage: test}\n",
    );
    let ended = world.sh("update -f w.yaml").ends_with(0);
    insta::assert_snapshot!(ended.snapshot(), @"
    [0]
    -- stdout
    updated a
      header  X-New: 1 → 2
      label   stage: none → test
    -- stderr
    webhook `a` keeps what is not in the file: header `X-Old`, label `team`; `update` with --remove-header and --remove-label removes it
    ");
    let ended = world.sh("update -f w.yaml --remove-label team --remove-header x-old");
    assert_eq!(ended.err, "");
    let again = world.sh(&format!("create a {NEEDED} -f w.yaml --if-exists update"));
    assert_eq!(again.err, "");
}

#[test]
fn a_value_that_is_written_in_a_file_is_warned_of_once() {
    let world = World::new();
    world.file(
        "w.yaml",
        "headers:\n- {key: A, value: a-protected-value, protected: true}\n\
         - {key: B, value: another-value, protected: true}\n",
    );
    for verb in ["create", "update"] {
        let ended = world.sh(&format!("{verb} a {NEEDED} -f w.yaml"));
        assert_eq!(
            ended.ends_with(0).err,
            "warning: the file contains the protected value of `A`, `B`; with `value_from: \
             env:UBIHOOK_SECRET_…` instead, the file can be shared\n"
        );
    }
}

#[test]
fn each_broken_rule_has_its_file_line_and_key() {
    let world = World::new();
    let whole = "name: a\nobject_type: pipeline\nobject_name: pipeline-1\n";
    for (rest, said) in [
        (
            "event: deployment_request_failed\nurl: http://a/",
            ":4: event: ",
        ),
        ("event: failed\nurl: https:///in", ":5: url: "),
        (
            "event: failed\nurl: http://a/\nheaders:\n- key: A\n  value: ${B}",
            ":8: headers: `A`: `${`",
        ),
        (
            "event: failed\nurl: http://a/\nlabels:\n  x: ${B}",
            ":7: labels: `${`",
        ),
        ("event: failed", ":1: missing: url"),
    ] {
        world.file("w.yaml", &format!("{whole}{rest}\n"));
        for verb in ["create", "update"] {
            if verb == "update" && rest == "event: failed" {
                continue;
            }
            let ended = world.sh(&format!("{verb} -f w.yaml")).ends_with(2);
            assert!(
                ended.err.contains(&format!("-f w.yaml{said}")),
                "{verb}: {}",
                ended.err
            );
        }
        let indented = format!("{whole}{rest}").replace('\n', "\n  ");
        world.file("world.yaml", &format!("webhooks:\n- {indented}\n"));
        let ended = world.sh("mock reset --yes -f world.yaml").ends_with(2);
        let key = said
            .trim_start_matches([':', ' '])
            .trim_start_matches(char::is_numeric);
        assert!(
            ended.err.contains("-f world.yaml:") && ended.err.contains(key),
            "{}",
            ended.err
        );
    }
}
