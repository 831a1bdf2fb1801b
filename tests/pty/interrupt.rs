//! An end in the middle of a question: the terminal is as it was, and nothing was made.

use std::{
    io::Read,
    time::{Duration, Instant},
};

use pty_process::blocking::{Command, open};
use rustix::process::Signal;
use serde_json::json;

use crate::{
    support::{PATIENCE, World},
    terminal::{CTRL_C, ENTER, Terminal},
};

/// The questions of the wizard in their order, each with an answer that leads to the next.
const STEPS: [(&str, &str); 12] = [
    ("What to watch", ENTER),
    ("Which deployment", ENTER),
    ("Which version", ENTER),
    ("Which event", ENTER),
    ("URL to call", "http://127.0.0.1:9/\r"),
    ("Name of the webhook", ENTER),
    ("Add a protected header?", "y"),
    ("Name of the header", ENTER),
    ("Value of Authorization", "s3cret\r"),
    ("Add another?", ENTER),
    ("Send a test event first?", ENTER),
    ("Create it?", ENTER),
];

/// Answers all questions before the `number`th, and waits for that.
fn at(world: &World, number: usize) -> Terminal {
    let terminal = Terminal::run(world, 80, &["create"]);
    for (question, keys) in &STEPS[..number] {
        terminal.answer(question, keys);
    }
    terminal.asked(STEPS[number].0);
    terminal
}

fn is_empty(world: &World) -> bool {
    world.answer("list") == json!([])
}

#[test]
fn ctrl_c_at_each_question_leaves_all_as_it_was() {
    let world = World::new();
    for (number, (question, _)) in STEPS.iter().enumerate() {
        let terminal = at(&world, number);
        assert!(!terminal.echoes(), "{question}");
        terminal.types("x");
        terminal.types(CTRL_C);
        let ended = terminal.ends().ends_with(130);
        let last = ended.screen.lines().last().unwrap();
        assert_eq!(last, "error: interrupted", "{}", ended.screen);
        for left in ["❯", "type to filter", "Tab to edit"] {
            assert!(
                !ended.screen.contains(left),
                "{question}:\n{}",
                ended.screen
            );
        }
        assert!(is_empty(&world), "{question}");
    }
}

#[test]
fn being_terminated_at_each_question_leaves_all_as_it_was() {
    let world = World::new();
    for (number, (question, _)) in STEPS.iter().enumerate() {
        let terminal = at(&world, number);
        terminal.signal(Signal::TERM);
        let ended = terminal.ends().ends_with(143);
        let last = ended.screen.lines().last().unwrap();
        assert_eq!(last, "error: terminated", "{question}:\n{}", ended.screen);
        assert!(is_empty(&world), "{question}");
    }
}

#[test]
fn a_value_that_was_typed_and_not_sent_is_not_kept() {
    let world = World::new();
    let terminal = at(&world, STEPS.len() - 1);
    terminal.types("n");
    let ended = terminal.ends().ends_with(2);
    assert!(
        ended.screen.contains("nothing was created"),
        "{}",
        ended.screen
    );
    assert!(
        ended.screen.contains("ubihook create deployment-1-started"),
        "{}",
        ended.screen
    );
    assert!(!world.state("mock-secrets.json").exists());
}

#[test]
fn a_terminal_that_is_closed_ends_it() {
    let world = World::new();
    let ignoring = format!("trap '' HUP; exec {} create", env!("CARGO_BIN_EXE_ubihook"));
    let ignores = vec!["sh", "-c", ignoring.as_str()];
    let usual = vec![env!("CARGO_BIN_EXE_ubihook"), "create"];
    let (drawn, line) = (("xterm", "type to filter"), ("dumb", "by number or name"));
    for ((term, asked), program, code) in [
        (drawn, &ignores, Some(2)),
        (drawn, &usual, Some(143)),
        (line, &ignores, Some(2)),
        (line, &usual, Some(143)),
    ] {
        let (mut pty, pts) = open().unwrap();
        let world_has = world.command();
        let variables = world_has
            .get_envs()
            .filter_map(|(name, value)| Some((name, value?)));
        let mut child = Command::new(program[0])
            .args(&program[1..])
            .env_clear()
            .envs(variables)
            .env("TERM", term)
            .spawn(pts)
            .unwrap();
        let (mut seen, mut bytes) = (Vec::new(), [0; 1024]);
        while !String::from_utf8_lossy(&seen).contains(asked) {
            let count = pty.read(&mut bytes).unwrap();
            seen.extend_from_slice(&bytes[..count]);
        }
        drop(pty);
        let deadline = Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            assert!(Instant::now() < deadline, "it goes on without its terminal");
            std::thread::sleep(Duration::from_millis(5));
        };
        assert_eq!(status.code(), code, "{program:?}");
    }
    assert!(is_empty(&world));
}
