//! `send -f`: what is sent again of a recording, and which recordings are refused.

use std::fs;

#[cfg(unix)]
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::support::{Ended, Listening, PATIENCE, World, header, receiver};

/// A line of a recording.
fn line(time: &str, headers: &str, payload: &str) -> String {
    format!(
        r#"{{"type":"delivery","number":1,"time":"2026-02-03T10:11:{time}Z","method":"POST","path":"/","event":"pipeline_request_failed","request_id":"r","headers":[{headers}],"payload":{payload},"bytes":4,"verified":null,"repeat":false,"answered":200,"duration_ms":0,"problem":null}}"#
    )
}

fn bodies(receiver: &ubihook::inside::receiver::Receiver, count: usize) -> Vec<String> {
    let next = |_| receiver.next(PATIENCE).unwrap().body;
    (0..count)
        .map(next)
        .map(|body| String::from_utf8(body.to_vec()).unwrap())
        .collect()
}

#[cfg(unix)]
#[test]
fn a_recording_is_sent_again_as_it_arrived() {
    let (world, receiver) = (
        World::without_mock().set("T", "a-protected-value"),
        receiver(),
    );
    let listening = Listening::start(
        &world,
        "--any --record r.ndjson --secret-header X-Key=env:T",
    );
    let headers = "X-Key: a-protected-value\r\nX-Two: a\r\nX-Two: b\r\nContent-Type: text/odd\r\nUser-Agent: someone\r\n";
    for body in [r#"{"z":1.50,"a":12345678901234567890123}"#, "plain text"] {
        assert_eq!(listening.post("/", headers, body).status, 200);
    }
    // What is no text either.
    listening.raw(&format!(
        "POST / HTTP/1.1\r\nHost: {}\r\n{headers}Connection: close\r\nContent-Length: 0\r\n\r\n",
        listening.authority()
    ));
    listening.stop(Signal::TERM).ends_with(0);
    let recorded = fs::read_to_string(world.home().join("r.ndjson")).unwrap();
    assert!(!recorded.contains("a-protected-value"));
    let send = format!("send -f r.ndjson --url {}", receiver.url("/in"));
    let refused = world.sh(&send).ends_with(9);
    let refused = refused.saying("the recording contains no value of the protected header `x-key`");
    refused
        .saying("--secret-header x-key=SOURCE")
        .saying("--remove-header x-key");
    let told = world
        .sh(&format!("{send} --secret-header X-Key=env:T"))
        .ends_with(0)
        .silently();
    assert_eq!(
        (&told.json()["sent"], &told.json()["delivered"]),
        (&json!(3), &json!(3))
    );
    for body in [
        r#"{"z":1.50,"a":12345678901234567890123}"#,
        "plain text",
        "",
    ] {
        let delivery = receiver.next(PATIENCE).unwrap();
        assert_eq!(delivery.body, body.as_bytes());
        let headers = &delivery.headers;
        assert_eq!(
            (
                &*header(&delivery, "x-key"),
                &*header(&delivery, "content-type")
            ),
            ("a-protected-value", "text/odd")
        );
        assert_eq!(
            headers.get_all("x-two").iter().collect::<Vec<_>>(),
            ["a", "b"]
        );
        assert_eq!(headers.get_all("content-length").iter().count(), 1);
        assert!(
            headers["user-agent"]
                .to_str()
                .unwrap()
                .starts_with("ubihook/")
        );
        assert!(
            receiver
                .url("/")
                .contains(headers["host"].to_str().unwrap())
        );
    }
    world
        .sh(&format!("{send} --remove-header X-KEY --header 'X-Two: c'"))
        .ends_with(0);
    let delivery = receiver.next(PATIENCE).unwrap();
    let headers = &delivery.headers;
    assert!(!headers.contains_key("x-key"));
    assert_eq!(headers.get_all("x-two").iter().collect::<Vec<_>>(), ["c"]);
}

#[test]
fn a_webhook_gives_its_values_to_its_own_origin_alone() {
    let (world, receiver) = (World::new().set("SOURCE", "a-protected-value"), receiver());
    let recorded = line(
        "12.5",
        r#"{"key":"x-key","value":null,"protected":true},{"key":"x-plain","value":"recorded"}"#,
        "{}",
    );
    world.file("r.ndjson", &format!("{recorded}\n"));
    let create = format!(
        "create orders --pipeline pipeline-1 -e failed -u {} --secret-header X-Key=env:SOURCE \
         --header 'X-Plain: own' --header 'X-Other: own'",
        receiver.url("/in")
    );
    world.sh(&create).ends_with(0);
    world
        .sh("send -f r.ndjson --to orders")
        .ends_with(0)
        .without("a-protected-value");
    let delivery = receiver.next(PATIENCE).unwrap();
    let headers = &delivery.headers;
    assert_eq!(headers["x-key"], "a-protected-value");
    assert_eq!(
        (
            &*header(&delivery, "x-plain"),
            &*header(&delivery, "x-other")
        ),
        ("recorded", "own")
    );
    world.sh("update orders --url http://127.0.0.1:9/in --secret-header X-Key=env:SOURCE --store none").ends_with(0);
    world
        .sh("send -f r.ndjson --to orders")
        .ends_with(9)
        .saying("X-Key");
}

#[test]
fn a_cut_recording_is_read_up_to_there_and_a_broken_one_is_refused() {
    let (world, receiver) = (World::without_mock(), receiver());
    let one = line("12.5", "", r#"{"n":1}"#);
    let send = |text: &str| -> Ended {
        world.file("r.ndjson", text);
        world.sh(&format!(
            "send -f r.ndjson -o json --url {}",
            receiver.url("/")
        ))
    };
    let ended = send(&format!("{{\"type\":\"ready\"}}\n{one}\n{}", &one[..50])).ends_with(0);
    let ended = ended.saying("the last line is not a whole delivery, and is not sent");
    assert_eq!(ended.json()["sent"], 1);
    assert_eq!(bodies(&receiver, 1), [r#"{"n":1}"#]);
    for (text, message) in [
        (
            format!("{one}\n{{\n{one}\n"),
            "-f r.ndjson: line 2 is not a recorded delivery",
        ),
        (String::new(), "there are no deliveries in it"),
        (
            "{\"type\":\"ready\"}\n".to_owned(),
            "there are no deliveries in it",
        ),
        (
            line("12.5", r#"{"key":"a b","value":"x"}"#, "{}"),
            "a header of delivery 1 can't be sent",
        ),
    ] {
        send(&text).ends_with(2).saying(message);
    }
    let without = "hint: to leave it out: sed 2d r.ndjson > whole.ndjson\n";
    world.file("r.ndjson", &format!("{one}\n{{\n{one}\n"));
    world
        .sh("send -f r.ndjson --url http://127.0.0.1:9/")
        .ends_with(2)
        .saying(without);
    let url = receiver.url("/");
    world
        .sh(&format!("send -f no.ndjson --url {url}"))
        .ends_with(2)
        .saying("-f no.ndjson: ");
    world
        .sh(&format!("send failed -f r.ndjson --url {url}"))
        .ends_with(2)
        .saying("cannot be used with");
    world
        .sh(&format!("send -f r.ndjson --pipeline p --url {url}"))
        .ends_with(2)
        .saying("--set pipeline_name=NAME");
    assert!(receiver.next(std::time::Duration::ZERO).is_none());
    let fed = world
        .sh_fed(&one, &format!("send -f - --url {url}"))
        .ends_with(0);
    assert_eq!(fed.json()["delivered"], 1);
}

#[test]
fn deliveries_are_chosen_and_changed() {
    let (world, receiver) = (World::without_mock(), receiver());
    let payload = |status: &str| {
        format!(r#"{{"event":"pipeline_request_{status}","request_id":"r","status":"{status}"}}"#)
    };
    let lines: Vec<_> = ["failed", "started", "failed"]
        .iter()
        .map(|status| line("12.5", "", &payload(status)))
        .collect();
    world.file("r.ndjson", &lines.join("\n"));
    let send = format!("send -f r.ndjson --url {}", receiver.url("/"));
    world
        .sh(&format!("{send} --only event=failed --set request_id=7"))
        .ends_with(0);
    assert_eq!(
        bodies(&receiver, 2),
        [
            payload("failed").replace("\"r\"", "\"7\""),
            payload("failed").replace("\"r\"", "\"7\"")
        ]
    );
    for (more, message) in [
        (
            "--only status=done",
            "none of its deliveries matches --only",
        ),
        ("--only statsu=failed", "no payload has a field `statsu`"),
        (
            "--set pipeline_name=x",
            "the payload has no field `pipeline_name`",
        ),
    ] {
        world
            .sh(&format!("{send} {more}"))
            .ends_with(2)
            .saying(message);
    }
    assert!(receiver.next(std::time::Duration::ZERO).is_none());
}

#[test]
fn the_pauses_of_a_recording_are_kept_where_that_is_wanted() {
    let (world, receiver) = (World::without_mock(), receiver());
    let lines = [line("12.5", "", "1"), line("12.9", "", "2")];
    world.file("r.ndjson", &lines.join("\n"));
    let url = receiver.url("/");
    let told: Value = world
        .sh(&format!("send -f r.ndjson --speed 1 --url {url}"))
        .ends_with(0)
        .json();
    assert!(told["duration_ms"].as_u64().unwrap() >= 400, "{told}");
    assert_eq!(bodies(&receiver, 2), ["1", "2"]);
    let numbers = world
        .sh(&format!("send -f r.ndjson --url {url} -o table"))
        .ends_with(0);
    assert!(
        numbers.out.starts_with("2 deliveries in "),
        "{}",
        numbers.out
    );
}
