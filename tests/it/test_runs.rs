//! `test`: by name, ad hoc, by id.

use serde_json::json;

use crate::support::{Answer, Fake, NEEDED, PATIENCE, World, receiver, webhook};

const ID: &str = "5b1f4f0a-5f0e-4a5f-8d0e-6a4d3b7f2c11";

fn with_secret(url: &str) -> World {
    let world = World::new()
        .set("SOURCE", "a-protected-value")
        .set("OTHER", "another-value");
    world
        .sh(&format!(
            "create a --pipeline pipeline-1 -e completed -u {url} --include-result \
             --secret-header Authorization=env:SOURCE --header 'X-Team: blue'"
        ))
        .ends_with(0);
    world
}

#[test]
fn by_name_it_sends_what_the_webhook_would() {
    let receiver = receiver();
    let url = receiver.url("/in?a=1");
    let world = with_secret(&url);
    let tested = world.answer("test a");
    let mut keys: Vec<_> = tested.as_object().unwrap().keys().cloned().collect();
    keys.sort();
    assert_eq!(
        keys,
        [
            "error_message",
            "id",
            "status",
            "url",
            "waited_ms",
            "webhook"
        ]
    );
    assert_eq!(tested["status"], "completed");
    assert_eq!(tested["error_message"], json!(null));
    assert_eq!(tested["webhook"], "a");
    assert_eq!(tested["url"], url);
    assert!(tested["waited_ms"].is_u64());
    let delivery = receiver.next(PATIENCE).unwrap();
    assert_eq!(delivery.method, "POST");
    assert_eq!(delivery.path, "/in?a=1");
    assert_eq!(delivery.headers["authorization"], "a-protected-value");
    assert_eq!(delivery.headers["x-team"], "blue");
    assert_eq!(delivery.headers["content-type"], "application/json");
    let body: serde_json::Value = serde_json::from_slice(&delivery.body).unwrap();
    assert_eq!(body["event"], "pipeline_request_completed");
    assert_eq!(body["status"], "completed");
    assert_eq!(body["pipeline_name"], "pipeline-1");
    assert_eq!(body["pipeline_version_name"], "v1");
    assert!(body.get("result").is_some(), "{body}");
}

#[test]
fn another_event_may_be_tried() {
    let receiver = receiver();
    let world = with_secret(&receiver.url("/in"));
    world.sh("test a --event started").ends_with(0);
    let body = receiver.next(PATIENCE).unwrap().body;
    let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(
        (&body["event"], &body["status"]),
        (&json!("pipeline_request_started"), &json!("processing"))
    );
    world
        .sh("test a --event deployment_request_started")
        .ends_with(2);
}

#[test]
fn an_experiment_is_told_as_the_deployment_that_it_is() {
    let receiver = receiver();
    let url = receiver.url("/in");
    World::new()
        .sh(&format!(
            "test --experiment experiment-1 -e failed -u {url}"
        ))
        .ends_with(0);
    let body = receiver.next(PATIENCE).unwrap().body;
    let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(body["deployment_name"], "training-base-deployment");
    assert_eq!(body["deployment_version_name"], "experiment-1");
    assert!(body.get("result").is_none(), "{body}");
}

#[test]
fn a_failed_test_is_7_with_its_result_on_stdout() {
    let world = World::new();
    world.sh(&format!("create a {NEEDED}")).ends_with(0);
    let ended = world.sh("test a -o json").ends_with(7);
    assert_eq!(ended.json()["status"], "failed");
    assert_eq!(ended.json()["error_message"], "Connection error: refused");
    let error = ended.error();
    assert_eq!(
        (&error["kind"], &error["exit"]),
        (&json!("failed"), &json!(7))
    );
}

#[test]
fn ad_hoc_needs_nothing_stored() {
    let receiver = receiver();
    let url = receiver.url("/in");
    let world = World::new().set("SOURCE", "a-protected-value");
    let tested = world.answer(&format!(
        "test --deployment deployment-1 --version v1 -e failed -u {url} --timeout 5 --retry \
         --header 'X-Team: blue' --secret-header Authorization=env:SOURCE"
    ));
    assert_eq!(tested["webhook"], json!(null));
    let delivery = receiver.next(PATIENCE).unwrap();
    assert_eq!(delivery.headers["authorization"], "a-protected-value");
    assert_eq!(world.names(), [""; 0]);
    assert!(
        !world.state("mock-secrets.json").exists(),
        "nothing is kept"
    );
}

#[test]
fn ad_hoc_is_sent_as_given() {
    let fake = Fake::script([Answer::Json(
        201,
        json!({"id": ID, "status": "completed", "error_message": null}),
    )]);
    let world = fake.world().set("SOURCE", "a-protected-value");
    world
        .sh(&format!(
            "test {NEEDED} --timeout 5 --retry --include-result --secret-header A=env:SOURCE"
        ))
        .ends_with(0);
    assert_eq!(fake.lines(), ["POST /v2/projects/demo/webhooks-tests"]);
    assert_eq!(
        fake.calls()[0].json(),
        json!({
            "object_type": "pipeline", "object_name": "pipeline-1", "event": "pipeline_request_failed",
            "url": "http://127.0.0.1:9/in", "timeout": 5, "retry": true, "include_result": true,
            "headers": [{"key": "A", "value": "a-protected-value", "protected": true}],
        })
    );
}

#[test]
fn ad_hoc_names_what_is_missing() {
    let fake = Fake::script([]);
    let ended = fake.world().sh("test --pipeline pipeline-1");
    insta::assert_snapshot!(ended.snapshot(), @"
    [2]
    -- stderr
    error: a test needs NAME, --id, or a target with --event and --url
      hint: ubihook test NAME
      hint: or ubihook test --pipeline PIPELINE --event failed --url URL
    ");
    let ended = fake.world().sh("test");
    insta::assert_snapshot!(ended.snapshot(), @"
    [2]
    -- stderr
    error: a test needs NAME, --id, or a target with --event and --url
      hint: ubihook test NAME
      hint: or ubihook test --pipeline PIPELINE --event failed --url URL
    ");
    assert_eq!(fake.lines(), [""; 0]);
}

#[test]
fn no_wait_prints_the_id_and_ends_with_0() {
    let world = World::new();
    world.sh(&format!("create a {NEEDED}")).ends_with(0);
    let ended = world.sh("test a --no-wait").ends_with(0);
    let id = ended.out.trim();
    assert_eq!(id.len(), 36, "{id}");
    // A command with an embedded mock finishes the deliveries that it caused.
    let looked = world.sh(&format!("test --id {id} -o json")).ends_with(7);
    assert_eq!(looked.json()["id"], id);
    assert_eq!(looked.json()["status"], "failed");
}

#[test]
fn by_id_a_completed_test_is_0_and_an_unknown_one_3() {
    let receiver = receiver();
    let world = with_secret(&receiver.url("/in"));
    let id = world.answer("test a --no-wait")["id"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(
        world.answer(&format!("test --id {id}"))["status"],
        "completed"
    );
    let ended = world.sh(&format!("test --id {ID} -o json")).ends_with(3);
    assert_eq!(ended.error()["kind"], "not_found");
}

#[test]
fn still_pending_when_waiting_ends_is_8() {
    let fake = Fake::new(|_, call| {
        let status = if call.method == "POST" { 201 } else { 200 };
        Answer::Json(
            status,
            json!({"id": ID, "status": "pending", "error_message": null}),
        )
    });
    let ended = fake
        .world()
        .sh(&format!("test {NEEDED} --wait-timeout 300ms -o json"))
        .ends_with(8);
    assert_eq!(ended.json()["status"], "pending");
    assert_eq!(ended.json()["id"], ID);
    let error = ended.error();
    assert_eq!(
        (&error["kind"], &error["exit"]),
        (&json!("pending"), &json!(8))
    );
    let hint = error["hint"].as_str().unwrap();
    assert!(hint.contains(&format!("ubihook test --id {ID}")), "{hint}");
}

#[test]
fn durations_are_written_in_four_ways() {
    let answer = || {
        Answer::Json(
            201,
            json!({"id": ID, "status": "completed", "error_message": null}),
        )
    };
    for duration in ["500ms", "10s", "2m", "3"] {
        let fake = Fake::script([answer()]);
        fake.world()
            .sh(&format!("test {NEEDED} --wait-timeout {duration}"))
            .ends_with(0);
    }
    for duration in ["soon", "-1", "1h30", ""] {
        let fake = Fake::script([answer()]);
        fake.world()
            .sh(&format!("test {NEEDED} --wait-timeout '{duration}'"))
            .ends_with(2);
        assert_eq!(fake.lines(), [""; 0]);
    }
}

#[test]
fn a_missing_value_is_9_naming_the_header_and_the_command_that_mends_it() {
    let receiver = receiver();
    let world = with_secret(&receiver.url("/in"));
    std::fs::remove_file(world.state("mock-secrets.json")).unwrap();
    let ended = world.sh("test a -o json").ends_with(9);
    let error = ended.error();
    assert_eq!(error["kind"], "secret");
    assert!(
        error["message"].as_str().unwrap().contains("Authorization"),
        "{error}"
    );
    assert!(
        error["hint"]
            .as_str()
            .unwrap()
            .contains("--secret-header Authorization"),
        "{error}"
    );
    world
        .sh("test a --secret-header Authorization=env:OTHER")
        .ends_with(0);
    let delivery = receiver.next(PATIENCE).unwrap();
    assert_eq!(delivery.headers["authorization"], "another-value");
    // What was given for one test is not kept.
    let ended = world.sh("test a");
    insta::assert_snapshot!(ended.snapshot(), @"
    [9]
    -- stderr
    error: could not test webhook `a`: no stored value of `Authorization` for http://127.0.0.1:8080
      hint: ubihook test a --secret-header Authorization
      hint: or store it for every test: `ubihook secret set a --secret-header Authorization`
    ");
}

#[test]
fn a_value_is_not_found_for_another_origin() {
    let (receiver, other) = (receiver(), receiver());
    let world = with_secret(&receiver.url("/in"));
    let url = other.url("/in");
    world
        .sh(&format!("test a --url {url}"))
        .ends_with(9)
        .saying("Authorization");
    world
        .sh(&format!(
            "test a --url {url} --secret-header Authorization=env:OTHER"
        ))
        .ends_with(0);
    assert_eq!(
        other.next(PATIENCE).unwrap().headers["authorization"],
        "another-value"
    );
    world
        .sh(&format!("test a --url {url} --keep-secrets"))
        .ends_with(0);
    assert_eq!(
        other.next(PATIENCE).unwrap().headers["authorization"],
        "a-protected-value"
    );
    // And the next one is refused again.
    let ended = world.sh(&format!("test a --url {url}"));
    insta::assert_snapshot!(ended.snapshot(), @"
    [9]
    -- stderr
    error: could not test webhook `a`: no stored value of `Authorization` for http://127.0.0.1:8080; the store `file` has one for http://127.0.0.1:8080 only
      hint: supply it again with --secret-header Authorization=SOURCE
      hint: or add --keep-secrets if http://127.0.0.1:8080 may receive it
    ");
    world.sh("test a").ends_with(0);
}

#[test]
fn a_missing_value_has_a_hint_that_does_not_lead_back_here() {
    let receiver = receiver();
    let world = World::new().set("SOURCE", "a-protected-value");
    let line = format!(
        "create a --pipeline pipeline-1 --event failed --url {} \
         --secret-header X-Key=env:SOURCE --store none",
        receiver.url("/in")
    );
    world.sh(&line).ends_with(0);
    let ended = world.sh("test a --store none");
    insta::assert_snapshot!(ended.snapshot(), @"
    [9]
    -- stderr
    error: could not test webhook `a`: no stored value of `X-Key` for http://127.0.0.1:8080
      hint: ubihook test a --secret-header X-Key --store none
    ");
    world
        .sh("test a --store none --secret-header X-Key=env:SOURCE")
        .ends_with(0);
}

#[cfg(unix)]
#[test]
fn an_unset_variable_in_ci_is_not_typed_but_passed() {
    let line = format!("test {NEEDED} --secret-header X-Key=env:NOT_SET");
    let ci = || World::new().set("CI", "true");
    let signed_out = ci().set("UBIHOOK_MOCK", "0").set("UBIOPS_PROJECT", "demo");
    let ended = signed_out.sh("list");
    insta::assert_snapshot!(ended.snapshot(), @"
    [4]
    -- stderr
    error: not signed in to https://api.ubiops.com/v2: no keyring is available in this session
      hint: pass the variable UBIOPS_API_TOKEN to this step of the CI job, from the CI system's secrets
    ");
    let ended = ci().sh(&line);
    insta::assert_snapshot!(ended.snapshot(), @"
    [9]
    -- stderr
    error: can't read the value of `X-Key` from the variable `NOT_SET`: it is not set
      hint: pass the variable NOT_SET to this step of the CI job, from the CI system's secrets
    ");
}

#[test]
fn another_path_of_the_origin_gets_the_value() {
    let receiver = receiver();
    let world = with_secret(&receiver.url("/in"));
    world
        .sh(&format!("test a --url {}", receiver.url("/elsewhere")))
        .ends_with(0);
    let delivery = receiver.next(PATIENCE).unwrap();
    assert_eq!(
        (delivery.path.as_str(), &delivery.headers["authorization"]),
        ("/elsewhere", &"a-protected-value".parse().unwrap())
    );
}

#[test]
fn a_url_changed_behind_our_back_gets_no_value() {
    // Somebody else moved the webhook: what the platform says now is not what it was given for.
    let moved = crate::support::webhook_with(
        "a",
        &json!({
            "url": "https://elsewhere.example/in",
            "headers": [{"key": "Authorization", "value": null, "protected": true}],
        }),
    );
    let made = crate::support::webhook_with(
        "a",
        &json!({
            "headers": [{"key": "Authorization", "value": null, "protected": true}],
        }),
    );
    let fake = Fake::script([Answer::Json(201, made), Answer::Json(200, moved)]);
    let world = fake.world().set("SOURCE", "a-protected-value");
    world
        .sh("create a --pipeline pipeline-1 -e failed -u https://hooks.example.org/in --secret-header Authorization=env:SOURCE")
        .ends_with(0);
    let ended = world.sh("test a");
    insta::assert_snapshot!(ended.snapshot(), @"
    [9]
    -- stderr
    error: could not test webhook `a`: no stored value of `Authorization` for https://elsewhere.example; the store `file` has one for https://hooks.example.org only
      hint: ubihook update a --secret-header Authorization
      hint: or ubihook test a --keep-secrets, if https://elsewhere.example may receive it
    ");
    assert!(
        fake.calls()[1..]
            .iter()
            .all(|call| !call.body.contains("a-protected-value"))
    );
    assert_eq!(fake.calls().len(), 2);
}

#[test]
fn a_plain_webhook_is_tested_without_any_store() {
    let fake = Fake::script([
        Answer::Json(200, webhook("a")),
        Answer::Json(
            201,
            json!({"id": ID, "status": "completed", "error_message": null}),
        ),
    ]);
    let world = fake.world().set("UBIHOOK_STORE", "keyring");
    world.sh("test a").ends_with(0).silently();
}

#[test]
fn a_test_of_a_missing_webhook_is_not_found() {
    let ended = World::new().sh("test nope");
    insta::assert_snapshot!(ended.snapshot(), @"
    [3]
    -- stderr
    error: could not test webhook `nope`: Webhook was not found (the platform answered 404)
      hint: ubihook list
    ");
}

#[test]
fn an_id_beside_a_name_is_refused() {
    let ended = World::new().sh(&format!("test a --id {ID}"));
    insta::assert_snapshot!(ended.snapshot(), @"
    [2]
    -- stderr
    error: the argument '[NAME]...' cannot be used with '--id <TEST_ID>'
      hint: usage: ubihook test <NAME>...
    ");
}

#[test]
fn waiting_asks_a_few_times_and_not_at_once() {
    let fake = Fake::new(|at, _| {
        let status = if at < 4 { "pending" } else { "completed" };
        Answer::Json(
            200,
            json!({"id": ID, "status": status, "error_message": null}),
        )
    });
    let tested = fake.world().answer(&format!("test {NEEDED}"));
    assert_eq!(tested["status"], "completed");
    assert_eq!(fake.calls().len(), 5);
    assert_eq!(
        fake.lines()[4],
        format!("GET /v2/projects/demo/webhooks-tests/{ID}")
    );
}

#[test]
fn a_test_create_is_not_sent_twice() {
    let fake = Fake::script([Answer::Cut]);
    let ended = fake.world().sh(&format!("test {NEEDED}"));
    insta::assert_snapshot!(ended.snapshot(), @"
    [6]
    -- stderr
    error: could not start the test: could not reach http://127.0.0.1:8080/v2: the connection closed before the response was complete (host from UBIOPS_API_HOST)
      hint: to find the cause: `ubihook doctor`
    ");
    assert_eq!(fake.lines().len(), 1);
}

#[test]
fn a_test_of_a_disabled_webhook_says_so() {
    let world = World::new();
    let receiver = receiver();
    let url = receiver.url("/");
    world
        .sh(&format!(
            "create a --pipeline pipeline-1 --event failed --url {url} --enabled=false"
        ))
        .ends_with(0);
    world
        .sh("test a")
        .ends_with(0)
        .saying("webhook `a` is disabled: only tests call it until `ubihook update a --enabled`");
}
