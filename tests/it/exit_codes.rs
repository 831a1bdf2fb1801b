//! Each row of the table of codes, made to happen, with its object.

use serde_json::{Value, json};

use crate::support::{Answer, CREATE_SECRET, Ended, Fake, NEEDED, World, raw};

/// The error line as it stands, and what it says.
#[track_caller]
fn row(ended: &Ended, exit: i32, kind: &str) -> Value {
    assert_eq!(ended.code, exit, "{ended:#?}");
    let last = ended.err.lines().last().unwrap();
    assert!(ended.err.ends_with('\n'));
    let at = |key: &str| {
        last.find(&format!("\"{key}\":"))
            .unwrap_or_else(|| panic!("no {key}: {last}"))
    };
    let places: Vec<_> = [
        "error",
        "kind",
        "message",
        "hint",
        "exit",
        "http_status",
        "retryable",
    ]
    .map(at)
    .to_vec();
    assert!(places.is_sorted(), "{last}");
    let error = ended.error();
    assert_eq!(error.as_object().unwrap().len(), 6, "{last}");
    assert_eq!(error["kind"], kind, "{last}");
    assert_eq!(error["exit"], exit, "{last}");
    assert!(
        error["message"]
            .as_str()
            .is_some_and(|text| !text.is_empty())
    );
    assert!(error["hint"].is_string() || error["hint"].is_null());
    assert!(error["retryable"].is_boolean());
    // What isn't the error is a warning.
    for line in ended.err.lines().rev().skip(1) {
        let line: Value = serde_json::from_str(line).unwrap();
        assert!(line["warning"]["message"].is_string(), "{line}");
    }
    error
}

fn list_on(status: u16, body: Value) -> Ended {
    let fake = Fake::new(move |_, _| Answer::Json(status, body.clone()));
    fake.world().sh("list -o json")
}

fn create_on(status: u16) -> Ended {
    let fake = Fake::new(move |_, call| match call.method.as_str() {
        "POST" => Answer::Json(status, json!({"error": "no"})),
        _ => Answer::Json(404, json!({"error": "Webhook was not found"})),
    });
    fake.world().sh(&format!("create a {NEEDED} -o json"))
}

#[test]
fn a_database_that_is_none_is_1() {
    let world = World::new();
    let db = world.file(
        "x/mock.db",
        "this is not a database, however long one looks at it",
    );
    crate::support::set_mode(&db, 0o600);
    crate::support::set_mode(db.parent().unwrap(), 0o700);
    let ended = world.sh_with(&[("UBIHOOK_MOCK_DB", db.to_str().unwrap())], "list -o json");
    row(&ended, 1, "unexpected");
}

#[test]
fn what_clap_refuses_is_2_as_json_too() {
    for line in [
        "list --nope -o json",
        "nope -o json",
        "-o json",
        "get -o json",
        "list --output json --event",
        "-o json list extra",
        "list -ojson --enabled=perhaps",
        "create -o json --timeout x",
        "list --output=json -p",
    ] {
        let error = row(&World::new().sh(line), 2, "usage");
        assert!(
            !error["message"].as_str().unwrap().contains('\n'),
            "{error}"
        );
    }
    row(
        &World::new().set("UBIHOOK_OUTPUT", "json").sh("list --nope"),
        2,
        "usage",
    );
}

#[test]
fn a_wrong_output_format_is_2() {
    let ended = World::new().sh("list -o xml");
    insta::assert_snapshot!(ended.snapshot(), @"
    [2]
    -- stderr
    error: invalid value 'xml' for '--output <FORMAT>' [possible values: table, json, ndjson, yaml, name]
      hint: a similar value exists: 'yaml'
    ");
}

#[test]
fn differences_are_10() {
    let world = World::new();
    let file = "{name: a, pipeline: pipeline-1, event: failed, url: http://127.0.0.1:9/in}";
    world.file("w.yaml", file);
    row(
        &world.sh("diff -f w.yaml --exit-code -o json"),
        10,
        "differs",
    );
}

#[test]
fn not_found_is_3() {
    let error = row(&World::new().sh("get nope -o json"), 3, "not_found");
    assert_eq!(
        (&error["http_status"], &error["retryable"]),
        (&json!(404), &json!(false))
    );
    row(&World::new().sh("list -p nope -o json"), 3, "not_found");
}

#[test]
fn not_signed_in_and_not_allowed_are_4() {
    for status in [401, 403] {
        let error = row(&list_on(status, json!({"error": "no"})), 4, "auth");
        assert_eq!(error["http_status"], status);
        assert!(error["hint"].is_string(), "{error}");
    }
}

#[test]
fn a_refusal_is_5() {
    for status in [400, 405, 409, 410, 413, 418, 422] {
        let error = row(&create_on(status), 5, "refused");
        assert_eq!(
            (&error["http_status"], &error["retryable"]),
            (&json!(status), &json!(false))
        );
    }
}

/// A platform that refuses each write so, and knows the webhook or not.
fn refusing(status: u16, is_known: bool) -> Fake {
    Fake::new(move |_, call| match call.method.as_str() {
        "GET" if is_known => Answer::Json(200, crate::support::webhook("a")),
        "GET" => Answer::Json(404, json!({"error": "The webhook was not found"})),
        _ => Answer::Json(status, json!({"error": "Webhook a already exists"})),
    })
}

#[test]
fn a_name_is_taken_exactly_where_it_is_found_after_a_refusal() {
    for (status, is_known, kind) in [
        (400, true, "already_exists"),
        (409, true, "already_exists"),
        (422, true, "already_exists"),
        (400, false, "refused"),
        (409, false, "refused"),
        (422, false, "refused"),
        (405, true, "refused"),
        (413, true, "refused"),
    ] {
        let platform = refusing(status, is_known);
        let error = row(
            &platform.world().sh(&format!("create a {NEEDED} -o json")),
            5,
            kind,
        );
        assert_eq!(error["http_status"], status, "{error}");
        assert_eq!(
            error["hint"].is_string(),
            kind == "already_exists",
            "{error}"
        );
    }
}

#[test]
fn a_server_error_on_a_write_is_6() {
    for status in [500, 502, 503, 504] {
        let error = row(&create_on(status), 6, "unreachable");
        assert_eq!(error["http_status"], status);
    }
}

#[test]
fn nobody_there_is_6_and_may_be_tried_again() {
    let error = row(
        &World::facing("http://127.0.0.1:1", "a-token-of-ours").sh("list -o json"),
        6,
        "unreachable",
    );
    assert_eq!(
        (&error["retryable"], &error["http_status"]),
        (&json!(true), &json!(null))
    );
}

#[test]
fn an_answer_that_is_not_the_apis_is_6() {
    for answer in [
        raw(
            200,
            &[("content-type", "text/html")],
            "<html>Sign in</html>",
        ),
        raw(200, &[("content-type", "application/json")], "{\"half\":"),
        Answer::Json(200, json!({"not": "a list"})),
        raw(200, &[], ""),
    ] {
        let fake = Fake::new(move |_, _| answer.clone());
        row(&fake.world().sh("list -o json"), 6, "unreachable");
    }
}

#[test]
fn a_platform_that_stays_silent_is_6() {
    let fake = Fake::new(|_, _| Answer::Silence);
    let ended = fake.world().sh("list -o json --api-timeout 100ms");
    let error = row(&ended, 6, "unreachable");
    assert_eq!(error["retryable"], true);
    assert_eq!(fake.calls().len(), 3);
}

#[test]
fn a_failed_test_is_7_and_a_missing_value_9() {
    let world = World::new().set("SOURCE", "a-protected-value");
    world.sh(CREATE_SECRET).ends_with(0);
    row(&world.sh("test a -o json"), 7, "failed");
    row(
        &world.sh("test a -o json --secret-header B=env:NOPE"),
        9,
        "secret",
    );
}

#[test]
fn some_of_many_is_11() {
    row(&World::new().sh("delete a b --yes -o json"), 11, "partial");
}

#[cfg(unix)]
#[test]
fn a_signal_ends_with_130_131_and_143() {
    use rustix::process::{Pid, Signal, kill_process};
    for (signal, code) in [(Signal::INT, 130), (Signal::QUIT, 131), (Signal::TERM, 143)] {
        // The platform is asked, and then we are told to stop.
        let (say, asked) = std::sync::mpsc::channel();
        let say = std::sync::Mutex::new(say);
        let fake = Fake::new(move |_, _| {
            let _ = say.lock().unwrap().send(());
            Answer::Silence
        });
        let world = fake.world();
        let mut command = world.command();
        command
            .args(["list", "-o", "json"])
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped());
        let child = command.spawn().unwrap();
        asked.recv_timeout(crate::support::PATIENCE).unwrap();
        kill_process(Pid::from_child(&child), signal).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{output:?}");
    }
}

#[test]
fn help_and_version_are_0_and_on_stdout() {
    for line in [
        "--help",
        "-h",
        "help",
        "create --help",
        "mock serve -h",
        "--version",
        "-V",
    ] {
        let ended = World::without_mock().sh(line).ends_with(0).silently();
        assert!(!ended.out.is_empty(), "{line}");
    }
}

/// A page of a firewall, a gateway or another server.
const PAGES: [(&str, &str); 3] = [
    ("<html>Access denied</html>", "with HTML"),
    (r#"{"message":"Forbidden"}"#, "with unexpected JSON"),
    (r#"[{"code":1}]"#, "with unexpected JSON"),
];

#[test]
fn a_page_of_another_server_is_reported_as_that_whatever_its_status() {
    for status in [400, 401, 403, 404, 407, 409, 429, 500, 501, 502, 503, 504] {
        for (body, what) in PAGES {
            let fake = Fake::new(move |_, _| raw(status, &[("x-ratelimit-reset", "0")], body));
            for line in ["list", "get a", "delete a --yes"] {
                let ended = fake.world().sh(&format!("{line} -o json"));
                let error = row(&ended, 6, "unreachable");
                let message = error["message"].as_str().unwrap();
                let expected = format!("answered {status} {what}: that is not the UbiOps API");
                assert!(message.contains(&expected), "{message}");
                assert_eq!(error["http_status"], status);
                let passes = [429, 500, 502, 503, 504].contains(&status);
                assert_eq!(error["retryable"], passes, "{status}");
                let all = ended.err.to_lowercase();
                assert!(
                    !all.contains("token") && !all.contains("permission"),
                    "{all}"
                );
            }
        }
    }
}

#[test]
fn a_server_error_that_stays_is_not_retryable() {
    let error = row(&list_on(501, json!({"error": "no"})), 6, "unreachable");
    assert_eq!(error["message"], "no (the platform answered 501)");
    assert_eq!(error["retryable"], false);
}
