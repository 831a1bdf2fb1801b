//! Where values are kept, and what a store that can't be used means.

use std::{fs, os::unix::fs::symlink};

use serde_json::json;

use crate::support::{
    Answer, CREATE_SECRET, Fake, Fault, NEEDED, PATIENCE, Served, VALUE, World, create_at, mode,
    receiver, set_mode, webhook_with,
};

#[test]
fn secrets_json_is_0600_and_so_is_all_that_stands_beside_it() {
    let fake = Fake::taking();
    let world = fake.world().set("SOURCE", VALUE);
    world.sh(CREATE_SECRET).ends_with(0);
    for name in ["secrets.json", "index.json"] {
        assert_eq!(mode(&world.state(name)), 0o600, "{name}");
    }
    for entry in fs::read_dir(world.state("")).unwrap() {
        assert_eq!(mode(&entry.unwrap().path()), 0o600);
    }
    assert_eq!(mode(&world.state("")), 0o700);
    assert!(world.kept().contains(VALUE));
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
    let ended = world.sh(&format!("{CREATE_SECRET} -o json")).ends_with(9);
    insta::assert_snapshot!(ended.snapshot(), @r#"
    [9]
    -- stderr
    {"error":{"kind":"secret","message":"could not create webhook `a`: the store `file` can't be used: HOME/.local/state/ubihook/secrets.json is accessible to other users","hint":"chmod 600 HOME/.local/state/ubihook/secrets.json","exit":9,"http_status":null,"retryable":false}}
    "#);
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
    let ended = world.sh(CREATE_SECRET);
    insta::assert_snapshot!(ended.snapshot(), @"
    [9]
    -- stderr
    error: could not create webhook `a`: the store `file` can't be used: HOME/.local/state/ubihook/secrets.json is a symbolic link, and symbolic links are not followed
      hint: ls -l HOME/.local/state/ubihook/secrets.json
    ");
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
    let ended = world.sh(CREATE_SECRET);
    insta::assert_snapshot!(ended.snapshot(), @"
    [9]
    -- stderr
    error: could not create webhook `a`: the store `file` can't be used: HOME/.local/state/ubihook/secrets.json is not a ubihook file (line 1, column 19)
      hint: mv HOME/.local/state/ubihook/secrets.json HOME/.local/state/ubihook/secrets.json.old
    ");
    assert_eq!(fake.lines(), [""; 0]);
    assert_eq!(world.kept(), "{\"version\": 1, \"val");
}

#[test]
fn a_keyring_without_a_bus_is_9_before_any_call() {
    let fake = Fake::script([]);
    let world = fake
        .world()
        .set("UBIHOOK_STORE", "keyring")
        .set("SOURCE", VALUE);
    let ended = world.sh(&format!("{CREATE_SECRET} -o json")).ends_with(9);
    assert_eq!(ended.error()["kind"], "secret");
    assert_eq!(fake.lines(), [""; 0]);
}

#[test]
fn auto_without_a_bus_warns_once_and_quiet_does_not_hide_it() {
    for quiet in ["", "-q"] {
        let fake = Fake::taking();
        let world = fake
            .world()
            .set("UBIHOOK_STORE", "auto")
            .set("SOURCE", VALUE);
        let ended = world
            .sh(&format!(
                "{CREATE_SECRET} --secret-header B=env:SOURCE -o json {quiet}"
            ))
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
    let fake = Fake::taking();
    let world = fake.world().set("UBIHOOK_STORE", "auto");
    world
        .sh(&format!("create a {NEEDED} --header 'X-A: 1'"))
        .ends_with(0)
        .silently();
}

#[test]
fn the_store_none_keeps_nothing() {
    let fake = Fake::taking();
    let world = fake
        .world()
        .set("UBIHOOK_STORE", "none")
        .set("SOURCE", VALUE);
    let made = world.sh(&format!("{CREATE_SECRET} -o json")).ends_with(0);
    assert_eq!(made.json()["webhook"]["headers"][0]["local"], "none");
    assert!(!world.state("secrets.json").exists());
}

#[test]
fn a_store_on_a_verb_counts_for_that_command_alone() {
    let world = World::new().set("SOURCE", VALUE);
    world
        .sh(&format!("{CREATE_SECRET} --store none"))
        .ends_with(0);
    assert!(!world.home().join(".config/ubihook/config.toml").exists());
    let ended = world.sh("test a");
    insta::assert_snapshot!(ended.snapshot(), @"
    [9]
    -- stderr
    error: could not test webhook `a`: no stored value of `A` for http://127.0.0.1:8080
      hint: ubihook test a --secret-header A
      hint: or store it for every test: `ubihook secret set a --secret-header A`
    ");
    world
        .sh("update a --secret-header A=env:SOURCE")
        .ends_with(0);
    assert_eq!(world.answer("get a")["headers"][0]["local"], "file");
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
                &json!({"url": "http://127.0.0.1:9/in", "headers": [{"key": "A", "value": null, "protected": true}]}),
            ),
        )
    });
    let world = fake
        .world()
        .set("SOURCE", VALUE)
        .set("XDG_STATE_HOME", state.as_os_str());
    let ended = world.sh(&format!("{CREATE_SECRET} -o json")).ends_with(9);
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
    world.sh(&create_at(&url)).ends_with(0);
    // The same webhook behind another address is another host.
    let fake = Fake::before(&served, |_, _| Fault::None);
    world
        .sh(&format!("test a --host {}", fake.url()))
        .ends_with(9);
    world.sh("test a").ends_with(0);
}

#[test]
fn a_lost_or_broken_index_decides_nothing() {
    for broken in [None, Some("{\"version\""), Some("[]"), Some("\u{0}\u{1}")] {
        let receiver = receiver();
        let url = receiver.url("/in");
        let world = World::new().set("SOURCE", VALUE);
        world.sh(&create_at(&url)).ends_with(0);
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
fn without_a_home_a_value_that_is_not_kept_leaves_nothing_to_remove() {
    let fake = Fake::taking();
    let world = fake.world().set("HOME", "").set("SOURCE", VALUE);
    let ended = world.sh(&format!("{CREATE_SECRET} --store none"));
    let ended = ended.ends_with(0);
    assert_eq!(ended.err, "", "{}", ended.out);
}
