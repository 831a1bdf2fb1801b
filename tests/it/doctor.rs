//! `doctor`: what it says about a setup, and about a webhook from which nothing arrives.

use std::{collections::BTreeMap, fs};

use serde_json::{Value, json};

#[cfg(unix)]
use crate::support::mode;
use crate::support::{
    Answer, Call, Ended, Fake, Served, World, create_at, forward, raw, receiver, set_mode,
    webhook_with,
};

/// The ids that are an interface.
const SET_UP: [&str; 14] = [
    "config",
    "host",
    "project",
    "token",
    "store",
    "reachable",
    "tls",
    "proxy",
    "clock",
    "keyring",
    "state",
    "index",
    "completion",
    "mock",
];
const OF_WEBHOOK: [&str; 11] = [
    "webhook",
    "enabled",
    "object",
    "version",
    "event",
    "requests",
    "url",
    "headers",
    "last_test",
    "log",
    "deliveries",
];

/// The result as JSON, and its checks by id.
fn look(world: &World, line: &str, code: i32) -> (Value, BTreeMap<String, Value>) {
    let ended = world.sh(&format!("{line} -o json")).ends_with(code);
    let result = ended.json();
    let checks = result["checks"].as_array().unwrap().iter();
    let by_id = checks.map(|check| (check["id"].as_str().unwrap().to_owned(), check.clone()));
    (result.clone(), by_id.collect())
}

/// The first line that a person sees.
fn verdict(ended: &Ended) -> &str {
    ended.out.lines().next().unwrap()
}

fn ids(result: &Value) -> Vec<&str> {
    let checks = result["checks"].as_array().unwrap().iter();
    checks.map(|check| check["id"].as_str().unwrap()).collect()
}

#[test]
fn every_id_is_there_once_and_in_order() {
    let world = World::new();
    let (result, _) = look(&world, "doctor", 0);
    assert_eq!(ids(&result), SET_UP);
    world
        .sh(&create_at("http://127.0.0.1:9/in")
            .replace(" --secret-header Authorization=env:SOURCE", ""))
        .ends_with(0);
    let (result, _) = look(&world, "doctor a", 0);
    assert_eq!(ids(&result), [&SET_UP[..], &OF_WEBHOOK].concat());
    let (result, _) = look(&world, "doctor a --problems", 0);
    let checks = result["checks"].as_array().unwrap();
    assert!(!checks.is_empty() && checks.iter().all(|check| check["status"] != "pass"));
    let (result, _) = look(&world, "doctor ghost", 7);
    assert_eq!(ids(&result), [&SET_UP[..], &OF_WEBHOOK].concat());
    assert_eq!(result["ok"], false);
    // Its own flags are the only input that can be wrong.
    world.sh("doctor --reach").ends_with(2);
    world.sh("doctor a/b").ends_with(7);
}

#[test]
fn a_setting_that_ends_every_other_verb_is_a_check_that_fails() {
    let world = |name: &str, value: &str| {
        let world = World::facing("http://127.0.0.1:9/v2", "Token abc");
        world.set("UBIHOOK_API_TIMEOUT", "300ms").set(name, value)
    };
    for (name, value, id) in [
        ("UBIHOOK_COLOR", "red", "config"),
        ("UBIHOOK_PROFILE", "ghost", "config"),
        ("UBIHOOK_HOST", "https://u:hunter2@a.example", "host"),
        ("UBIHOOK_MOCK", "maybe", "host"),
        ("UBIHOOK_PROJECT", " x", "project"),
        ("UBIOPS_API_TOKEN", "Basic hunter2", "token"),
        ("UBIHOOK_STORE", "vault", "store"),
    ] {
        let world = world(name, value);
        let (_, checks) = look(&world, "doctor", 7);
        assert_eq!(checks[id]["status"], "fail", "{name}: {checks:#?}");
        let all = format!("{checks:?}");
        assert!(!all.contains("hunter2"), "{name}: {all}");
    }
    // The flag for JSON would overrule it.
    let ended = world("UBIHOOK_OUTPUT", "xml").sh("doctor").ends_with(7);
    let words = "UBIHOOK_OUTPUT: must be `table`";
    assert!(verdict(&ended).starts_with(words), "{}", ended.out);
    let secure = World::facing("https://127.0.0.1:9/v2", "Token abc");
    let secure = secure.set("UBIHOOK_CA_CERT", "/nowhere/ca.pem");
    let (_, checks) = look(&secure, "doctor", 7);
    assert_eq!(checks["tls"]["status"], "fail");
    let broken = World::new();
    broken.file(".config/ubihook/config.toml", "[profile.default\n");
    broken.sh("list").ends_with(2);
    let (result, checks) = look(&broken, "doctor", 7);
    assert_eq!(checks["config"]["status"], "fail");
    assert!(
        result["verdict"]
            .as_str()
            .unwrap()
            .contains("config.toml:1")
    );
    // Where the host could be a wrong one, no token is sent to it.
    assert_eq!(checks["reachable"]["status"], "skip");
}

#[test]
fn what_the_platform_says_decides_about_token_and_project() {
    let served_by = World::without_mock();
    let served = Served::start(&served_by, "");
    let (_, checks) = look(&served.world(), "doctor", 0);
    assert_eq!(checks["token"]["status"], "pass");
    assert_eq!(checks["reachable"]["status"], "pass");
    assert_eq!(checks["clock"]["status"], "pass");
    let wrong = served.world().set("UBIOPS_API_TOKEN", "Token a-wrong-one");
    let (result, checks) = look(&wrong, "doctor", 7);
    assert_eq!(checks["token"]["status"], "fail");
    assert!(result["verdict"].as_str().unwrap().contains("rejected"));
    let none = served.world().set("UBIOPS_API_TOKEN", "");
    let (_, checks) = look(&none, "doctor", 7);
    assert_eq!(checks["token"]["status"], "fail");
    assert_eq!(
        checks["reachable"]["status"], "pass",
        "it is asked without one"
    );
    let ghost = served.world().set("UBIOPS_PROJECT", "ghost");
    let (_, checks) = look(&ghost, "doctor", 7);
    assert_eq!(checks["project"]["status"], "fail");
    let down = World::facing("http://127.0.0.1:9/v2", "Token abc");
    let ended = down.sh("doctor").ends_with(7);
    assert!(
        verdict(&ended).contains("connection refused"),
        "{}",
        ended.out
    );
}

#[test]
fn a_firewall_a_proxy_and_a_clock_are_named() {
    let page = Fake::new(|_, _| raw(403, &[("content-type", "text/html")], "<html>"));
    let (_, checks) = look(&page.world(), "doctor", 7);
    assert_eq!(checks["reachable"]["status"], "fail");
    assert_eq!(checks["token"]["status"], "skip");
    let late = Fake::new(|_, call| {
        let body = match call.path.as_str() {
            "/v2/user" => r#"{"email":"a@example.org"}"#,
            _ => "[]",
        };
        raw(200, &[("date", "Tue, 03 Feb 2026 10:11:12 GMT")], body)
    });
    let (_, checks) = look(&late.world(), "doctor", 0);
    assert_eq!(checks["clock"]["status"], "warn");
    let timeless = Fake::new(|_, call| {
        let user = call.path == "/v2/user";
        raw(200, &[], if user { r#"{"email":"a"}"# } else { "[]" })
    });
    let (_, checks) = look(&timeless.world(), "doctor", 0);
    assert_eq!(checks["clock"]["status"], "skip");
    let elsewhere = || World::facing("http://api.example.org/v2", "Token abc");
    let (_, checks) = look(&elsewhere(), "doctor", 7);
    assert_eq!(checks["tls"]["status"], "fail");
    let proxied = elsewhere().set("HTTP_PROXY", "socks5://user:hunter2@p.example");
    let (_, checks) = look(&proxied, "doctor --insecure-http", 7);
    assert_eq!(checks["proxy"]["status"], "fail");
    assert!(!format!("{checks:?}").contains("hunter2"));
}

#[test]
fn a_sound_set_up_takes_six_calls_at_most() {
    let world = World::without_mock();
    let served = Served::start(&world, "");
    let wire = Fake::before(&served, |_, _| crate::support::Fault::None);
    let world = World::facing(&wire.url(), served.token()).set("SOURCE", "a-protected-value");
    let receiver = receiver();
    let create = create_at(&receiver.url("/in"));
    world.sh(&format!("{create} --version v1")).ends_with(0);
    let fails = r#"{"ubihook":{"outcome":"failed"}}"#;
    let (status, _) = served.ask(
        "POST",
        "/projects/demo/pipelines/pipeline-1/requests",
        fails,
    );
    assert_eq!(status, 201);
    world.sh("test a").ends_with(0);
    let before = wire.lines().len();
    let ended = world.sh("doctor").ends_with(0);
    let calls = wire.lines().split_off(before);
    assert_eq!(calls.len(), 2, "{calls:#?}\n{}", ended.out);
    let before = wire.lines().len();
    let ended = world.sh("doctor a").ends_with(0);
    let calls = wire.lines().split_off(before);
    assert!(calls.len() <= 6, "{calls:#?}");
    let words = "found nothing wrong with webhook `a`: the last log line about webhook `a` (";
    assert!(verdict(&ended).starts_with(words), "{}", ended.out);
}

#[cfg(unix)]
#[test]
fn what_is_safe_is_fixed_and_said() {
    let world = World::new().set("SOURCE", "a-protected-value");
    world.sh(&create_at("http://127.0.0.1:9/in")).ends_with(0);
    let secrets = world.state("mock-secrets.json");
    set_mode(&secrets, 0o644);
    fs::write(world.state("mock-secrets.json.77.new"), "left").unwrap();
    let (result, checks) = look(&world, "doctor", 7);
    assert_eq!(checks["state"]["status"], "fail");
    assert_eq!(checks["state"]["hint"], "ubihook doctor --fix");
    assert!(
        result["verdict"]
            .as_str()
            .unwrap()
            .contains("mock-secrets.json")
    );
    assert_eq!(mode(&secrets), 0o644, "nothing is changed unasked");
    let ended = world.sh("doctor --fix").ends_with(0);
    assert!(
        ended.err.contains("mock-secrets.json is private again"),
        "{}",
        ended.err
    );
    assert!(
        ended.err.contains("removed what killed processes left"),
        "{}",
        ended.err
    );
    assert_eq!(mode(&secrets), 0o600);
    assert!(!world.state("mock-secrets.json.77.new").exists());
    fs::write(world.state("index.json"), "{broken").unwrap();
    let (_, checks) = look(&world, "doctor", 7);
    assert_eq!(checks["index"]["status"], "fail");
    let ended = world.sh("doctor --fix").ends_with(0);
    assert!(ended.err.contains("index.json.old"), "{}", ended.err);
    let kept = fs::read_to_string(world.state("index.json.old")).unwrap();
    assert_eq!(kept, "{broken");
    assert!(world.sh("doctor --fix").ends_with(0).err.is_empty());
}

#[test]
fn the_index_is_compared_with_the_store_and_the_platform() {
    let world = World::new().set("SOURCE", "a-protected-value");
    world.sh(&create_at("http://127.0.0.1:9/in")).ends_with(0);
    let status = |world: &World| look(world, "doctor", 0).1["index"].clone();
    assert_eq!(status(&world)["status"], "pass");
    fs::remove_file(world.state("mock-secrets.json")).unwrap();
    let found = status(&world);
    assert_eq!(found["status"], "warn");
    assert_eq!(
        found["hint"],
        "ubihook secret set a --secret-header authorization"
    );
    let world = World::new().set("SOURCE", "a-protected-value");
    world.sh(&create_at("http://127.0.0.1:9/in")).ends_with(0);
    let index = fs::read_to_string(world.state("index.json")).unwrap();
    world.sh("delete a --yes --store none").ends_with(0);
    fs::write(world.state("index.json"), index).unwrap();
    world
        .sh("create b --pipeline pipeline-1 -e failed -u http://127.0.0.1:9/in")
        .ends_with(0);
    let found = status(&world);
    assert_eq!(found["status"], "warn", "{found}");
}

/// A mock with a platform's name in front of it, which a proxy leads to.
fn named(served: &Served) -> (Fake, World) {
    let authority = served.authority().to_owned();
    let proxy = Fake::new(move |_, call: &Call| {
        let path = call.path.replace("http://platform.example", "");
        let call = Call {
            path,
            ..call.clone()
        };
        Answer::Raw(forward(&authority, &call))
    });
    let world = World::facing("http://platform.example/v2", served.token())
        .set("HTTP_PROXY", proxy.url().replace("/v2", ""));
    (proxy, world)
}

/// A reason, the commands that make it, the code, and a part of the verdict.
type Case<'a> = (&'a str, Vec<String>, i32, &'a str);

/// What a platform has at a path.
type On = fn(&str) -> Option<Value>;

/// Eleven of twelve reasons why nothing arrives; `tests/outside/test_doctor.py` has the twelfth, a
/// certificate that nobody knows.
#[test]
fn the_verdict_alone_names_why_nothing_arrives() {
    let plain = |url: &str| format!("create a --pipeline pipeline-1 -e failed -u {url}");
    let nobody = plain("http://127.0.0.1:9/in");
    let fail = "mock request --pipeline pipeline-1 --outcome failed";
    let receiver = Fake::new(|_, _| Answer::Json(401, json!({})));
    let refusing = receiver.url();
    let cases: Vec<Case<'_>> = vec![
        (
            "disabled",
            vec![format!("{nobody} --enabled=false"), fail.to_owned()],
            7,
            "webhook `a` is disabled: none of its events are sent",
        ),
        (
            "no such request since the change",
            vec![nobody.clone()],
            0,
            "no request of pipeline `pipeline-1` has failed since webhook `a` was changed",
        ),
        (
            "events of another phase only",
            vec![nobody.clone(), fail.replace(" --outcome failed", "")],
            0,
            "but none has failed (1 completed): nothing was due for the event pipeline_request_failed",
        ),
        (
            "value refused by the receiver",
            vec![create_at(&refusing), "test a".to_owned()],
            7,
            "failed: Received status code 401",
        ),
        (
            "receiver down",
            vec![nobody.clone(), "test a".to_owned()],
            7,
            "nothing listens at the URL",
        ),
        (
            "receiver down, as the deliveries show",
            vec![nobody.clone(), fail.to_owned()],
            7,
            ": Connection error: refused; nothing listens at the URL",
        ),
    ];
    for (reason, lines, code, words) in cases {
        let world = World::new().set("SOURCE", "a-protected-value");
        for line in lines {
            world.sh(&line);
        }
        let ended = world.sh("doctor a").ends_with(code);
        assert!(verdict(&ended).contains(words), "{reason}: {}", ended.out);
    }
}

/// The object of the webhook, as a platform has it, and the verdict about it.
#[test]
fn the_verdict_names_what_is_wrong_with_the_object() {
    let refuse = || Answer::Json(404, json!({"error": "it was not found"}));
    let cases: [(&str, Value, On, i32, &str); 4] = [
        (
            "object gone",
            json!({"version": null}),
            |_| None,
            7,
            "pipeline `pipeline-1`, which webhook `a` watches, does not exist",
        ),
        (
            "no default version",
            json!({"version": null}),
            |path| (!path.contains("requests")).then(|| json!({"name": "pipeline-1"})),
            7,
            "pipeline `pipeline-1` has no default version, and webhook `a` names none",
        ),
        (
            "a version that does not exist",
            json!({"version": "v9"}),
            |path| {
                let object = json!({"name": "pipeline-1", "default_version": "v1"});
                (!path.contains("v9")).then_some(object)
            },
            7,
            "version `v9` of pipeline `pipeline-1`, which webhook `a` watches, does not exist; its default version is `v1`",
        ),
        (
            "wrong version",
            json!({"version": "v2"}),
            |path| {
                let request = json!({"status": "failed", "time_started": "2026-02-03T10:11:12Z"});
                Some(match path {
                    path if path.contains("versions/v1/requests") => json!([request]),
                    path if path.contains("requests") => json!([]),
                    path if path.contains("versions") => json!({"version": "v2"}),
                    _ => json!({"name": "pipeline-1", "default_version": "v1"}),
                })
            },
            0,
            "the webhook watches a different version from the one the requests use",
        ),
    ];
    for (reason, more, on, code, words) in cases {
        let webhook = webhook_with("a", &more);
        let fake = Fake::new(move |_, call| match call.path.as_str() {
            "/v2/user" => Answer::Json(200, json!({"email": "a@example.org"})),
            "/v2/projects/demo/webhooks" => Answer::Json(200, json!([webhook])),
            path => on(path).map_or_else(refuse, |found| Answer::Json(200, found)),
        });
        let ended = fake.world().sh("doctor a").ends_with(code);
        assert!(verdict(&ended).contains(words), "{reason}: {}", ended.out);
    }
}

#[test]
fn the_verdict_names_a_url_that_the_platform_cant_reach_and_a_value_that_is_not_here() {
    let world = World::without_mock();
    let served = Served::start(&world, "");
    let (_proxy, there) = named(&served);
    let there = there.set("SOURCE", "a-protected-value");
    let create = |url: &str| {
        let create = create_at(url).replace("create a", "create a --insecure-http");
        there.sh(&create).ends_with(0);
    };
    let request = || {
        let fails = r#"{"ubihook":{"outcome":"failed"}}"#;
        served.ask(
            "POST",
            "/projects/demo/pipelines/pipeline-1/requests",
            fails,
        );
    };
    create("http://localhost:9/in");
    let ended = there.sh("doctor a --insecure-http").ends_with(0);
    let words = "the URL of webhook `a` is at http://localhost:9, which, seen from the platform, is its own machine and not this one: the platform can't reach it";
    assert_eq!(verdict(&ended), words, "even if nothing was due");
    there.sh("delete a --yes --insecure-http").ends_with(0);
    // It accepts the event that is due.
    let receiver = receiver();
    create(&receiver.url("/in"));
    request();
    let elsewhere = served.world();
    let ended = elsewhere.sh("doctor a").ends_with(0);
    let words = "the value of `Authorization` of webhook `a` is not stored on this machine";
    assert!(verdict(&ended).starts_with(words), "{}", ended.out);
}

#[test]
fn a_name_that_cant_be_resolved_and_a_closed_port_are_found_with_reach() {
    let world = World::new();
    let create = |name: &str, url: &str| {
        let line = format!("create {name} --pipeline pipeline-1 -e failed -u {url}");
        world.sh(&line).ends_with(0);
    };
    let receiver = receiver();
    create("open", &receiver.url("/in"));
    create("closed", "http://127.0.0.1:9/in");
    create("unknown", "https://no-such-host.invalid/in");
    let ended = world.sh("doctor open --reach").ends_with(0);
    assert!(
        ended.out.contains("this machine can connect to it"),
        "{}",
        ended.out
    );
    let ended = world.sh("doctor closed --reach").ends_with(7);
    let words = "this machine can't connect to http://127.0.0.1:9: refused";
    assert_eq!(verdict(&ended), words);
    let ended = world.sh("doctor unknown --reach").ends_with(7);
    let words = "this machine can't connect to https://no-such-host.invalid: ";
    assert!(verdict(&ended).starts_with(words), "{}", ended.out);
    world
        .sh("mock request --pipeline pipeline-1 --outcome failed")
        .ends_with(7);
    let ended = world.sh("doctor unknown").ends_with(7);
    let words = "; the host name can't be resolved";
    assert!(verdict(&ended).contains(words), "{}", ended.out);
}

#[test]
fn a_test_is_remembered_until_the_webhook_changes_and_nowhere_with_the_store_none() {
    let receiver = receiver();
    let world = World::new();
    let create = format!(
        "create a --pipeline pipeline-1 -e failed -u {}",
        receiver.url("/in")
    );
    world.sh(&create).ends_with(0);
    let last = |world: &World| look(world, "doctor a", 0).1["last_test"]["status"].clone();
    assert_eq!(last(&world), "skip");
    world.sh("test a --store none").ends_with(0);
    assert_eq!(last(&world), "skip");
    // What was sent elsewhere says nothing about the webhook.
    world.sh("test a --url http://127.0.0.1:9/x").ends_with(7);
    assert_eq!(last(&world), "skip");
    world.sh("test a").ends_with(0);
    assert_eq!(last(&world), "pass");
    world.sh("update a --timeout 3").ends_with(0);
    assert_eq!(last(&world), "warn");
}

#[test]
fn hints_have_the_options_of_the_users_own_command() {
    let served_by = World::without_mock();
    let served = Served::start(&served_by, "");
    let world = served.world().set("UBIOPS_PROJECT", "");
    let ended = world
        .sh("doctor ghost --project demo --store none")
        .ends_with(7);
    let hint = "hint: ubihook list --project demo --store none";
    assert!(ended.out.contains(hint), "{}", ended.out);
    assert!(ended.err.contains(hint), "{}", ended.err);
}

#[test]
fn other_errors_lead_here() {
    let world = World::new();
    world
        .sh("create a --pipeline pipeline-1 -e failed -u http://127.0.0.1:9/in")
        .ends_with(0);
    let ended = world.sh("test a").ends_with(7);
    assert!(ended.err.contains("`ubihook doctor a`"), "{}", ended.err);
    let request = "mock request --pipeline pipeline-1 --outcome failed";
    let ended = world.sh(request).ends_with(7);
    assert!(
        ended.err.contains("`ubihook doctor a --mock`"),
        "{}",
        ended.err
    );
    let down = World::facing("http://127.0.0.1:9/v2", "Token abc");
    let ended = down.sh("list --project p").ends_with(6);
    let words = "`ubihook doctor --project p`";
    assert!(ended.err.contains(words), "{}", ended.err);
    let served = Served::start(&World::without_mock(), "");
    let wrong = served.world().set("UBIOPS_API_TOKEN", "Token a-wrong-one");
    let ended = wrong.sh("list").ends_with(4);
    assert!(ended.err.contains("`ubihook doctor`"), "{}", ended.err);
}

#[test]
fn tests_of_several_webhooks_are_remembered_too() {
    let world = World::new();
    let receiver = receiver();
    for name in ["a", "b"] {
        world
            .sh(&format!(
                "create {name} -p demo --pipeline pipeline-1 -e failed -u {}",
                receiver.url("/")
            ))
            .ends_with(0);
    }
    world.sh("test a b").ends_with(0);
    for name in ["a", "b"] {
        let ended = world.sh(&format!("doctor {name} -o json"));
        let checked: Value = serde_json::from_str(&ended.out).unwrap();
        let mut checks = checked["checks"].as_array().unwrap().iter();
        let last = checks.find(|check| check["id"] == "last_test").unwrap();
        assert_eq!(last["status"], "pass", "{last}");
    }
}

#[test]
fn a_webhook_of_an_unexpected_shape_is_not_said_to_be_missing() {
    let odd = webhook_with("a", &json!({"timeout": [10]}));
    let fake = Fake::new(move |_, call| match call.path.as_str() {
        "/v2/user" => Answer::Json(200, json!({"email": "a@example.org"})),
        "/v2/projects/demo/webhooks" => Answer::Json(200, json!([odd])),
        _ => Answer::Json(404, json!({"error": "not found"})),
    });
    let ended = fake.world().sh("doctor a").ends_with(7);
    let words = "webhook `a` can't be read: its `timeout` doesn't match the API's documentation";
    assert_eq!(verdict(&ended), words);
}

#[test]
fn what_is_remembered_of_a_test_has_no_path_of_a_url() {
    let url = |name: &str| format!("http://u.example/services/secret-path-{name}");
    let named = move |name: &str| webhook_with(name, &json!({"url": url(name)}));
    let fake = Fake::new(move |_, call| {
        let name = if call.body.contains("secret-path-a") {
            "a"
        } else {
            "b"
        };
        let test = json!({
            "id": name, "status": "failed",
            "error_message": format!("Post http://u.example/services/secret-path-{name} reset"),
        });
        match (call.method.as_str(), call.path.rsplit('/').next()) {
            ("POST", _) => Answer::Json(201, test),
            (_, Some(name @ ("a" | "b"))) => Answer::Json(200, named(name)),
            _ => Answer::Json(200, test),
        }
    });
    for names in ["a", "a b"] {
        let world = fake.world().set("UBIHOOK_STORE", "file");
        world.sh(&format!("test {names}"));
        let index = fs::read_to_string(world.state("index.json")).unwrap();
        assert!(index.contains("u.example"), "{index}");
        assert!(!index.contains("secret-path"), "{index}");
    }
}
