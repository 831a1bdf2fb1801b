//! A value that is given out is the platform's, or said to be unsure; and no value is lost.

use std::{fs, process::Child, thread, time::Duration};

#[cfg(unix)]
use rustix::process::Signal;
use serde_json::json;
use ubihook::inside::receiver::Receiver;

use crate::support::{Fake, Fault, PATIENCE, Served, World, receiver};

/// A platform, a receiver, and a machine that faces both.
struct Scene {
    served: Served,
    receiver: Receiver,
    world: World,
    // What the platform's files are in.
    _base: World,
}

impl Scene {
    fn new() -> Self {
        Self::with("")
    }

    /// With more arguments of the platform.
    fn with(more: &str) -> Self {
        let (base, receiver) = (World::new(), receiver());
        let served = Served::start(&base, more);
        let world = served.world();
        Self {
            served,
            receiver,
            world,
            _base: base,
        }
    }

    /// Another machine on the same platform.
    fn another_machine(&self) -> World {
        self.served.world()
    }

    fn create(&self, world: &World, value: &str, more: &str) {
        let url = self.receiver.url("/in");
        let line = format!(
            "create a --pipeline pipeline-1 -e failed -u {url} --secret-header X-Key=env:V {more}"
        );
        world.sh_with(&[("V", value)], &line).ends_with(0);
    }

    /// What the platform sends with a real event, whoever knows the value.
    fn platform_has(&self) -> String {
        let body = r#"{"ubihook":{"outcome":"failed"}}"#;
        let path = "/projects/demo/pipelines/pipeline-1/requests";
        let (status, answer) = self.served.ask("POST", path, body);
        assert!((200..300).contains(&status), "{answer}");
        self.received()
    }

    /// What a test with this machine's value sends.
    fn tested(&self, world: &World) -> (crate::support::Ended, String) {
        let ended = world.sh("test a").ends_with(0);
        (ended, self.received())
    }

    fn received(&self) -> String {
        let delivery = self.receiver.next(PATIENCE).unwrap();
        delivery.headers["x-key"].to_str().unwrap().to_owned()
    }
}

fn update(world: &World, value: &str, more: &str) {
    let line = format!("update a --secret-header X-Key=env:V {more}");
    world.sh_with(&[("V", value)], &line).ends_with(0);
}

fn kept(world: &World) -> String {
    world.kept()
}

/// Makes the changes that are waited for as old as if so many seconds had passed.
fn let_time_pass(world: &World, seconds: i64) {
    let path = world.state("secrets.json");
    let mut store: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    let values = store["values"].as_object_mut().unwrap().values_mut();
    let open = values.filter_map(|kept| kept.get_mut("open")?.as_array_mut());
    let mut count = 0;
    for change in open.flatten() {
        let local = change["sent"]["local"].as_i64().unwrap();
        change["sent"]["local"] = (local - seconds).into();
        count += 1;
    }
    assert!(count > 0, "{store}");
    fs::write(&path, store.to_string()).unwrap();
}

/// A command that is on its way: its call has arrived at the platform, which takes its time.
fn sent(world: &World, value: &str) -> Child {
    let mut command = world.command();
    command
        .args(["update", "a", "--secret-header", "X-Key=env:V"])
        .args(["--api-timeout", "5s"])
        .env("V", value)
        .stdout(std::process::Stdio::null());
    command.spawn().unwrap()
}

/// Changes what has nothing to do with values. Its call may be the one that a fault was for.
fn label(world: &World) {
    wait_for("a call gets through", || {
        world.sh("update a --label x=1 --api-timeout 1s").code == 0
    });
}

fn wait_for(what: &str, done: impl Fn() -> bool) {
    let deadline = std::time::Instant::now() + PATIENCE;
    while !done() {
        assert!(std::time::Instant::now() < deadline, "{what}");
        thread::yield_now();
    }
}

#[test]
fn a_value_that_was_replaced_without_being_stored_is_not_given_out() {
    for lose_the_index in [false, true] {
        let scene = Scene::new();
        let world = &scene.world;
        scene.create(world, "V1-of-the-test", "");
        if lose_the_index {
            fs::remove_file(world.state("index.json")).unwrap();
        }
        update(world, "V2-of-the-test", "--store none");
        world.sh("test a").ends_with(9);
        assert!(!kept(world).contains("V1-of-the-test"));
    }
}

#[cfg(unix)]
#[test]
fn a_value_that_could_not_be_removed_is_marked_and_the_mark_says_why() {
    let scene = Scene::new();
    let world = &scene.world;
    scene.create(world, "V1-of-the-test", "");
    crate::support::set_mode(&world.state("secrets.json"), 0o644);
    let line = "update a --secret-header X-Key=env:V --store none";
    world
        .sh_with(&[("V", "V2-of-the-test")], line)
        .ends_with(0)
        .saying("could not be removed, and will not be used");
    crate::support::set_mode(&world.state("secrets.json"), 0o600);
    world
        .sh("test a")
        .ends_with(9)
        .saying("still has an old value")
        .saying("is accessible to other users");
    update(world, "V3-of-the-test", "");
    let (ended, sent) = scene.tested(world);
    assert_eq!(sent, "V3-of-the-test");
    ended.without("warning");
}

#[test]
fn a_header_that_was_made_plain_or_removed_leaves_no_value() {
    for change in ["--header 'X-Key: plain'", "--remove-header X-Key --yes"] {
        let scene = Scene::new();
        scene.create(&scene.world, "V1-of-the-test", "");
        let line = format!("update a {change} --allow-plain");
        scene.world.sh(&line).ends_with(0);
        assert!(!kept(&scene.world).contains("V1-of-the-test"), "{change}");
    }
}

#[test]
fn a_value_in_the_file_is_removed_whatever_is_wrong_with_the_keyring() {
    let scene = Scene::new();
    scene.create(&scene.world, "V1-of-the-test", "");
    // There is no bus.
    scene
        .world
        .sh("update a --header 'X-Key: plain' --allow-plain --store keyring")
        .ends_with(0)
        .without("could not be removed");
    assert!(!scene.world.kept().contains("V1-of-the-test"));
}

#[test]
fn a_value_that_goes_along_to_another_origin_is_the_one_that_the_platform_has() {
    let scene = Scene::new();
    let (world, elsewhere) = (&scene.world, receiver());
    scene.create(world, "V1-of-the-test", "");
    let url = format!("--url {}", elsewhere.url("/in"));
    update(world, "V2-of-the-test", &url);
    assert!(!kept(world).contains("V1-of-the-test"));
    let back = format!(
        "update a --url {} --keep-secrets",
        scene.receiver.url("/in")
    );
    world.sh(&back).ends_with(0);
    let (ended, sent) = scene.tested(world);
    ended.without("warning");
    assert_eq!(sent, "V2-of-the-test");
    assert_eq!(scene.platform_has(), "V2-of-the-test");
}

#[test]
fn a_webhook_that_somebody_else_changed_is_said_to_be() {
    let scene = Scene::new();
    scene.create(&scene.world, "V1-of-the-test", "");
    update(&scene.another_machine(), "V2-of-the-test", "");
    let (ended, sent) = scene.tested(&scene.world);
    assert_eq!(sent, "V1-of-the-test");
    insta::assert_snapshot!(ended.snapshot(), @"
    [0]
    -- stdout
    test of a completed (after 21 ms)
    -- stderr
    warning: the stored value of `X-Key` may differ from the platform's: webhook `a` has been changed since it was stored
    ");
    // What this machine changes itself is no doubt, with or without a value.
    update(&scene.world, "V3-of-the-test", "");
    for change in ["--label x=1", "--timeout 3", "--name a", "--enabled=false"] {
        scene.world.sh(&format!("update a {change}")).ends_with(0);
        scene.tested(&scene.world).0.without("warning");
    }
}

#[test]
fn a_url_that_somebody_else_changed_gets_the_value_by_consent_only() {
    let scene = Scene::new();
    let (world, elsewhere) = (&scene.world, receiver());
    scene.create(world, "V1-of-the-test", "");
    let url = elsewhere.url("/in");
    scene
        .another_machine()
        .sh(&format!("update a --url {url} --keep-secrets"))
        .ends_with(0);
    let ended = world.sh("test a");
    insta::assert_snapshot!(ended.snapshot(), @"
    [9]
    -- stderr
    error: could not test webhook `a`: no stored value of `X-Key` for http://127.0.0.1:8080; the store `file` has one for http://127.0.0.1:8080 only
      hint: ubihook update a --secret-header X-Key
      hint: or ubihook test a --keep-secrets, if http://127.0.0.1:8080 may receive it
    ");
    assert!(elsewhere.next(Duration::ZERO).is_none());
    world
        .sh("test a --keep-secrets")
        .ends_with(0)
        .saying("may differ from the platform's");
    let delivery = elsewhere.next(PATIENCE).unwrap();
    assert_eq!(delivery.headers["x-key"], "V1-of-the-test");
    // To a third origin, which the webhook never had.
    let third = receiver();
    let line = format!("test a --url {} --keep-secrets", third.url("/in"));
    world.sh(&line).ends_with(0);
    let delivery = third.next(PATIENCE).unwrap();
    assert_eq!(delivery.headers["x-key"], "V1-of-the-test");
}

/// A command that is ended at any moment of its update, and a colleague who then changes a label.
#[cfg(unix)]
#[test]
fn an_interrupted_update_keeps_both_values_and_test_says_what_settles_it() {
    for signal in [Signal::INT, Signal::TERM, Signal::KILL] {
        let scene = Scene::with("--fault 'PATCH /webhooks/a=delay:30sx1'");
        let world = &scene.world;
        scene.create(world, "OLD-of-the-test", "");
        let mut child = sent(world, "NEW-of-the-test");
        wait_for("the value is kept before the call", || {
            kept(world).contains("NEW-of-the-test")
        });
        rustix::process::kill_process(rustix::process::Pid::from_child(&child), signal).unwrap();
        child.wait().unwrap();
        world.sh("test a").ends_with(9);
        label(&scene.another_machine());
        world
            .sh("test a")
            .ends_with(9)
            .saying("ubihook update a --secret-header X-Key");
        for value in ["OLD-of-the-test", "NEW-of-the-test"] {
            assert!(kept(world).contains(value), "{signal:?}");
        }
        update(world, "THIRD-of-the-test", "");
        assert_eq!(scene.platform_has(), "THIRD-of-the-test");
        // The interrupted one could still arrive, until its time is over.
        assert!(!kept(world).contains("OLD-of-the-test"));
    }
}

#[test]
fn an_interrupted_update_that_did_not_arrive_is_forgotten_when_its_time_is_over() {
    let scene = Scene::with("--fault 'PATCH /webhooks/a=delay:30sx1'");
    let world = &scene.world;
    scene.create(world, "OLD-of-the-test", "");
    let mut child = sent(world, "NEW-of-the-test");
    wait_for("the value is kept before the call", || {
        kept(world).contains("NEW-of-the-test")
    });
    child.kill().unwrap();
    child.wait().unwrap();
    world.sh("test a").ends_with(9);
    // It may be waiting for the end of a rate limit, three times in all.
    let_time_pass(world, 60);
    world.sh("test a").ends_with(9);
    let_time_pass(world, 60);
    world.sh("test a").ends_with(0);
    assert_eq!(scene.received(), "OLD-of-the-test");
    // A change would take away the proof.
    label(world);
    assert!(!kept(world).contains("NEW-of-the-test"));
    scene.tested(world).0.without("warning");
}

#[test]
fn a_test_during_an_update_waits_for_it() {
    let scene = Scene::with("--fault 'PATCH /webhooks/a=delay:2sx1'");
    let world = &scene.world;
    scene.create(world, "OLD-of-the-test", "");
    let mut child = sent(world, "NEW-of-the-test");
    wait_for("the value is kept before the call", || {
        kept(world).contains("NEW-of-the-test")
    });
    let (ended, sent) = scene.tested(world);
    assert!(child.wait().unwrap().success());
    assert_eq!(sent, "NEW-of-the-test");
    ended.without("may differ");
}

#[test]
fn updates_at_once_leave_the_value_that_the_platform_has() {
    let scene = Scene::new();
    scene.create(&scene.world, "V0-of-the-test", "");
    for round in 0..8 {
        let values: Vec<String> = (0..4).map(|n| format!("V{round}{n}-of-the-test")).collect();
        let children: Vec<Child> = values.iter().map(|v| sent(&scene.world, v)).collect();
        for mut child in children {
            assert!(child.wait().unwrap().success());
        }
        let (ended, sent) = scene.tested(&scene.world);
        ended.without("warning");
        assert_eq!(sent, scene.platform_has());
    }
}

#[test]
fn headers_that_two_commands_add_at_once_are_both_there() {
    let scene = Scene::new();
    scene.create(&scene.world, "V0-of-the-test", "");
    for round in 0..8 {
        let lines: Vec<String> = (0..3)
            .map(|n| format!("update a --header 'X-{round}-{n}: 1'"))
            .collect();
        thread::scope(|scope| {
            for line in &lines {
                scope.spawn(|| scene.world.sh(line).ends_with(0));
            }
        });
        let webhook = scene.world.answer("get a");
        assert_eq!(
            webhook["headers"].as_array().unwrap().len(),
            1 + 3 * (round + 1)
        );
    }
}

#[test]
fn a_header_that_another_machine_adds_before_the_update_stays() {
    let scene = Scene::new();
    scene.create(&scene.world, "V0-of-the-test", "");
    let colleague = scene.another_machine();
    let fake = Fake::before(&scene.served, move |at, _| {
        if at == 1 {
            colleague
                .sh("update a --header 'X-Theirs: 1' --label theirs=1")
                .ends_with(0);
        }
        Fault::None
    });
    let world = World::facing(&fake.url(), scene.served.token());
    let line = "update a --secret-header X-Ours=env:V --label ours=1";
    world.sh_with(&[("V", "V1-of-the-test")], line).ends_with(0);
    let webhook = scene.world.answer("get a");
    let headers = webhook["headers"].as_array().unwrap();
    let mut names: Vec<_> = headers
        .iter()
        .map(|header| header["key"].as_str())
        .collect();
    names.sort_unstable();
    assert_eq!(names, [Some("X-Key"), Some("X-Ours"), Some("X-Theirs")]);
    assert_eq!(webhook["labels"], json!({"ours": "1", "theirs": "1"}));
}

#[test]
fn a_change_is_not_told_as_a_failure_of_the_list_of_names() {
    let scene = Scene::new();
    let world = &scene.world;
    scene.create(world, "V0-of-the-test", "");
    // Whatever the disk has against it: the list can't be written.
    fs::remove_file(world.state("index.json.lock")).unwrap();
    fs::create_dir(world.state("index.json.lock")).unwrap();
    world
        .sh("update a --name b")
        .ends_with(0)
        .saying("webhook `b` was changed, but");
    assert_eq!(world.names(), ["b"]);
    // A value that could not be found again is refused before the call.
    let line = "update b --secret-header X-Key=env:V";
    world
        .sh_with(&[("V", "V1-of-the-test")], line)
        .ends_with(1)
        .saying("is not a regular file");
    assert_eq!(scene.platform_has(), "V0-of-the-test");
    fs::remove_dir(world.state("index.json.lock")).unwrap();
    let ended = world.sh("test b");
    insta::assert_snapshot!(ended.snapshot(), @"
    [0]
    -- stdout
    test of b completed (after 21 ms)
    -- stderr
    warning: the stored value of `X-Key` may differ from the platform's: webhook `b` has been changed since it was stored
    ");
}

#[test]
fn a_list_that_is_full_refuses_before_the_call_and_by_name() {
    let scene = Scene::new();
    let world = &scene.world;
    scene.create(world, "V0-of-the-test", "");
    let index = world.state("index.json");
    let mut content: serde_json::Value =
        serde_json::from_slice(&fs::read(&index).unwrap()).unwrap();
    let row = content["values"][0].clone();
    let rows = content["values"].as_array_mut().unwrap();
    for n in rows.len()..10_000 {
        let mut row = row.clone();
        row["webhook_id"] = format!("made-up-{n}").into();
        rows.push(row);
    }
    fs::write(&index, content.to_string()).unwrap();
    let url = scene.receiver.url("/in");
    let line =
        format!("create b --pipeline pipeline-1 -e failed -u {url} --secret-header X-Key=env:V");
    world
        .sh_with(&[("V", "V1-of-the-test")], &line)
        .ends_with(9)
        .saying("index.json is full")
        .saying("hint: add `--store none`\n");
    assert_eq!(world.names(), ["a"]);
    let nowhere = format!("{line} --store none --dry-run");
    world
        .sh_with(&[("V", "V1-of-the-test")], &nowhere)
        .ends_with(0);
    // What is there can be used, replaced and deleted.
    update(world, "V2-of-the-test", "");
    scene.tested(world).0.without("warning");
    world.sh("delete a --yes").ends_with(0);
    world
        .sh_with(&[("V", "V1-of-the-test")], &line)
        .ends_with(0);
}
