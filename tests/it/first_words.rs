//! What people type first, coming from other tools or from the API, is understood or answered with
//! the right word.

use serde_json::json;

use crate::support::{NEEDED, World};

#[test]
fn a_group_alone_shows_its_help() {
    let world = World::new();
    for group in ["mock", "auth"] {
        let ended = world.sh(group).ends_with(0);
        let usage = format!("Usage: ubihook {group} [OPTIONS] <COMMAND>");
        assert!(ended.out.contains(&usage), "{}", ended.out);
        assert_eq!(ended.err, "");
        let other = world.sh(&format!("{group} -o json")).ends_with(2);
        assert_eq!(other.error()["kind"], "usage");
    }
}

#[test]
fn words_of_other_tools_do_the_same() {
    let world = World::new();
    world.sh(&format!("add a {NEEDED}")).ends_with(0);
    world.sh("edit a --timeout 7").ends_with(0);
    assert_eq!(world.answer("show a")["timeout"], 7);
    assert_eq!(world.answer("ls")[0]["name"], "a");
    world.sh("rm a").ends_with(2);
    world.sh("rm a --yes").ends_with(0);
    assert_eq!(world.names(), [""; 0]);
    assert!(!world.sh("--help").out.contains("  rm "));
}

#[test]
fn a_switch_takes_the_next_word_if_it_is_true_or_false() {
    let world = World::new();
    world
        .sh(&format!("create a {NEEDED} --enabled false --retry true"))
        .ends_with(0);
    let made = world.answer("get a");
    assert_eq!(
        (&made["enabled"], &made["retry"]),
        (&json!(false), &json!(true))
    );
    assert_eq!(world.answer("list --enabled false")[0]["name"], "a");
    world.sh("update --include-result a").ends_with(0);
}

#[test]
fn the_right_word_is_named() {
    let world = World::new();
    let lines = [
        ("login", "ubihook auth login"),
        ("logout", "ubihook auth logout"),
        ("status", "ubihook auth status"),
        ("whoami", "ubihook auth status"),
        ("webhooks list", "ubihook list"),
        ("disable a", "ubihook update NAME --enabled=false"),
        ("rename a b", "ubihook update NAME --name NEW"),
        ("update a --disabled", "--enabled=false"),
        ("serve", "ubihook mock serve"),
        ("request --deployment d", "ubihook mock request"),
        ("deliveries", "ubihook mock deliveries"),
        ("create --name a", "the name is the first argument"),
        ("create a --object-type pipeline", "--pipeline"),
        ("create a --object-name=p", "--pipeline"),
        ("update a --rename b", "--name NEW"),
        ("list a", "ubihook get NAME"),
        ("mock run echo hi", "ubihook mock run -- COMMAND"),
    ];
    let elsewhere = [
        ("mock whoami", "ubihook auth status"),
        ("auth run", "ubihook mock run"),
        ("delete --name a", "the name is the first argument"),
        ("create a --rename b", "--name NEW"),
    ];
    for (line, word) in lines {
        let error = world.sh(&format!("{line} -o json")).ends_with(2).error();
        let hint = error["hint"].as_str().unwrap_or_default();
        assert!(hint.contains(word), "{line}: {error}");
    }
    for (line, word) in elsewhere {
        let error = world.sh(&format!("{line} -o json")).ends_with(2).error();
        let hint = error["hint"].as_str().unwrap_or_default();
        assert!(!hint.contains(word), "{line}: {error}");
    }
}
