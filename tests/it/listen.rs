//! `listen`: what is shown of deliveries, which of them count, and how it ends.

#[cfg(unix)]
use rustix::process::Signal;
use serde_json::{Value, json};

#[cfg(unix)]
use crate::support::mode;
use crate::support::{Listening, World, payload};

/// The last line.
fn result(out: &str) -> Value {
    serde_json::from_str(out.lines().last().unwrap()).unwrap()
}

#[cfg(unix)]
#[test]
fn a_delivery_is_answered_and_shown_with_all_that_it_has() {
    let world = World::without_mock();
    let mut listening = Listening::start(&world, "--path /in");
    assert_eq!(listening.ready["type"], "ready");
    assert!(listening.url().ends_with("/in"));
    let body = r#"{ "event":"pipeline_request_paused", "request_id":"r-1", "n":1.50 }"#;
    let answer = listening.post(
        "/in/below?q=1",
        "X-A: b\r\nAuthorization: Bearer t0ken\r\n",
        body,
    );
    assert_eq!((answer.status, answer.body.as_str()), (200, ""));
    let line = listening.line();
    assert_eq!(line["type"], "delivery");
    assert_eq!(line["number"], 1);
    assert_eq!(
        (&line["method"], &line["path"]),
        (&json!("POST"), &json!("/in/below?q=1"))
    );
    assert_eq!(line["event"], "pipeline_request_paused");
    assert_eq!(line["request_id"], "r-1");
    assert_eq!(
        line["payload"].to_string(),
        r#"{"event":"pipeline_request_paused","request_id":"r-1","n":1.5}"#
    );
    assert_eq!(line["bytes"], body.len());
    assert_eq!(line["verified"], Value::Null);
    assert_eq!(
        (&line["repeat"], &line["answered"]),
        (&json!(false), &json!(200))
    );
    assert_eq!(line["problem"], Value::Null);
    let headers = line["headers"].as_array().unwrap();
    assert!(headers.contains(&json!({"key": "x-a", "value": "b"})));
    assert!(headers.contains(&json!({"key": "authorization", "value": null, "protected": true})));
    let ended = listening.stop(Signal::TERM).ends_with(0).silently();
    let result = result(&ended.out);
    assert_eq!(result["type"], "result");
    assert_eq!(
        (&result["met"], &result["deliveries"]),
        (&json!(true), &json!(1))
    );
    assert_eq!(
        (&result["expected"], &result["nearest"]),
        (&json!([]), &json!([]))
    );
}

#[test]
fn it_needs_no_home_no_project_and_no_valid_settings() {
    let world = World::without_mock()
        .set("UBIOPS_API_HOST", "nonsense://")
        .set("UBIOPS_PROJECT", "");
    let mut command = world.command();
    command.env_remove("HOME").args(["listen", "--count", "1"]);
    let mut listening = Listening::started(&mut command);
    listening.post("/", "", &payload("failed", "r"));
    assert_eq!(listening.line()["request_id"], "r");
    listening.end().ends_with(0).silently();
    assert_eq!(std::fs::read_dir(world.home()).unwrap().count(), 0);
}

#[test]
fn it_ends_as_soon_as_everything_expected_has_arrived() {
    let world = World::without_mock();
    let expect = "--expect event=failed,object_name=pipeline-1,count=2 --expect status=started";
    let listening = Listening::start(&world, expect);
    for (event, request) in [
        ("failed", "1"),
        ("failed", "1"),
        ("started", "1"),
        ("failed", "2"),
    ] {
        assert_eq!(
            listening.post("/", "", &payload(event, request)).status,
            200
        );
    }
    let ended = listening.end().ends_with(0).silently();
    let lines: Vec<Value> = ended
        .out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let repeats: Vec<_> = lines[..4]
        .iter()
        .map(|line| line["repeat"].as_bool().unwrap())
        .collect();
    assert_eq!(repeats, [false, true, false, false]);
    let result = &lines[4];
    assert_eq!(
        (&result["met"], &result["deliveries"]),
        (&json!(true), &json!(3))
    );
    assert_eq!(
        result["expected"],
        json!([
            {"expect": "event=failed,object_name=pipeline-1,count=2", "count": 2, "seen": 2},
            {"expect": "status=started", "count": 1, "seen": 1},
        ])
    );
}

#[test]
fn what_did_not_arrive_ends_with_7_and_names_the_nearest() {
    let world = World::without_mock();
    let line = "--expect event=completed,version=v1 --timeout 1s -o json";
    let listening = Listening::start(&world, line);
    listening.post("/", "", &payload("failed", "1"));
    let ended = listening.end().ends_with(7);
    let result = result(&ended.out);
    assert_eq!(result["met"], false);
    assert_eq!(
        result["nearest"],
        json!([{
            "expect": "event=completed,version=v1",
            "number": 1,
            "differs": [{"field": "event", "expected": "completed", "found": "pipeline_request_failed"}],
        }])
    );
    let error = ended.error();
    assert_eq!(
        (&error["kind"], &error["exit"]),
        (&json!("failed"), &json!(7))
    );
    assert_eq!(error["message"], "1 expectation not met within 1 s");
}

#[test]
fn people_see_a_table_and_what_differs() {
    let world = World::without_mock();
    let mut command = world.command();
    command.args([
        "listen",
        "-o",
        "table",
        "--timeout",
        "1s",
        "--ready-file",
        "ready",
    ]);
    command.args([
        "--expect",
        "event=completed,version=v1",
        "--expect",
        "status=failed",
    ]);
    let child = command
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped());
    let child = child.spawn().unwrap();
    let ready = world.home().join("ready");
    while !ready.exists() {
        std::thread::yield_now();
    }
    #[cfg(unix)]
    assert_eq!(mode(&ready), 0o600);
    let ready: Value = serde_json::from_str(&std::fs::read_to_string(ready).unwrap()).unwrap();
    let url = ready["url"].as_str().unwrap().to_owned();
    let authority = url.trim_start_matches("http://").trim_end_matches('/');
    let body = payload("failed", "r-1");
    let length = body.len();
    let call = format!(
        "POST / HTTP/1.1\r\nHost: {authority}\r\nX-Esc: \u{1b}[31m\u{9b}\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    let call = call.replace('\u{1b}', "");
    crate::support::exchange(authority, call.as_bytes());
    let output = child.wait_with_output().unwrap();
    let out = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(7));
    let (first, rest) = out.split_once('\n').unwrap();
    let parts: Vec<_> = first.split("  ").skip(1).collect();
    assert_eq!(parts[..2], ["pipeline_request_failed", "pipeline-1 v1"]);
    assert!(parts[4].starts_with("200 in "), "{first}");
    insta::assert_snapshot!(rest, @r#"
      x-esc: [31m
      {
        "event": "pipeline_request_failed",
        "pipeline_name": "pipeline-1",
        "pipeline_version_name": "v1",
        "request_id": "r-1",
        "status": "failed"
      }
    1 delivery, 1 of 2 expectations not met
    EXPECTED                    COUNT  SEEN
    event=completed,version=v1  1      0
    status=failed               1      1
    nearest to event=completed,version=v1: delivery 1
      event: expected `completed`, found `pipeline_request_failed`
    "#);
    let err = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        err,
        format!(
            "listening at {url}; Ctrl-C to stop\nerror: 1 expectation not met within 1 s\n  \
             hint: if nothing arrives from a webhook: `ubihook doctor NAME`\n"
        )
    );
}

#[test]
fn what_was_refused_or_not_counted_is_said_where_something_is_missing() {
    let world = World::without_mock().set("KEY", "right-value-of-a-key");
    let refusing = "--expect event=failed --timeout 1s --secret-header X-Key=env:KEY";
    let listening = Listening::start(&world, refusing);
    listening.post(
        "/",
        "X-Key: wrong-value-of-a-key\r\n",
        &payload("failed", "1"),
    );
    let ended = listening.end().ends_with(7);
    ended.saying("hint: 1 delivery was refused: 401, header `X-Key` differs\n");
    let listening = Listening::start(&world, "--expect event=failed,count=2 --timeout 1s");
    listening.post("/", "", &payload("failed", "1"));
    listening.post("/", "", &payload("failed", "1"));
    let ended = listening.end().ends_with(7);
    ended.saying("hint: 1 repeat was not counted; --count-repeats counts them\n");
}

#[test]
fn exactly_that_ends_with_7_at_once_when_something_else_arrives() {
    let world = World::without_mock();
    let listening = Listening::start(&world, "--expect event=failed --exactly");
    listening.post("/", "", &payload("failed", "1"));
    listening.post("/", "", &payload("failed", "1"));
    listening.post("/", "", &payload("started", "1"));
    let ended = listening
        .end()
        .ends_with(7)
        .saying("error: delivery 3 was not expected");
    let result = result(&ended.out);
    assert_eq!(
        (&result["met"], &result["unexpected"]),
        (&json!(false), &json!([3]))
    );
    let listening = Listening::start(&world, "--expect event=failed --exactly");
    listening.post("/", "", &payload("failed", "1"));
    listening.end().ends_with(0);
    world
        .sh("listen --exactly")
        .ends_with(2)
        .saying("nothing is expected");
}

#[cfg(unix)]
#[test]
fn a_signal_ends_it_with_0_unless_something_is_still_expected() {
    let world = World::without_mock();
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        Listening::start(&world, "")
            .stop(signal)
            .ends_with(0)
            .silently();
        let ended = Listening::start(&world, "--count 1")
            .stop(signal)
            .ends_with(7);
        ended.saying("error: stopped with 1 expectation not met");
    }
    Listening::start(&world, "--timeout 1")
        .end()
        .ends_with(0)
        .silently();
}

#[test]
fn deliveries_are_narrowed_by_event_and_by_fields() {
    let world = World::without_mock();
    let line = "--event failed --event pipeline_request_started --match request_id=a* \
                --match request_id=b --match object_type=pipeline --count 3";
    let listening = Listening::start(&world, line);
    for (event, request) in [
        ("failed", "a1"),
        ("failed", "c"),
        ("completed", "a2"),
        ("started", "b"),
        ("finished", "b"),
        ("started", "a3"),
    ] {
        assert_eq!(
            listening.post("/", "", &payload(event, request)).status,
            200
        );
    }
    let ended = listening.end().ends_with(0);
    let lines = ended
        .out
        .lines()
        .filter(|line| line.contains("\"delivery\""));
    let requests: Vec<_> = lines
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["request_id"].clone())
        .collect();
    assert_eq!(requests, ["a1", "b", "a3"]);
}

#[test]
fn answers_are_given_in_turn_and_a_refused_call_uses_none() {
    let world = World::without_mock();
    let listening = Listening::start(&world, "--respond 500x2,302 --count 4");
    assert_eq!(listening.post("/", "", "{}").status, 400);
    let statuses: Vec<_> = (0..4)
        .map(|number| {
            listening
                .post("/", "", &payload("failed", &number.to_string()))
                .status
        })
        .collect();
    assert_eq!(statuses, [500, 500, 302, 302]);
    listening.end().ends_with(0);
    world
        .sh("listen --respond 199")
        .ends_with(2)
        .saying("must be status codes");
}

#[test]
fn a_long_delay_is_cut_short_at_the_end() {
    let world = World::without_mock();
    let listening = Listening::start(&world, "--delay 10m --count 1");
    // Answered although nothing waits for ten minutes here.
    assert_eq!(listening.post("/", "", &payload("failed", "1")).status, 200);
    listening.end().ends_with(0);
}

#[test]
fn the_sender_has_to_know_the_header() {
    let world = World::without_mock().set("T", "t0ken-of-the-test");
    let line = "--secret-header X-Key=env:T --secret-header 'X-Other=Bearer {env:T}' --count 1";
    let mut listening = Listening::start(&world, line);
    let good = "X-Key: t0ken-of-the-test\r\nX-Other: Bearer t0ken-of-the-test\r\n";
    let wrong = "X-Key: t0ken-of-the-test\r\nX-Other: Bearer another-guess\r\n";
    let body = payload("failed", "1");
    let answer = listening.post("/", wrong, &body);
    assert_eq!(answer.status, 401);
    let line = listening.line();
    assert_eq!(
        (&line["verified"], &line["answered"]),
        (&json!(false), &json!(401))
    );
    assert_eq!(line["problem"], "header `X-Other` differs");
    assert!(!line.to_string().contains("another-guess") && !answer.body.contains("X-Other"));
    assert_eq!(
        listening
            .post("/", "X-Key: t0ken-of-the-test\r\n", &body)
            .status,
        401
    );
    assert_eq!(listening.line()["problem"], "header `X-Other` is missing");
    assert_eq!(listening.post("/", good, &body).status, 200);
    let line = listening.line();
    assert_eq!(
        (&line["verified"], &line["problem"]),
        (&json!(true), &Value::Null)
    );
    assert!(!line.to_string().contains("t0ken"));
    let ended = listening.end().ends_with(0).without("t0ken");
    assert_eq!(result(&ended.out)["deliveries"], 1);
}

#[test]
fn the_headers_of_a_webhook_are_required_with_their_stored_values() {
    let world = World::new().set("SOURCE", "a-protected-value");
    let create = "create a --pipeline pipeline-1 -e failed -u http://127.0.0.1:9/in --secret-header A=env:SOURCE --header 'B: plain'";
    world.sh(create).ends_with(0);
    let mut listening = Listening::start(&world, "--verify a --count 1");
    let body = payload("failed", "1");
    for (headers, status) in [
        ("A: a-protected-value\r\n", 401),
        ("A: other\r\nB: plain\r\n", 401),
        ("A: a-protected-value\r\nB: plain\r\n", 200),
    ] {
        assert_eq!(
            listening.post("/", headers, &body).status,
            status,
            "{headers}"
        );
    }
    assert_eq!(listening.line()["problem"], "header `B` is missing");
    listening.end().ends_with(0).without("a-protected-value");
    // Without the value, nothing listens.
    world
        .sh("listen --verify a --store none")
        .ends_with(9)
        .saying("could not verify deliveries of webhook `a`");
    world
        .sh("create bare --pipeline pipeline-1 -e failed -u http://127.0.0.1:9/in")
        .ends_with(0);
    world
        .sh("listen --verify bare")
        .ends_with(2)
        .saying("has no headers");
    world.sh("listen --verify nothing").ends_with(3);
}

#[test]
fn who_listens_to_the_world_says_whom_he_believes() {
    let world = World::without_mock();
    let ended = world.sh("listen --bind 0.0.0.0").ends_with(2);
    ended.saying("hint: add --secret-header NAME=SOURCE or --verify WEBHOOK, or --any");
    let listening = Listening::start(&world, "--bind 0.0.0.0 --any --count 1");
    assert!(listening.url().starts_with("http://127.0.0.1:"));
    let answer = listening.post("/", "", "anything");
    assert_eq!(answer.status, 200);
    listening.end().ends_with(0);
}

#[test]
fn any_body_is_taken_and_shown_in_its_form() {
    let world = World::without_mock();
    let mut listening = Listening::start(&world, "--any --match path=/hook* --count 3");
    assert_eq!(listening.post("/other", "", "x").status, 200);
    for body in ["[1, 2.50]", "a=b&c", "\u{1b}[31m"] {
        assert_eq!(listening.post("/hook?x", "", body).status, 200);
    }
    assert_eq!(listening.line()["payload"], json!([1, 2.5]));
    assert_eq!(listening.line()["body"], "a=b&c");
    let line = listening.line();
    assert_eq!(
        (&line["body"], &line["event"]),
        (&json!("\u{1b}[31m"), &Value::Null)
    );
    listening.end().ends_with(0);
}

#[test]
fn payloads_of_a_file_have_to_be_contained() {
    let world = World::without_mock();
    world.file(
        "expected.yaml",
        "- payload: {event: failed, pipeline_name: pipeline-1}\n  count: 2\n",
    );
    let listening = Listening::start(&world, "--expect-file expected.yaml");
    listening.post("/", "", &payload("failed", "1"));
    listening.post("/", "", &payload("failed", "2"));
    let ended = listening.end().ends_with(0);
    assert_eq!(
        result(&ended.out)["expected"][0]["expect"],
        r#"{"event":"failed","pipeline_name":"pipeline-1"}"#
    );
    world.file("bad.yaml", "- payload:\n    pipeline_nam: a\n");
    let ended = world.sh("listen --expect-file bad.yaml").ends_with(2);
    ended.saying("--expect-file bad.yaml:1: payload: no payload has a field `pipeline_nam`; did you mean `pipeline_name`?");
}

#[test]
fn what_cannot_be_met_is_refused_before_anything_listens() {
    let world = World::without_mock();
    for (line, message) in [
        ("--expect objectname=a", "did you mean `object_name`"),
        ("--expect ''", "must not be empty"),
        ("--expect event=failed,count=0", "`count` must be"),
        ("--match status=a,status=b", "`status` is given twice"),
        ("--event fialed", "did you mean failed?"),
        ("--path hook", "must begin with `/`"),
        ("-o yaml", "-o table, json or ndjson"),
        ("-o name", "-o table, json or ndjson"),
        ("--count 0", "must be a whole number"),
        (
            "--secret-header A=abc",
            "a secret can't be given on the command line",
        ),
    ] {
        world
            .sh(&format!("listen {line}"))
            .ends_with(2)
            .saying(message);
    }
}

#[cfg(unix)]
#[test]
fn nobody_who_reads_ends_it_unless_something_is_expected() {
    let world = World::without_mock();
    let mut command = world.shell("\"$BIN\" listen | head -1");
    let output = command.output().unwrap();
    assert!(output.status.success());
    assert_eq!(String::from_utf8(output.stdout).unwrap().lines().count(), 1);
}
