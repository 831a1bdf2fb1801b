//! `delete` and what it leaves.

use serde_json::json;

use crate::support::{
    Answer, Fake, Fault, NEEDED, Served, VALUE, World, raw, webhook, webhook_with,
};

#[test]
fn off_a_terminal_it_needs_yes_before_any_call() {
    let fake = Fake::script([]);
    let ended = fake.world().sh("delete a");
    insta::assert_snapshot!(ended.snapshot(), @"
    [2]
    -- stderr
    error: refusing to delete `a` and its stored protected values without confirmation: not a terminal
      hint: add --yes to confirm
    ");
    assert_eq!(fake.lines(), [""; 0]);
}

#[test]
fn no_variable_stands_for_yes() {
    let world = World::new()
        .set("UBIHOOK_YES", "1")
        .set("UBIHOOK_NO_INPUT", "1");
    world.sh(&format!("create a {NEEDED}")).ends_with(0);
    let ended = world.sh("delete a");
    insta::assert_snapshot!(ended.snapshot(), @"
    [2]
    -- stderr
    error: refusing to delete `a` and its stored protected values without confirmation: prompts are disabled by --no-input
      hint: add --yes to confirm
    ");
    assert_eq!(world.names(), ["a"]);
}

#[test]
fn it_answers_with_an_array() {
    let world = World::new();
    for name in ["a", "b", "c"] {
        world.sh(&format!("create {name} {NEEDED}")).ends_with(0);
    }
    assert_eq!(
        world.answer("delete c a --yes"),
        json!([
            {"name": "c", "result": "deleted", "error": null},
            {"name": "a", "result": "deleted", "error": null},
        ])
    );
    assert_eq!(world.names(), ["b"]);
}

#[test]
fn it_goes_on_after_a_failure_and_ends_with_partial() {
    let world = World::new();
    for name in ["a", "c"] {
        world.sh(&format!("create {name} {NEEDED}")).ends_with(0);
    }
    let ended = world.sh("delete a b c --yes -o json").ends_with(11);
    let why = json!({
        "kind": "not_found",
        "message": "could not delete webhook `b`: Webhook was not found (the platform answered 404)",
        "http_status": 404,
    });
    assert_eq!(
        ended.json(),
        json!([
            {"name": "a", "result": "deleted", "error": null},
            {"name": "b", "result": "failed", "error": why},
            {"name": "c", "result": "deleted", "error": null},
        ])
    );
    let error = ended.error();
    assert_eq!(
        (&error["kind"], &error["exit"]),
        (&json!("partial"), &json!(11))
    );
    assert!(
        error["message"].as_str().unwrap().contains("`b`"),
        "{error}"
    );
    assert_eq!(world.names(), [""; 0]);
}

#[test]
fn each_of_several_failures_is_named() {
    let ended = World::new().sh("delete one two --yes").ends_with(11);
    insta::assert_snapshot!(ended.snapshot(), @"
    [11]
    -- stderr
    error: 2 of 2 could not be deleted: `one`: Webhook was not found (the platform answered 404); `two`: Webhook was not found (the platform answered 404)
    ");
}

#[test]
fn one_name_ends_with_its_own_code() {
    let ended = World::new().sh("delete nope --yes -o json").ends_with(3);
    assert_eq!(ended.error()["http_status"], 404);
    assert_eq!(ended.json()["result"], "failed");
    assert_eq!(ended.json()["error"]["http_status"], 404);
    // As on stderr, where it is known that not only the webhook is missing.
    let ended = World::new()
        .sh("delete a --yes -p nope -o json")
        .ends_with(3);
    let message = &ended.json()["error"]["message"];
    let message = message.as_str().unwrap();
    assert!(
        message.ends_with("project `nope` does not exist"),
        "{message}"
    );
    let told = ended.error()["message"].clone();
    assert!(told.as_str().unwrap().starts_with(message), "{told}");
}

#[test]
fn if_missing_skip_trusts_the_platforms_own_404() {
    let world = World::new();
    assert_eq!(
        world.answer("delete nope --yes --if-missing skip"),
        json!({"name": "nope", "result": "missing", "error": null})
    );
    // It may look whether the project is there.
    let fake = Fake::new(|_, call| {
        if call.path.contains("/webhooks/") {
            Answer::Json(404, json!({"error": "Webhook was not found"}))
        } else {
            Answer::Json(200, json!([]))
        }
    });
    fake.world()
        .sh("delete a --yes --if-missing skip")
        .ends_with(0);
}

#[test]
fn if_missing_skip_does_not_trust_any_other_404() {
    for answer in [
        raw(
            404,
            &[("content-type", "text/html")],
            "<html>Not found</html>",
        ),
        raw(404, &[("content-type", "application/json")], ""),
        Answer::Json(404, json!({"message": "no route"})),
        Answer::Json(404, json!([])),
    ] {
        let fake = Fake::new(move |_, _| answer.clone());
        let ended = fake.world().sh("delete a --yes --if-missing skip");
        ended.ends_with(6).without("missing");
    }
}

#[test]
fn a_missing_project_is_never_skipped() {
    let ended = World::new().sh("delete a --yes --if-missing skip -p nope");
    insta::assert_snapshot!(ended.snapshot(), @"
    [3]
    -- stderr
    error: could not delete webhook `a`: project `nope` does not exist (project from --project)
      hint: known values of --project: demo
    ");
    let fake = Fake::new(|_, _| Answer::Json(404, json!({"error": "Project was not found"})));
    let ended = fake.world().sh("delete a --yes --if-missing skip");
    insta::assert_snapshot!(ended.snapshot(), @"
    [3]
    -- stderr
    error: could not delete webhook `a`: project `demo`: Project was not found (the platform answered 404; project from UBIOPS_PROJECT)
    ");
}

#[test]
fn the_kept_values_go_with_it() {
    let world = World::new().set("SOURCE", VALUE);
    world
        .sh(&format!(
            "create a {NEEDED} --secret-header Authorization=env:SOURCE"
        ))
        .ends_with(0);
    world.sh("delete a --yes").ends_with(0);
    for file in ["mock-secrets.json", "index.json"] {
        let kept = std::fs::read_to_string(world.state(file)).unwrap();
        assert!(!kept.contains(VALUE), "{kept}");
        assert!(!kept.to_lowercase().contains("authorization"), "{kept}");
    }
}

#[test]
fn a_refusal_of_the_platform_keeps_the_values() {
    let base = World::new();
    let served = Served::start(&base, "");
    let fake = Fake::before(&served, |_, _| Fault::None);
    let world = World::facing(&fake.url(), served.token()).set("SOURCE", VALUE);
    world
        .sh(&format!(
            "create a {NEEDED} --secret-header Authorization=env:SOURCE"
        ))
        .ends_with(0);
    world
        .sh_with(&[("UBIOPS_API_TOKEN", "wrong-token")], "delete a --yes")
        .ends_with(4);
    let kept = world.kept();
    assert!(kept.contains(VALUE));
}

#[test]
fn a_name_given_twice_is_deleted_once() {
    let world = World::new();
    world.sh(&format!("create a {NEEDED}")).ends_with(0);
    let ended = world.sh("delete a a --yes").ends_with(0);
    assert_eq!(ended.out, "deleted a\n");
    assert_eq!(world.names(), [""; 0]);
}

#[test]
fn what_answers_no_204_is_taken_where_it_is_a_success() {
    let fake = Fake::new(|_, call| match call.method.as_str() {
        "GET" => Answer::Json(200, webhook("a")),
        _ => raw(200, &[], ""),
    });
    fake.world().sh("delete a --yes").ends_with(0);
}

#[test]
fn a_yes_that_is_not_the_platforms_is_looked_into() {
    for (there, code) in [(true, 6), (false, 0)] {
        let fake = Fake::new(move |at, call| match call.method.as_str() {
            "DELETE" => raw(200, &[], "<html>welcome</html>"),
            _ if at == 0 || there => Answer::Json(200, webhook("a")),
            _ => Answer::Json(404, json!({"error": "Webhook was not found"})),
        });
        let ended = fake.world().sh("delete a --yes -o json").ends_with(code);
        let result = if there { "failed" } else { "deleted" };
        assert_eq!(ended.json()["result"], result);
        assert_eq!(fake.calls().len(), 3);
    }
}

#[test]
fn one_that_fails_says_why_in_data_too() {
    let fake = Fake::new(|_, _| Answer::Json(403, json!({"error": "no"})));
    let ended = fake.world().sh("delete a --yes -o json").ends_with(4);
    insta::assert_snapshot!(ended.out, @r#"
    {
      "name": "a",
      "result": "failed",
      "error": {
        "kind": "auth",
        "message": "could not delete webhook `a`: no (the platform answered 403)",
        "http_status": 403
      }
    }
    "#);
    // Only what is gone has a line.
    assert_eq!(fake.world().sh("delete a --yes").out, "");
    assert_eq!(fake.world().sh("delete a --yes -o name").out, "");
}

#[test]
fn what_was_deleted_is_said_to_be_even_where_its_values_stay() {
    let world = World::new().set("VALUE", "s3cret");
    for name in ["a", "b"] {
        let create = format!("create {name} {NEEDED} --secret-header A=env:VALUE");
        world.sh(&create).ends_with(0);
    }
    let kept = world.state("mock-secrets.json");
    std::fs::write(&kept, "broken").unwrap();
    let ended = world.sh("delete a b --yes -o json").ends_with(11);
    assert_eq!(ended.json().as_array().unwrap().len(), 2);
    assert!(!ended.err.contains("could not be deleted"), "{}", ended.err);
    assert_eq!(ended.err.matches("was deleted, but some").count(), 2);
    assert_eq!(world.names(), [""; 0]);
}

/// The keyring is never done, and what it was called under stays locked. Of so many names some share
/// a lock.
#[test]
#[cfg(unix)]
fn a_keyring_that_hangs_does_not_keep_it_from_the_next_webhook() {
    let headers = json!({"headers": [{"key": "A", "value": null, "protected": true}]});
    let fake = Fake::new(move |_, call| match call.method.as_str() {
        "GET" => Answer::Json(200, webhook_with("a", &headers)),
        _ => raw(204, &[], ""),
    });
    let world = fake.world();
    let bus = world.home().join("bus");
    // Connections are taken by the system, and never answered.
    let _silent = std::os::unix::net::UnixListener::bind(&bus).unwrap();
    let address = format!("unix:path={}", bus.display());
    let world = world.set("DBUS_SESSION_BUS_ADDRESS", address);
    let names: Vec<_> = (0..60).map(|at| format!("w{at}")).collect();
    let line = format!("delete {} --yes --store keyring", names.join(" "));
    let ended = world.sh(&line).ends_with(11);
    ended.without("another ubihook process");
}

#[test]
fn a_lock_that_cannot_be_taken_keeps_no_other_webhook() {
    let world = World::new();
    world.sh(&format!("create b {NEEDED}")).ends_with(0);
    let folder = world.state("index.json").parent().unwrap().to_owned();
    let locks = || {
        let files = std::fs::read_dir(&folder).unwrap();
        let names = files.map(|file| file.unwrap().path());
        names
            .filter(|path| path.to_string_lossy().contains("webhook-"))
            .collect::<Vec<_>>()
    };
    let [of_b] = &locks()[..] else {
        panic!("one webhook has one lock")
    };
    // There are 256 locks, and which one a name has depends on the database.
    let mut names = (0..).map(|number| format!("a{number}"));
    let other = names.find(|name| {
        world.sh(&format!("create {name} {NEEDED}")).ends_with(0);
        let is_other = locks().len() == 2;
        if !is_other {
            world.sh(&format!("delete {name} --yes")).ends_with(0);
        }
        is_other
    });
    std::fs::remove_file(of_b).unwrap();
    std::fs::create_dir(of_b).unwrap();
    let other = other.unwrap();
    let ended = world
        .sh(&format!("delete {other} b --yes -o json"))
        .ends_with(11);
    assert_eq!(ended.json()[0]["result"], "deleted");
    assert_eq!(ended.json()[1]["result"], "failed");
    assert_eq!(world.names(), ["b"]);
}
