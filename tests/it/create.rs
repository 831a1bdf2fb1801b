//! `create` from flags.

use serde_json::json;

use crate::support::{Fake, NEEDED, PATIENCE, World, receiver, webhook_with};

#[test]
fn every_flag_reaches_the_platform() {
    let world = World::new().set("SOURCE", "a-protected-value");
    let made = world.answer(
        "create full --deployment deployment-1 --version v1 --event finished \
         --url http://127.0.0.1:9/in --header 'X-Team: blue' --header 'X-Colon: a: b' \
         --secret-header Authorization=env:SOURCE --label team=blue --label tier=a=b \
         --description 'Two words' --timeout 30 --retry --include-result=true --enabled=false",
    );
    assert_eq!(made["result"], "created");
    let webhook = &made["webhook"];
    let expected = json!({
        "name": "full", "object_type": "deployment", "object_name": "deployment-1",
        "version": "v1", "event": "deployment_request_finished", "url": "http://127.0.0.1:9/in",
        "labels": {"team": "blue", "tier": "a=b"}, "description": "Two words", "timeout": 30,
        "retry": true, "include_result": true, "enabled": false,
        "headers": [
            {"key": "X-Team", "value": "blue", "protected": false},
            {"key": "X-Colon", "value": "a: b", "protected": false},
            {"key": "Authorization", "value": null, "protected": true, "local": "file"},
        ],
    });
    for (field, value) in expected.as_object().unwrap() {
        assert_eq!(&webhook[field], value, "{field}");
    }
    assert_eq!(&world.answer("get full"), webhook);
}

#[test]
fn what_is_not_named_is_as_the_platform_has_it_by_default() {
    let webhook = &World::new().answer(&format!("create a {NEEDED}"))["webhook"];
    for (field, value) in [
        ("version", json!(null)),
        ("description", json!("")),
        ("labels", json!({})),
        ("headers", json!([])),
        ("timeout", json!(10)),
        ("enabled", json!(true)),
        ("retry", json!(false)),
        ("include_result", json!(false)),
    ] {
        assert_eq!(webhook[field], value, "{field}");
    }
}

#[test]
fn what_is_not_named_is_not_sent() {
    let fake = Fake::script([crate::support::Answer::Json(
        201,
        webhook_with("a", &json!({"url": "http://127.0.0.1:9/in"})),
    )]);
    fake.world().sh(&format!("create a {NEEDED}")).ends_with(0);
    let calls = fake.calls();
    assert_eq!(fake.lines(), ["POST /v2/projects/demo/webhooks"]);
    assert_eq!(
        calls[0].json(),
        json!({
            "name": "a", "object_type": "pipeline", "object_name": "pipeline-1",
            "event": "pipeline_request_failed", "url": "http://127.0.0.1:9/in",
        })
    );
}

#[test]
fn the_object_gives_the_prefix_of_each_event() {
    let world = World::new();
    for event in ["started", "completed", "failed", "finished"] {
        for (object, name) in [("deployment", "deployment-1"), ("pipeline", "pipeline-1")] {
            let made = world.answer(&format!(
                "create {object}-{event} --{object} {name} -e {event} -u http://127.0.0.1:9/"
            ));
            assert_eq!(
                made["webhook"]["event"],
                format!("{object}_request_{event}")
            );
        }
    }
}

#[test]
fn a_full_event_name_is_taken_where_it_fits() {
    let made = World::new()
        .answer("create a --pipeline pipeline-1 -e pipeline_request_failed -u http://127.0.0.1:9/");
    assert_eq!(made["webhook"]["event"], "pipeline_request_failed");
}

#[test]
fn a_full_event_name_that_does_not_fit_is_refused_with_a_hint() {
    let world = World::new();
    let ended = world
        .sh("create a --pipeline pipeline-1 -e deployment_request_failed -u http://127.0.0.1:9/ -o json")
        .ends_with(2);
    let error = ended.error();
    assert_eq!(error["hint"], "--event pipeline_request_failed");
    assert_eq!(world.names(), [""; 0]);
}

#[test]
fn an_unknown_event_is_refused_with_the_known_ones() {
    let ended = World::new().sh("create a --pipeline pipeline-1 -e fialed -u http://127.0.0.1:9/");
    insta::assert_snapshot!(ended.snapshot(), @"
    [2]
    -- stderr
    error: invalid value 'fialed' for '--event <EVENT>': must be `started`, `completed`, `failed` or `finished`, or a full name such as `pipeline_request_failed`
      hint: did you mean failed?
    ");
}

#[test]
fn an_experiment_is_a_version_of_the_training_deployment() {
    let made =
        World::new().answer("create a --experiment experiment-1 -e failed -u http://127.0.0.1:9/");
    let webhook = &made["webhook"];
    assert_eq!(webhook["object_type"], "deployment");
    assert_eq!(webhook["object_name"], "training-base-deployment");
    assert_eq!(webhook["version"], "experiment-1");
    assert_eq!(webhook["event"], "deployment_request_failed");
}

#[test]
fn an_experiment_takes_no_version_beside_it() {
    let ended = World::new()
        .sh("create a --experiment experiment-1 --version v2 -e failed -u http://127.0.0.1:9/");
    insta::assert_snapshot!(ended.snapshot(), @"
    [2]
    -- stderr
    error: the argument '--experiment <NAME>' cannot be used with '--version <VERSION>'
      hint: usage: ubihook create --experiment <NAME> --event <EVENT> --url <URL> <NAME>
    ");
}

#[test]
fn two_objects_at_once_are_refused() {
    let ended = World::new().sh(
        "create a --pipeline pipeline-1 --deployment deployment-1 -e failed -u http://127.0.0.1:9/",
    );
    insta::assert_snapshot!(ended.snapshot(), @"
    [2]
    -- stderr
    error: the argument '--pipeline <NAME>' cannot be used with '--deployment <NAME>'
      hint: usage: ubihook create --pipeline <NAME> --event <EVENT> --url <URL> <NAME>
    ");
}

#[test]
fn what_is_missing_is_named_all_at_once_and_before_any_call() {
    let fake = Fake::script([]);
    let ended = fake.world().sh("create a").ends_with(2);
    let ended = ended.saying("--event").saying("--url");
    insta::assert_snapshot!(ended.snapshot(), @"
    [2]
    -- stderr
    error: missing: --deployment, --pipeline or --experiment, --event, --url
      hint: ubihook create NAME --pipeline PIPELINE --event failed --url URL, for example
    ");
    assert_eq!(fake.lines(), [""; 0]);
}

#[test]
fn documented_rules_are_held_before_any_call() {
    let fake = Fake::script([]);
    let world = fake.world();
    let long = "x".repeat(65);
    let text = "x".repeat(401);
    let p = "--pipeline pipeline-1 -e failed";
    let u = "-u http://127.0.0.1:9/";
    for line in [
        format!("create {long} {p} {u}"),
        format!("create '' {p} {u}"),
        format!("create . {p} {u}"),
        format!("create .. {p} {u}"),
        format!("create a {p} {u} --description {text}"),
        format!("create a {p} {u} --timeout 0"),
        format!("create a {p} {u} --timeout 31"),
        format!("create a {p} {u} --timeout 1.5"),
        format!("create a {p} {u} --timeout 10s"),
        format!("create a {p} -u /relative"),
        format!("create a {p} -u ftp://example.org/"),
        format!("create a {p} -u http://"),
        format!("create a {p} -u http://u:hunter2@example.org/"),
        format!("create a {p} {u} --header 'No Token: x'"),
        format!("create a {p} {u} --header 'X-A: a\nb'"),
        format!("create a {p} {u} --header 'X-A: 1' --header 'x-a: 2'"),
        format!("create a {p} {u} --label novalue"),
        format!("create a --pipeline '' -e failed {u}"),
        format!("create a --pipeline .. -e failed {u}"),
    ] {
        world.sh(&line).ends_with(2).without("hunter2");
    }
    assert_eq!(fake.lines(), [""; 0]);
}

#[test]
fn a_name_of_64_characters_and_a_description_of_400_are_taken() {
    let (name, text) = ("x".repeat(64), "é".repeat(400));
    let world = World::new();
    let made = world.answer(&format!("create {name} {NEEDED} --description {text}"));
    assert_eq!(made["webhook"]["description"], text);
    assert_eq!(world.names(), [name]);
}

#[test]
fn an_odd_name_is_warned_of_and_left_to_the_platform() {
    let ended = World::new()
        .sh(&format!("create 'a b' {NEEDED} -o json"))
        .ends_with(5);
    assert!(
        ended
            .err
            .lines()
            .next()
            .unwrap()
            .starts_with("{\"warning\""),
        "{}",
        ended.err
    );
    assert_eq!(ended.error()["http_status"], 400);
}

#[test]
fn a_name_that_is_taken_is_already_exists() {
    let world = World::new();
    world
        .sh(&format!("create a {NEEDED} --timeout 7"))
        .ends_with(0);
    let ended = world.sh(&format!("create a {NEEDED} -o json")).ends_with(5);
    assert_eq!(ended.error()["kind"], "already_exists");
    assert_eq!(ended.out, "");
    assert_eq!(world.answer("get a")["timeout"], 7);
}

#[test]
fn if_exists_skip_leaves_it_as_it_is() {
    let world = World::new();
    let line = format!("create a {NEEDED} --timeout 7 --if-exists skip");
    assert_eq!(world.answer(&line)["result"], "created");
    let again = world.answer(&line.replace('7', "8"));
    assert_eq!(again["result"], "unchanged");
    assert_eq!(again["webhook"]["timeout"], 7);
    assert_eq!(world.answer("get a")["timeout"], 7);
}

#[test]
fn if_exists_update_makes_create_repeatable() {
    let world = World::new();
    let line = format!("create a {NEEDED} --timeout 7 --label a=1 --if-exists update");
    assert_eq!(world.answer(&line)["result"], "created");
    assert_eq!(world.answer(&line)["result"], "unchanged");
    let changed = world.answer(&line.replace("timeout 7", "timeout 8"));
    assert_eq!(changed["result"], "updated");
    assert_eq!(world.answer("get a")["timeout"], 8);
}

#[test]
fn if_exists_update_refuses_another_object_with_the_commands_that_do_it() {
    let world = World::new();
    world.sh(&format!("create a {NEEDED}")).ends_with(0);
    let ended = world
        .sh("create a --deployment deployment-1 -e failed -u http://127.0.0.1:9/in --if-exists update")
        .ends_with(2);
    insta::assert_snapshot!(ended.snapshot(), @"
    [2]
    -- stderr
    error: webhook `a` watches pipeline `pipeline-1`, and the API can't change that to deployment `deployment-1`
      hint: ubihook delete a
      hint: ubihook create a --deployment deployment-1 --event … --url …
    ");
    assert_eq!(world.answer("get a")["object_type"], "pipeline");
}

#[test]
fn if_exists_update_refuses_another_version() {
    let world = World::new();
    world.sh(&format!("create a {NEEDED}")).ends_with(0);
    world
        .sh(&format!(
            "create a {NEEDED} --version v1 --if-exists update"
        ))
        .ends_with(2)
        .saying("ubihook delete a");
}

#[test]
fn if_exists_update_to_another_origin_is_guarded_as_update_is() {
    let world = World::new().set("SOURCE", "a-protected-value");
    world
        .sh(&format!(
            "create a {NEEDED} --secret-header Authorization=env:SOURCE"
        ))
        .ends_with(0);
    world
        .sh("create a --pipeline pipeline-1 -e failed -u http://127.0.0.1:10/in --if-exists update")
        .ends_with(2)
        .saying("Authorization");
    assert_eq!(world.answer("get a")["url"], "http://127.0.0.1:9/in");
}

#[test]
fn a_missing_object_is_not_found() {
    let ended = World::new()
        .sh("create a --pipeline nope -e failed -u http://127.0.0.1:9/ -o json")
        .ends_with(3);
    assert_eq!(ended.error()["kind"], "not_found");
    assert_eq!(ended.error()["http_status"], 404);
}

#[test]
fn a_missing_version_is_not_found() {
    let ended = World::new().sh(&format!("create a {NEEDED} --version v9"));
    insta::assert_snapshot!(ended.snapshot(), @"
    [3]
    -- stderr
    error: could not create webhook `a`: Pipeline version was not found (the platform answered 404)
      hint: did you mean --version v1?
    ");
}

#[test]
fn test_first_creates_when_the_test_event_arrives() {
    let (world, receiver) = (World::new().set("SOURCE", "a-protected-value"), receiver());
    let url = receiver.url("/in");
    let made = world.answer(&format!(
        "create a --pipeline pipeline-1 -e failed -u {url} --test-first \
         --secret-header Authorization=env:SOURCE"
    ));
    assert_eq!(made["result"], "created");
    let delivery = receiver.next(PATIENCE).unwrap();
    assert_eq!(delivery.headers["authorization"], "a-protected-value");
    assert_eq!(world.names(), ["a"]);
}

#[test]
fn test_first_creates_nothing_when_it_does_not() {
    let world = World::new();
    let ended = world
        .sh(&format!("create a {NEEDED} --test-first -o json"))
        .ends_with(7);
    assert_eq!(ended.error()["kind"], "failed");
    assert_eq!(world.names(), [""; 0]);
}

#[test]
fn quiet_prints_the_answer_all_the_same() {
    let ended = World::new()
        .sh(&format!("create a {NEEDED} -q"))
        .ends_with(0)
        .silently();
    assert!(ended.out.contains('a'), "{}", ended.out);
}

#[test]
fn the_name_format_prints_the_name_alone() {
    let ended = World::new()
        .sh(&format!("create a {NEEDED} -o name"))
        .ends_with(0)
        .silently();
    assert_eq!(ended.out, "a\n");
}
