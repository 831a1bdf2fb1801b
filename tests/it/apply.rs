//! `apply`: the project gets the webhooks of files, and only what differs is sent.

use std::process::Stdio;
use std::time::Duration;

#[cfg(unix)]
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::support::{Answer, Fake, NEEDED, Served, VALUE, World, receiver, webhook_with};

const HEAD: &str =
    "defaults: {pipeline: pipeline-1, event: failed, url: 'http://127.0.0.1:9/in'}\nwebhooks:\n";

fn with(webhooks: &str) -> World {
    let world = World::new()
        .set("UBIHOOK_SECRET_T", VALUE)
        .set("UBIHOOK_STORE", "file");
    world.file("w.yaml", &format!("{HEAD}{webhooks}"));
    world
}

/// The calls of a command that change something, from its trace.
fn writes(trace: &str) -> usize {
    let is_write = |line: &&str| {
        ["< POST ", "< PATCH ", "< DELETE "]
            .iter()
            .any(|start| line.starts_with(start))
    };
    trace.lines().filter(is_write).count()
}

fn results(applied: &Value) -> Vec<(&str, &str)> {
    let changes = applied["changes"].as_array().unwrap();
    changes
        .iter()
        .map(|change| {
            (
                change["name"].as_str().unwrap(),
                change["result"].as_str().unwrap(),
            )
        })
        .collect()
}

#[test]
fn what_differs_is_sent_and_a_second_run_sends_nothing() {
    let world = with(
        "- name: a\n  headers: [{key: Authorization, value_from: env:UBIHOOK_SECRET_T}, {key: X-A, value: '1'}]\n- {name: b, timeout: 20, labels: {team: blue}}\n",
    );
    let ended = world.sh("apply -f w.yaml --yes -v").ends_with(0);
    assert_eq!(writes(&ended.err), 2, "{}", ended.err);
    assert!(ended.out.ends_with("2 created\n"), "{}", ended.out);
    let ended = world.sh("apply -f w.yaml --yes -v").ends_with(0);
    assert_eq!(writes(&ended.err), 0, "{}", ended.err);
    assert!(
        ended.out.ends_with("nothing to do: 2 unchanged\n"),
        "{}",
        ended.out
    );
    world
        .sh("update a --header 'X-B: 2' --remove-header X-A --timeout 3 --label by=hand --url http://127.0.0.1:9/im")
        .ends_with(0);
    world.sh("update b --enabled=false").ends_with(0);
    let applied = world.answer("apply -f w.yaml --yes");
    assert_eq!(
        applied,
        json!({
            "summary": {"create": 0, "update": 1, "replace": 0, "delete": 0, "keep": 1, "conflict": 0, "unknown": 0, "failed": 0},
            "changes": [{"name": "a", "action": "update", "unknown": [], "place": "w.yaml:3", "result": "updated", "error": null,
                "fields": [
                    {"field": "url", "from": "http://127.0.0.1:9/im", "to": "http://127.0.0.1:9/in"},
                    {"field": "timeout", "from": 3, "to": 10},
                    {"field": "headers.X-A", "from": null, "to": "1"},
                    {"field": "headers.X-B", "from": "2", "to": null},
                    {"field": "labels.by", "from": "hand", "to": null}]}]})
    );
    // It is as it is: the file says nothing about it.
    assert_eq!(world.answer("get b")["enabled"], false);
    world.sh("diff -f w.yaml --exit-code").ends_with(0);
    assert!(
        world
            .sh("secret list a --check")
            .ends_with(0)
            .out
            .contains("current")
    );
}

#[test]
fn without_a_terminal_or_yes_the_plan_is_all() {
    let world = with(
        "- name: a\n  headers: [{key: Authorization, value_from: env:UBIHOOK_SECRET_NOT_SET}]\n",
    );
    let ended = world.sh("apply -f w.yaml").ends_with(2);
    assert!(
        ended.out.starts_with("create a  w.yaml:3\n"),
        "{}",
        ended.out
    );
    ended.saying("add --yes to confirm");
    assert_eq!(world.names(), [""; 0]);
    let dry = world.sh("apply -f w.yaml --dry-run").ends_with(0);
    assert_eq!(dry.out, world.sh("diff -f w.yaml").out);
    let world = with("- name: a\n");
    world.sh("apply -f w.yaml --yes").ends_with(0);
    world.sh("apply -f w.yaml").ends_with(0);
}

#[test]
fn all_missing_values_are_named_before_the_first_write() {
    let world = with(
        "- name: a\n- name: b\n  headers: [{key: X-One, value_from: env:UBIHOOK_SECRET_ONE}]\n\
         - name: c\n  headers: [{key: X-Two, value_from: env:UBIHOOK_SECRET_TWO}, {key: X-Three, value_from: store}]\n",
    );
    let ended = world.sh("apply -f w.yaml --yes").ends_with(9);
    for name in ["UBIHOOK_SECRET_ONE", "UBIHOOK_SECRET_TWO", "X-Three"] {
        assert!(ended.err.contains(name), "{}", ended.err);
    }
    assert_eq!(world.names(), [""; 0]);
}

#[test]
fn a_value_that_is_not_provably_the_same_is_sent() {
    let world =
        with("- name: a\n  headers: [{key: Authorization, value_from: env:UBIHOOK_SECRET_T}]\n");
    let none = [("UBIHOOK_STORE", "none")];
    world.sh_with(&none, "apply -f w.yaml --yes").ends_with(0);
    let ended = world
        .sh_with(&none, "apply -f w.yaml --yes -v")
        .ends_with(0);
    assert_eq!(writes(&ended.err), 1, "{}", ended.err);
    ended.saying("1 protected value could not be compared and was sent; --keep-unknown leaves them as they are");
    let ended = world
        .sh_with(&none, "apply -f w.yaml --yes --keep-unknown -v")
        .ends_with(0);
    assert_eq!(writes(&ended.err), 0, "{}", ended.err);
    world.sh("apply -f w.yaml --yes").ends_with(0);
    let other = [("UBIHOOK_SECRET_T", "another-value-now")];
    let applied = world
        .sh_with(&other, "apply -f w.yaml --yes -o json")
        .ends_with(0);
    let applied: Value = serde_json::from_str(&applied.out).unwrap();
    assert_eq!(
        applied["changes"][0]["fields"],
        json!([{"field": "headers.Authorization", "from": "***", "to": "***"}])
    );
}

#[test]
fn one_failure_has_its_own_code_and_several_go_on() {
    let world = with("- name: a\n- {name: b, pipeline: nowhere}\n- name: c\n");
    let ended = world.sh("apply -f w.yaml --yes -o json").ends_with(11);
    let applied: Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(
        results(&applied),
        [("a", "created"), ("b", "failed"), ("c", "created")]
    );
    assert_eq!(applied["changes"][1]["error"]["http_status"], 404);
    assert_eq!(applied["summary"]["failed"], 1);
    ended.saying("1 of 3 could not be changed: `b`: ");
    // Only that one is left to do.
    world.sh("apply -f w.yaml --yes").ends_with(3);
    assert_eq!(world.sorted_names(), ["a", "c"]);
}

#[test]
fn an_owner_marks_what_is_its_own_and_prunes_only_that() {
    let world = with("- name: a\n- name: b\n");
    world.sh(&format!("create hand {NEEDED}")).ends_with(0);
    world
        .sh(&format!(
            "create theirs {NEEDED} --label ubihook-owner=them"
        ))
        .ends_with(0);
    world.sh("apply -f w.yaml --owner us --yes").ends_with(0);
    assert_eq!(world.answer("get a")["labels"]["ubihook-owner"], "us");
    world.file(
        "w.yaml",
        &format!("{HEAD}- name: a\n- name: theirs\n- name: hand\n"),
    );
    world
        .sh("apply -f w.yaml --prune --yes")
        .ends_with(2)
        .saying("--prune needs an owner");
    let ended = world
        .sh("apply -f w.yaml --owner us --prune --yes")
        .ends_with(2);
    ended.saying("give their number: --prune=1");
    world
        .sh("apply -f w.yaml --owner us --prune=0 --yes")
        .ends_with(2)
        .saying("would delete 1 webhook: `b`");
    assert_eq!(world.sorted_names(), ["a", "b", "hand", "theirs"]);
    let ended = world
        .sh("apply -f w.yaml --owner us --prune=3 --yes -o json")
        .ends_with(11);
    let applied: Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(
        results(&applied),
        [("theirs", "failed"), ("hand", "updated"), ("b", "deleted")]
    );
    assert_eq!(applied["changes"][0]["error"]["kind"], "refused");
    assert_eq!(world.sorted_names(), ["a", "hand", "theirs"]);
    assert_eq!(world.answer("get hand")["labels"]["ubihook-owner"], "us");
    world.file("w.yaml", "webhooks: []\n");
    world
        .sh("apply -f w.yaml --owner us --prune=9 --yes")
        .ends_with(2);
    world.sh("apply -f w.yaml --owner us --yes").ends_with(0);
    assert_eq!(world.sorted_names(), ["a", "hand", "theirs"]);
}

#[test]
fn a_dry_run_ends_as_the_run_would_if_too_many_are_deleted() {
    let world = World::new();
    world.file(
        "w.yaml",
        &format!("{HEAD}- name: a\n- name: b\n- name: c\n"),
    );
    world.sh("apply -f w.yaml --owner us --yes").ends_with(0);
    world.file("w.yaml", &format!("{HEAD}- name: a\n"));
    for end in ["--dry-run", "--yes"] {
        world
            .sh(&format!("apply -f w.yaml --owner us --prune=1 {end}"))
            .ends_with(2)
            .saying("--prune=1 would delete 2 webhooks: `b`, `c`")
            .saying("to delete all of them: --prune=2");
    }
    assert_eq!(world.sorted_names(), ["a", "b", "c"]);
}

#[test]
fn another_object_needs_a_replacement_with_values_from_the_files() {
    let receiver = receiver();
    let world = with("");
    let file = |object: &str, header: &str| {
        let url = receiver.url("/in");
        let text =
            format!("{{name: a, {object}, event: failed, url: '{url}', headers: [{header}]}}");
        world.file("w.yaml", &text);
    };
    let (kept, given) = (
        "{key: Authorization, protected: true}",
        "{key: Authorization, value_from: env:UBIHOOK_SECRET_T}",
    );
    let create = format!(
        "create a --pipeline pipeline-1 -e failed -u {} --secret-header Authorization=env:UBIHOOK_SECRET_T",
        receiver.url("/in")
    );
    world.sh(&create).ends_with(0);
    let id = world.answer("get a")["id"].clone();
    file("deployment: deployment-1", given);
    let ended = world.sh("apply -f w.yaml --yes").ends_with(2);
    ended.saying("add --allow-replace");
    // Deleted with the webhook, a value that only this machine has could be lost.
    file("deployment: deployment-1", kept);
    let ended = world
        .sh("apply -f w.yaml --yes --allow-replace")
        .ends_with(9);
    ended.saying("the file must give the value of `Authorization`");
    file("deployment: deployment-1", "");
    // The index says that the value is held, and the store has it no more.
    let (held, away) = (world.state("mock-secrets.json"), world.state("away"));
    std::fs::rename(&held, &away).unwrap();
    let ended = world
        .sh("apply -f w.yaml --yes --allow-replace")
        .ends_with(2);
    ended.saying("add --remove-protected");
    std::fs::rename(&away, &held).unwrap();
    assert_eq!(world.answer("get a")["id"], id);
    file("deployment: deployment-1", given);
    let applied = world.answer("apply -f w.yaml --yes --allow-replace");
    assert_eq!(results(&applied), [("a", "replaced")]);
    assert_ne!(world.answer("get a")["id"], id);
    world.sh("test a").ends_with(0);
    // What it would be created for doesn't exist, so it isn't deleted.
    let id = world.answer("get a")["id"].clone();
    for target in [
        "deployment: nowhere",
        "deployment: deployment-1, version: v9",
    ] {
        file(target, given);
        let ended = world
            .sh("apply -f w.yaml --yes --allow-replace")
            .ends_with(3);
        ended.saying("webhook `a` was not changed: w.yaml:1: ");
        assert_eq!(world.answer("get a")["id"], id);
    }
    // Refused in between, the webhook is gone, and the hint makes it again.
    file("pipeline: pipeline-1", given);
    let served = Served::start(&world, "--fault 'POST /webhooks=403'");
    let refused = served.world().set("UBIHOOK_SECRET_T", VALUE);
    let text = std::fs::read_to_string(world.home().join("w.yaml")).unwrap();
    refused.file("w.yaml", &text);
    let ended = refused
        .sh("apply -f w.yaml --yes --allow-replace")
        .ends_with(4);
    drop(served);
    assert!(
        ended
            .err
            .contains("webhook `a` was deleted, but not created again: "),
        "{}",
        ended.err
    );
    ended.saying("ubihook apply -f w.yaml --yes a");
    file("deployment: deployment-1", given);
    world.sh("apply -f w.yaml --yes a").ends_with(0);
    world.sh("test a").ends_with(0);
}

#[test]
fn names_that_share_a_lock_are_pruned_beside_others() {
    let file = |count: usize| {
        let names: Vec<_> = (0..count).map(|n| format!("- name: w{n}\n")).collect();
        format!("owner: us\n{HEAD}{}", names.concat())
    };
    let world = with("");
    world.file("w.yaml", &file(60));
    world.sh("apply -f w.yaml --yes -q -o name").ends_with(0);
    world.file("w.yaml", &file(30));
    let ended = world
        .sh("apply -f w.yaml --yes --prune=30 -o json")
        .ends_with(0)
        .silently();
    let applied: Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(results(&applied).len(), 30);
    assert_eq!(world.names().len(), 30);
}

#[test]
fn a_new_origin_and_the_loss_of_a_value_need_options() {
    let world = with("");
    let create = "create a --pipeline pipeline-1 -e failed -u http://127.0.0.1:9/in --secret-header Authorization=env:UBIHOOK_SECRET_T";
    world.sh(create).ends_with(0);
    world.file("w.yaml", "{name: a, pipeline: pipeline-1, event: failed, url: 'http://127.0.0.1:10/in', headers: [{key: Authorization, protected: true}]}");
    let ended = world.sh("apply -f w.yaml --yes").ends_with(5);
    ended.saying(
        "the new URL is at http://127.0.0.1:10, and the platform would send it the value of",
    );
    world
        .sh("apply -f w.yaml --yes --keep-secrets")
        .ends_with(0);
    world.file(
        "w.yaml",
        "{name: a, pipeline: pipeline-1, event: failed, url: 'http://127.0.0.1:10/in'}",
    );
    let none = [("UBIHOOK_STORE", "none")];
    std::fs::remove_file(world.state("index.json")).unwrap();
    let ended = world.sh_with(&none, "apply -f w.yaml --yes").ends_with(2);
    ended.saying("add --remove-protected");
    world
        .sh_with(&none, "apply -f w.yaml --yes --remove-protected")
        .ends_with(0);
    assert_eq!(world.answer("get a")["headers"], json!([]));
}

#[test]
fn with_test_what_does_not_arrive_is_left_as_it_is() {
    let receiver = receiver();
    let world = with("");
    let url = receiver.url("/in");
    world.file("w.yaml", &format!("defaults: {{pipeline: pipeline-1, event: failed, headers: [{{key: Authorization, value_from: env:UBIHOOK_SECRET_T}}]}}\nwebhooks:\n- {{name: a, url: '{url}'}}\n- {{name: b, url: 'http://127.0.0.1:9/'}}\n"));
    let ended = world
        .sh("apply -f w.yaml --yes --test -o json")
        .ends_with(11);
    let applied: Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(results(&applied), [("a", "created"), ("b", "failed")]);
    assert_eq!(applied["changes"][1]["error"]["kind"], "failed");
    // An update is tried out with the stored value.
    let text = format!(
        "{{name: a, pipeline: pipeline-1, event: failed, timeout: 7, url: '{url}', headers: [{{key: Authorization, protected: true}}]}}"
    );
    world.file("w.yaml", &text);
    world.sh("apply -f w.yaml --yes --test").ends_with(0);
    assert_eq!(world.answer("get a")["timeout"], 7);
    // The value of a header that is removed isn't needed.
    std::fs::remove_file(world.state("mock-secrets.json")).unwrap();
    let text = format!(
        "{{name: a, pipeline: pipeline-1, event: failed, timeout: 7, url: '{url}', headers: [{{key: X-A, protected: true, value_from: env:UBIHOOK_SECRET_T}}]}}"
    );
    world.file("w.yaml", &text);
    world
        .sh("apply -f w.yaml --yes --test --remove-protected")
        .ends_with(0);
}

#[test]
fn interrupted_at_any_call_another_run_converges() {
    let file = "owner: us\ndefaults: {event: failed, url: 'http://127.0.0.1:9/in'}\nwebhooks:\n\
                - name: a\n  pipeline: pipeline-1\n  headers: [{key: Authorization, value_from: env:UBIHOOK_SECRET_T}]\n\
                - {name: b, pipeline: pipeline-1, timeout: 5}\n- {name: d, deployment: deployment-1}\n";
    let calls = [
        ("GET /webhooks", "503x1"),
        ("POST /webhooks", "cutx1"),
        ("POST /webhooks", "truncatex3"),
        ("POST /webhooks", "500x2"),
        ("GET /webhooks/b", "cutx1"),
        ("PATCH /webhooks/b", "cutx1"),
        ("PATCH /webhooks/b", "500x1"),
        ("GET /webhooks/old", "truncatex1"),
        ("DELETE /webhooks/old", "cutx1"),
        ("DELETE /webhooks/old", "500x1"),
    ];
    for (call, effect) in calls {
        let base = World::new();
        base.sh(&format!("create b {NEEDED} --timeout 30"))
            .ends_with(0);
        base.sh(&format!("create old {NEEDED} --label ubihook-owner=us"))
            .ends_with(0);
        let db = base.state("mock.db");
        let served = Served::start(
            &base,
            &format!("--db {} --fault '{call}={effect}'", db.display()),
        );
        let world = served
            .world()
            .set("UBIHOOK_SECRET_T", VALUE)
            .set("UBIHOOK_STORE", "file");
        world.file("w.yaml", file);
        let line = "apply -f w.yaml --prune=5 --yes";
        let first = world.sh(line).code;
        if first != 0 {
            world.sh(line).ends_with(0);
        }
        let ended = world.sh(&format!("{line} -v")).ends_with(0);
        assert_eq!(writes(&ended.err), 0, "{call} {effect}: {}", ended.err);
        let names = world.sorted_names();
        assert_eq!(names, ["a", "b", "d"], "{call} {effect}");
        world.sh("secret list a --check").ends_with(0);
    }
}

#[cfg(unix)]
#[test]
fn a_second_signal_leaves_it_unknown_whether_a_change_arrived() {
    let webhook = webhook_with("a", &json!({"timeout": 30, "url": "http://127.0.0.1:9/in"}));
    let list = json!([webhook]);
    let fake = Fake::new(
        move |_, call| match (call.method.as_str(), call.path.as_str()) {
            ("PATCH", _) => Answer::Silence,
            (_, path) if path.ends_with("/webhooks") => Answer::Json(200, list.clone()),
            _ => Answer::Json(200, webhook.clone()),
        },
    );
    let world = fake.world();
    world.file("w.yaml", &format!("{HEAD}- name: a\n- name: b\n"));
    let mut command = world.command();
    command.args([
        "apply", "-f", "w.yaml", "--yes", "--jobs", "1", "-o", "json",
    ]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let is_sent = || fake.lines().iter().any(|line| line.starts_with("PATCH"));
    while !is_sent() {
        assert_eq!(child.try_wait().unwrap(), None, "it ended before it sent");
        std::thread::sleep(Duration::from_millis(5));
    }
    let pid = Pid::from_child(&child);
    kill_process(pid, Signal::INT).unwrap();
    // Two signals of one kind that arrive at once are one.
    kill_process(pid, Signal::TERM).unwrap();
    let ended = child.wait_with_output().unwrap();
    assert!([130, 143].contains(&ended.status.code().unwrap()));
    let applied: Value = serde_json::from_slice(&ended.stdout).unwrap();
    assert_eq!(results(&applied), [("a", "failed"), ("b", "skipped")]);
    assert_eq!(applied["changes"][0]["error"]["kind"], "interrupted");
    let said = String::from_utf8(ended.stderr).unwrap();
    assert!(
        said.contains("it is unknown whether the change arrived"),
        "{said}"
    );
}

#[test]
fn a_webhook_that_changed_hands_in_the_meantime_is_left_alone() {
    let own = |labels: Value| {
        webhook_with(
            "a",
            &json!({"labels": labels, "url": "http://127.0.0.1:9/in"}),
        )
    };
    for (labels, said) in [
        (json!({}), "it has no owner any more; nothing was changed"),
        (
            json!({"ubihook-owner": "them"}),
            "it belongs to the owner `them` by now",
        ),
    ] {
        let listed = json!([own(json!({"ubihook-owner": "us"}))]);
        let fresh = own(labels);
        let fake = Fake::new(move |_, call| match call.path.as_str() {
            path if path.ends_with("/webhooks") && call.method == "GET" => {
                Answer::Json(200, listed.clone())
            }
            path if path.ends_with("/webhooks") => Answer::Json(
                201,
                webhook_with("b", &json!({"url": "http://127.0.0.1:9/in"})),
            ),
            _ => Answer::Json(200, fresh.clone()),
        });
        let world = fake.world();
        world.file("w.yaml", &format!("{HEAD}- name: b\n"));
        let ended = world
            .sh("apply -f w.yaml --owner us --prune=1 --yes")
            .ends_with(11);
        ended.saying(said);
        assert!(!fake.lines().iter().any(|line| line.starts_with("DELETE")));
    }
}
