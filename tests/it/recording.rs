//! `listen --record`: what is in the file, and what a crash leaves.

use std::{collections::HashSet, fs, sync::mpsc, thread};

#[cfg(unix)]
use rustix::process::Signal;
use serde_json::Value;

#[cfg(unix)]
use crate::support::mode;
use crate::support::{Listening, World, payload, set_mode, try_post};

fn lines(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn a_recording_has_the_lines_that_are_printed_and_no_protected_value() {
    let world = World::without_mock().set("T", "a-protected-value");
    let line = "--record r.ndjson --secret-header X-Key=env:T --event failed --respond 500x1,200 --count 2";
    let listening = Listening::start(&world, line);
    let key = "X-Key: a-protected-value\r\nAuthorization: Bearer another-value\r\n";
    assert_eq!(
        listening
            .post("/", "", &payload("failed", "refused"))
            .status,
        401
    );
    assert_eq!(listening.post("/", key, "{}").status, 400);
    // Narrowed, and still answered in turn.
    assert_eq!(
        listening
            .post("/", key, &payload("started", "other"))
            .status,
        500
    );
    assert_eq!(
        listening.post("/", key, &payload("failed", "1")).status,
        200
    );
    assert_eq!(
        listening.post("/", key, &payload("failed", "2")).status,
        200
    );
    let ended = listening.end().ends_with(0).without("another-value");
    let path = world.home().join("r.ndjson");
    #[cfg(unix)]
    assert_eq!(mode(&path), 0o600);
    let text = fs::read_to_string(path).unwrap();
    assert!(!text.contains("a-protected-value") && !text.contains("another-value"));
    let recorded = lines(&text);
    let printed: Vec<_> = lines(&ended.out)
        .into_iter()
        .filter(|line| line["problem"].is_null() && line["type"] == "delivery")
        .collect();
    assert_eq!(recorded, printed);
    assert_eq!(recorded.len(), 2);
    assert_eq!(recorded[0]["answered"], 200);
}

#[cfg(unix)]
#[test]
fn only_a_private_file_is_written() {
    let world = World::without_mock();
    let path = world.file("open", "");
    set_mode(&path, 0o644);
    std::os::unix::fs::symlink(&path, world.home().join("link")).unwrap();
    for (file, message) in [
        ("open", "accessible to other users"),
        ("link", "is a symbolic link"),
        (".", "is not a regular file"),
        ("no/such/folder", "No such file"),
    ] {
        world
            .sh(&format!("listen --record {file}"))
            .ends_with(1)
            .saying(message);
    }
}

#[cfg(unix)]
#[test]
fn a_full_disk_is_500_and_said_once() {
    let world = World::without_mock();
    // A limit on the size of files has the same effect as a full disk.
    let mut command = world.shell("ulimit -f 4; exec \"$BIN\" listen --record r --timeout 3");
    let mut listening = Listening::started(&mut command);
    let long = payload("failed", &"x".repeat(300));
    let statuses: Vec<_> = (0..4)
        .map(|_| listening.post("/", "", &long).status)
        .collect();
    assert_eq!(statuses, [200, 500, 500, 500]);
    for (number, status) in statuses.iter().enumerate() {
        let line = listening.line();
        assert_eq!(line["answered"], *status, "{number}");
        assert_eq!(line["problem"].is_null(), *status == 200);
    }
    let ended = listening.end().ends_with(0);
    assert_eq!(
        ended.err.matches("could not record to r: ").count(),
        1,
        "{}",
        ended.err
    );
    let text = fs::read_to_string(world.home().join("r")).unwrap();
    assert_eq!(lines(&text).len(), 1);
}

#[cfg(unix)]
#[test]
fn what_was_answered_is_in_the_file_after_a_kill() {
    let world = World::without_mock();
    let path = world.home().join("r.ndjson");
    let mut answered = HashSet::new();
    for round in 0..5 {
        let listening = Listening::start(&world, "--record r.ndjson --timeout 1h");
        let host = listening.authority().to_owned();
        let (begun, enough) = mpsc::channel();
        let senders: Vec<_> = (0..4)
            .map(|sender| {
                let (host, begun) = (host.clone(), begun.clone());
                thread::spawn(move || {
                    let mut answered = Vec::new();
                    for number in 0.. {
                        let request = format!("{round}-{sender}-{number}");
                        if try_post(&host, &payload("failed", &request)) != Some(200) {
                            break;
                        }
                        answered.push(request);
                        if number == 10 {
                            begun.send(()).unwrap();
                        }
                    }
                    answered
                })
            })
            .collect();
        drop(begun);
        // In the middle of the work of all of them.
        assert_eq!(enough.iter().take(4).count(), 4);
        listening.signal(Signal::KILL);
        for sender in senders {
            answered.extend(sender.join().unwrap());
        }
        drop(listening);
        // As if it had been killed in the middle of a write.
        let mut text = fs::read_to_string(&path).unwrap();
        text.push_str("{\"type\":\"delivery\",\"num");
        fs::write(&path, text).unwrap();
    }
    let text = fs::read_to_string(&path).unwrap();
    let whole = text
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let recorded: HashSet<_> = whole
        .map(|line| line["request_id"].as_str().unwrap().to_owned())
        .collect();
    assert!(answered.len() >= 220, "{}", answered.len());
    let missing: Vec<_> = answered.difference(&recorded).collect();
    assert!(missing.is_empty(), "{missing:?}");
    // Each cut line but the last got its end.
    assert_eq!(text.matches("\"num\n").count(), 4);
}
