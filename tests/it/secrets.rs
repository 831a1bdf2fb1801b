//! What becomes of a value when a call is refused or lost, or somebody else has the name.

mod echoes;
mod sources;
#[cfg(unix)]
mod stores;

use serde_json::json;

use crate::support::{
    Answer, CREATE_SECRET, Fake, Fault, NEEDED, PATIENCE, Served, VALUE, World, create_at,
    receiver, webhook_with,
};

#[test]
fn a_new_webhook_of_an_old_name_does_not_get_the_value() {
    let receiver = receiver();
    let url = receiver.url("/in");
    let base = World::new().set("SOURCE", VALUE);
    let served = Served::start(&base, "");
    let (ours, others) = (
        served.world().set("SOURCE", VALUE),
        served.world().set("SOURCE", "of-the-other"),
    );
    let create = create_at(&url);
    ours.sh(&create).ends_with(0);
    // Another machine deletes it, and makes one of the same name.
    others.sh("delete a --yes").ends_with(0);
    others.sh(&create).ends_with(0);
    let ended = ours.sh("test a");
    insta::assert_snapshot!(ended.snapshot(), @"
    [9]
    -- stderr
    error: could not test webhook `a`: no stored value of `Authorization` for http://127.0.0.1:8080
      hint: ubihook test a --secret-header Authorization
      hint: or store it for every test: `ubihook secret set a --secret-header Authorization`
    ");
    others.sh("test a").ends_with(0);
    assert_eq!(
        receiver.next(PATIENCE).unwrap().headers["authorization"],
        "of-the-other"
    );
}

#[test]
fn the_value_of_a_lost_create_is_kept_until_one_is_sent_again() {
    let receiver = receiver();
    let url = receiver.url("/in");
    let base = World::new();
    let served = Served::start(&base, "");
    // The create arrives; its answer and all lookups are lost.
    let fake = Fake::before(&served, |at, _| match at {
        0 => Fault::LostAnswer,
        1..=3 => Fault::LostCall,
        _ => Fault::None,
    });
    let world = World::facing(&fake.url(), served.token()).set("SOURCE", VALUE);
    world.sh(&create_at(&url)).ends_with(6);
    world.sh("test a").ends_with(9);
    let kept = world.kept();
    assert!(kept.contains(VALUE), "{kept}");
    let world = world.set("AGAIN", "sent-again");
    world
        .sh("update a --secret-header Authorization=env:AGAIN")
        .ends_with(0);
    world.sh("test a").ends_with(0).without("warning");
    assert_eq!(
        receiver.next(PATIENCE).unwrap().headers["authorization"],
        "sent-again"
    );
    world.sh("delete a --yes").ends_with(0);
    let kept = world.kept();
    assert!(!kept.contains(VALUE), "{kept}");
}

#[test]
fn a_refused_create_leaves_no_value_behind() {
    let fake = Fake::new(|_, call| match call.method.as_str() {
        "POST" => Answer::Json(400, json!({"error": "no"})),
        _ => Answer::Json(404, json!({"error": "Webhook was not found"})),
    });
    let world = fake.world().set("SOURCE", VALUE);
    world.sh(CREATE_SECRET).ends_with(5);
    let kept = world.kept();
    assert!(!kept.contains(VALUE), "{kept}");
}

#[test]
fn a_difference_of_headers_after_an_update_keeps_the_value() {
    // Whatever the platform made of it, the only copy is not thrown away.
    let protected = json!({"headers": [{"key": "A", "value": null, "protected": true}]});
    let fake = Fake::script([
        Answer::Json(200, webhook_with("a", &json!({}))),
        Answer::Json(200, webhook_with("a", &json!({}))),
        Answer::Json(200, webhook_with("a", &protected)),
        Answer::Json(200, webhook_with("a", &json!({}))),
    ]);
    let world = fake.world().set("SOURCE", VALUE);
    world
        .sh("update a --secret-header A=env:SOURCE")
        .ends_with(5)
        .saying("its header `A` differs from what was sent");
    assert!(world.kept().contains(VALUE));
}

#[test]
fn a_create_killed_between_the_call_and_the_store_loses_nothing() {
    // The platform has it; we are killed before we hear so.
    let (base, receiver) = (World::new(), receiver());
    let served = Served::start(&base, "");
    let url = receiver.url("/in");
    let (say, arrived) = std::sync::mpsc::channel();
    let say = std::sync::Mutex::new(say);
    let authority = served.authority().to_owned();
    let fake = Fake::new(move |at, call| {
        let answer = crate::support::forward(&authority, call);
        if at == 0 {
            let _ = say.lock().unwrap().send(());
            return Answer::Silence;
        }
        Answer::Raw(answer)
    });
    let world = World::facing(&fake.url(), served.token()).set("SOURCE", VALUE);
    let mut command = world.command();
    command.args([
        "create",
        "a",
        "--pipeline",
        "pipeline-1",
        "-e",
        "failed",
        "-u",
        &url,
    ]);
    command.args(["--secret-header", "Authorization=env:SOURCE"]);
    let mut child = command.spawn().unwrap();
    arrived.recv_timeout(PATIENCE).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    // Nothing proves that the webhook which is there now is the one that was sent.
    world
        .sh("test a")
        .ends_with(9)
        .saying("ubihook update a --secret-header Authorization");
    let kept = world.kept();
    assert!(kept.contains(VALUE), "{kept}");
    let why = "it is unknown whether the platform has the stored value of";
    let mends = "ubihook update a --secret-header Authorization";
    let listed = world.sh("secret list -o json").ends_with(0);
    let rows = listed.json();
    assert_eq!(rows.as_array().unwrap().len(), 1, "{rows}");
    assert_eq!(rows[0]["state"], "unknown");
    assert_eq!(rows[0]["held"], false);
    listed.saying(why).saying(mends).without(VALUE);
    let checked = world.sh("secret list --check").ends_with(9);
    checked.saying(why).saying(mends).without("secret set");
    let found = world.sh("doctor a").ends_with(0);
    assert!(
        found.out.contains(why) && found.out.contains(mends),
        "{}",
        found.out
    );
    world
        .sh("update a --secret-header Authorization=env:SOURCE")
        .ends_with(0);
    world.sh("test a").ends_with(0).without("warning");
    let delivery = receiver.next(PATIENCE).unwrap();
    assert_eq!(delivery.headers["authorization"], VALUE);
    let listed = world.sh("secret list --check -o json").ends_with(0);
    assert_eq!(listed.json()[0]["state"], "current");
    assert!(!listed.err.contains(why), "{}", listed.err);
    world.sh("delete a --yes").ends_with(0);
    let kept = world.kept();
    assert!(!kept.contains(VALUE), "{kept}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_device_as_a_source_is_refused_with_a_hint_that_fits() {
    let line = format!("create a {NEEDED} --secret-header X-K=file:/dev/zero");
    let ended = World::new().sh(&line).ends_with(9);
    let ended = ended.saying("from the file /dev/zero: it is longer than 64 KiB");
    ended.saying("hint: file:PATH must name a file that contains only the value");
}
