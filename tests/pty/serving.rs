//! `mock serve` with a person at it: what to paste into another terminal.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    thread,
    time::{Duration, Instant},
};

use crate::{
    support::World,
    terminal::{CTRL_C, Terminal},
};

#[test]
fn a_person_sees_what_to_paste_and_it_works() {
    let world = World::without_mock();
    let terminal = Terminal::run(
        &world,
        100,
        &["mock", "serve", "--ready-file", "ready.json"],
    );
    let shown = terminal.see("export UBIOPS_PROJECT=demo");
    let lines: Vec<_> = shown
        .lines()
        .filter(|line| line.trim_start().starts_with("export "))
        .map(str::trim)
        .collect();
    assert_eq!(lines.len(), 3, "{shown}");
    let listed = format!(
        "{}; {} list -o json",
        lines.join("; "),
        env!("CARGO_BIN_EXE_ubihook")
    );
    let mut command = std::process::Command::new("sh");
    command.args(["-c", &listed]).env("HOME", world.home());
    let listed = crate::support::finish(&mut command, None);
    assert_eq!(listed.out, "[]\n", "{}", listed.err);
    terminal.types(CTRL_C);
    let ended = terminal.ends().ends_with(0);
    assert!(!ended.written.contains("\"type\""), "{}", ended.screen);
}

#[test]
fn json_is_a_line_of_json_on_a_terminal_too() {
    let world = World::without_mock();
    let terminal = Terminal::run(&world, 200, &["mock", "serve", "-o", "json"]);
    terminal.see("\"type\":\"ready\"");
    terminal.types(CTRL_C);
    terminal.ends().ends_with(0);
}

#[test]
fn o_opens_the_page_by_a_file_that_has_its_address() {
    for words in [
        &["mock", "serve", "--inspect"][..],
        &["listen", "--inspect"],
    ] {
        let world = World::without_mock();
        let bin = world.home().join("bin");
        fs::create_dir(&bin).unwrap();
        let program = bin.join("xdg-open");
        let script = "#!/bin/sh\ncp \"$1\" \"$HOME/new\" && mv \"$HOME/new\" \"$HOME/opened\"\n";
        fs::write(&program, script).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        let world = world
            .set("DISPLAY", ":0")
            .set("PATH", format!("{}:/usr/bin:/bin", bin.display()));
        let terminal = Terminal::run(&world, 200, words);
        let shown = terminal.see("press o to open it in a browser");
        let (_, key) = shown.split_once("/_inspect/#").unwrap();
        terminal.types("o");
        let given = world.home().join("opened");
        let deadline = Instant::now() + Duration::from_secs(20);
        while !given.exists() {
            assert!(Instant::now() < deadline, "nothing was opened");
            thread::sleep(Duration::from_millis(10));
        }
        let page = fs::read_to_string(&given).unwrap();
        assert!(page.contains(&key[..32]), "{page}");
        terminal.types(CTRL_C);
        terminal.ends().ends_with(0);
    }
    // Without a screen there is nothing to open it with.
    let world = World::without_mock();
    let terminal = Terminal::run(&world, 200, &["mock", "serve", "--inspect"]);
    let shown = terminal.see("/_inspect/#");
    assert!(!shown.contains("press o"), "{shown}");
    terminal.types(CTRL_C);
    terminal.ends().ends_with(0);
}
