//! `secret rotate`: tested before the switch, nothing switched by halves, nothing lost.

use std::{
    fs,
    process::Stdio,
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use serde_json::{Value, json};
use ubihook::inside::receiver::Receiver;

use crate::support::{Answer, Ended, Fake, PATIENCE, Served, World, forward, receiver};

const OLD: &str = "OLD-of-the-test";
const NEW: &str = "NEW-of-the-test";

/// A receiver that accepts some values of `X-Key`, and answers another status to all others.
fn accepting(values: &'static [&'static str], status: u16) -> Fake {
    Fake::new(move |_, call| {
        let given = call.header("x-key").unwrap_or_default();
        if values.contains(&given) {
            Answer::Json(200, json!({}))
        } else {
            Answer::Json(status, json!({}))
        }
    })
}

fn at(fake: &Fake) -> String {
    fake.url().replace("/v2", "/in")
}

/// Webhooks with the old value at these URLs.
fn create(world: &World, name: &str, url: &str) {
    let line = format!(
        "create {name} --pipeline pipeline-1 -e failed -u {url} --secret-header X-Key=env:V"
    );
    world.sh_with(&[("V", OLD)], &line).ends_with(0);
}

fn rotate(world: &World, more: &str) -> Ended {
    let line = format!("secret rotate {more} --secret-header X-Key=env:V -o json");
    world.sh_with(&[("V", NEW)], &line)
}

fn kept(world: &World) -> String {
    fs::read_to_string(world.state("mock-secrets.json")).unwrap_or_default()
}

/// The states of a webhook's values here.
fn states(world: &World, name: &str) -> Vec<String> {
    let rows = world.answer(&format!("secret list {name}"));
    let state = |row: &Value| row["state"].as_str().unwrap_or("missing").to_owned();
    let mut states: Vec<_> = rows.as_array().unwrap().iter().map(state).collect();
    states.sort();
    states
}

/// What the platform sends with a real event.
fn platform_has(world: &World, receiver: &Receiver) -> String {
    world.sh("mock request --pipeline pipeline-1 --outcome failed");
    let delivery = receiver.next(PATIENCE).unwrap();
    delivery.headers["x-key"].to_str().unwrap().to_owned()
}

#[test]
fn a_value_is_switched_after_a_test_with_it_and_the_old_one_is_kept() {
    let (world, receiver) = (World::new(), receiver());
    create(&world, "a", &receiver.url("/in"));
    let ended = rotate(&world, "a").ends_with(0).without(NEW).without(OLD);
    assert_eq!(
        ended.json(),
        json!([{"webhook": "a", "header": "X-Key", "result": "rotated", "tested": true,
                "retired": null, "error": null}])
    );
    let tested = receiver.next(PATIENCE).unwrap();
    assert_eq!(tested.headers["x-key"], NEW);
    assert_eq!(platform_has(&world, &receiver), NEW);
    assert_eq!(states(&world, "a"), ["current", "previous"]);
    let listed = world.answer("secret list a");
    assert!(listed[0]["tested"].is_string(), "{listed}");
    // The old one is never what a test sends.
    world.sh("test a").ends_with(0).without("warning");
    assert_eq!(receiver.next(PATIENCE).unwrap().headers["x-key"], NEW);
    world.sh("delete a --yes").ends_with(0);
    assert!(!kept(&world).contains(OLD) && !kept(&world).contains(NEW));
}

#[test]
fn a_value_that_the_receiver_refuses_changes_nothing() {
    let world = World::new();
    let strict = accepting(&[OLD], 401);
    create(&world, "a", &at(&strict));
    let ended = rotate(&world, "a").ends_with(7).saying("401");
    assert_eq!(ended.json()[0]["result"], "failed");
    assert_eq!(ended.json()[0]["error"]["kind"], "failed");
    assert_eq!(states(&world, "a"), ["current"]);
    assert!(!kept(&world).contains(NEW));
    world.sh("test a").ends_with(0).without("warning");
    let ended = rotate(&world, "a --skip-test").ends_with(0);
    assert_eq!(ended.json()[0]["tested"], false);
    world.sh("test a").ends_with(7);
}

#[test]
fn with_nothing_stored_retire_leads_to_a_rotation_without_it() {
    let (world, receiver) = (World::new().set("UBIHOOK_STORE", "none"), receiver());
    create(&world, "a", &receiver.url("/in"));
    for line in ["a --retire --secret-header X-Key=env:V", "a --retire"] {
        let line = format!("secret rotate {line}");
        let ended = world.sh_with(&[("V", NEW)], &line).ends_with(9);
        let hint = "hint: without --retire: `ubihook secret rotate a --secret-header KEY=SOURCE`";
        assert!(ended.err.contains(hint), "{line}: {}", ended.err);
    }
    rotate(&world, "a").ends_with(0);
}

#[test]
fn the_same_rotation_again_is_unchanged() {
    let (world, receiver) = (World::new(), receiver());
    create(&world, "a", &receiver.url("/in"));
    rotate(&world, "a").ends_with(0);
    let calls = |ended: &Ended| ended.err.matches("PATCH ").count();
    for more in ["a", "a --skip-test"] {
        let ended = rotate(&world, &format!("{more} -v")).ends_with(0);
        assert_eq!(ended.json()[0]["result"], "unchanged");
        assert_eq!(calls(&ended), 0, "{}", ended.err);
    }
    assert_eq!(states(&world, "a"), ["current", "previous"]);
}

#[test]
fn the_same_value_is_2_before_any_write() {
    let (world, receiver) = (World::new(), receiver());
    create(&world, "a", &receiver.url("/in"));
    for more in ["a", "a --retire"] {
        let line = format!("secret rotate {more} --secret-header X-Key=env:V");
        world
            .sh_with(&[("V", OLD)], &line)
            .ends_with(2)
            .saying("already has");
    }
    assert!(receiver.next(Duration::ZERO).is_none());
}

#[test]
fn retire_removes_the_old_value_once_it_is_refused() {
    let world = World::new();
    let both = Arc::new(AtomicBool::new(true));
    let accepts_both = both.clone();
    let fake = Fake::new(move |_, call| {
        let given = call.header("x-key").unwrap_or_default();
        if given == NEW || (given == OLD && accepts_both.load(Ordering::SeqCst)) {
            Answer::Json(200, json!({}))
        } else {
            Answer::Json(403, json!({}))
        }
    });
    create(&world, "a", &at(&fake));
    let ended = rotate(&world, "a --retire")
        .ends_with(7)
        .saying("still accepts the old value of `X-Key`");
    let row = &ended.json()[0];
    assert_eq!(
        (&row["result"], &row["retired"]),
        (&json!("rotated"), &json!(false))
    );
    assert_eq!(states(&world, "a"), ["current", "previous"]);
    both.store(false, Ordering::SeqCst);
    let retired = world.answer("secret rotate a --retire");
    let row = &retired[0];
    assert_eq!(
        (&row["result"], &row["retired"]),
        (&json!("unchanged"), &json!(true))
    );
    assert_eq!(states(&world, "a"), ["current"]);
    assert!(!kept(&world).contains(OLD));
    world
        .sh("secret rotate a --retire")
        .ends_with(9)
        .saying("no previous value");
}

#[test]
fn a_receiver_that_is_down_proves_nothing_about_the_old_value() {
    let world = World::new();
    let fake = accepting(&[NEW], 500);
    create(&world, "a", &at(&fake));
    rotate(&world, "a --retire")
        .ends_with(7)
        .saying("is unknown: the test failed for another reason")
        .saying("500");
    assert_eq!(states(&world, "a"), ["current", "previous"]);
}

#[test]
fn one_refusal_of_twenty_changes_none_and_with_keep_going_all_others() {
    let world = World::new();
    let (good, strict) = (accepting(&[OLD, NEW], 401), accepting(&[OLD], 401));
    let names: Vec<String> = (0..20).map(|n| format!("w{n:02}")).collect();
    for (n, name) in names.iter().enumerate() {
        create(&world, name, &at(if n == 7 { &strict } else { &good }));
    }
    let ended = rotate(&world, &names.join(" "))
        .ends_with(7)
        .saying("no webhook was changed");
    let rows = ended.json();
    assert_eq!(rows.as_array().unwrap().len(), 20);
    assert_eq!(rows[7]["result"], "failed");
    assert!(
        rows.as_array()
            .unwrap()
            .iter()
            .all(|row| row["result"] != "rotated")
    );
    assert!(!kept(&world).contains(NEW));
    for name in &names {
        assert_eq!(states(&world, name), ["current"], "{name}");
    }
    let ended = rotate(&world, &format!("{} --keep-going", names.join(" "))).ends_with(11);
    let rows = ended.json();
    let result = |name: &str| {
        let rows = rows.as_array().unwrap().iter();
        rows.filter(|row| row["result"] == name).count()
    };
    assert_eq!((result("rotated"), result("failed")), (19, 1));
    assert_eq!(states(&world, "w07"), ["current"]);
    assert_eq!(states(&world, "w08"), ["current", "previous"]);
    // Those that have it already are left out of the next one, with which the last is switched.
    let ended = rotate(&world, &format!("{} --skip-test", names.join(" "))).ends_with(0);
    assert_eq!(ended.json()[7]["result"], "rotated");
    assert_eq!(ended.json()[8]["result"], "unchanged");
}

#[test]
fn names_from_stdin_and_a_name_that_is_not_there() {
    let (world, receiver) = (World::new(), receiver());
    create(&world, "a", &receiver.url("/in"));
    let line = "secret rotate - --secret-header X-Key=env:V";
    let mut world = world.set("V", NEW);
    world
        .sh_fed("a\nnothing\n", line)
        .ends_with(11)
        .saying("`nothing`")
        .saying("no webhook was changed");
    world.sh_fed("a\n", line).ends_with(0);
    world.sh_fed("", line).ends_with(0).saying("nothing to do");
    world = world.set("W", "another");
    world
        .sh_fed("a\n", "secret rotate - --secret-header X-Key=stdin")
        .ends_with(2);
    world
        .sh("secret rotate nothing --secret-header X-Key=env:W")
        .ends_with(3);
    world
        .sh("secret rotate a --secret-header X-Kay=env:W")
        .ends_with(2)
        .saying("X-Key");
    world.sh("secret rotate a").ends_with(2);
    world.sh("secret rotate --retire").ends_with(2);
}

#[test]
fn a_dry_run_shows_both_calls_and_sends_nothing() {
    let (world, receiver) = (World::new(), receiver());
    create(&world, "a", &receiver.url("/in"));
    let ended = rotate(&world, "a --dry-run").ends_with(0).without(NEW);
    let calls = ended.json();
    assert_eq!(
        (&calls[0]["method"], &calls[1]["method"]),
        (&json!("POST"), &json!("PATCH"))
    );
    assert!(receiver.next(Duration::ZERO).is_none());
    assert_eq!(states(&world, "a"), ["current"]);
}

#[test]
fn another_protected_header_whose_value_is_missing_is_9_before_the_test() {
    let (world, receiver) = (World::new(), receiver());
    create(&world, "a", &receiver.url("/in"));
    world
        .sh_with(
            &[("V", "of-another-header")],
            "update a --secret-header X-Other=env:V --store none",
        )
        .ends_with(0);
    rotate(&world, "a").ends_with(9).saying("X-Other");
    assert!(receiver.next(Duration::ZERO).is_none());
    rotate(&world, "a --skip-test").ends_with(0);
}

#[cfg(unix)]
#[test]
fn a_command_can_be_the_source_of_a_value() {
    let (world, receiver) = (World::new(), receiver());
    create(&world, "a", &receiver.url("/in"));
    let new = world.file("new", NEW);
    let line = format!(
        "secret rotate a --secret-header 'X-Key=Bearer {{cmd:cat {}}}'",
        new.display()
    );
    world.sh(&line).ends_with(0);
    let tested = receiver.next(PATIENCE).unwrap();
    assert_eq!(tested.headers["x-key"], format!("Bearer {NEW}").as_str());
    world
        .sh("secret rotate a --secret-header 'X-Key=cmd:cat f | tr a b'")
        .ends_with(2)
        .saying("without a shell");
    world
        .sh("secret rotate a --secret-header 'X-Key=cmd:false'")
        .ends_with(9)
        .saying("the command `false`: it ended with code 1");
}

/// A platform in front of another, which holds up one call until it is told to go on.
struct Gate {
    /// The call to hold up, by its method and what is in its path, and how many of these pass first.
    point: Option<(&'static str, &'static str, usize)>,
    /// Whether the platform gets it first.
    after: bool,
    is_reached: bool,
}

/// Each call of a rotation of one webhook.
const POINTS: [(&str, &str, usize); 6] = [
    ("GET", "/webhooks/a", 0),
    ("POST", "/webhooks-tests", 0),
    ("GET", "/webhooks-tests/", 0),
    ("GET", "/webhooks/a", 1),
    ("PATCH", "/webhooks/a", 0),
    ("GET", "/webhooks/a", 2),
];

/// Killed at each of its calls, before and after the platform had it, and run again.
#[test]
fn a_rotation_that_is_killed_anywhere_is_healed_by_the_next_one() {
    let (base, receiver) = (World::new(), receiver());
    let served = Served::start(&base, "");
    let gate = Arc::new((
        Mutex::new(Gate {
            point: None,
            after: false,
            is_reached: false,
        }),
        Condvar::new(),
    ));
    let (authority, held) = (served.authority().to_owned(), gate.clone());
    let fake = Fake::new(move |_, call| {
        let (gate, changed) = &*held;
        let mut state = gate.lock().unwrap();
        let is_one = |(method, path, _): &(&str, &str, usize)| {
            call.method == *method && call.path.contains(*path)
        };
        let at = state.point.as_mut().filter(|point| is_one(point));
        match at {
            Some((_, _, 0)) => {}
            Some((_, _, left)) => {
                *left -= 1;
                drop(state);
                return Answer::Raw(forward(&authority, call));
            }
            None => {
                drop(state);
                return Answer::Raw(forward(&authority, call));
            }
        }
        if state.after {
            forward(&authority, call);
        }
        state.is_reached = true;
        changed.notify_all();
        // Until the client is dead.
        let _unused = changed
            .wait_while(state, |state| state.point.is_some())
            .unwrap();
        Answer::Cut
    });
    let world = World::facing(&fake.url(), served.token());
    create(&world, "a", &receiver.url("/in"));
    let mut old = OLD.to_owned();
    for round in 0..50 {
        let new = format!("V{round}-of-the-test");
        {
            let mut state = gate.0.lock().unwrap();
            state.point = Some(POINTS[round / 2 % POINTS.len()]);
            state.after = round % 2 == 1;
            state.is_reached = false;
        }
        let mut child = world
            .command()
            .args(["secret", "rotate", "a", "--secret-header", "X-Key=env:V"])
            .env("V", &new)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        {
            let state = gate.0.lock().unwrap();
            let waited = gate
                .1
                .wait_timeout_while(state, PATIENCE, |state| !state.is_reached);
            assert!(!waited.unwrap().1.timed_out(), "{round}");
        }
        child.kill().unwrap();
        child.wait().unwrap();
        gate.0.lock().unwrap().point = None;
        gate.1.notify_all();
        // Whichever of both the platform has, it is kept.
        assert!(world.kept().contains(&old), "{round}");
        let listed = states(&world, "a");
        assert!(listed.iter().any(|state| state != "missing"), "{listed:?}");
        if round / 2 % POINTS.len() == 4 {
            assert!(listed.contains(&"unknown".to_owned()), "{listed:?}");
            world.sh("test a").ends_with(9);
            assert!(world.kept().contains(&new), "{round}");
        }
        let line = "secret rotate a --secret-header X-Key=env:V";
        let ended = world.sh_with(&[("V", &new)], line);
        // After the last call, it has happened.
        assert!(matches!(ended.code, 0 | 2), "{round}: {ended:#?}");
        world.sh("test a").ends_with(0).without("warning");
        let mut last = None;
        while let Some(delivery) = receiver.next(Duration::ZERO) {
            last = Some(delivery.headers["x-key"].to_str().unwrap().to_owned());
        }
        assert_eq!(last.as_deref(), Some(&*new), "{round}");
        assert_eq!(states(&world, "a"), ["current", "previous"], "{round}");
        let kept = world.kept();
        assert_eq!(kept.matches("-of-the-test").count(), 2, "{round}: {kept}");
        assert!(kept.contains(&old), "{round}");
        old = new;
    }
}

/// Events that are sent while values are rotated have the old or the new one.
#[test]
fn no_event_goes_out_with_neither_value_during_a_rotation() {
    let (base, receiver) = (World::new(), receiver());
    let served = Served::start(&base, "");
    let world = served.world();
    create(&world, "a", &receiver.url("/in"));
    let mut sent = 0;
    let path = "/projects/demo/pipelines/pipeline-1/requests";
    let body = r#"{"ubihook":{"outcome":"failed"}}"#;
    let is_done = AtomicBool::new(false);
    thread::scope(|scope| {
        let rotating = scope.spawn(|| {
            for value in [NEW, OLD, NEW] {
                let line = "secret rotate a --secret-header X-Key=env:V";
                world.sh_with(&[("V", value)], line).ends_with(0);
            }
            is_done.store(true, Ordering::SeqCst);
        });
        while sent < 1000 || !is_done.load(Ordering::SeqCst) {
            let (status, answer) = served.ask("POST", path, body);
            assert!((200..300).contains(&status), "{answer}");
            sent += 1;
        }
        rotating.join().unwrap();
    });
    let mut counts = std::collections::BTreeMap::<String, usize>::new();
    // The three tests are deliveries too.
    for _ in 0..sent + 3 {
        let delivery = receiver.next(PATIENCE).expect("every event arrives");
        let value = delivery.headers["x-key"].to_str().unwrap().to_owned();
        *counts.entry(value).or_default() += 1;
    }
    let values: Vec<_> = counts.keys().map(String::as_str).collect();
    assert_eq!(values, [NEW, OLD], "{counts:?}");
}
