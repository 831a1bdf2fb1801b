//! What destroys says what goes, and asks.

use crate::{
    support::World,
    terminal::{CTRL_C, ENTER, Terminal},
};

fn world_with(names: &[&str]) -> World {
    let world = World::new().set("TOKEN", "s3cret");
    for name in names {
        world
            .run([
                "create",
                name,
                "--pipeline",
                "pipeline-1",
                "-e",
                "failed",
                "--url",
                "https://hooks.example.org/a/secret/path",
                "--secret-header",
                "Authorization=env:TOKEN",
            ])
            .ends_with(0);
    }
    world
}

#[test]
fn delete_says_what_goes_and_enter_alone_means_no() {
    let world = world_with(&["a", "b"]);
    let terminal = Terminal::run(&world, 80, &["delete", "a", "b", "c"]);
    insta::assert_snapshot!(terminal.asked("Delete these 2?"), @r"
    a
      watches  pipeline `pipeline-1`
      calls    https://hooks.example.org/…
      removes  Authorization from the file store
    b
      watches  pipeline `pipeline-1`
      calls    https://hooks.example.org/…
      removes  Authorization from the file store
    c  not found
    ? Delete these 2? (y/N) ›
    ");
    terminal.types(ENTER);
    let ended = terminal.ends().ends_with(2);
    assert!(
        ended.screen.contains("error: nothing was changed"),
        "{}",
        ended.screen
    );
    assert!(!ended.screen.contains("secret/path"), "{}", ended.screen);
    world.sh("get a").ends_with(0);
    world.sh("get b").ends_with(0);
}

#[test]
fn yes_deletes_and_no_and_ctrl_c_do_not() {
    let world = world_with(&["a"]);
    // A `y` within another word is no answer.
    for (keys, code) in [("n", 2), (CTRL_C, 130), ("maybe\r\r", 2), ("y", 0)] {
        world.sh("get a").ends_with(0);
        let terminal = Terminal::run(&world, 40, &["delete", "a"]);
        terminal.answer("Delete it?", keys);
        terminal.ends().ends_with(code);
    }
    world.sh("get a").ends_with(3);
}

#[test]
fn where_nothing_is_there_nothing_is_asked() {
    let world = World::new();
    let ended = Terminal::run(&world, 80, &["delete", "a"])
        .ends()
        .ends_with(3);
    assert!(!ended.screen.contains('?'), "{}", ended.screen);
}

#[test]
fn a_protected_header_goes_only_when_that_is_meant() {
    let world = world_with(&["a"]);
    let line = ["update", "a", "--remove-header", "authorization"];
    for (keys, code, left) in [(ENTER, 2, 1), ("y", 0, 0)] {
        let terminal = Terminal::run(&world, 80, &line);
        let screen = terminal.asked("Remove it?");
        assert!(
            screen.contains("its copy in the file store is removed too"),
            "{screen}"
        );
        terminal.types(keys);
        terminal.ends().ends_with(code);
        let headers = world.answer("get a")["headers"].as_array().unwrap().len();
        assert_eq!(headers, left);
    }
}

#[test]
fn a_reset_says_how_much_goes() {
    let world = world_with(&["a"]);
    for (keys, code, left) in [(ENTER, 2, 1), (CTRL_C, 130, 1), ("y", 0, 0)] {
        let terminal = Terminal::run(&world, 80, &["mock", "reset"]);
        let screen = terminal.asked("Reset it?");
        assert!(
            screen.contains("1 webhook, 0 requests, 0 tests"),
            "{screen}"
        );
        terminal.types(keys);
        terminal.ends().ends_with(code);
        assert_eq!(world.answer("list").as_array().unwrap().len(), left);
    }
}

#[test]
fn a_value_is_typed_unseen() {
    let world = world_with(&["a"]);
    let terminal = Terminal::run(
        &world,
        80,
        &["update", "a", "--secret-header", "Authorization"],
    );
    terminal.asked("Value of Authorization");
    assert!(!terminal.echoes());
    terminal.types("hunter2\r");
    let ended = terminal.ends().ends_with(0);
    assert!(!ended.written.contains("hunter2"), "{}", ended.screen);
    let kept = std::fs::read_to_string(world.state("mock-secrets.json")).unwrap();
    assert!(kept.contains("hunter2"));
}

#[test]
fn apply_shows_its_plan_before_it_asks_for_a_value() {
    let world = World::new();
    world.file(
        "w.yaml",
        "{name: a, pipeline: pipeline-1, event: failed, url: 'https://hooks.example.org/in', \
         headers: [{key: X-Key, protected: true}]}",
    );
    let terminal = Terminal::run(&world, 80, &["apply", "-f", "w.yaml"]);
    let plan = terminal.asked("Apply these changes?");
    assert!(plan.contains("create a  w.yaml:1"), "{plan}");
    assert!(!plan.contains("Value of"), "{plan}");
    terminal.types("y");
    terminal.answer("Value of X-Key", "s3cret-value\r");
    terminal.ends().ends_with(0);
    world.sh("secret list a --check").ends_with(0);
    // Without a yes, nothing is asked for.
    world.file(
        "w.yaml",
        "{name: b, pipeline: pipeline-1, event: failed, url: 'https://hooks.example.org/in', \
         headers: [{key: X-Key, protected: true}]}",
    );
    let terminal = Terminal::run(&world, 80, &["apply", "-f", "w.yaml"]);
    terminal.answer("Apply these changes?", "n");
    let ended = terminal.ends().ends_with(2);
    assert!(!ended.screen.contains("Value of"), "{}", ended.screen);
}
