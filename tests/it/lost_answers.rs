//! A call that was sent, and whose answer was lost.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use serde_json::json;

use crate::support::{
    Answer, CREATE_SECRET, Call, Fake, Fault, NEEDED, PATIENCE, Served, VALUE, World, create_at,
    forward, raw, receiver, webhook_with,
};

/// A machine, and a mock behind a fake that does that to the first call of a method.
struct Scene {
    fake: Fake,
    world: World,
    // Ends with the test, and what its files are in.
    _platform: (Served, World),
}

impl Scene {
    fn new(method: &'static str, fault: Fault) -> Self {
        let base = World::new();
        let served = Served::start(&base, "");
        let fake = losing(&served, method, fault);
        let world = world(&fake, &served);
        Self {
            fake,
            world,
            _platform: (served, base),
        }
    }

    /// Its calls but for the question of what time it is.
    fn calls(&self) -> Vec<Call> {
        let mut calls = self.fake.calls();
        calls.retain(|call| call.path != "/v2/status");
        calls
    }

    /// How many calls of a method there were.
    fn count(&self, method: &str) -> usize {
        let calls = self.fake.calls();
        calls.iter().filter(|call| call.method == method).count()
    }
}

/// In front of a mock, with that fault for the first call of a method.
fn losing(served: &Served, method: &'static str, fault: Fault) -> Fake {
    let over = AtomicBool::new(false);
    Fake::before(served, move |_, call| {
        if call.method == method && !over.swap(true, Ordering::SeqCst) {
            fault
        } else {
            Fault::None
        }
    })
}

fn world(fake: &Fake, served: &Served) -> World {
    World::facing(&fake.url(), served.token()).set("SOURCE", VALUE)
}

#[test]
fn a_lost_create_is_looked_up_sent_once_more_and_counts_as_created() {
    let (scene, receiver) = (Scene::new("POST", Fault::LostAnswer), receiver());
    let world = &scene.world;
    let url = receiver.url("/in");
    let made = world.answer(&format!(
        "create a --pipeline pipeline-1 -e failed -u {url} --label x=1 --header 'X-Team: blue' --secret-header Authorization=env:SOURCE"
    ));
    assert_eq!(made["result"], "created");
    let at = "/v2/projects/demo/webhooks";
    let calls = scene.calls();
    let lines: Vec<String> = calls.iter().map(Call::line).collect();
    assert_eq!(
        lines[..3],
        [
            format!("POST {at}"),
            format!("GET {at}/a"),
            format!("PATCH {at}/a")
        ]
    );
    let again = calls[2].json();
    assert!(again["headers"].to_string().contains(VALUE), "{again}");
    world.sh("test a").ends_with(0);
    assert_eq!(
        receiver.next(PATIENCE).unwrap().headers["authorization"],
        VALUE
    );
}

#[test]
fn a_lost_create_without_protected_headers_is_only_looked_up() {
    let scene = Scene::new("POST", Fault::LostAnswer);
    let made = scene.world.answer(&format!("create a {NEEDED}"));
    assert_eq!(made["result"], "created");
    assert_eq!(scene.calls().len(), 2);
}

/// A refusal that is lost: the webhook was there before, whoever made it.
#[test]
fn a_lost_create_is_not_taken_for_a_webhook_that_was_there_before() {
    let (base, receiver) = (World::new(), receiver());
    let served = Served::start(&base, "");
    let url = receiver.url("/in");
    let create = format!(
        "create a --pipeline pipeline-1 -e failed -u {url} --secret-header X-Key=env:SOURCE"
    );
    let colleague = served.world().set("SOURCE", "the-colleagues-value");
    colleague.sh(&create).ends_with(0);
    // As short after it as a person's commands are.
    let made = colleague.answer("get a");
    for wait in [100, 0] {
        std::thread::sleep(std::time::Duration::from_millis(wait));
        let fake = losing(&served, "POST", Fault::LostAnswer);
        let world = world(&fake, &served);
        let ended = world.sh(&format!("{create} -o json")).ends_with(5);
        assert_eq!(ended.error()["kind"], "refused");
        assert!(fake.calls().iter().all(|call| call.method != "PATCH"));
        // It may be the platform's, as far as this machine knows: nothing is lost.
        let kept = world.kept();
        assert!(kept.contains(VALUE), "{kept}");
    }
    assert_eq!(colleague.answer("get a"), made);
    colleague.sh("test a").ends_with(0);
    assert_eq!(
        receiver.next(PATIENCE).unwrap().headers["x-key"],
        "the-colleagues-value"
    );
}

/// A colleague's create while this one waited for the end of a rate limit.
#[test]
fn a_lost_create_is_not_taken_for_a_webhook_made_before_its_last_attempt() {
    let base = World::new();
    let served = Served::start(&base, "");
    let colleague = served.world().set("SOURCE", "the-colleagues-value");
    let create = create_at("https://hooks.example.com/in");
    let (theirs, authority) = (create.clone(), served.authority().to_owned());
    let attempts = AtomicUsize::new(0);
    let fake = Fake::new(move |_, call| {
        if call.method != "POST" {
            return Answer::Raw(forward(&authority, call));
        }
        if attempts.fetch_add(1, Ordering::SeqCst) == 0 {
            colleague.sh(&theirs).ends_with(0);
            return raw(429, &[("retry-after", "1")], "{}");
        }
        forward(&authority, call);
        Answer::Cut
    });
    world(&fake, &served)
        .sh(&create)
        .ends_with(5)
        .saying("a webhook of this name already existed");
    let methods: Vec<String> = fake.calls().into_iter().map(|call| call.method).collect();
    assert_eq!(methods.iter().filter(|&method| method == "POST").count(), 2);
    assert!(!methods.contains(&"PATCH".to_owned()), "{methods:?}");
}

#[test]
fn a_lost_create_that_is_not_there_is_6() {
    let scene = Scene::new("POST", Fault::LostCall);
    let world = &scene.world;
    let ended = world.sh(&format!("create a {NEEDED} -o json")).ends_with(6);
    assert_eq!(ended.error()["kind"], "unreachable");
    assert_eq!(world.names(), [""; 0]);
}

#[test]
fn a_lost_create_that_is_there_but_different_is_5() {
    for fields in [
        json!({"url": "http://127.0.0.1:9/other"}),
        json!({"timeout": 3}),
        json!({"labels": {"x": "2"}}),
        json!({"event": "pipeline_request_started"}),
    ] {
        let sent = json!({"url": "http://127.0.0.1:9/in", "labels": {"x": "1"}});
        let mut there = webhook_with("a", &sent);
        for (key, value) in fields.as_object().unwrap() {
            there[key] = value.clone();
        }
        let fake = Fake::script([Answer::Cut, Answer::Json(200, there)]);
        fake.world()
            .sh(&format!("create a {NEEDED} --timeout 10 --label x=1"))
            .ends_with(5);
        assert_eq!(fake.calls().len(), 2, "{fields}: {:?}", fake.lines());
    }
}

#[test]
fn a_lost_create_with_a_timeout_is_looked_up_too() {
    let fake = Fake::new(|at, call| match (at, call.method.as_str()) {
        (0, "POST") => Answer::Silence,
        _ => Answer::Json(
            200,
            webhook_with("a", &json!({"url": "http://127.0.0.1:9/in"})),
        ),
    });
    let made = fake
        .world()
        .answer(&format!("create a {NEEDED} --api-timeout 300ms"));
    assert_eq!(made["result"], "created");
}

#[test]
fn a_create_that_never_left_is_not_looked_up_for_long() {
    World::facing("http://127.0.0.1:1", "a-token-of-ours")
        .sh(&format!("create a {NEEDED}"))
        .ends_with(6);
}

#[test]
fn values_of_a_lost_create_stay_even_if_sending_them_again_is_refused() {
    let there = webhook_with(
        "a",
        &json!({
            "url": "http://127.0.0.1:9/in",
            "headers": [{"key": "A", "value": null, "protected": true}],
        }),
    );
    let fake = Fake::new(move |at, call| match (at, call.method.as_str()) {
        (0, _) => Answer::Cut,
        (_, "GET") => Answer::Json(200, there.clone()),
        _ => Answer::Json(403, json!({"error": "no"})),
    });
    let world = fake.world().set("SOURCE", VALUE);
    world.sh(CREATE_SECRET).ends_with(4);
    // The platform has it since the create: this is the only copy left.
    assert!(world.kept().contains(VALUE));
}

#[test]
fn a_lost_update_is_looked_up_and_counts() {
    let scene = Scene::new("PATCH", Fault::LostAnswer);
    let world = &scene.world;
    world.sh(CREATE_SECRET).ends_with(0);
    let after = world.answer("update a --name b --timeout 3");
    assert_eq!(
        (&after["result"], &after["webhook"]["timeout"]),
        (&json!("updated"), &json!(3))
    );
    assert_eq!(world.names(), ["b"]);
    assert_eq!(scene.count("PATCH"), 1);
}

#[test]
fn a_lost_update_that_did_not_arrive_is_6() {
    let scene = Scene::new("PATCH", Fault::LostCall);
    let world = &scene.world;
    world.sh(CREATE_SECRET).ends_with(0);
    world.sh("update a --timeout 3").ends_with(6);
    assert_eq!(world.answer("get a")["timeout"], 10);
}

#[test]
fn a_lost_delete_is_looked_up_and_counts() {
    let scene = Scene::new("DELETE", Fault::LostAnswer);
    let world = &scene.world;
    world.sh(CREATE_SECRET).ends_with(0);
    assert_eq!(
        world.answer("delete a --yes"),
        json!({"name": "a", "result": "deleted", "error": null})
    );
    assert!(!world.kept().contains(VALUE));
    assert_eq!(scene.count("DELETE"), 1);
}

#[test]
fn a_lost_delete_that_did_not_arrive_is_6_and_keeps_the_value() {
    let scene = Scene::new("DELETE", Fault::LostCall);
    let world = &scene.world;
    world.sh(CREATE_SECRET).ends_with(0);
    world.sh("delete a --yes").ends_with(6);
    assert_eq!(world.names(), ["a"]);
    assert!(world.kept().contains(VALUE));
}

#[test]
fn a_lost_update_of_a_value_keeps_both_until_one_is_sent_again() {
    let (base, receiver) = (World::new(), receiver());
    let served = Served::start(&base, "");
    let url = receiver.url("/in");
    let broken = Arc::new(AtomicBool::new(false));
    let seen = broken.clone();
    // The change arrives; then the network is gone for good.
    let fake = Fake::before(&served, move |_, call| {
        if seen.load(Ordering::SeqCst) {
            return Fault::LostCall;
        }
        if call.method == "PATCH" {
            seen.store(true, Ordering::SeqCst);
            return Fault::LostAnswer;
        }
        Fault::None
    });
    let world = world(&fake, &served).set("NEW", "the-new-value");
    world.sh(&create_at(&url)).ends_with(0);
    world
        .sh("update a --secret-header Authorization=env:NEW")
        .ends_with(6)
        .saying("the response was lost; the change may have been made");
    broken.store(false, Ordering::SeqCst);
    let ended = world.sh("test a -o json").ends_with(9);
    assert_eq!(
        ended.error()["hint"],
        "ubihook update a --secret-header Authorization"
    );
    let kept = world.kept();
    assert!(kept.contains(VALUE) && kept.contains("the-new-value"));
    world
        .sh("test a --secret-header Authorization=env:NEW")
        .ends_with(0);
    receiver.next(PATIENCE).unwrap();
}

#[test]
fn a_lost_refusal_of_a_rename_is_not_taken_for_success() {
    let home = World::without_mock();
    let served = Served::start(&home, "--fault 'PATCH /webhooks/a=cut'");
    let world = served.world().set("V", "NEW-of-the-test");
    for name in ["a", "b"] {
        world
            .sh(&format!(
                "create {name} {NEEDED} --secret-header X-Key=env:V --store none"
            ))
            .ends_with(0);
    }
    // The refusal is lost; the look-up of the new name finds the other webhook.
    world
        .sh("update a --name b --secret-header X-Key=env:V --store none")
        .ends_with(6);
    assert_eq!(world.names(), ["a", "b"]);
}

#[test]
fn each_lost_answer_says_what_is_there_now() {
    let expect = |method, fault, line: &str, code, says: &str| {
        let scene = Scene::new(method, fault);
        if method != "POST" {
            scene.world.sh(CREATE_SECRET).ends_with(0);
        }
        scene.world.sh(line).ends_with(code).saying(says);
    };
    let as_requested =
        |done| format!("the response was lost, but the webhook was {done} as requested");
    let (answer, call) = (|| Fault::LostAnswer, || Fault::LostCall);
    let create = format!("create a {NEEDED}");
    expect("POST", answer(), &create, 0, &as_requested("created"));
    expect(
        "POST",
        call(),
        &create,
        6,
        "the response was lost; no webhook of this name exists",
    );
    let update = "update a --timeout 3";
    expect("PATCH", answer(), update, 0, &as_requested("updated"));
    let unchanged = "the response was lost; the webhook does not have the change";
    expect("PATCH", call(), update, 6, unchanged);
    expect("PATCH", call(), "update a --name b", 6, unchanged);
    let delete = "delete a --yes";
    expect("DELETE", answer(), delete, 0, &as_requested("deleted"));
    expect(
        "DELETE",
        call(),
        delete,
        6,
        "the response was lost; the webhook still exists",
    );
}

#[test]
fn an_update_whose_values_cannot_be_sent_again_says_that_it_was_made() {
    let base = World::new();
    let served = Served::start(&base, "");
    let fake = Fake::before(&served, |_, call| match call.method.as_str() {
        "PATCH" => Fault::LostAnswer,
        _ => Fault::None,
    });
    let world = world(&fake, &served).set("NEW", "the-new-value");
    world.sh(CREATE_SECRET).ends_with(0);
    let ended = world.sh("update a --timeout 3 --secret-header Authorization=env:NEW");
    ended.ends_with(6).saying(
        "the webhook was updated, but its protected values could not be sent again: could not reach",
    );
}
