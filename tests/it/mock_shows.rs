//! `mock serve` and `mock run` show the mock's calls and its delivery attempts.

use std::{
    io::{BufRead as _, BufReader, Read as _},
    process::Stdio,
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::support::{Following, Served, World, finish, receiver};

const CREATE: &str = "create hook --pipeline pipeline-1 --event finished --url";

/// A mock that is served as `more` says, with the lines that it prints after the first.
fn serve(world: &World, more: &str) -> (Following, Value) {
    let mut command = world.shell(&format!("exec \"$BIN\" mock serve {more}"));
    let mut following = Following::started(&mut command);
    let ready = following.line();
    let ready = serde_json::from_str(&ready).unwrap_or_else(|_| panic!("{ready}"));
    (following, ready)
}

fn facing(ready: &Value) -> World {
    World::facing(
        ready["url"].as_str().unwrap(),
        ready["token"].as_str().unwrap(),
    )
}

fn next(following: &mut Following, kind: &str) -> Value {
    serde_json::from_str(&following.next(kind)).unwrap()
}

#[test]
fn a_program_gets_each_call_and_each_attempt_as_a_line_of_json() {
    let (world, receiver) = (World::without_mock(), receiver());
    let (mut following, ready) = serve(&world, "-v --db served.db");
    let client = facing(&ready);
    client
        .sh(&format!("{CREATE} {}", receiver.url("/in?secret=1")))
        .ends_with(0);
    let call = next(&mut following, "call");
    assert_eq!(call["method"], "POST");
    assert_eq!(call["path"], "/v2/projects/demo/webhooks");
    assert_eq!(call["status"], 201);
    let keys: Vec<_> = call.as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        ["type", "time", "method", "path", "status", "duration_ms"]
    );
    let made = world.answer("mock request --pipeline pipeline-1 --db served.db");
    let attempt = next(&mut following, "attempt");
    assert_eq!(attempt["webhook"], "hook");
    assert_eq!(attempt["event"], "pipeline_request_finished");
    assert_eq!(attempt["request_id"], made["ids"][0]);
    assert_eq!(attempt["status"], 200);
    let keys: Vec<_> = attempt.as_object().unwrap().keys().collect();
    let fields = "type id time webhook event request_id attempt status error duration_ms";
    assert_eq!(keys, fields.split(' ').collect::<Vec<_>>());
    // A query may have secrets.
    client.sh("list --label a=secret").ends_with(0);
    let call = next(&mut following, "call");
    assert_eq!(call["path"], "/v2/projects/demo/webhooks?***");
    client.sh("get none").ends_with(3);
    assert_eq!(next(&mut following, "call")["status"], 404);
    let (code, rest) = following.stop(Signal::TERM);
    assert_eq!(code, Some(0));
    assert!(!rest.contains("secret"), "{rest}");
}

#[test]
fn what_was_sent_is_shown_with_more_verbosity() {
    let (world, receiver) = (World::without_mock(), receiver());
    let (mut following, ready) = serve(&world, "-vv --db served.db");
    let create = format!("{CREATE} {}", receiver.url("/"));
    facing(&ready).sh(&create).ends_with(0);
    world.answer("mock request --pipeline pipeline-1 --db served.db");
    let attempt = next(&mut following, "attempt");
    assert_eq!(attempt["payload"]["event"], "pipeline_request_finished");
    assert_eq!(following.stop(Signal::INT).0, Some(0));
}

#[test]
fn without_v_and_with_q_a_program_gets_the_ready_line_alone() {
    for more in ["--db a.db", "-q -v --db b.db"] {
        let world = World::without_mock();
        let (following, ready) = serve(&world, more);
        facing(&ready).sh("list").ends_with(0);
        assert_eq!(following.stop(Signal::TERM), (Some(0), String::new()));
    }
}

#[test]
fn lines_of_text_and_a_refused_call_are_shown_too() {
    let world = World::without_mock();
    let ready = world.home().join("ready.json");
    let line = format!(
        "exec \"$BIN\" mock serve -o table --ready-file {} --db served.db",
        ready.display()
    );
    let mut command = world.shell(&line);
    let mut following = Following::started(&mut command);
    while !following.line().contains("UBIOPS_PROJECT=demo") {}
    let ready: Value = serde_json::from_slice(&std::fs::read(&ready).unwrap()).unwrap();
    let wrong = World::facing(ready["url"].as_str().unwrap(), "Token not-the-right-one");
    wrong.sh("list").ends_with(4);
    let mut line = following.line();
    while line.trim().is_empty() {
        line = following.line();
    }
    assert!(
        line.contains("  GET /v2/projects/demo/webhooks  401 in "),
        "{line}"
    );
    assert_eq!(following.stop(Signal::TERM).0, Some(0));
}

#[test]
fn an_output_that_is_not_read_delays_neither_calls_nor_the_end() {
    let world = World::without_mock();
    let mut command = world.command();
    command.args(["mock", "serve", "-v", "--db", "served.db"]);
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::with_capacity(1, child.stdout.take().unwrap());
    let mut line = String::new();
    lines.read_line(&mut line).unwrap();
    let ready: Value = serde_json::from_str(&line).unwrap();
    let authority = ready["url"].as_str().unwrap();
    let authority = authority.strip_prefix("http://").unwrap();
    let (authority, _) = authority.split_once('/').unwrap();
    // Far more lines than fit into a pipe, and than are kept.
    for _ in 0..40 {
        let calls = "GET /v2/status HTTP/1.1\r\nHost: HOST\r\n\r\n".repeat(199)
            + "GET /v2/status HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n";
        let calls = calls.replace("HOST", authority);
        let mut stream = std::net::TcpStream::connect(authority).unwrap();
        stream
            .set_read_timeout(Some(crate::support::PATIENCE))
            .unwrap();
        std::io::Write::write_all(&mut stream, calls.as_bytes()).unwrap();
        let mut answers = String::new();
        stream.read_to_string(&mut answers).unwrap();
        assert_eq!(answers.matches("HTTP/1.1 200").count(), 200);
    }
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    drop(lines);
}

#[test]
fn mock_run_shows_them_on_stderr_if_asked() {
    let (world, receiver) = (World::without_mock(), receiver());
    let script = format!(
        "$BIN {CREATE} {} -q -o name && $BIN mock request --pipeline pipeline-1 -q -o name",
        receiver.url("/")
    );
    let run = |flags: &str| {
        let mut command = world.shell(&format!("\"$BIN\" mock run {flags} -- sh -c \"$SCRIPT\""));
        finish(command.env("SCRIPT", &script), None).ends_with(0)
    };
    assert_eq!(run("").err, "");
    let shown = run("-v");
    assert_eq!(shown.out.lines().count(), 2, "{}", shown.out);
    for part in [
        "  POST /v2/projects/demo/webhooks  201 in ",
        "  hook  pipeline_request_finished  try 1: 200 after ",
    ] {
        assert!(shown.err.contains(part), "{}", shown.err);
    }
    assert!(!shown.err.contains('{'), "{}", shown.err);
    let shown = run("-vv -o json");
    let lines: Vec<Value> = shown
        .err
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}")))
        .collect();
    let attempt = lines.iter().find(|line| line["type"] == "attempt").unwrap();
    assert_eq!(attempt["payload"]["pipeline_name"], "pipeline-1");
    assert!(lines.iter().any(|line| line["type"] == "call"));
}

#[test]
fn a_call_that_gets_no_response_has_no_status() {
    let world = World::without_mock();
    let (mut following, ready) = serve(&world, "-v --db served.db --fault 'GET /webhooks=cutx1'");
    facing(&ready).sh("list").ends_with(0);
    assert_eq!(next(&mut following, "call")["status"], Value::Null);
    assert_eq!(next(&mut following, "call")["status"], 200);
    assert_eq!(following.stop(Signal::TERM).0, Some(0));
}

#[test]
fn formats_without_lines_are_refused() {
    let world = World::without_mock();
    for format in ["yaml", "name"] {
        world
            .sh(&format!("mock serve -o {format}"))
            .ends_with(2)
            .saying("-o table, json or ndjson");
    }
}

#[test]
fn a_ready_file_in_a_folder_that_is_not_there_is_refused() {
    let world = World::without_mock();
    for verb in ["mock serve --db served.db", "listen --record r.ndjson"] {
        world
            .sh(&format!("{verb} --ready-file missing/ready.json"))
            .ends_with(2)
            .saying("--ready-file: the folder missing does not exist");
    }
    for made in ["missing", "served.db", "r.ndjson"] {
        assert!(!world.home().join(made).exists(), "{made}");
    }
}

#[test]
fn sigquit_ends_it_with_its_own_code() {
    let world = World::without_mock();
    let served = Served::start(&world, "");
    assert_eq!(served.stop(Signal::QUIT), Some(131));
}
