//! `update` merges.

use serde_json::{Value, json};

use crate::support::{Answer, Fake, NEEDED, PATIENCE, World, receiver, webhook, webhook_with};

fn with_secret() -> World {
    let world = World::new().set("SOURCE", "a-protected-value");
    world
        .sh(&format!(
            "create a {NEEDED} --secret-header Authorization=env:SOURCE --header 'X-Team: blue' \
             --label team=blue"
        ))
        .ends_with(0);
    world
}

fn header_names(webhook: &Value) -> Vec<&str> {
    let headers = webhook["headers"].as_array().unwrap();
    headers
        .iter()
        .map(|header| header["key"].as_str().unwrap())
        .collect()
}

#[test]
fn every_flag_changes_its_field() {
    let world = with_secret();
    let after = world.answer(
        "update a --name b --url http://127.0.0.1:9/other --event finished --header 'X-Team: red' \
         --header 'X-New: 1' --label team=red --label new=1 --description D --timeout 3 --retry \
         --include-result --enabled=false",
    );
    assert_eq!(after["result"], "updated");
    let webhook = &after["webhook"];
    for (field, value) in [
        ("name", json!("b")),
        ("url", json!("http://127.0.0.1:9/other")),
        ("event", json!("pipeline_request_finished")),
        ("labels", json!({"team": "red", "new": "1"})),
        ("description", json!("D")),
        ("timeout", json!(3)),
        ("retry", json!(true)),
        ("include_result", json!(true)),
        ("enabled", json!(false)),
    ] {
        assert_eq!(webhook[field], value, "{field}");
    }
    assert_eq!(header_names(webhook), ["Authorization", "X-Team", "X-New"]);
    assert_eq!(world.names(), ["b"]);
}

#[test]
fn only_what_changes_is_sent_and_protected_headers_go_without_value() {
    let before = webhook_with(
        "a",
        &json!({"headers": [
            {"key": "Authorization", "value": null, "protected": true},
            {"key": "X-Team", "value": "blue", "protected": false},
        ]}),
    );
    let after = webhook_with(
        "a",
        &json!({"headers": [
            {"key": "Authorization", "value": null, "protected": true},
            {"key": "X-Team", "value": "red", "protected": false},
        ]}),
    );
    let fake = Fake::script([
        Answer::Json(200, before.clone()),
        Answer::Json(200, before),
        Answer::Json(200, after.clone()),
        Answer::Json(200, after),
    ]);
    fake.world()
        .sh("update a --header 'x-team: red' --timeout 10")
        .ends_with(0);
    let at = "/v2/projects/demo/webhooks/a";
    // Read, read again right before its whole list of headers is sent, and again to be compared.
    assert_eq!(
        fake.lines(),
        [
            format!("GET {at}"),
            format!("GET {at}"),
            format!("PATCH {at}"),
            format!("GET {at}")
        ]
    );
    let sent = fake.calls()[2].json();
    assert_eq!(
        sent.as_object().unwrap().keys().collect::<Vec<_>>(),
        ["headers"]
    );
    assert_eq!(sent["headers"][0]["key"], "Authorization");
    assert_eq!(sent["headers"][0]["value"], json!(null));
    assert_eq!(sent["headers"][0]["protected"], true);
    assert_eq!(sent["headers"][1]["value"], "red");
}

#[test]
fn a_difference_after_the_change_is_refused_and_named() {
    let before = webhook("a");
    let odd = webhook_with(
        "a",
        &json!({"headers": [{"key": "X-Other", "value": "1", "protected": false}]}),
    );
    let fake = Fake::script([
        Answer::Json(200, before.clone()),
        Answer::Json(200, before),
        Answer::Json(200, odd),
    ]);
    fake.world()
        .sh("update a --header 'X-Team: red'")
        .ends_with(5)
        .saying("its header `X-Team` differs from what was sent");
    assert_eq!(fake.calls().len(), 3);
}

#[test]
fn labels_that_are_not_named_stay() {
    let world = with_secret();
    world.sh("update a --label new=1").ends_with(0);
    assert_eq!(
        world.answer("get a")["labels"],
        json!({"team": "blue", "new": "1"})
    );
    // An empty value is a value.
    let emptied = world.sh("update a --label new= -o table").ends_with(0);
    assert!(emptied.out.contains("new: 1 → ''"), "{}", emptied.out);
    world
        .sh("update a --remove-label team --label new=1")
        .ends_with(0);
    assert_eq!(world.answer("get a")["labels"], json!({"new": "1"}));
    world.sh("update a --remove-label new").ends_with(0);
    assert_eq!(world.answer("get a")["labels"], json!({}));
}

#[test]
fn a_plain_header_is_removed_without_a_question() {
    let world = with_secret();
    world.sh("update a --remove-header x-team").ends_with(0);
    assert_eq!(header_names(&world.answer("get a")), ["Authorization"]);
}

#[test]
fn a_protected_header_is_removed_with_yes_alone_and_its_value_forgotten() {
    let world = with_secret();
    world
        .sh("update a --remove-header Authorization")
        .ends_with(2)
        .saying("--yes");
    assert_eq!(
        header_names(&world.answer("get a")),
        ["Authorization", "X-Team"]
    );
    world
        .sh("update a --remove-header Authorization --yes")
        .ends_with(0);
    assert_eq!(header_names(&world.answer("get a")), ["X-Team"]);
    let kept = std::fs::read_to_string(world.state("mock-secrets.json")).unwrap();
    assert!(!kept.contains("a-protected-value"), "{kept}");
}

#[test]
fn without_yes_no_write_is_sent() {
    let protected =
        json!({"headers": [{"key": "Authorization", "value": null, "protected": true}]});
    let fake = Fake::new(move |_, _| Answer::Json(200, webhook_with("a", &protected)));
    let ended = fake.world().sh("update a --remove-header Authorization");
    insta::assert_snapshot!(ended.snapshot(), @"
    [2]
    -- stderr
    error: refusing to remove the protected header Authorization from `a`, and its value, without confirmation: not a terminal
      hint: add --yes to confirm
    ");
    assert!(
        fake.lines().iter().all(|line| line.starts_with("GET")),
        "{:?}",
        fake.lines()
    );
}

#[test]
fn a_protected_header_becomes_plain_only_with_a_value() {
    let world = with_secret();
    world.file(
        "w.yaml",
        "headers:\n- {key: Authorization, protected: false}\n",
    );
    let ended = world.sh("update a -f w.yaml");
    insta::assert_snapshot!(ended.snapshot(), @"
    [2]
    -- stderr
    error: -f w.yaml:2: headers: `Authorization`: needs a value
      2 | - {key: …
    ");
    assert_eq!(world.answer("get a")["headers"][0]["protected"], true);
    let after = world.answer("update a --header 'Authorization: open' --allow-plain");
    assert_eq!(
        after["webhook"]["headers"][0],
        json!({"key": "Authorization", "value": "open", "protected": false})
    );
}

#[test]
fn a_plain_header_becomes_protected() {
    let world = with_secret();
    world
        .sh("update a --secret-header X-Team=env:SOURCE")
        .ends_with(0);
    let header = &world.answer("get a")["headers"][1];
    assert_eq!(
        header,
        &json!({"key": "X-Team", "value": null, "protected": true, "local": "file"})
    );
}

#[test]
fn no_change_named_is_a_usage_error_before_any_call() {
    let fake = Fake::script([]);
    let ended = fake.world().sh("update a");
    insta::assert_snapshot!(ended.snapshot(), @"
    [2]
    -- stderr
    error: no changes specified for `a`
      hint: ubihook update a --url URL, for example; see ubihook update -h
    ");
    assert_eq!(fake.lines(), [""; 0]);
}

#[test]
fn what_is_so_already_is_unchanged_and_sends_nothing() {
    let fake = Fake::new(|_, _| Answer::Json(200, webhook("a")));
    let same = fake.world().answer(
        "update a --timeout 10 --retry=false --enabled --event failed --url https://hooks.example.org/in",
    );
    assert_eq!(same["result"], "unchanged");
    assert_eq!(fake.lines(), ["GET /v2/projects/demo/webhooks/a"]);
}

#[test]
fn a_protected_value_given_is_sent_even_if_it_is_the_same() {
    let world = with_secret();
    let after = world.answer("update a --secret-header Authorization=env:SOURCE");
    assert_eq!(after["result"], "updated");
}

#[test]
fn an_event_of_another_object_is_refused() {
    let world = with_secret();
    world
        .sh("update a --event deployment_request_failed")
        .ends_with(2)
        .saying("pipeline");
    assert_eq!(world.answer("get a")["event"], "pipeline_request_failed");
}

#[test]
fn what_the_api_cannot_change_is_refused_with_the_commands_that_do_it() {
    let world = with_secret();
    for text in [
        "object_type: deployment\nobject_name: deployment-1\n",
        "object_name: other\n",
        "version: v1\n",
    ] {
        world.file("w.yaml", text);
        world
            .sh("update a -f w.yaml --timeout 3")
            .ends_with(2)
            .saying("ubihook delete a")
            .saying("ubihook create a");
    }
    assert_eq!(world.answer("get a")["timeout"], 10);
}

#[test]
fn the_version_named_as_a_flag_is_refused_with_a_word_on_what_to_do() {
    // `update` has no such flag: the refusal should not leave one alone with that.
    let ended = with_secret().sh("update a --version v1");
    insta::assert_snapshot!(ended.snapshot(), @"
    [2]
    -- stderr
    error: webhook `a` watches pipeline `pipeline-1`, and the API can't change that to pipeline `pipeline-1` version `v1`
      hint: ubihook delete a
      hint: ubihook create a --pipeline pipeline-1 --version v1 --event … --url …
    ");
    let ended = with_secret().sh("update a --deployment deployment-1");
    insta::assert_snapshot!(ended.snapshot(), @"
    [2]
    -- stderr
    error: webhook `a` watches pipeline `pipeline-1`, and the API can't change that to deployment `deployment-1`
      hint: ubihook delete a
      hint: ubihook create a --deployment deployment-1 --event … --url …
    ");
}

#[test]
fn another_origin_is_refused_naming_header_old_and_new() {
    let world = with_secret();
    for origin in [
        "http://127.0.0.1:10",
        "https://127.0.0.1:9",
        "http://example.org",
    ] {
        let ended = world
            .sh(&format!("update a --url {origin}/in -o json"))
            .ends_with(2);
        let said = ended.err.clone();
        for part in ["Authorization", "http://127.0.0.1:9", origin] {
            assert!(said.contains(part), "{part}: {said}");
        }
    }
    assert_eq!(world.answer("get a")["url"], "http://127.0.0.1:9/in");
}

#[test]
fn another_origin_in_a_file_is_refused_too() {
    let world = with_secret();
    world.file("w.yaml", "url: http://127.0.0.1:10/in\n");
    world
        .sh("update a -f w.yaml")
        .ends_with(2)
        .saying("Authorization");
    assert_eq!(world.answer("get a")["url"], "http://127.0.0.1:9/in");
}

#[test]
fn another_path_of_the_same_origin_is_taken() {
    let world = with_secret();
    world
        .sh("update a --url HTTP://127.0.0.1:9/elsewhere")
        .ends_with(0);
}

#[test]
fn another_origin_is_taken_where_no_protected_header_stays() {
    let world = with_secret();
    world
        .sh("update a --url http://127.0.0.1:10/in --remove-header Authorization --yes")
        .ends_with(0);
}

#[test]
fn keep_secrets_lets_the_values_follow() {
    let (world, receiver) = (with_secret(), receiver());
    let url = receiver.url("/in");
    world
        .sh(&format!("update a --url {url} --keep-secrets"))
        .ends_with(0);
    world.sh("test a").ends_with(0);
    assert_eq!(
        receiver.next(PATIENCE).unwrap().headers["authorization"],
        "a-protected-value"
    );
}

#[test]
fn a_value_given_anew_may_go_to_another_origin() {
    let (world, receiver) = (with_secret().set("OTHER", "another-value"), receiver());
    let url = receiver.url("/in");
    world
        .sh(&format!(
            "update a --url {url} --secret-header authorization=env:OTHER"
        ))
        .ends_with(0);
    world.sh("test a").ends_with(0);
    assert_eq!(
        receiver.next(PATIENCE).unwrap().headers["authorization"],
        "another-value"
    );
}

#[test]
fn each_protected_header_that_stays_is_asked_for() {
    let world = with_secret();
    world
        .sh("update a --secret-header X-Api-Key=env:SOURCE")
        .ends_with(0);
    world
        .sh("update a --url http://127.0.0.1:10/in --secret-header Authorization=env:SOURCE")
        .ends_with(2)
        .saying("X-Api-Key");
}

#[test]
fn an_update_of_what_is_not_there_is_not_found() {
    let ended = World::new().sh("update nope --timeout 3");
    insta::assert_snapshot!(ended.snapshot(), @"
    [3]
    -- stderr
    error: could not update webhook `nope`: Webhook was not found (the platform answered 404)
      hint: ubihook list
    ");
}

#[test]
fn a_rename_to_a_taken_name_is_refused() {
    let world = with_secret();
    world.sh(&format!("create b {NEEDED}")).ends_with(0);
    let ended = world.sh("update a --name b -o json").ends_with(5);
    assert_eq!(ended.error()["kind"], "already_exists");
    assert_eq!(world.names(), ["a", "b"]);
}

#[test]
fn removing_what_is_not_there_is_said() {
    let world = with_secret();
    let answer = world.answer("update a --remove-header X-Nope");
    assert_eq!(answer["result"], "unchanged");
}

#[test]
fn one_header_named_twice_is_refused() {
    let world = with_secret();
    for more in [
        "--header 'X-Team: 1' --header 'x-team: 2'",
        "--header 'X-Team: 1' --secret-header X-Team=env:SOURCE",
        "--header 'X-Team: 1' --remove-header x-team",
    ] {
        world.sh(&format!("update a {more}")).ends_with(2);
    }
}

#[test]
fn an_object_or_version_by_flag_is_refused_with_the_commands_that_would_change_it() {
    let world = World::new();
    world
        .sh("create a --deployment deployment-1 --version v1 -e failed -u https://hooks.example.org/")
        .ends_with(0);
    for flags in [
        "--version v2",
        "--pipeline pipeline-1 --timeout 5",
        "--experiment experiment-1",
    ] {
        world
            .sh(&format!("update a {flags}"))
            .ends_with(2)
            .saying("ubihook delete a")
            .saying("ubihook create a --");
    }
    assert_eq!(world.answer("get a")["timeout"], 10);
    assert_eq!(world.answer("update a --version v1")["result"], "unchanged");
}

#[test]
fn a_value_sent_anew_is_told_beside_what_else_changed() {
    let world = World::new().set("SOURCE", "a-protected-value");
    world
        .sh("create a --pipeline pipeline-1 -e failed -u https://hooks.example.org/ --secret-header A=env:SOURCE")
        .ends_with(0);
    let ended = world
        .sh("update a --timeout 5 --secret-header a=env:SOURCE")
        .ends_with(0);
    insta::assert_snapshot!(ended.snapshot(), @"
    [0]
    -- stdout
    updated a
      timeout  10 s → 5 s
      header   a: new value
    ");
}

#[test]
fn a_hint_quotes_a_name_that_a_shell_would_read_more_into() {
    let webhook = json!({
        "id": "1", "name": "a; rm x", "object_type": "deployment", "object_name": "d", "version": "v 1",
        "url": "https://hooks.example.org/", "event": "deployment_request_failed", "headers": []});
    let fake = Fake::new(move |_, _| Answer::Json(200, webhook.clone()));
    let ended = fake.world().sh("update 'a; rm x' --pipeline 'p$(x)'");
    insta::assert_snapshot!(ended.snapshot(), @"
    [2]
    -- stderr
    error: webhook `a; rm x` watches deployment `d` version `v 1`, and the API can't change that to pipeline `p$(x)`
      hint: ubihook delete 'a; rm x'
      hint: ubihook create 'a; rm x' --pipeline 'p$(x)' --event … --url …
    ");
}
