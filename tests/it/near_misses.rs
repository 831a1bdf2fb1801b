//! What is nearly right is answered with what is right.

use serde_json::json;

use crate::support::{Answer, Fake, NEEDED, World};

fn world() -> World {
    let world = World::new();
    world.sh(&format!("create nightly {NEEDED}")).ends_with(0);
    world
}

#[test]
fn a_near_miss_is_answered_with_what_was_meant() {
    let world = world();
    let target = |target: &str| format!("create a {target} -e failed -u http://127.0.0.1:9/in");
    for (line, code, hint) in [
        ("get nighty", 3, "ubihook get nightly"),
        ("update nighty --timeout 3", 3, "did you mean nightly?"),
        ("delete nighty --yes", 3, "ubihook list"),
        ("test nighty", 3, "did you mean nightly?"),
        ("get another-one", 3, "ubihook list"),
        (
            &target("--pipeline pipelin-1"),
            3,
            "did you mean --pipeline pipeline-1?",
        ),
        (
            &target("--deployment deploymnet-1"),
            3,
            "did you mean --deployment deployment-1?",
        ),
        (
            &target("--pipeline pipeline-1 --version v2"),
            3,
            "did you mean --version v1?",
        ),
        (
            &target("--experiment experimet-1"),
            3,
            "did you mean --experiment experiment-1?",
        ),
        (
            &target("--pipeline pipelin-1 --test-first"),
            3,
            "did you mean --pipeline pipeline-1?",
        ),
        (
            &target("--pipeline xyz"),
            3,
            "known values of --pipeline: pipeline-1",
        ),
        (
            "test --pipeline pipelin-1 -e failed -u http://127.0.0.1:9/",
            3,
            "--pipeline pipeline-1?",
        ),
        ("list -p dmo", 3, "did you mean --project demo?"),
        ("get nightly -p dmo", 3, "did you mean --project demo?"),
        (
            "create a -p dmo --pipeline pipeline-1 -e failed -u http://127.0.0.1:9/",
            3,
            "--project demo?",
        ),
        ("list --event faild", 2, "did you mean failed?"),
        ("lst", 2, "did you mean 'list'?"),
        ("mock request --outcome fail", 2, "did you mean failed?"),
        (
            "mock run --fault 'GET /webhook=503' -- true",
            2,
            "did you mean /webhooks?",
        ),
        (
            "list --event pipeline_request_fialed",
            2,
            "did you mean pipeline_request_failed?",
        ),
        ("list --object-type piplin", 2, "did you mean pipeline?"),
        ("list -o jsn", 2, "a similar value exists: 'json'"),
        (
            "list --lable a=b",
            2,
            "a similar argument exists: '--label'",
        ),
        ("lits", 2, "did you mean 'list'?"),
        ("help exit-code", 2, "ubihook help exit-codes"),
        ("help auth lgin", 2, "ubihook help auth login"),
        ("help nonsense", 2, "ubihook help"),
    ] {
        let ended = world.sh(line);
        assert_eq!(ended.code, code, "{line}: {}", ended.err);
        let hinted = ended
            .err
            .lines()
            .any(|said| said.trim().starts_with("hint: ") && said.contains(hint));
        assert!(hinted, "{line}: {}", ended.err);
    }
}

#[test]
fn a_suggestion_changes_neither_code_nor_kind_nor_status() {
    let error = world().sh("get nighty -o json").ends_with(3).error();
    assert_eq!(error["kind"], "not_found");
    assert_eq!(error["http_status"], 404);
    assert_eq!(error["hint"], "ubihook get nightly");
}

#[test]
fn it_costs_one_read_and_only_after_a_404() {
    let fake = Fake::new(|_, call| match call.path.as_str() {
        "/v2/projects/demo/webhooks" => Answer::Json(500, json!({})),
        _ => Answer::Json(404, json!({"error": "Webhook was not found"})),
    });
    // What goes wrong with it is no error of its own.
    let ended = fake.world().sh("get a");
    insta::assert_snapshot!(ended.snapshot(), @"
    [3]
    -- stderr
    warning: http://127.0.0.1:8080/v2 answered 500 with unexpected JSON: that is not the UbiOps API; retrying in 250 ms
    warning: http://127.0.0.1:8080/v2 answered 500 with unexpected JSON: that is not the UbiOps API; retrying in 250 ms
    error: could not get webhook `a`: Webhook was not found (the platform answered 404)
    ");
    let lines = fake.lines();
    assert_eq!(lines[0], "GET /v2/projects/demo/webhooks/a");
    assert!(
        lines[1..]
            .iter()
            .all(|line| line == "GET /v2/projects/demo/webhooks"),
        "{lines:?}"
    );

    let fake = Fake::new(|_, _| Answer::Json(403, json!({"error": "No"})));
    let ended = fake.world().sh("get a");
    insta::assert_snapshot!(ended.snapshot(), @"
    [4]
    -- stderr
    error: could not get webhook `a`: No (the platform answered 403)
      hint: the token lacks a permission; `ubihook auth status` shows whose token it is
      hint: to find the cause: `ubihook doctor`
    ");
    assert_eq!(fake.calls().len(), 1);
}

#[test]
fn a_hint_has_the_users_own_options() {
    let world = world();
    let fake = Fake::new(|_, call| match call.path.as_str() {
        "/v2/projects/demo/webhooks" => Answer::Json(200, json!([])),
        _ => Answer::Json(404, json!({"error": "Webhook was not found"})),
    });
    let host = fake.url();
    for (line, hint) in [
        ("get nighty --mock".to_owned(), "ubihook get nightly --mock"),
        (
            "--mock delete nighty --yes".to_owned(),
            "ubihook list --mock",
        ),
        (
            "update nighty --timeout 3 --mock --store none".to_owned(),
            "ubihook list --mock --store none",
        ),
        (
            "test nighty --mock -p demo".to_owned(),
            "ubihook list --mock --project demo",
        ),
        (
            "mock request --db x.db".to_owned(),
            "ubihook mock request --deployment deployment-1 --db x.db",
        ),
    ] {
        let ended = world.sh(&line);
        assert!(hinted(&ended.err, hint), "{line}: {}", ended.err);
    }
    let ended = fake
        .world()
        .sh(&format!("get a --host {host} -p demo"))
        .ends_with(3);
    let hint = format!("ubihook list --host {host} --project demo");
    assert!(hinted(&ended.err, &hint), "{}", ended.err);
}

fn hinted(err: &str, hint: &str) -> bool {
    err.lines()
        .any(|line| line.trim() == format!("hint: {hint}"))
}
