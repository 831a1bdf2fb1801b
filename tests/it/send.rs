//! `send EVENT`: what arrives, what is shown of it, and how it ends.

use std::{collections::HashSet, sync::mpsc, thread, time::Duration};

#[cfg(unix)]
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use ubihook::inside::receiver::Receiver;

use crate::support::{Answer, Fake, Listening, PATIENCE, World, finish, header, raw, receiver};

fn body_of(receiver: &Receiver) -> Value {
    serde_json::from_slice(&receiver.next(PATIENCE).unwrap().body).unwrap()
}

/// The address of a fake without the path of a platform.
fn address(fake: &Fake) -> String {
    fake.url().replace("/v2", "/in")
}

#[test]
fn an_event_arrives_as_the_platform_would_send_it() {
    let (world, receiver) = (
        World::without_mock().set("UBIOPS_API_HOST", "nonsense://"),
        receiver(),
    );
    let line = format!(
        "send pipeline_request_failed --url {} -o json",
        receiver.url("/in")
    );
    let mut command = world.command();
    command.env_remove("HOME").args(line.split(' '));
    let told = finish(&mut command, None).ends_with(0).silently().json();
    let delivery = receiver.next(PATIENCE).unwrap();
    assert_eq!((&*delivery.method, &*delivery.path), ("POST", "/in"));
    let agent = delivery.headers["user-agent"].to_str().unwrap();
    assert!(agent.starts_with("ubihook/"), "{agent}");
    assert_eq!(delivery.headers["content-type"], "application/json");
    let body: Value = serde_json::from_slice(&delivery.body).unwrap();
    let keys: Vec<_> = body.as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        [
            "event",
            "pipeline_id",
            "pipeline_name",
            "pipeline_version_id",
            "pipeline_version_name",
            "request_id",
            "status",
            "text"
        ]
    );
    let request = body["request_id"].as_str().unwrap();
    assert_eq!(
        body["text"],
        format!("Pipeline request {request} failed for pipeline pipeline-1 v1 in project demo")
    );
    assert_eq!(
        told,
        json!({
            "event": "pipeline_request_failed", "request_id": request, "url": receiver.url("/in"),
            "status": 200, "error": null, "attempts": 1, "duration_ms": told["duration_ms"],
            "body": "", "ok": true,
        })
    );
    assert_eq!(std::fs::read_dir(world.home()).unwrap().count(), 0);
}

#[test]
fn the_object_gives_the_event_its_prefix() {
    let (world, receiver) = (World::without_mock(), receiver());
    for (line, event, name, version) in [
        (
            "completed --deployment d --version v7",
            "deployment_request_completed",
            "deployment",
            "d v7",
        ),
        (
            "pipeline_request_started --pipeline p",
            "pipeline_request_started",
            "pipeline",
            "p v1",
        ),
        (
            "finished --experiment e",
            "deployment_request_finished",
            "deployment",
            "training-base-deployment e",
        ),
    ] {
        let url = receiver.url("/");
        world
            .sh(&format!("send {line} --url {url}"))
            .ends_with(0)
            .silently();
        let body = body_of(&receiver);
        assert_eq!(body["event"], event);
        let shown = ["name", "version_name"]
            .map(|part| body[format!("{name}_{part}")].as_str().unwrap().to_owned());
        assert_eq!(shown.join(" "), version);
    }
    for (line, message, hint) in [
        (
            "failed",
            "`failed` can be an event of a deployment or a pipeline",
            "add --pipeline NAME, or write pipeline_request_failed",
        ),
        (
            "pipeline_request_failed --deployment d",
            "is not an event of a deployment",
            "deployment_request_failed",
        ),
        ("faild", "must be `started`", "did you mean failed"),
        (
            "failed --experiment e --version v",
            "cannot be used with",
            "",
        ),
        (
            "failed --deployment training-base-deployment",
            "specify the experiment",
            "",
        ),
    ] {
        let refused = world
            .sh(&format!("send {line} --url {}", receiver.url("/")))
            .ends_with(2);
        refused.saying(message).saying(hint);
    }
    let url = "--url http://127.0.0.1:9/";
    for (line, message) in [
        (
            format!("send {url}"),
            "send needs an EVENT, or a recording with -f",
        ),
        (
            "send pipeline_request_failed".to_owned(),
            "send needs a URL, or a webhook with --to",
        ),
        (
            format!("send pipeline_request_failed {url} --rate 3"),
            "--count",
        ),
        (
            format!("send pipeline_request_failed {url} --count 3 --rate 0"),
            "must be a number greater than 0",
        ),
        (
            format!("send pipeline_request_failed {url} --count 3 -o yaml"),
            "-o table, json or ndjson",
        ),
        (
            format!("send pipeline_request_failed {url} --only a=b"),
            "-f RECORDING",
        ),
    ] {
        world.sh(&line).ends_with(2).saying(message);
    }
}

#[test]
fn fields_are_set_and_what_no_payload_has_is_refused() {
    let (world, receiver) = (World::without_mock(), receiver());
    world.file(
        "result.json",
        r#"{"a": [1, 2.50], "b": 12345678901234567890123}"#,
    );
    let send = format!(
        "send deployment_request_completed --url {}",
        receiver.url("/")
    );
    let sets = "--set request_id=r-1 --set deployment_name=other --set status=odd --set deployment_id=7 \
                --set result.a.0='{\"x\":1.50}' --set result.c=word --result-file result.json";
    world.sh(&format!("{send} {sets}")).ends_with(0).silently();
    let body = receiver.next(PATIENCE).unwrap().body;
    let text = std::str::from_utf8(&body).unwrap();
    assert!(
        text.contains(r#""result":{"a":[{"x":1.50},2.50],"b":12345678901234567890123,"c":"word"}"#),
        "{text}"
    );
    let body: Value = serde_json::from_str(text).unwrap();
    assert_eq!(
        (&body["status"], &body["deployment_id"]),
        (&json!("odd"), &json!("7"))
    );
    assert_eq!(
        body["text"],
        "Deployment request r-1 finished for deployment other v1 in project demo"
    );
    for (set, message, hint) in [
        (
            "statsu=x",
            "the payload has no field `statsu`",
            "did you mean",
        ),
        (
            "pipeline_name=x",
            "the payload has no field `pipeline_name`",
            "",
        ),
        (
            "result.a=1",
            "the payload has no field `result.a`",
            "--result-file FILE",
        ),
        ("status.x=1", "the payload has no field `status.x`", ""),
        ("status", "must be FIELD=VALUE", ""),
    ] {
        let refused = world.sh(&format!("{send} --set {set}")).ends_with(2);
        refused.saying(message).saying(hint);
    }
    assert!(receiver.next(Duration::ZERO).is_none());
}

#[test]
fn a_result_is_sent_as_the_platform_would() {
    let (world, receiver) = (World::without_mock(), receiver());
    world.file("small.json", "{\"total\": 1.50}");
    world.file("large.json", &format!("\"{}\"", "x".repeat(16_383)));
    world.file("broken.json", "{");
    let url = receiver.url("/");
    for (event, file, has, said) in [
        ("pipeline_request_finished", "small", true, ""),
        (
            "pipeline_request_failed",
            "small",
            false,
            "a request that is failed has no result",
        ),
        (
            "pipeline_request_completed",
            "large",
            false,
            "the result has 16385 bytes; the platform sends at most 16384",
        ),
    ] {
        let line = format!("send {event} --result-file {file}.json --url {url}");
        world.sh(&line).ends_with(0).saying(said);
        assert_eq!(
            body_of(&receiver).get("result").is_some(),
            has,
            "{event} {file}"
        );
    }
    let line = format!("send pipeline_request_completed --url {url} --result-file");
    world
        .sh(&format!("{line} broken.json"))
        .ends_with(2)
        .saying("is not valid JSON");
    world
        .sh(&format!("{line} no.json"))
        .ends_with(2)
        .saying("--result-file no.json");
    world.sh_fed("[1]", &format!("{line} -")).ends_with(0);
    assert_eq!(body_of(&receiver)["result"], json!([1]));
}

#[test]
fn what_was_not_delivered_is_7_and_says_why() {
    let world = World::without_mock();
    let nobody = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}/s3cret", listener.local_addr().unwrap())
    };
    let answers = Fake::script([
        raw(503, &[], "not now"),
        raw(302, &[("location", "/other")], "moved"),
        Answer::Cut,
        raw(500, &[], ""),
        raw(500, &[], ""),
        raw(204, &[], ""),
    ]);
    let there = address(&answers);
    for (url, more, code, status, error, attempts, body) in [
        (
            &nobody,
            "",
            7,
            Value::Null,
            "Connection error: refused",
            1,
            Value::Null,
        ),
        (
            &there,
            "",
            7,
            json!(503),
            "Received status code 503",
            1,
            json!("not now"),
        ),
        (&there, "", 0, json!(302), "", 1, json!("moved")),
        (
            &there,
            "",
            7,
            Value::Null,
            "Connection error: closed before an answer",
            1,
            Value::Null,
        ),
        (&there, "--retry", 0, json!(204), "", 3, json!("")),
    ] {
        let line = format!("send pipeline_request_failed {more} --url {url} -o json");
        let ended = world.sh(&line).ends_with(code);
        let told = ended.json();
        assert_eq!((&told["status"], &told["body"]), (&status, &body), "{line}");
        assert_eq!(
            (&told["attempts"], &told["ok"]),
            (&json!(attempts), &json!(code == 0))
        );
        assert_eq!(told["error"].as_str().unwrap_or_default(), error);
        if code == 7 {
            let reported = ended.error();
            assert_eq!(
                (&reported["kind"], &reported["http_status"]),
                (&json!("failed"), &Value::Null)
            );
            assert_eq!(reported["message"], format!("not delivered: {error}"));
        }
    }
    let text = world
        .sh(&format!("send pipeline_request_failed --url {nobody}"))
        .ends_with(7);
    let text = text.saying("error: not delivered: Connection error: refused");
    assert!(
        !text.err.contains("s3cret") && text.out.contains("pipeline_request_failed"),
        "{text:#?}"
    );
}

#[test]
fn the_first_kibibyte_of_the_answer_is_shown_without_secrets_and_without_escapes() {
    let world = World::without_mock().set("T", "a-protected-value");
    let long = format!("\u{1b}[31m a-protected-value {}", "é".repeat(2000));
    let fake = Fake::new(move |_, _| raw(200, &[], &long));
    let line = format!(
        "send pipeline_request_failed --secret-header 'Authorization=Bearer {{env:T}}' --url {}",
        address(&fake)
    );
    let told = world
        .sh(&format!("{line} -o json"))
        .ends_with(0)
        .without("a-protected-value");
    let body = told.json()["body"].as_str().unwrap().to_owned();
    assert!(
        body.starts_with("\u{1b}[31m *** é") && body.len() <= 1024 && body.len() > 1020,
        "{body}"
    );
    let shown = world
        .sh(&line)
        .ends_with(0)
        .without("a-protected-value")
        .without("\u{1b}");
    assert!(shown.out.contains("***"), "{}", shown.out);
    let calls = fake.calls();
    assert_eq!(
        calls[0].header("authorization"),
        Some("Bearer a-protected-value")
    );
}

#[test]
fn headers_follow_the_same_rules_as_those_of_a_webhook() {
    let (world, receiver) = (World::without_mock(), receiver());
    let send = format!("send pipeline_request_failed --url {}", receiver.url("/"));
    for (more, message) in [
        (
            "--header 'Authorization: Bearer abcdefgh'",
            "usually carries credentials",
        ),
        ("--secret-header Authorization=abcdefgh", "--secret-header"),
        ("--header 'A: b' --header 'a: c'", "twice"),
    ] {
        world
            .sh(&format!("{send} {more}"))
            .ends_with(2)
            .saying(message)
            .without("abcdefgh");
    }
    world
        .sh(&format!("{send} --secret-header X-Key=env:UNSET"))
        .ends_with(9)
        .saying("X-Key");
    assert!(receiver.next(Duration::ZERO).is_none());
    world
        .sh(&format!(
            "{send} --header 'X-Team: blue' --header 'User-Agent: mine' --remove-header x-none"
        ))
        .ends_with(0);
    let delivery = receiver.next(PATIENCE).unwrap();
    assert_eq!(
        (
            &*header(&delivery, "x-team"),
            &*header(&delivery, "user-agent")
        ),
        ("blue", "mine")
    );
}

#[test]
fn a_webhook_gets_what_the_platform_would_send_it() {
    let (world, receiver) = (World::new().set("SOURCE", "a-protected-value"), receiver());
    let url = receiver.url("/in");
    let create = format!(
        "create orders --deployment deployment-1 --version v1 -e failed -u {url} --header 'X-Team: blue' \
         --secret-header X-Key=env:SOURCE"
    );
    world.sh(&create).ends_with(0);
    world
        .sh("send failed --to orders")
        .ends_with(0)
        .without("a-protected-value");
    let delivery = receiver.next(PATIENCE).unwrap();
    assert_eq!(
        (&*header(&delivery, "x-key"), &*header(&delivery, "x-team")),
        ("a-protected-value", "blue")
    );
    let body: Value = serde_json::from_slice(&delivery.body).unwrap();
    assert_eq!(
        (&body["event"], &body["deployment_name"]),
        (&json!("deployment_request_failed"), &json!("deployment-1"))
    );
    // Elsewhere the value isn't found.
    world.sh("update orders --url http://127.0.0.1:9/in --secret-header X-Key=env:SOURCE --store none").ends_with(0);
    world
        .sh("send failed --to orders")
        .ends_with(9)
        .saying("could not send to webhook `orders`")
        .saying("X-Key");
    world
        .sh("send failed --to orders --remove-header X-Key")
        .ends_with(7)
        .saying("refused");
    world
        .sh("send failed --to ordres")
        .ends_with(3)
        .saying("orders");
}

#[cfg(unix)]
#[test]
fn many_are_delivered_and_counted() {
    let world = World::without_mock();
    let mut listening = Listening::start(&world, "--respond 500x3,200");
    let line = format!(
        "send pipeline_request_failed --count 60 --url {}",
        listening.url()
    );
    let ended = world
        .sh(&line)
        .ends_with(7)
        .saying("3 of 60 deliveries failed: 3 × Received status code 500");
    let numbers = ended.json();
    assert_eq!(
        (&numbers["sent"], &numbers["delivered"], &numbers["failed"]),
        (&json!(60), &json!(57), &json!(3))
    );
    assert_eq!(
        numbers["reasons"],
        json!([{"reason": "Received status code 500", "count": 3}])
    );
    assert!(numbers["p99_ms"].as_f64().unwrap() >= numbers["median_ms"].as_f64().unwrap());
    let requests: HashSet<_> = (0..60)
        .map(|_| listening.line()["request_id"].to_string())
        .collect();
    assert_eq!(requests.len(), 60);
    let line = format!(
        "send pipeline_request_failed --count 3 --set request_id=r --rate 20 -o table --url {}",
        listening.url()
    );
    let text = world.sh(&line).ends_with(0).silently().out;
    assert!(
        text.starts_with("3 deliveries in ") && text.contains("3 delivered"),
        "{text}"
    );
    let requests: HashSet<_> = (0..3)
        .map(|_| listening.line()["request_id"].to_string())
        .collect();
    assert_eq!(requests.len(), 1);
    listening.stop(Signal::TERM).ends_with(0);
}

#[test]
fn a_rate_is_kept() {
    let (world, receiver) = (World::without_mock(), receiver());
    let line = format!(
        "send pipeline_request_failed --count 4 --rate 10 -o json --url {}",
        receiver.url("/")
    );
    let numbers = world.sh(&line).ends_with(0).json();
    assert!(numbers["duration_ms"].as_u64().unwrap() >= 300, "{numbers}");
}

#[cfg(unix)]
#[test]
fn a_signal_ends_it_with_the_numbers_so_far() {
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let world = World::without_mock();
        let (came, calls) = mpsc::channel();
        let came = std::sync::Mutex::new(came);
        let fake = Fake::new(move |number, _| {
            came.lock().unwrap().send(()).unwrap();
            if number < 3 {
                raw(200, &[], "")
            } else {
                Answer::Silence
            }
        });
        let line = format!(
            "send pipeline_request_failed --count 5000 --rate 1000 --url {}",
            address(&fake)
        );
        let mut command = world.command();
        let child = command
            .args(line.split(' '))
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        // 64 are made at once, so three of them have been counted.
        for _ in 0..67 {
            calls.recv_timeout(PATIENCE).unwrap();
        }
        let pid = Pid::from_child(&child);
        let waiting = thread::spawn(move || child.wait_with_output().unwrap());
        kill_process(pid, signal).unwrap();
        let output = waiting.join().unwrap();
        assert_eq!(output.status.code(), Some(code));
        let numbers: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(
            (&numbers["sent"], &numbers["delivered"]),
            (&json!(3), &json!(3)),
            "{numbers}"
        );
    }
}
