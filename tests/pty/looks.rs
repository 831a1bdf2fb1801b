//! What `listen`, `send` and `mock serve` look like: on narrow and wide terminals, on one without
//! colors or escape sequences, and with text that tries to be more than text.

use std::{fs, path::Path, time::Instant};

use pty_process::blocking::Command;
use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr as _;

use crate::{
    support::{Fake, PATIENCE, World, exchange, raw, receiver, try_post},
    terminal::{CTRL_C, Ended, Terminal},
};

/// The widths, and how the terminal is: its type, and whether colors are wanted.
const TERMINALS: [(u16, &str, bool); 5] = [
    (40, "xterm-256color", true),
    (80, "xterm-256color", true),
    (120, "xterm-256color", true),
    (80, "dumb", true),
    (80, "xterm-256color", false),
];

/// Moves the cursor, sets the title, rings, and reverses the direction of writing.
const HOSTILE: &str = "\u{1b}[2J\u{1b}]0;title\u{7}\u{202e}\r\n日本語パイプライン\u{9b}1m";

fn start(world: &World, (columns, term, color): (u16, &str, bool), line: &[&str]) -> Terminal {
    let mut command = Command::from(world.command()).args(line).env("TERM", term);
    if !color {
        command = command.env("NO_COLOR", "1");
    }
    Terminal::start(command, (60, columns))
}

/// A server's ready line, once it is there.
fn ready(world: &World) -> Value {
    let path = world.home().join("ready.json");
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Ok(line) = fs::read(Path::new(&path)) {
            return serde_json::from_slice(&line).unwrap();
        }
        assert!(Instant::now() < deadline, "not ready");
        std::thread::yield_now();
    }
}

/// What was written, without colors; there must be no other escape sequence.
#[track_caller]
fn plain(ended: &Ended, (columns, term, color): (u16, &str, bool)) -> String {
    let mut text = String::new();
    let mut rest = ended.written.as_str();
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        assert!(color && term != "dumb", "{:?}", ended.written);
        let (code, after) = after.split_once('m').unwrap();
        let is_color = |c: char| c.is_ascii_digit() || c == ';';
        let code = code.strip_prefix('[').unwrap_or_else(|| panic!("{code:?}"));
        assert!(code.chars().all(is_color), "{:?}", ended.written);
        text.push_str(before);
        rest = after;
    }
    text.push_str(rest);
    for line in text.lines() {
        assert!(line.width() <= columns.into(), "too wide: {line:?}\n{text}");
        let is_odd = |c: char| c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c);
        assert!(!line.contains(is_odd), "{line:?}");
    }
    text
}

#[test]
fn listen_fits_and_is_safe() {
    for how in TERMINALS {
        let world = World::without_mock();
        let line = ["listen", "--any", "--ready-file", "ready.json"];
        let terminal = start(&world, how, &line);
        let url = ready(&world)["url"].as_str().unwrap().to_owned();
        let authority = url.split('/').nth(2).unwrap();
        let payload = |text: &str| {
            json!({
                "event": "pipeline_request_failed", "pipeline_name": text,
                "pipeline_version_name": text, "request_id": text, "status": text, "text": text,
            })
        };
        let usual = payload("pipeline-1").to_string();
        assert_eq!(try_post(authority, &usual), Some(200));
        assert_eq!(
            try_post(authority, &payload(HOSTILE).to_string()),
            Some(200)
        );
        let call = format!(
            "POST /{} HTTP/1.1\r\nHost: {authority}\r\nX-Long: {}\r\nContent-Length: 4\r\n\
             Connection: close\r\n\r\nlast",
            "long/".repeat(60),
            "日本\t語 ".repeat(40)
        );
        assert_eq!(exchange(authority, call.as_bytes()).status, 200);
        terminal.see("last");
        terminal.types(CTRL_C);
        let text = plain(&terminal.ends(), how);
        for part in ["pipeline_request_failed", "pipeline-1", "日本語", "200 in "] {
            assert!(text.contains(part), "{how:?} {part}\n{text}");
        }
    }
}

#[test]
fn what_was_expected_fits_and_is_safe() {
    for how in TERMINALS {
        let world = World::without_mock().set("KEY", "a-protected-value");
        let text = format!("text={HOSTILE}");
        let long = "object_name=a-name-that-is-longer-than-a-narrow-terminal,event=failed,count=2";
        let mut line = vec!["listen", "-q", "--ready-file", "ready.json"];
        line.extend(["--secret-header", "X-Key=env:KEY", "--count", "9"]);
        line.extend(["--expect", &text, "--expect", long]);
        let terminal = start(&world, how, &line);
        let url = ready(&world)["url"].as_str().unwrap().to_owned();
        let authority = url.split('/').nth(2).unwrap();
        let right = "a-protected-value";
        for (key, name) in [(right, HOSTILE), (right, "pipeline-1"), ("wrong", HOSTILE)] {
            let body = json!({"event": "pipeline_request_failed", "request_id": name, "pipeline_name": name});
            let body = body.to_string();
            let call = format!(
                "POST / HTTP/1.1\r\nHost: {authority}\r\nX-Key: {key}\r\nContent-Length: {}\r\n\
                 Connection: close\r\n\r\n{body}",
                body.len()
            );
            let status = if key == "wrong" { 401 } else { 200 };
            assert_eq!(exchange(authority, call.as_bytes()).status, status);
        }
        terminal.see("differs");
        terminal.types(CTRL_C);
        let ended = terminal.ends().ends_with(7);
        // A hint has a command to be pasted, which must not be broken.
        let (written, _) = ended.written.split_once("hint").unwrap();
        let ended = Ended {
            written: written.to_owned(),
            ..ended
        };
        let text = plain(&ended, how);
        let words: String = text.split_whitespace().collect();
        // As a table where that fits.
        let is_table = how.0 > 80;
        let seen = ["count=9:2of9", "count=992"][usize::from(is_table)];
        for part in [
            "2deliveries,3of3expectationsnotmet",
            seen,
            "expected`a-name-that",
        ] {
            assert!(words.contains(part), "{how:?} {part}\n{text}");
        }
        // What the terminal shows of Ctrl-C has a line of its own, and one that came near in all is
        // not named.
        assert!(text.lines().any(|line| line == "^C"), "{text}");
        assert!(!words.contains("nearesttocount"), "{text}");
    }
}

#[test]
fn mock_serve_fits_and_is_safe() {
    for how in TERMINALS {
        let world = World::without_mock();
        let line = [
            "mock",
            "serve",
            "--db",
            "served.db",
            "--ready-file",
            "ready.json",
        ];
        let terminal = start(&world, how, &line);
        let ready = ready(&world);
        let url = ready["url"].as_str().unwrap();
        let client = World::facing(url, ready["token"].as_str().unwrap());
        let create = "create hook-with-a-rather-long-name-of-49-letters-to-wrap --pipeline pipeline-1 --event failed --url";
        client
            .sh(&format!("{create} http://127.0.0.1:9/"))
            .ends_with(0);
        client
            .sh("get such-a-webhook-is-not-there-日本語")
            .ends_with(3);
        let made = "mock request --pipeline pipeline-1 --outcome failed --db served.db";
        world.sh(made).ends_with(7);
        terminal.see("refused");
        terminal.types(CTRL_C);
        let ended = terminal.ends().ends_with(0);
        // What has to be pasted must not be broken.
        let (banner, lines) = ended.written.split_once("UBIOPS_PROJECT=demo").unwrap();
        assert_eq!(banner.matches("export UBIOPS_API_").count(), 2, "{banner}");
        let lines = Ended {
            written: lines.to_owned(),
            ..ended
        };
        let text = plain(&lines, how);
        for part in [
            "POST /v2/projects/demo/webhooks",
            "201 in ",
            "404 in ",
            "try 1: ",
        ] {
            assert!(text.contains(part), "{how:?} {part}\n{text}");
        }
    }
}

#[test]
fn quiet_prints_nothing() {
    let world = World::without_mock();
    let line = [
        "mock",
        "serve",
        "-q",
        "--db",
        "served.db",
        "--ready-file",
        "ready.json",
    ];
    let terminal = start(&world, TERMINALS[1], &line);
    let ready = ready(&world);
    let client = World::facing(
        ready["url"].as_str().unwrap(),
        ready["token"].as_str().unwrap(),
    );
    client.sh("list").ends_with(0);
    terminal.types(CTRL_C);
    // The terminal itself shows what was typed.
    let written = terminal.ends().ends_with(0).written;
    assert!(written.is_empty() || written == "^C", "{written:?}");
}

#[test]
fn verbose_adds_what_was_sent() {
    let (world, receiver) = (World::without_mock(), receiver());
    let line = [
        "mock",
        "serve",
        "-v",
        "--db",
        "served.db",
        "--ready-file",
        "ready.json",
    ];
    let terminal = start(&world, TERMINALS[2], &line);
    let ready = ready(&world);
    let client = World::facing(
        ready["url"].as_str().unwrap(),
        ready["token"].as_str().unwrap(),
    );
    let create = "create hook --pipeline pipeline-1 --event finished --url";
    let create = format!("{create} {}", receiver.url("/"));
    client.sh(&create).ends_with(0);
    world
        .sh("mock request --pipeline pipeline-1 --db served.db")
        .ends_with(0);
    let screen = terminal.see("\"pipeline_request_finished\"");
    assert!(screen.contains("hook  pipeline_request_finished  try 1: 200 after"));
    terminal.types(CTRL_C);
    terminal.ends().ends_with(0);
}

#[test]
fn send_fits_and_is_safe() {
    for how in TERMINALS {
        let world = World::without_mock();
        let fake = Fake::new(|_, _| raw(500, &[], HOSTILE));
        let url = fake.url();
        let line = ["send", "pipeline_request_failed", "--url", &url];
        let text = plain(&start(&world, how, &line).ends().ends_with(7), how);
        assert!(
            text.contains("500 in ") && text.contains("日本語"),
            "{text}"
        );
        // A live line is drawn over, where the terminal can do that.
        let ended = start(&world, how, &[&line[..], &["--count", "3"][..]].concat()).ends();
        assert!(ended.screen.contains("3 failed"), "{}", ended.screen);
        assert!(how.1 != "dumb" || !ended.written.contains('\u{1b}'));
        for row in ended.screen.lines() {
            assert!(row.width() <= how.0.into(), "{row}");
        }
    }
}
