//! `secret list`, `set` and `remove`: what this machine holds, for whom, and nothing of the values.

use std::fs;

use serde_json::{Value, json};

use crate::support::{NEEDED, Served, VALUE, World, create_at, receiver, set_mode};

/// A world with one webhook `a` whose receiver accepts everything.
fn with_webhook() -> (World, ubihook::inside::receiver::Receiver) {
    let (world, receiver) = (World::new().set("SOURCE", VALUE), receiver());
    world.sh(&create_at(&receiver.url("/in"))).ends_with(0);
    (world, receiver)
}

fn rows(world: &World, line: &str) -> Vec<Value> {
    world.answer(line).as_array().unwrap().clone()
}

fn fields<'a>(row: &'a Value, names: &[&str]) -> Vec<&'a Value> {
    names.iter().map(|name| &row[*name]).collect()
}

#[test]
fn each_protected_header_is_listed_with_where_and_since_when_its_value_is_held() {
    let (world, _receiver) = with_webhook();
    let rows_before = rows(&world, "secret list");
    let [row] = &rows_before[..] else {
        panic!("{rows_before:?}")
    };
    assert_eq!(
        fields(
            row,
            &["webhook", "header", "held", "store", "orphan", "state"]
        ),
        [
            &json!("a"),
            &json!("Authorization"),
            &json!(true),
            &json!("file"),
            &json!(false),
            &json!("current")
        ]
    );
    assert!(row["since"].is_string() && row["tested"].is_null(), "{row}");
    world.sh("test a").ends_with(0);
    let after = rows(&world, "secret list a");
    assert!(after[0]["tested"].is_string(), "{after:?}");
    world.sh("secret list").ends_with(0).without(VALUE);
}

#[test]
fn a_test_that_fails_is_not_noted_as_one_that_succeeded() {
    let world = World::new().set("SOURCE", VALUE);
    world.sh(&create_at("http://127.0.0.1:9/in")).ends_with(0);
    world.sh("test a").ends_with(7);
    assert!(rows(&world, "secret list")[0]["tested"].is_null());
}

#[test]
fn what_is_missing_here_is_listed_and_check_ends_with_9() {
    let world = World::new().set("SOURCE", VALUE);
    world
        .sh(&format!(
            "{} --store none",
            create_at("http://127.0.0.1:9/in")
        ))
        .ends_with(0);
    let listed = rows(&world, "secret list --missing");
    assert_eq!(listed[0]["held"], false);
    assert!(listed[0]["store"].is_null() && listed[0]["state"].is_null());
    world.sh("secret list").ends_with(0);
    world
        .sh("secret list --check")
        .ends_with(9)
        .saying("`Authorization` of `a`")
        .saying("ubihook secret set a --secret-header Authorization");
    world
        .sh("secret set a --secret-header Authorization=env:SOURCE")
        .ends_with(0)
        .without(VALUE);
    world.sh("secret list --check").ends_with(0);
    assert!(rows(&world, "secret list --missing").is_empty());
}

#[test]
fn check_looks_into_the_store_and_not_only_into_the_index() {
    let (world, _receiver) = with_webhook();
    fs::remove_file(world.state("secrets.json")).unwrap_or_default();
    let store = world.state("mock-secrets.json");
    if store.exists() {
        fs::remove_file(&store).unwrap();
    }
    assert_eq!(rows(&world, "secret list")[0]["held"], true);
    world.sh("secret list --check").ends_with(9);
    world.sh("secret list a --check").ends_with(9);
    // And the other way round.
    let (world, _receiver) = with_webhook();
    fs::remove_file(world.state("index.json")).unwrap();
    assert_eq!(rows(&world, "secret list")[0]["held"], false);
    world.sh("secret list --check").ends_with(0);
}

#[cfg(unix)]
#[test]
fn a_store_that_cant_be_read_fails_the_check() {
    let (world, _receiver) = with_webhook();
    set_mode(&world.state("mock-secrets.json"), 0o644);
    world.sh("secret list").ends_with(0);
    world
        .sh("secret list --check")
        .ends_with(9)
        .saying("accessible to other users");
}

#[test]
fn a_value_for_another_origin_is_a_row_more_and_the_header_is_not_held() {
    let (base, receiver, elsewhere) = (World::new(), receiver(), receiver());
    let served = Served::start(&base, "");
    let (world, colleague) = (served.world().set("SOURCE", VALUE), served.world());
    world.sh(&create_at(&receiver.url("/in"))).ends_with(0);
    let line = format!("update a --url {} --keep-secrets", elsewhere.url("/in"));
    colleague.sh(&line).ends_with(0);
    let listed = rows(&world, "secret list");
    assert_eq!(listed.len(), 2);
    assert_eq!(listed[0]["held"], false);
    assert_eq!(listed[1]["held"], true);
    assert_eq!(listed[1]["orphan"], false);
    let origin = listed[1]["origin"].as_str().unwrap();
    assert!(receiver.url("/in").starts_with(origin), "{origin}");
    world.sh("secret list a --check").ends_with(9);
}

#[test]
fn somebody_elses_change_is_said() {
    let (base, receiver) = (World::new(), receiver());
    let served = Served::start(&base, "");
    let (world, colleague) = (served.world().set("SOURCE", VALUE), served.world());
    world.sh(&create_at(&receiver.url("/in"))).ends_with(0);
    assert_eq!(rows(&world, "secret list")[0]["state"], "current");
    colleague.sh("update a --label x=1").ends_with(0);
    assert_eq!(rows(&world, "secret list")[0]["state"], "changed");
}

#[test]
fn the_name_of_no_webhook_is_3_and_of_several_11() {
    let (world, _receiver) = with_webhook();
    world
        .sh("secret list aa")
        .ends_with(3)
        .saying("ubihook secret list a");
    let ended = world.sh("secret list a nothing -o json").ends_with(11);
    assert_eq!(ended.json()[0]["webhook"], "a");
    ended.saying("`nothing`");
    let fed = world.sh_fed("\n a\r\na\n", "secret list - -o json");
    assert_eq!(fed.ends_with(0).json().as_array().unwrap().len(), 1);
    world
        .sh_fed("", "secret list -")
        .ends_with(0)
        .saying("nothing to do");
    world.sh_fed("", "secret list - -").ends_with(2);
}

#[test]
fn set_stores_a_value_that_the_platform_may_not_have_and_says_so() {
    let (world, receiver) = with_webhook();
    world
        .sh_with(
            &[("V", "another-value-given")],
            "secret set a --secret-header authorization=env:V",
        )
        .ends_with(0)
        .without("another-value-given");
    assert!(
        !fs::read_to_string(world.state("mock-secrets.json"))
            .unwrap()
            .contains(VALUE)
    );
    assert_eq!(rows(&world, "secret list")[0]["state"], "changed");
    world
        .sh("test a")
        .ends_with(0)
        .saying("it was not sent from this machine");
    let delivery = receiver.next(crate::support::PATIENCE).unwrap();
    assert_eq!(delivery.headers["authorization"], "another-value-given");
    // The platform still has the first one.
    world.sh("mock request --pipeline pipeline-1 --outcome failed");
    let delivery = receiver.next(crate::support::PATIENCE).unwrap();
    assert_eq!(delivery.headers["authorization"], VALUE);
}

#[test]
fn set_of_the_value_that_is_held_changes_nothing_about_it() {
    let (world, _receiver) = with_webhook();
    world
        .sh("secret set a --secret-header Authorization=env:SOURCE")
        .ends_with(0);
    assert_eq!(rows(&world, "secret list")[0]["state"], "current");
}

#[test]
fn set_refuses_headers_that_the_webhook_has_not_or_has_plain() {
    let (world, _receiver) = with_webhook();
    world.sh("update a --header 'X-Team: blue'").ends_with(0);
    world
        .sh("secret set a --secret-header Autorization=env:SOURCE")
        .ends_with(2)
        .saying("did you mean Authorization?");
    world
        .sh("secret set a --secret-header X-Team=env:SOURCE")
        .ends_with(2)
        .saying("is plain");
    world.sh("secret set a").ends_with(2);
    world
        .sh("secret set nothing --secret-header X=env:SOURCE")
        .ends_with(3);
    world
        .sh("secret set a --secret-header Authorization=env:NOT_SET")
        .ends_with(9);
}

#[cfg(unix)]
#[test]
fn a_set_that_would_store_nothing_fails() {
    let (base, receiver) = (World::new(), receiver());
    let served = Served::start(&base, "");
    let world = served.world().set("SOURCE", VALUE);
    world.sh(&create_at(&receiver.url("/in"))).ends_with(0);
    let line = "secret set a --secret-header Authorization=env:SOURCE";
    world
        .sh(&format!("{line} --store none"))
        .ends_with(2)
        .saying("--store file");
    world
        .sh(&format!("{line} --store auto"))
        .ends_with(9)
        .saying("keyring");
}

#[test]
fn remove_takes_the_value_away_here_and_leaves_the_platform() {
    let (world, _receiver) = with_webhook();
    world.sh("secret remove a").ends_with(2).saying("--yes");
    let removed = world.answer("secret remove a --yes");
    assert_eq!(
        removed,
        json!([{"webhook": "a", "header": "Authorization", "result": "removed", "store": "file"}])
    );
    assert!(
        !fs::read_to_string(world.state("mock-secrets.json"))
            .unwrap()
            .contains(VALUE)
    );
    assert_eq!(rows(&world, "secret list")[0]["held"], false);
    world.sh("test a").ends_with(9);
    let again = world.answer("secret remove a --header authorization --yes");
    assert_eq!(again[0]["result"], "missing");
    world
        .sh("secret remove a --header Nothing --yes")
        .ends_with(2)
        .saying("its protected headers: Authorization");
    assert_eq!(world.names(), ["a"]);
    world.sh("secret remove nothing --yes").ends_with(3);
    world.sh("secret remove --yes").ends_with(2);
}

#[test]
fn a_header_in_the_place_of_a_second_webhook_removes_nothing() {
    let (world, _receiver) = with_webhook();
    world
        .sh("secret remove a Authorization --yes")
        .ends_with(2)
        .saying("no webhook `Authorization`; webhook `a` has a header of that name")
        .saying("hint: ubihook secret remove a --header Authorization\n");
    assert_eq!(rows(&world, "secret list")[0]["held"], true);
}

#[test]
fn only_the_named_header_is_removed_even_without_an_index() {
    let (world, _receiver) = with_webhook();
    world
        .sh_with(
            &[("V", "the-value-of-x-key")],
            "update a --secret-header X-Key=env:V",
        )
        .ends_with(0);
    fs::remove_file(world.state("index.json")).unwrap();
    world
        .sh("secret remove a --header X-Key --yes")
        .ends_with(0);
    let kept = fs::read_to_string(world.state("mock-secrets.json")).unwrap();
    assert!(kept.contains(VALUE) && !kept.contains("the-value-of-x-key"));
}

#[test]
fn orphans_are_the_values_of_this_project_whose_webhook_is_gone() {
    let base = World::new();
    let served = Served::start(&base, "");
    let (world, colleague) = (served.world().set("SOURCE", VALUE), served.world());
    for name in ["gone", "kept"] {
        let line = format!("create {name} {NEEDED} --secret-header A=env:SOURCE");
        world.sh(&line).ends_with(0);
    }
    colleague.sh("delete gone --yes").ends_with(0);
    let listed = rows(&world, "secret list --orphans");
    assert_eq!(listed.len(), 1);
    assert_eq!(
        fields(&listed[0], &["webhook", "orphan", "held"]),
        [&json!("gone"), &json!(true), &json!(true)]
    );
    // Another platform has none of them, and none is its orphan.
    let (other_base, other_world) = (World::new(), world.state("index.json"));
    let other = Served::start(&other_base, "");
    let facing = World::facing(other.url(), other.token());
    fs::create_dir_all(facing.state("")).unwrap();
    for file in ["index.json", "secrets.json"] {
        fs::copy(other_world.with_file_name(file), facing.state(file)).unwrap();
        set_mode(&facing.state(file), 0o600);
    }
    let foreign = rows(&facing, "secret list --orphans");
    assert_eq!(foreign.len(), 2);
    assert!(foreign.iter().all(|row| row["orphan"].is_null()));
    assert!(rows(&facing, "secret list").is_empty());
    facing
        .sh("secret remove --orphans --yes")
        .ends_with(0)
        .saying("nothing to do");
    assert_eq!(rows(&facing, "secret list --orphans").len(), 2);
    world
        .sh("secret remove --orphans")
        .ends_with(2)
        .saying("--yes");
    let removed = world.answer("secret remove --orphans --yes");
    assert_eq!(removed[0]["webhook"], "gone");
    assert_eq!(removed.as_array().unwrap().len(), 1);
    assert_eq!(world.kept().matches(VALUE).count(), 1);
    world.sh("secret list --check").ends_with(0);
}

#[test]
fn a_scheme_without_credentials_is_refused() {
    let world = World::new()
        .set("V", "Bearer ")
        .set("UBIHOOK_SECRET_V", "bearer");
    let create = format!("create a {NEEDED}");
    world
        .sh(&format!("{create} --secret-header Authorization=env:V"))
        .ends_with(9)
        .saying("the word `Bearer` alone, without the credentials after it");
    world.file(
        "w.yaml",
        "headers: [{key: X-Auth, value_from: env:UBIHOOK_SECRET_V}]\n",
    );
    world.sh(&format!("{create} -f w.yaml")).ends_with(9);
    world.file(
        "w.yaml",
        "headers: [{key: Cookie, protected: true, value: Token}]\n",
    );
    world.sh(&format!("{create} -f w.yaml")).ends_with(2);
    assert_eq!(world.names(), [""; 0]);
    world
        .sh(&format!(
            "{create} --secret-header X-Mode=env:V --store none"
        ))
        .ends_with(0);
}
