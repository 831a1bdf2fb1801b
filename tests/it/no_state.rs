//! Commands that need no place for state work without one: no home, a state folder that can't be
//! created, and an index that can't be read.

use std::fs;

use crate::support::{NEEDED, Served, World};

/// What a person does with webhooks, with the code that each line ends with.
const LINES: [(&str, i32); 16] = [
    ("list", 0),
    ("create a {} --label x=1", 0),
    ("create b {} --secret-header X=env:V --store none", 0),
    ("create c {} --secret-header X=env:V", 0),
    ("create a {} --if-exists update", 0),
    ("create a {} --if-exists skip", 0),
    ("get b", 0),
    ("update a --timeout 3", 0),
    ("update b --secret-header X=env:V --store none", 0),
    ("update c --name d", 0),
    ("update d --url http://127.0.0.1:8/in --keep-secrets", 0),
    ("update b --remove-header X --yes", 0),
    ("test d --no-wait", 9),
    ("test d --secret-header X=env:V --no-wait", 0),
    ("delete a b d --yes", 0),
    ("list --label x=1", 0),
];

fn all_work(world: &World, place: &str) {
    for (line, code) in LINES {
        let ended = world.sh(&line.replace("{}", NEEDED));
        assert_eq!(ended.code, code, "{place}: {line}: {}", ended.err);
        let told = ended.err.matches("index.json is").count();
        assert!(told <= 1, "{place}: {line}: {}", ended.err);
    }
    assert!(world.names().is_empty(), "{place}");
}

#[cfg(unix)]
#[test]
fn commands_that_store_nothing_work_without_a_place_for_it() {
    let platform = World::without_mock();
    let served = Served::start(&platform, "");
    let world = || {
        served
            .world()
            .set("V", "a-protected-value")
            .set("UBIHOOK_STORE", "auto")
    };
    all_work(&world().set("HOME", ""), "no home");
    let base = World::new();
    let file = base.file("a-file", "");
    all_work(
        &world().set("XDG_STATE_HOME", file.join("below")),
        "no folder",
    );
    let broken = world();
    let index = broken.state("index.json");
    fs::create_dir_all(index.parent().unwrap()).unwrap();
    fs::write(&index, "{broken").unwrap();
    all_work(&broken, "broken index");
}

#[cfg(unix)]
#[test]
fn a_store_without_a_place_is_refused_before_any_call() {
    let platform = World::without_mock();
    let served = Served::start(&platform, "");
    let world = || served.world().set("V", "a-protected-value");
    let line = format!("create a {NEEDED} --secret-header X=env:V --store file");
    world()
        .set("HOME", "")
        .sh(&line)
        .ends_with(9)
        .saying("export HOME=");
    let base = World::new();
    let file = base.file("a-file", "");
    let homeless = world().set("XDG_STATE_HOME", file.join("below"));
    let ended = homeless.sh(&line);
    assert_ne!(ended.code, 0);
    ended.saying("--store none");
    assert!(served.world().names().is_empty());
}

#[cfg(unix)]
#[test]
fn a_broken_index_is_told_once_with_the_command_that_mends_it() {
    let world = World::new().set("V", "a-protected-value");
    world
        .sh(&format!("create a {NEEDED} --secret-header X=env:V"))
        .ends_with(0);
    fs::write(world.state("index.json"), "{broken").unwrap();
    let ended = world.sh("update a --timeout 3");
    insta::assert_snapshot!(ended.snapshot(), @"
    [0]
    -- stdout
    updated a
      timeout  10 s → 3 s
    -- stderr
    warning: HOME/.local/state/ubihook/index.json is not a ubihook file (line 1, column 2); mv HOME/.local/state/ubihook/index.json HOME/.local/state/ubihook/index.json.old starts a new one
    ");
}
