//! `apply` of any manifests leads to what they say, and, killed at any of its calls, another run still does.

use std::{
    collections::BTreeMap,
    process::Stdio,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicI32, AtomicUsize, Ordering},
    },
    time::Duration,
};

use proptest::prelude::*;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::support::{Answer, Call, Fake, Fault, Served, VALUE, World, forward};

/// The calls that change something, from a command's trace.
fn writes(trace: &str) -> usize {
    let starts = ["< POST ", "< PATCH ", "< DELETE "];
    let is_write = |line: &&str| starts.iter().any(|start| line.starts_with(start));
    trace.lines().filter(is_write).count()
}

/// One webhook of a manifest.
#[derive(Debug, Clone)]
struct One {
    object: u8,
    event: u8,
    path: u8,
    plain: Option<u8>,
    protected: bool,
    label: Option<bool>,
    timeout: Option<u8>,
    enabled: Option<bool>,
    retry: Option<bool>,
    description: Option<String>,
}

type Manifest = BTreeMap<String, One>;

fn any_one() -> impl Strategy<Value = One> {
    let first = (
        0..3_u8,
        0..2_u8,
        0..2_u8,
        prop::option::of(0..2_u8),
        any::<bool>(),
    );
    let options = (
        prop::option::of(any::<bool>()),
        prop::option::of(1..4_u8),
        prop::option::of(any::<bool>()),
        prop::option::of(any::<bool>()),
        prop::option::of(r#"[a-zA-Z0-9 :#'"{}&!|>%@é\n-]{0,20}"#),
    );
    (first, options).prop_map(
        |(
            (object, event, path, plain, protected),
            (label, timeout, enabled, retry, description),
        )| One {
            object,
            event,
            path,
            plain,
            protected,
            label,
            timeout,
            enabled,
            retry,
            description,
        },
    )
}

fn any_manifest() -> impl Strategy<Value = Manifest> {
    prop::collection::btree_map("[a-e]", any_one(), 1..5)
}

fn object(one: &One) -> (&'static str, &'static str, Option<&'static str>) {
    match one.object {
        0 => ("pipeline", "pipeline-1", None),
        1 => ("pipeline", "pipeline-1", Some("v1")),
        _ => ("deployment", "deployment-1", None),
    }
}

fn event(one: &One) -> &'static str {
    ["failed", "completed"][usize::from(one.event)]
}

fn headers(one: &One, protected: &Value) -> Vec<Value> {
    let plain = one
        .plain
        .map(|value| json!({"key": "X-Plain", "value": value.to_string()}));
    let protected = one.protected.then(|| protected.clone());
    plain.into_iter().chain(protected).collect()
}

/// As it is written in a file.
fn written(name: &str, one: &One) -> Value {
    let (object, on, version) = object(one);
    let value = json!({"key": "X-Secret", "value_from": "env:UBIHOOK_SECRET_T"});
    let mut fields = json!({
        "name": name, object: on, "event": event(one),
        "url": format!("http://127.0.0.1:9/{}", one.path), "headers": headers(one, &value)});
    let all = fields.as_object_mut().unwrap();
    let optional = [
        ("version", version.map(Value::from)),
        (
            "labels",
            one.label.map(|label| json!({"blue": label.to_string()})),
        ),
        ("timeout", one.timeout.map(Value::from)),
        ("enabled", one.enabled.map(Value::from)),
        ("retry", one.retry.map(Value::from)),
        (
            "description",
            one.description
                .as_ref()
                .map(|text| text.replace('$', "-").into()),
        ),
    ];
    for (key, value) in optional {
        if let Some(value) = value {
            all.insert(key.to_owned(), value);
        }
    }
    fields
}

/// What the platform shows then, without what it decides itself; `before` is what it had.
fn expected(name: &str, one: &One, before: Option<&Value>) -> Value {
    let (object, on, version) = object(one);
    let is_kept = before.is_some_and(|before| {
        before["object_type"] == object
            && before["object_name"] == on
            && before["version"] == json!(version)
    });
    let enabled = before
        .filter(|_| is_kept)
        .map_or(json!(true), |before| before["enabled"].clone());
    let mut labels = json!({"ubihook-owner": "us"});
    if let Some(label) = one.label {
        labels["blue"] = label.to_string().into();
    }
    json!({
        "name": name, "object_type": object, "object_name": on, "version": version,
        "event": format!("{object}_request_{}", event(one)), "url": format!("http://127.0.0.1:9/{}", one.path),
        "headers": shown(headers(one, &json!({"key": "X-Secret", "value": null, "protected": true}))),
        "labels": labels, "timeout": one.timeout.unwrap_or(10),
        "enabled": one.enabled.map_or(enabled, Value::from), "retry": one.retry.unwrap_or(false),
        "include_result": false,
        "description": one.description.clone().unwrap_or_default()})
}

/// Headers as a set.
fn shown(mut headers: Vec<Value>) -> Vec<Value> {
    for header in &mut headers {
        let header = header.as_object_mut().unwrap();
        header.entry("protected").or_insert(false.into());
        header.remove("local");
    }
    headers.sort_by_key(|header| header["key"].as_str().unwrap().to_owned());
    headers
}

/// All webhooks by name, without what only the platform decides.
fn there(world: &World) -> BTreeMap<String, Value> {
    let list = world.answer("list");
    let comparable = |webhook: &Value| {
        let mut webhook = webhook.clone();
        let headers = webhook["headers"].as_array().unwrap().clone();
        webhook["headers"] = shown(headers).into();
        let fields = webhook.as_object_mut().unwrap();
        for field in ["id", "creation_date", "last_updated"] {
            fields.remove(field);
        }
        (webhook["name"].as_str().unwrap().to_owned(), webhook)
    };
    list.as_array().unwrap().iter().map(comparable).collect()
}

/// Applies a manifest, and checks all that has to hold then.
fn applied(world: &World, manifest: &Manifest) {
    let webhooks: Vec<_> = manifest
        .iter()
        .map(|(name, one)| written(name, one))
        .collect();
    // What a replacement or a removal takes away is in the files.
    world.file(
        "w.yaml",
        &json!({"owner": "us", "webhooks": webhooks}).to_string(),
    );
    let before = there(world);
    world
        .sh("apply -f w.yaml --yes --prune=99 --allow-replace --remove-protected")
        .ends_with(0);
    let after = there(world);
    let wanted: BTreeMap<_, _> = manifest
        .iter()
        .map(|(name, one)| (name.clone(), expected(name, one, before.get(name))))
        .collect();
    assert_eq!(after, wanted, "{manifest:#?}");
    world.sh("diff -f w.yaml --prune --exit-code").ends_with(0);
    let again = world.sh("apply -f w.yaml --yes --prune=99 -v").ends_with(0);
    assert_eq!(writes(&again.err), 0, "{}", again.err);
    let exported = world.sh("export").ends_with(0).out;
    world.file("e.yaml", &exported);
    world
        .sh("diff -f e.yaml --owner us --prune --exit-code")
        .ends_with(0);
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(4),
        failure_persistence: None,
        max_shrink_iters: 40,
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_manifests_one_after_the_other_are_what_is_there(manifests in prop::collection::vec(any_manifest(), 2)) {
        let world = World::new().set("UBIHOOK_SECRET_T", VALUE).set("UBIHOOK_STORE", "file");
        for manifest in &manifests {
            applied(&world, manifest);
        }
    }
}

const BEFORE: &str = "owner: us\ndefaults: {pipeline: pipeline-1, event: failed, url: 'http://127.0.0.1:9/in'}\nwebhooks:\n\
    - {name: changed, timeout: 30}\n- {name: replaced, headers: [{key: A, value_from: env:UBIHOOK_SECRET_T}]}\n- name: gone\n";
const AFTER: &str = "owner: us\ndefaults: {pipeline: pipeline-1, event: failed, url: 'http://127.0.0.1:9/in'}\nwebhooks:\n\
    - {name: created, headers: [{key: A, value_from: env:UBIHOOK_SECRET_T}]}\n\
    - {name: changed, headers: [{key: A, value_from: env:UBIHOOK_SECRET_T}]}\n\
    - {name: replaced, deployment: deployment-1, headers: [{key: A, value_from: env:UBIHOOK_SECRET_T}]}\n";
const APPLY: [&str; 6] = [
    "apply",
    "-f",
    "w.yaml",
    "--yes",
    "--prune=9",
    "--allow-replace",
];

/// Kills an `apply` at its call with that number, which the platform has carried out or not. Returns whether there
/// was one.
fn killed_at(call: usize, is_carried_out: bool) -> bool {
    let base = World::new();
    let db = base.state("mock.db");
    let served = Served::start(&base, &format!("--db {}", db.display()));
    let (pid, seen) = (Arc::new(AtomicI32::new(0)), Arc::new(AtomicUsize::new(0)));
    let (victim, number) = (Arc::clone(&pid), Arc::clone(&seen));
    let fake = Fake::before(&served, move |_, _| {
        // Only while there is a command to kill.
        let mut raw = victim.load(Ordering::SeqCst);
        if raw == 0 || number.fetch_add(1, Ordering::SeqCst) != call {
            return Fault::None;
        }
        while raw < 0 {
            std::thread::sleep(Duration::from_millis(1));
            raw = victim.load(Ordering::SeqCst);
        }
        let _ = kill_process(Pid::from_raw(raw).unwrap(), Signal::KILL);
        if is_carried_out {
            Fault::LostAnswer
        } else {
            Fault::LostCall
        }
    });
    let world = World::facing(&fake.url(), served.token()).set("UBIHOOK_SECRET_T", VALUE);
    world.file("w.yaml", BEFORE);
    world.run(APPLY).ends_with(0);
    world.file("w.yaml", AFTER);
    pid.store(-1, Ordering::SeqCst);
    let mut command = world.command();
    command.args(APPLY).args(["--jobs", "1"]);
    let mut child = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    pid.store(
        Pid::from_child(&child).as_raw_nonzero().get(),
        Ordering::SeqCst,
    );
    let status = child.wait().unwrap();
    pid.store(0, Ordering::SeqCst);
    if status.success() {
        return false;
    }
    let at = format!("killed at call {call}, carried out: {is_carried_out}");
    let second = world.run(APPLY);
    assert_eq!(second.code, 0, "{at}: {}", second.err);
    let third = world.run(APPLY.into_iter().chain(["-v"]));
    assert_eq!(
        (third.code, writes(&third.err)),
        (0, 0),
        "{at}: {}",
        third.err
    );
    let names = world.sorted_names();
    assert_eq!(names, ["changed", "created", "replaced"], "{at}");
    world.sh("secret list --check").ends_with(0);
    true
}

#[test]
fn killed_at_any_call_another_run_converges() {
    let rounds = |is_carried_out: bool| {
        move || {
            (0..100)
                .find(|call| !killed_at(*call, is_carried_out))
                .expect("one that is killed at none of its calls")
        }
    };
    let other = std::thread::spawn(rounds(true));
    let calls = rounds(false)();
    assert_eq!(other.join().unwrap(), calls);
    assert!(calls > 8, "{calls}");
}

#[test]
fn a_create_of_a_killed_run_that_arrives_after_the_list_is_no_conflict() {
    let base = World::new();
    let db = base.state("mock.db");
    let served = Served::start(&base, &format!("--db {}", db.display()));
    let authority = served.authority().to_owned();
    let (is_first, late) = (AtomicBool::new(true), Mutex::new(None::<Call>));
    let fake = Fake::new(move |_, call| {
        if call.method == "POST" && is_first.swap(false, Ordering::SeqCst) {
            *late.lock().unwrap() = Some(call.clone());
            return Answer::Silence;
        }
        let answer = forward(&authority, call);
        if let Some(first) = late.lock().unwrap().take_if(|_| call.method == "GET") {
            forward(&authority, &first);
        }
        Answer::Raw(answer)
    });
    let world = World::facing(&fake.url(), served.token()).set("UBIHOOK_SECRET_T", VALUE);
    let file = "{name: a, pipeline: pipeline-1, event: failed, url: 'http://127.0.0.1:9/in', headers: [{key: A, value_from: env:UBIHOOK_SECRET_T}]}";
    world.file("w.yaml", file);
    let mut command = world.command();
    let mut child = command
        .args(["apply", "-f", "w.yaml", "--yes"])
        .spawn()
        .unwrap();
    while !fake.lines().iter().any(|line| line.starts_with("POST")) {
        assert_eq!(child.try_wait().unwrap(), None, "it ended before it sent");
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let applied = world.answer("apply -f w.yaml --yes");
    assert_eq!(applied["changes"][0]["result"], "updated");
    world.sh("secret list a --check").ends_with(0);
    assert_eq!(world.names(), ["a"]);
}
