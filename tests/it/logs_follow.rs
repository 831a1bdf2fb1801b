//! `logs --follow`: lines that arrive late, twice or out of order, and a connection that is lost.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    sync::{
        atomic::{AtomicI64, Ordering},
        mpsc,
    },
};

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::support::{Answer, Call, Fake, Following, PATIENCE, World, raw, receiver};

const SECOND: i64 = 1_000_000_000;
/// When a platform's clock begins to run.
const BEGIN: i64 = 1_770_113_472 * SECOND;

fn read(line: &str) -> Value {
    serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"))
}

fn follow(world: &World, more: &[&str]) -> Following {
    Following::started(world.command().args(["logs", "--follow"]).args(more))
}

#[test]
fn lines_follow_the_ready_line_until_a_signal_comes() {
    let (world, receiver) = (World::new(), receiver());
    let create = format!(
        "create a --pipeline pipeline-1 --event finished --url {}",
        receiver.url("/")
    );
    world.sh(&create).ends_with(0);
    world.sh("mock request --pipeline pipeline-1").ends_with(0);
    for (signal, old) in [(Signal::INT, 1), (Signal::TERM, 2)] {
        let mut following = follow(&world, &["a", "--since", "1h"]);
        let ready = read(&following.line());
        assert_eq!(
            (&ready["type"], &ready["project"]),
            (&json!("ready"), &json!("demo"))
        );
        for _ in 0..old {
            assert_eq!(read(&following.line())["webhook"], "a");
        }
        let made = world
            .sh("mock request --pipeline pipeline-1 -o json")
            .ends_with(0)
            .json();
        let line = read(&following.line());
        let id = made["ids"][0].as_str().unwrap();
        assert!(line["text"].as_str().unwrap().contains(id), "{line}");
        assert_eq!(following.stop(signal), (Some(0), String::new()));
    }
}

#[test]
fn without_a_reader_it_ends() {
    let world = World::new();
    let mut following = follow(&world, &["-q"]);
    assert_eq!(read(&following.line())["type"], "ready");
    assert_eq!(following.unread(), Some(0));
}

/// The period that a call asks for, and whether it asks for lines at all.
fn period(call: &Call) -> Option<std::ops::Range<i64>> {
    let (_, query) = call.path.split_once('?')?;
    let number = |name: &str| {
        let (_, rest) = query.split_once(&format!("{name}=")).unwrap();
        rest.split('&').next().unwrap().parse::<i64>().unwrap()
    };
    Some(number("start")..number("end"))
}

/// An answer of a platform where it is that time.
fn at(now: i64, body: &Value) -> Answer {
    let now = jiff::Timestamp::from_second(now / SECOND).unwrap();
    let date = now.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    raw(200, &[("date", &date)], &body.to_string())
}

fn line(time: i64, text: &str) -> Value {
    json!({"timestamp": time, "log": text, "metadata": {"webhook_name": "a"}})
}

/// Line `n`: its time, and when it arrives. A thousand have the same time, every fourth has an equal
/// twin, and each arrives up to 20 seconds late.
fn nth(n: i64) -> (i64, i64, String) {
    let time = BEGIN - 60 * SECOND + n / 1_000 * SECOND;
    (
        time,
        time + n % 21 * SECOND,
        format!("line {}", n - n % 4 / 3),
    )
}

#[test]
fn of_thirty_thousand_lines_each_comes_once_though_late_twice_and_out_of_order() {
    const COUNT: i64 = 30_000;
    let (now, last) = (AtomicI64::new(BEGIN), AtomicI64::new(0));
    let lines: Vec<_> = (0..COUNT).map(nth).collect();
    let mut wanted = BTreeMap::new();
    for (.., text) in &lines {
        *wanted.entry(text.clone()).or_insert(0) += 1;
    }
    let (ask, asked) = mpsc::channel();
    let fake = Fake::new(move |n, call| {
        let Some(period) = period(call) else {
            return at(BEGIN, &json!({"status": "ok"}));
        };
        // The test may have ended.
        let _ = ask.send(());
        // Before each poll, 20 seconds pass on the platform.
        if period.end > last.fetch_max(period.end, Ordering::SeqCst) {
            now.store(period.end, Ordering::SeqCst);
        }
        let now = now.load(Ordering::SeqCst);
        let there = lines
            .iter()
            .filter(|(time, arrived, _)| period.contains(time) && *arrived <= now);
        let page = there.take(5_000).map(|(time, _, text)| line(*time, text));
        let mut page: Vec<_> = page.collect();
        if n % 2 == 0 {
            page.reverse();
        }
        at(now + 18 * SECOND, &json!(page))
    });
    let world = fake.world();
    let mut following = follow(&world, &["a"]);
    assert_eq!(read(&following.line())["type"], "ready");
    let mut got = BTreeMap::new();
    for _ in 0..COUNT {
        let line = read(&following.line());
        *got.entry(line["text"].as_str().unwrap().to_owned())
            .or_insert(0) += 1;
    }
    assert!(got == wanted);
    // The next two responses have nothing new.
    while asked.try_recv().is_ok() {}
    for _ in 0..2 {
        asked.recv_timeout(PATIENCE).unwrap();
    }
    assert_eq!(following.stop(Signal::INT), (Some(0), String::new()));
    // Never only what is after the last line.
    let last = fake.calls().iter().rev().find_map(period).unwrap();
    assert_eq!(last.start, nth(COUNT - 1).0 - 30 * SECOND);
}

/// Follows until the line `after` was printed, and returns what was said meanwhile.
fn followed(fake: &Fake) -> String {
    let world = fake.world();
    let errors = world.home().join("errors.txt");
    let mut command = world.command();
    command
        .args(["logs", "a", "-f"])
        .stderr(File::create(&errors).unwrap());
    let mut following = Following::started(&mut command);
    following.line();
    assert_eq!(read(&following.line())["text"], "before");
    assert_eq!(read(&following.line())["text"], "after");
    assert_eq!(following.stop(Signal::TERM), (Some(0), String::new()));
    fs::read_to_string(errors).unwrap()
}

#[test]
fn a_lost_connection_is_reported_and_retried() {
    let fake = Fake::new(|n, call| match (n, period(call)) {
        (_, None) => at(BEGIN, &json!({"status": "ok"})),
        (1, Some(_)) => at(BEGIN, &json!([line(BEGIN - SECOND, "before")])),
        (2..=4, Some(_)) => Answer::Cut,
        (_, Some(_)) => at(
            BEGIN + 9 * SECOND,
            &json!([line(BEGIN - SECOND, "before"), line(BEGIN, "after")]),
        ),
    });
    let errors = followed(&fake);
    assert_eq!(errors.matches("retrying in").count(), 2, "{errors}");
    assert_eq!(errors.matches("trying again in").count(), 1, "{errors}");
    assert!(errors.contains("connected again"), "{errors}");
}

#[test]
fn a_malformed_response_while_following_is_retried() {
    let fake = Fake::new(|n, call| match (n, period(call)) {
        (_, None) => at(BEGIN, &json!({"status": "ok"})),
        (1, Some(_)) => at(BEGIN, &json!([line(BEGIN - SECOND, "before")])),
        (2, Some(_)) => raw(200, &[], "[{\"timestamp\": 17"),
        (3, Some(_)) => raw(200, &[], "<html>"),
        (_, Some(_)) => at(BEGIN + 9 * SECOND, &json!([line(BEGIN, "after")])),
    });
    let errors = followed(&fake);
    assert_eq!(errors.matches("trying again in").count(), 2, "{errors}");
    assert!(errors.contains("connected again"), "{errors}");
}

#[test]
fn a_refusal_while_following_ends_it() {
    let fake = Fake::new(|n, call| match (n, period(call)) {
        (_, None) => at(BEGIN, &json!({"status": "ok"})),
        (1, Some(_)) => at(BEGIN, &json!([])),
        _ => Answer::Json(401, json!({"error": "Invalid token"})),
    });
    let ended = fake.world().sh("logs -f").ends_with(4);
    assert_eq!(ended.out.lines().count(), 1);
}
