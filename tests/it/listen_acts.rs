//! `listen -- CMD` and `--forward-to`: what is done with each delivery, and how it is answered then.

use std::{
    fs,
    net::TcpListener,
    path::Path,
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal};
use serde_json::{Value, json};

use crate::support::{
    Answer, Fake, Listening, PATIENCE, World, header, payload, raw, receiver, try_post,
};

/// Waits until a file has that many lines.
fn lines(path: &Path, count: usize) -> Vec<String> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let text = fs::read_to_string(path).unwrap_or_default();
        let whole = text.ends_with('\n');
        let found: Vec<_> = text.lines().map(str::to_owned).collect();
        if whole && found.len() >= count {
            return found;
        }
        assert!(Instant::now() < deadline, "{text}");
        thread::sleep(Duration::from_millis(10));
    }
}

/// Waits until a process is gone, or only its end is left to be read.
fn gone(pid: &str) {
    let deadline = Instant::now() + PATIENCE;
    let is_there = || {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        !stat.is_empty() && !stat.contains(") Z ")
    };
    while is_there() {
        assert!(Instant::now() < deadline, "{pid} is left behind");
        thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_command_gets_the_payload_and_its_fields() {
    let world = World::without_mock()
        .set("UBIOPS_API_TOKEN", "Token 0123456789abcdef")
        .set("WEBHOOK_TEXT", "inherited");
    let script = "cat > body; env | grep -e WEBHOOK -e UBI | sort > names; echo printed";
    let mut listening = Listening::start(&world, &format!("-- sh -c '{script}'"));
    let body = payload("failed", "r-1").replace("v1", "v\\u0000 1");
    assert_eq!(listening.post("/", "", &body).status, 200);
    let line = listening.line();
    assert_eq!(
        (&line["answered"], &line["problem"]),
        (&json!(200), &Value::Null)
    );
    assert_eq!(fs::read_to_string(world.home().join("body")).unwrap(), body);
    let names = lines(&world.home().join("names"), 6);
    assert_eq!(
        names,
        [
            "WEBHOOK_EVENT=pipeline_request_failed",
            "WEBHOOK_OBJECT_NAME=pipeline-1",
            "WEBHOOK_OBJECT_TYPE=pipeline",
            "WEBHOOK_REQUEST_ID=r-1",
            "WEBHOOK_STATUS=failed",
            "WEBHOOK_VERSION=v 1",
        ]
    );
    let ended = listening.stop(Signal::TERM).ends_with(0);
    assert_eq!(ended.err, "printed\n");
    assert_eq!(ended.out.lines().count(), 1, "{}", ended.out);
}

#[test]
fn a_command_that_fails_is_500_and_the_delivery_counts() {
    let world = World::without_mock();
    for (script, problem) in [
        ("exit 3", "the command ended with 3"),
        ("kill -9 $$", "the command was ended by signal 9"),
        ("rm -f $0; exec 0<&-; exit 0", ""),
    ] {
        let mut listening = Listening::start(&world, &format!("--count 1 -- sh -c '{script}'"));
        let large = payload("failed", &"r".repeat(500_000));
        let authority = listening.authority().to_owned();
        let post = thread::spawn(move || try_post(&authority, &large));
        let line = listening.line();
        let status = post.join().unwrap();
        assert_eq!(status, Some(if problem.is_empty() { 200 } else { 500 }));
        assert_eq!(line["problem"].as_str().unwrap_or_default(), problem);
        assert_eq!(line["answered"], status.unwrap());
        listening.end().ends_with(0).silently();
    }
}

#[test]
fn a_command_that_takes_too_long_is_ended_with_its_children() {
    let world = World::without_mock();
    let script = r#"trap "" TERM; sleep 60 & echo $$ > pids; echo $! >> pids; wait; wait"#;
    let line = format!("--exec-timeout 300ms -- sh -c '{script}'");
    let mut listening = Listening::start(&world, &line);
    assert_eq!(listening.post("/", "", &payload("failed", "r")).status, 500);
    assert_eq!(
        listening.line()["problem"],
        "the command did not end within 300 ms"
    );
    for pid in lines(&world.home().join("pids"), 2) {
        gone(&pid);
    }
    listening.stop(Signal::TERM).ends_with(0);
}

/// A thousand deliveries at once; returns their answers as they come.
fn post_a_thousand(listening: &Listening) -> mpsc::Receiver<Option<u16>> {
    let (answered, answers) = mpsc::channel();
    let authority = listening.authority().to_owned();
    for number in 0..1000 {
        let (answered, authority) = (answered.clone(), authority.clone());
        thread::spawn(move || {
            let status = try_post(&authority, &payload("failed", &number.to_string()));
            answered.send(status).unwrap();
        });
    }
    answers
}

#[test]
fn there_are_never_more_commands_than_allowed_and_a_full_queue_is_503() {
    let world = World::without_mock();
    let script = "echo start >> log; while [ ! -e go ]; do sleep 0.02; done; echo end >> log";
    let line = format!("-q --record r.ndjson --jobs 3 -- sh -c '{script}'");
    let mut listening = Listening::start(&world, &line);
    let answers = post_a_thousand(&listening);
    let next = |_| answers.recv_timeout(PATIENCE).unwrap().unwrap();
    for _ in 0..933 {
        let line = listening.line();
        assert_eq!(line["problem"], "too many deliveries are waiting");
    }
    let refused: Vec<_> = (0..933).map(next).collect();
    assert_eq!(refused, [503; 933]);
    lines(&world.home().join("log"), 3);
    let busy = listening.post("/", "", &payload("failed", "one more"));
    assert_eq!((busy.status, busy.header("retry-after")), (503, Some("1")));
    world.file("go", "");
    let done: Vec<_> = (0..67).map(next).collect();
    assert_eq!(done, [200; 67]);
    let mut running = 0;
    for line in lines(&world.home().join("log"), 134) {
        running += if line == "start" { 1 } else { -1 };
        assert!(running <= 3);
    }
    // Those that were refused neither count nor are they recorded.
    let ended = listening.stop(Signal::TERM).ends_with(0);
    assert!(ended.out.contains("\"deliveries\":67"));
    let recorded = lines(&world.home().join("r.ndjson"), 67);
    assert!(
        recorded.len() == 67
            && recorded
                .iter()
                .all(|line| line.contains("\"answered\":200"))
    );
}

#[test]
fn of_a_thousand_deliveries_at_once_no_command_is_left_after_ctrl_c() {
    let world = World::without_mock();
    let script = "echo $$ >> pids; exec sleep 60";
    let mut listening = Listening::start(&world, &format!("-q --jobs 3 -- sh -c '{script}'"));
    let answers = post_a_thousand(&listening);
    let next = || answers.recv_timeout(PATIENCE).unwrap();
    // All lines first: several are printed before their deliveries are answered.
    for _ in 0..933 {
        listening.line();
    }
    for _ in 0..933 {
        assert_eq!(next(), Some(503));
    }
    let pids = lines(&world.home().join("pids"), 3);
    listening.stop(Signal::INT).ends_with(0);
    assert_eq!(
        lines(&world.home().join("pids"), 3),
        pids,
        "no more were started"
    );
    for pid in pids {
        gone(&pid);
    }
    // The rest is still answered: three commands were ended, and the others never began.
    let mut rest: Vec<_> = (0..67).map(|_| next().unwrap()).collect();
    rest.sort_unstable();
    assert_eq!((&rest[..3], &rest[3..]), (&[500; 3][..], &[503; 64][..]));
}

#[test]
fn nothing_is_left_behind_after_a_signal() {
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let world = World::without_mock();
        let script = r#"trap "" TERM; sleep 60 & echo $$ >> pids; echo $! >> pids; wait; wait"#;
        let listening = Listening::start(&world, &format!("--jobs 2 -- sh -c '{script}'"));
        let authority = listening.authority().to_owned();
        let posts: Vec<_> = (0..5)
            .map(|number| {
                let authority = authority.clone();
                thread::spawn(move || try_post(&authority, &payload("failed", &number.to_string())))
            })
            .collect();
        let pids = lines(&world.home().join("pids"), 4);
        let ended = listening.stop(signal).ends_with(0);
        assert_eq!(
            lines(&world.home().join("pids"), 4).len(),
            4,
            "no more were started"
        );
        for pid in pids {
            gone(&pid);
        }
        let mut statuses: Vec<_> = posts.into_iter().map(|post| post.join().unwrap()).collect();
        statuses.sort_unstable();
        assert_eq!(
            statuses,
            [500, 500, 503, 503, 503].map(Some),
            "{}",
            ended.out
        );
    }
}

#[test]
fn a_delivery_may_be_answered_before_its_command_has_ended() {
    let world = World::without_mock();
    let script = "while [ ! -e go ]; do sleep 0.02; done; exit 4";
    let line = format!("--ack-first --expect event=failed -- sh -c '{script}'");
    let mut listening = Listening::start(&world, &line);
    assert_eq!(listening.post("/", "", &payload("failed", "r")).status, 200);
    assert_eq!(listening.line()["answered"], 200);
    world.file("go", "");
    listening
        .end()
        .ends_with(0)
        .saying("delivery 1: the command ended with 4");
}

#[test]
fn what_was_expected_ends_it_only_when_its_command_has_ended() {
    let world = World::without_mock();
    let script = "echo started > started; while [ ! -e go ]; do sleep 0.02; done; echo done > done";
    let listening = Listening::start(
        &world,
        &format!("--count 1 --timeout 1s -- sh -c '{script}'"),
    );
    let authority = listening.authority().to_owned();
    let post = thread::spawn(move || try_post(&authority, &payload("failed", "r")));
    lines(&world.home().join("started"), 1);
    // No new connection is taken, and longer than the deliveries of a signal may take.
    while std::net::TcpStream::connect(listening.authority()).is_ok() {
        thread::sleep(Duration::from_millis(10));
    }
    world.file("go", "");
    listening.end().ends_with(0);
    assert_eq!(post.join().unwrap(), Some(200));
    lines(&world.home().join("done"), 1);
}

#[test]
fn a_command_that_is_not_there_ends_it_before_it_listens() {
    let world = World::without_mock();
    let path = world.file("plain.sh", "");
    for (command, code) in [
        ("no-such-command", 127),
        ("./no-such-command", 127),
        (path.to_str().unwrap(), 126),
        (".", 126),
    ] {
        let ended = world
            .sh(&format!("listen --ready-file r -- {command}"))
            .ends_with(code);
        assert_eq!(ended.saying("error: command `").out, "");
        assert!(!world.home().join("r").exists());
    }
    for (line, message) in [
        ("--respond 500 -- true", "cannot be used with"),
        (
            "--respond 500 --forward-to http://127.0.0.1:9/",
            "cannot be used with",
        ),
        (
            "--forward-to http://127.0.0.1:9/ -- true",
            "cannot be used with",
        ),
        ("--jobs 2", "required"),
        ("--exec-timeout 2s", "required"),
        ("--forward-secrets", "required"),
        (
            "--ack-first",
            "--ack-first needs a command, or --forward-to",
        ),
        ("--forward-to nonsense", "--forward-to"),
        ("--jobs 0 -- true", "--jobs"),
    ] {
        world
            .sh(&format!("listen {line}"))
            .ends_with(2)
            .saying(message);
    }
}

#[test]
fn a_delivery_is_passed_on_and_its_answer_back() {
    let world = World::without_mock().set("T", "a-protected-value");
    let answer = raw(
        418,
        &[("x-answer", "b"), ("keep-alive", "timeout=5")],
        "body",
    );
    let fake = Fake::new(move |_, _| answer.clone());
    let url = fake.url().replace("/v2", "/hook?key=s3cret");
    let line = format!("--secret-header X-Key=env:T --forward-to {url}");
    let mut listening = Listening::start(&world, &line);
    let headers = "X-Key: a-protected-value\r\nAuthorization: Bearer other\r\nX-Two: a\r\nX-Two: b\r\nUser-Agent: someone\r\nTE: trailers\r\n";
    let body = r#"{ "event":"pipeline_request_failed", "request_id":"r", "n":1.50 }"#;
    let answer = listening.post("/", headers, body);
    assert_eq!((answer.status, answer.body.as_str()), (418, "body"));
    assert_eq!(
        (answer.header("x-answer"), answer.header("keep-alive")),
        (Some("b"), None)
    );
    assert_eq!(listening.line()["answered"], 418);
    let calls = fake.calls();
    assert_eq!(calls[0].line(), "POST /hook?key=s3cret");
    for (name, value) in [
        ("x-key", Some("a-protected-value")),
        ("authorization", Some("Bearer other")),
        ("user-agent", Some("someone")),
        ("te", None),
        ("connection", None),
    ] {
        assert_eq!(calls[0].header(name), value, "{name}");
    }
    listening.stop(Signal::TERM).ends_with(0).silently();
}

#[test]
fn secrets_are_passed_on_to_this_machine_alone() {
    let world = World::without_mock().set("T", "a-protected-value");
    let receiver = receiver();
    // An address that isn't recognized as this machine's by its spelling.
    let url = receiver.url("/").replace("127.0.0.1", "[::ffff:127.0.0.1]");
    for (more, passes) in [("", false), (" --forward-secrets", true)] {
        let line = format!("--secret-header X-Key=env:T --forward-to {url}{more} -o table");
        let mut command = world.command();
        command.args(format!("listen --ready-file r {line}").split(' '));
        let mut child = command
            .stderr(std::process::Stdio::piped())
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let ready = lines(&world.home().join("r"), 1).remove(0);
        let ready: Value = serde_json::from_str(&ready).unwrap();
        let authority = ready["url"]
            .as_str()
            .unwrap()
            .replace("http://", "")
            .replace('/', "");
        let body = payload("failed", "r");
        let call = format!(
            "POST / HTTP/1.1\r\nHost: {authority}\r\nContent-Length: {}\r\nX-Key: a-protected-value\r\nAuthorization: other\r\nX-Plain: b\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        assert_eq!(
            crate::support::exchange(&authority, call.as_bytes()).status,
            200
        );
        let delivery = receiver.next(PATIENCE).unwrap();
        assert_eq!(header(&delivery, "x-plain"), "b");
        for name in ["x-key", "authorization"] {
            assert_eq!(delivery.headers.contains_key(name), passes, "{name}");
        }
        rustix::process::kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
        let mut err = String::new();
        std::io::Read::read_to_string(&mut child.stderr.take().unwrap(), &mut err).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(0));
        assert_eq!(
            err.matches("--forward-secrets").count(),
            usize::from(!passes),
            "{err}"
        );
        fs::remove_file(world.home().join("r")).unwrap();
    }
}

#[test]
fn a_target_that_does_not_answer_is_502() {
    let world = World::without_mock();
    let free = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    let fake = Fake::script([Answer::Cut]);
    let there = fake.url().replace("/v2", "/hook");
    for (url, problem) in [
        (
            format!("http://127.0.0.1:{free}/s3cret"),
            "could not be forwarded: Connection error: refused",
        ),
        (
            there,
            "could not be forwarded: Connection error: closed before an answer",
        ),
    ] {
        let mut listening = Listening::start(&world, &format!("--forward-to {url}"));
        assert_eq!(listening.post("/", "", &payload("failed", "r")).status, 502);
        assert_eq!(listening.line()["problem"], problem);
        listening.stop(Signal::TERM).ends_with(0).silently();
    }
    let own = format!("listen --port {free} --forward-to http://localhost:{free}/");
    world
        .sh(&own)
        .ends_with(2)
        .saying("the address of the listener itself");
}
