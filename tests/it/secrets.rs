//! Where values come from, where they are kept, and who gets them.

use std::{fs, os::unix::fs::symlink};

use serde_json::json;

use crate::support::{
    Answer, Fake, Fault, NEEDED, PATIENCE, Served, World, mode, receiver, set_mode, webhook_with,
};

const VALUE: &str = "a-protected-value";

/// What the platform was sent as the value of its only header.
fn sent(world: &World, fake: &Fake, stdin: &str, source: &str) -> String {
    world
        .sh_fed(
            stdin,
            &format!("create a {NEEDED} --secret-header '{source}'"),
        )
        .ends_with(0);
    let calls = fake.calls();
    calls.last().unwrap().json()["headers"][0]["value"]
        .as_str()
        .unwrap()
        .to_owned()
}

fn taking() -> Fake {
    Fake::new(|_, call| {
        let headers: Vec<_> = call.json()["headers"]
            .as_array()
            .unwrap()
            .iter()
            .map(|header| json!({"key": header["key"], "value": null, "protected": true}))
            .collect();
        Answer::Json(201, webhook_with("a", &json!({"headers": headers})))
    })
}

#[test]
fn values_come_from_where_they_are_said_to_come_from() {
    let fake = taking();
    let world = fake.world().set("SOURCE", VALUE);
    world.file("s.txt", "from-a-file\n");
    for (stdin, source, expected) in [
        ("", "A=env:SOURCE", VALUE),
        ("", "A=file:s.txt", "from-a-file"),
        ("from-stdin\n", "A=stdin", "from-stdin"),
        ("from-stdin", "A=stdin", "from-stdin"),
        ("", "A=Bearer {env:SOURCE}", "Bearer a-protected-value"),
        ("", "A=<{file:s.txt}>", "<from-a-file>"),
        ("from-stdin\r\n", "A=Token {stdin}", "Token from-stdin"),
    ] {
        assert_eq!(sent(&world, &fake, stdin, source), expected, "{source}");
    }
}

#[test]
fn one_trailing_newline_is_cut_and_nothing_else() {
    let fake = taking();
    let world = fake.world().set("SOURCE", " kept ");
    assert_eq!(sent(&world, &fake, "", "A=env:SOURCE"), " kept ");
    assert_eq!(sent(&world, &fake, " padded \r\n", "A=stdin"), " padded ");
    // The second newline stays, and no header can carry it.
    let calls = fake.calls().len();
    let ended = world.sh_fed(
        "two\n\n",
        &format!("create a {NEEDED} --secret-header A=stdin"),
    );
    ended.ends_with(9);
    assert_eq!(fake.calls().len(), calls);
}

#[test]
fn a_source_that_cannot_be_used_is_9_before_any_call() {
    let fake = Fake::script([]);
    let world = fake.world().set("EMPTY", "");
    world.file("empty", "");
    world.file("newline", "\n");
    for source in [
        "env:NOT_SET",
        "env:EMPTY",
        "file:nope",
        "file:.",
        "file:empty",
        "file:newline",
        "stdin",
        "Bearer {env:NOT_SET}",
    ] {
        let ended = world.sh(&format!(
            "create a {NEEDED} --secret-header 'X-A={source}' -o json"
        ));
        assert_eq!(ended.code, 9, "{source}: {ended:#?}");
        assert_eq!(ended.error()["kind"], "secret");
        assert!(ended.err.contains("X-A"), "{}", ended.err);
    }
    assert_eq!(fake.lines(), [""; 0]);
}

#[test]
fn a_question_that_cannot_be_asked_is_2_before_any_call() {
    let fake = Fake::script([]);
    for source in ["X-A", "X-A=prompt", "'X-A=Bearer {prompt}'"] {
        fake.world()
            .sh(&format!("create a {NEEDED} --secret-header {source}"))
            .ends_with(2)
            .saying("X-A");
    }
    assert_eq!(fake.lines(), [""; 0]);
}

#[test]
fn a_literal_value_is_refused_with_the_sources_and_never_repeated() {
    let world = World::new();
    for argument in [
        "Authorization=hunter2",
        "Authorization=Token hunter2",
        "Authorization: hunter2",
        "Authorization=hunter2 {env:HOME",
        "Authorization={hunter2}",
        "Authorization=env:hunter2 hunter2",
        "Authorization=ENV:hunter2!",
        "Authorization={env:HOME}{env:hunter2}",
        "=hunter2",
    ] {
        for output in ["table", "json"] {
            for verb in [
                "create a --pipeline pipeline-1 -e failed -u http://127.0.0.1:9/",
                "update a",
                "test a",
            ] {
                let ended = world.sh(&format!("{verb} --secret-header '{argument}' -o {output}"));
                ended.ends_with(2).without("hunter2");
            }
        }
    }
    let ended = world.sh(&format!(
        "create a {NEEDED} --secret-header Authorization=hunter2"
    ));
    let ended = ended
        .ends_with(2)
        .saying("Authorization")
        .saying("prompt")
        .saying("env:");
    ended.saying("file:").saying("stdin");
}

#[test]
fn a_refused_header_argument_repeats_its_name_at_most() {
    let world = World::new();
    for argument in [
        "Authorization: hunter2",
        "Cookie: hunter2",
        "hunter2",
        "X A: hunter2",
        "X-A: hunter2\u{1}",
        ": hunter2",
    ] {
        for output in ["table", "json"] {
            let ended = world.sh(&format!(
                "create a {NEEDED} --header '{argument}' -o {output}"
            ));
            assert_eq!(ended.code, 2, "{argument}");
            ended.without("hunter2");
        }
    }
}

#[test]
fn a_header_that_carries_credentials_is_refused_unless_plain_is_allowed() {
    let world = World::new();
    for name in [
        "Authorization",
        "authorization",
        "Cookie",
        "X-Api-Key",
        "Proxy-Authorization",
        "X-Auth-Token",
    ] {
        world
            .sh(&format!("create a {NEEDED} --header '{name}: hunter2'"))
            .ends_with(2)
            .saying("--secret-header")
            .saying("--allow-plain");
    }
    let made = world.answer(&format!(
        "create a {NEEDED} --header 'X-Api-Key: open' --allow-plain"
    ));
    assert_eq!(
        made["webhook"]["headers"][0],
        json!({"key": "X-Api-Key", "value": "open", "protected": false})
    );
}

#[test]
fn secrets_json_is_0600_and_so_is_all_that_stands_beside_it() {
    let fake = taking();
    let world = fake.world().set("SOURCE", VALUE);
    world
        .sh(&format!("create a {NEEDED} --secret-header A=env:SOURCE"))
        .ends_with(0);
    for name in ["secrets.json", "index.json"] {
        assert_eq!(mode(&world.state(name)), 0o600, "{name}");
    }
    for entry in fs::read_dir(world.state("")).unwrap() {
        assert_eq!(mode(&entry.unwrap().path()), 0o600);
    }
    assert_eq!(mode(&world.state("")), 0o700);
    assert!(
        fs::read_to_string(world.state("secrets.json"))
            .unwrap()
            .contains(VALUE)
    );
    assert!(
        !fs::read_to_string(world.state("index.json"))
            .unwrap()
            .contains(VALUE)
    );
}

#[test]
fn a_secrets_file_that_others_may_read_is_refused_before_any_call() {
    let fake = Fake::script([]);
    let world = fake.world().set("SOURCE", VALUE);
    world.file(
        ".local/state/ubihook/secrets.json",
        "{\"version\": 1, \"values\": {}}",
    );
    set_mode(&world.state("secrets.json"), 0o640);
    let ended = world
        .sh(&format!(
            "create a {NEEDED} --secret-header A=env:SOURCE -o json"
        ))
        .ends_with(9);
    assert!(ended.err.contains("secrets.json"), "{}", ended.err);
    assert_eq!(ended.error()["kind"], "secret");
    assert_eq!(fake.lines(), [""; 0]);
}

#[test]
fn a_secrets_file_that_is_a_link_is_refused_before_any_call() {
    let fake = Fake::script([]);
    let world = fake.world().set("SOURCE", VALUE);
    let elsewhere = world.file("elsewhere.json", "{\"version\": 1, \"values\": {}}");
    set_mode(&elsewhere, 0o600);
    world.file(".local/state/ubihook/x", "");
    symlink(&elsewhere, world.state("secrets.json")).unwrap();
    world
        .sh(&format!("create a {NEEDED} --secret-header A=env:SOURCE"))
        .ends_with(9);
    assert_eq!(fake.lines(), [""; 0]);
    assert!(!fs::read_to_string(&elsewhere).unwrap().contains(VALUE));
}

#[test]
fn a_secrets_file_that_is_broken_is_9_and_left_alone() {
    let fake = Fake::script([]);
    let world = fake.world().set("SOURCE", VALUE);
    world.file(
        ".local/state/ubihook/secrets.json",
        "{\"version\": 1, \"val",
    );
    set_mode(&world.state("secrets.json"), 0o600);
    world
        .sh(&format!("create a {NEEDED} --secret-header A=env:SOURCE"))
        .ends_with(9)
        .saying("secrets.json");
    assert_eq!(fake.lines(), [""; 0]);
    assert_eq!(
        fs::read_to_string(world.state("secrets.json")).unwrap(),
        "{\"version\": 1, \"val"
    );
}

#[test]
fn a_keyring_without_a_bus_is_9_before_any_call() {
    let fake = Fake::script([]);
    let world = fake
        .world()
        .set("UBIHOOK_STORE", "keyring")
        .set("SOURCE", VALUE);
    let ended = world
        .sh(&format!(
            "create a {NEEDED} --secret-header A=env:SOURCE -o json"
        ))
        .ends_with(9);
    assert_eq!(ended.error()["kind"], "secret");
    assert_eq!(fake.lines(), [""; 0]);
}

#[test]
fn auto_without_a_bus_warns_once_and_quiet_does_not_hide_it() {
    for quiet in ["", "-q"] {
        let fake = taking();
        let world = fake
            .world()
            .set("UBIHOOK_STORE", "auto")
            .set("SOURCE", VALUE);
        let ended = world
            .sh(&format!("create a {NEEDED} --secret-header A=env:SOURCE --secret-header B=env:SOURCE -o json {quiet}"))
            .ends_with(0);
        let warnings: Vec<_> = ended.err.lines().collect();
        assert_eq!(warnings.len(), 1, "{}", ended.err);
        let warning: serde_json::Value = serde_json::from_str(warnings[0]).unwrap();
        assert!(warning["warning"]["message"].is_string(), "{warning}");
        assert!(
            !world.state("secrets.json").exists(),
            "nothing falls back to plain text"
        );
        assert_eq!(ended.json()["webhook"]["headers"][0]["local"], "none");
    }
}

#[test]
fn auto_without_a_bus_says_nothing_where_no_value_is_given() {
    let fake = Fake::new(|_, _| Answer::Json(201, webhook_with("a", &json!({}))));
    let world = fake.world().set("UBIHOOK_STORE", "auto");
    world
        .sh(&format!("create a {NEEDED} --header 'X-A: 1'"))
        .ends_with(0)
        .silently();
}

#[test]
fn the_store_none_keeps_nothing() {
    let fake = taking();
    let world = fake
        .world()
        .set("UBIHOOK_STORE", "none")
        .set("SOURCE", VALUE);
    let made = world
        .sh(&format!(
            "create a {NEEDED} --secret-header A=env:SOURCE -o json"
        ))
        .ends_with(0);
    assert_eq!(made.json()["webhook"]["headers"][0]["local"], "none");
    assert!(!world.state("secrets.json").exists());
}

#[test]
fn a_store_on_a_verb_counts_for_that_command_alone() {
    let world = World::new().set("SOURCE", VALUE);
    world
        .sh(&format!(
            "create a {NEEDED} --secret-header A=env:SOURCE --store none"
        ))
        .ends_with(0);
    assert!(!world.home().join(".config/ubihook/config.toml").exists());
    world.sh("test a").ends_with(9);
    world
        .sh("update a --secret-header A=env:SOURCE")
        .ends_with(0);
    assert_eq!(world.answer("get a")["headers"][0]["local"], "file");
}

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
    let create = format!(
        "create a --pipeline pipeline-1 -e failed -u {url} --secret-header Authorization=env:SOURCE"
    );
    ours.sh(&create).ends_with(0);
    // Another machine deletes it, and makes one of the same name.
    others.sh("delete a --yes").ends_with(0);
    others.sh(&create).ends_with(0);
    ours.sh("test a").ends_with(9).saying("Authorization");
    others.sh("test a").ends_with(0);
    assert_eq!(
        receiver.next(PATIENCE).unwrap().headers["authorization"],
        "of-the-other"
    );
}

#[test]
fn a_lost_or_broken_index_decides_nothing() {
    for broken in [None, Some("{\"version\""), Some("[]"), Some("\u{0}\u{1}")] {
        let receiver = receiver();
        let url = receiver.url("/in");
        let world = World::new().set("SOURCE", VALUE);
        world
            .sh(&format!("create a --pipeline pipeline-1 -e failed -u {url} --secret-header Authorization=env:SOURCE"))
            .ends_with(0);
        match broken {
            None => fs::remove_file(world.state("index.json")).unwrap(),
            Some(text) => fs::write(world.state("index.json"), text).unwrap(),
        }
        world.sh("get a").ends_with(0);
        world.sh("test a").ends_with(0);
        assert_eq!(
            receiver.next(PATIENCE).unwrap().headers["authorization"],
            VALUE
        );
        world.sh("delete a --yes").ends_with(0);
        assert!(
            !fs::read_to_string(world.state("mock-secrets.json"))
                .unwrap()
                .contains(VALUE)
        );
    }
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
    world
        .sh(&format!("create a --pipeline pipeline-1 -e failed -u {url} --secret-header Authorization=env:SOURCE"))
        .ends_with(6);
    world.sh("test a").ends_with(9);
    let kept = fs::read_to_string(world.state("secrets.json")).unwrap();
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
    let kept = fs::read_to_string(world.state("secrets.json")).unwrap();
    assert!(!kept.contains(VALUE), "{kept}");
}

#[test]
fn a_refused_create_leaves_no_value_behind() {
    let fake = Fake::new(|_, call| match call.method.as_str() {
        "POST" => Answer::Json(400, json!({"error": "no"})),
        _ => Answer::Json(404, json!({"error": "Webhook was not found"})),
    });
    let world = fake.world().set("SOURCE", VALUE);
    world
        .sh(&format!("create a {NEEDED} --secret-header A=env:SOURCE"))
        .ends_with(5);
    let kept = fs::read_to_string(world.state("secrets.json")).unwrap_or_default();
    assert!(!kept.contains(VALUE), "{kept}");
}

#[test]
fn a_create_that_the_platform_echoes_is_blanked() {
    let fake = Fake::new(|_, call| {
        let mut echo = webhook_with("a", &json!({}));
        echo["headers"] = call.json()["headers"].clone();
        Answer::Json(201, echo)
    });
    let world = fake.world().set("SOURCE", VALUE);
    for output in ["json", "table"] {
        let ended = world
            .sh(&format!(
                "create a {NEEDED} --secret-header A=env:SOURCE -vv -o {output}"
            ))
            .ends_with(0)
            .without(VALUE);
        if output == "json" {
            assert_eq!(ended.json()["webhook"]["headers"][0]["value"], json!(null));
        }
    }
}

#[test]
fn an_echo_of_a_value_that_is_not_ours_is_blanked_too() {
    let theirs = webhook_with(
        "a",
        &json!({"headers": [{"key": "A", "value": "not-known-here", "protected": true}]}),
    );
    let fake = Fake::new(move |_, call| {
        if call.path.ends_with("/a") {
            Answer::Json(200, theirs.clone())
        } else {
            Answer::Json(200, json!([theirs]))
        }
    });
    for line in [
        "get a -vv",
        "get a -o json -vv",
        "list -vv",
        "list -o json -vv",
    ] {
        fake.world().sh(line).ends_with(0).without("not-known-here");
    }
}

#[test]
fn the_platforms_own_error_text_is_scrubbed() {
    let fake = Fake::new(|_, call| match call.method.as_str() {
        "POST" => Answer::Json(400, json!({"error": format!("bad value in {}", call.body)})),
        _ => Answer::Json(404, json!({"error": "Webhook was not found"})),
    });
    let world = fake.world().set("SOURCE", "qu\"oted-välue");
    for output in ["json", "table"] {
        let ended = world
            .sh(&format!(
                "create a {NEEDED} --secret-header A=env:SOURCE -o {output}"
            ))
            .ends_with(5)
            .without("oted-v");
        assert!(ended.err.contains("bad value"), "{}", ended.err);
    }
}

#[test]
fn a_store_that_fails_after_the_create_leaves_the_webhook_and_says_what_mends_it() {
    // The store is taken away while the call is under way.
    let home = tempfile::tempdir().unwrap();
    let state = home.path().join("state");
    let gone = state.join("ubihook");
    let fake = Fake::new(move |_, _| {
        let _ = fs::remove_dir_all(&gone);
        let _ = fs::write(&gone, "a file where the folder was");
        Answer::Json(
            201,
            webhook_with(
                "a",
                &json!({"headers": [{"key": "A", "value": null, "protected": true}]}),
            ),
        )
    });
    let world = fake
        .world()
        .set("SOURCE", VALUE)
        .set("XDG_STATE_HOME", state.as_os_str());
    let ended = world
        .sh(&format!(
            "create a {NEEDED} --secret-header A=env:SOURCE -o json"
        ))
        .ends_with(9);
    let error = ended.error();
    assert!(
        error["message"].as_str().unwrap().contains("created"),
        "{error}"
    );
    assert!(
        error["hint"]
            .as_str()
            .unwrap()
            .contains("ubihook update a --secret-header"),
        "{error}"
    );
    assert_eq!(fake.lines().len(), 1, "the webhook stays");
}

#[test]
fn values_of_two_projects_and_hosts_are_kept_apart() {
    let base = World::new();
    let served = Served::start(&base, "");
    let receiver = receiver();
    let url = receiver.url("/in");
    let world = served.world().set("SOURCE", VALUE);
    world
        .sh(&format!("create a --pipeline pipeline-1 -e failed -u {url} --secret-header Authorization=env:SOURCE"))
        .ends_with(0);
    // The same webhook behind another address is another host.
    let fake = Fake::before(&served, |_, _| Fault::None);
    world
        .sh(&format!("test a --host {}", fake.url()))
        .ends_with(9);
    world.sh("test a").ends_with(0);
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
        .saying("its header `A` is not what was sent");
    assert!(
        fs::read_to_string(world.state("secrets.json"))
            .unwrap()
            .contains(VALUE)
    );
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
    let kept = fs::read_to_string(world.state("secrets.json")).unwrap();
    assert!(kept.contains(VALUE), "{kept}");
    world
        .sh("update a --secret-header Authorization=env:SOURCE")
        .ends_with(0);
    world.sh("test a").ends_with(0).without("warning");
    let delivery = receiver.next(PATIENCE).unwrap();
    assert_eq!(delivery.headers["authorization"], VALUE);
    world.sh("delete a --yes").ends_with(0);
    let kept = fs::read_to_string(world.state("secrets.json")).unwrap();
    assert!(!kept.contains(VALUE), "{kept}");
}

#[test]
fn a_name_of_a_variable_that_is_none_is_not_repeated() {
    // Whoever types the value itself after `env:` should not find it in a log.
    for source in [
        "env:hunter2-value",
        "env:Token hunter2",
        "Bearer {env:hunter2/x}",
    ] {
        let ended = World::new().sh(&format!("create a {NEEDED} --secret-header 'A={source}'"));
        ended.ends_with(2).without("hunter2");
    }
}
