//! `mock serve` with a person at it: what to paste into another terminal.

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
