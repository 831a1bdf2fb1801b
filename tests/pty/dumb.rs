//! A terminal that may not understand escape sequences gets none, and its questions are lines.

use pty_process::blocking::Command;

use crate::{
    support::{NEEDED, World},
    terminal::{CTRL_C, Ended, Terminal},
};

/// `TERM=dumb`, and no TERM.
const TERMS: [Option<&str>; 2] = [Some("dumb"), None];

fn on(world: &World, term: Option<&str>, arguments: &[&str]) -> Terminal {
    let command = Command::from(world.command()).args(arguments);
    let command = match term {
        Some(term) => command.env("TERM", term),
        None => command.env_remove("TERM"),
    };
    Terminal::start(command, (60, 100))
}

#[track_caller]
fn ends_plain(terminal: Terminal, code: i32) -> Ended {
    let ended = terminal.ends().ends_with(code);
    assert!(!ended.written.contains('\x1b'), "{:?}", ended.written);
    ended
}

#[test]
fn all_questions_can_be_answered() {
    for term in TERMS {
        let world = World::new();
        let terminal = on(&world, term, &["create"]);
        for (question, answer) in [
            ("What to watch, by number or name:", "7\r"),
            ("enter a number from 1 to 3, or a name", "1\r"),
            ("Which deployment, by number or name:", "deployment-1\r"),
            ("Which version, by number or name:", "1\r"),
            ("Which event, by number or name:", "1\r"),
            ("URL to call:", "nonsense\r"),
            ("must", "http://127.0.0.1:9/\r"),
            ("Name of the webhook [", "\r"),
            ("Add a protected header? (y/N)", "maybe\r"),
            ("answer y or n", "y\r"),
            ("Name of the header [Authorization]:", "\r"),
            ("Value of Authorization (hidden input):", "s3cret-value\r"),
            ("Add another? (y/N)", "\r"),
            ("Send a test event first? (y/N)", "\r"),
            ("Create it? (Y/n)", "\r"),
        ] {
            terminal.see(question);
            terminal.types(answer);
        }
        let ended = ends_plain(terminal, 0);
        assert!(!ended.written.contains("s3cret-value"), "{}", ended.screen);
        world.sh("get deployment-1-started").ends_with(0);
    }
}

#[test]
fn ctrl_c_ends_each_kind_of_question() {
    for (arguments, question) in [
        (vec!["delete", "a"], "Delete it? (y/N)"),
        (vec!["update", "a", "--secret-header", "X"], "Value of X"),
        (vec!["create"], "What to watch"),
    ] {
        let world = World::new();
        world.sh(&format!("create a {NEEDED}")).ends_with(0);
        let terminal = on(&world, Some("dumb"), &arguments);
        terminal.see(question);
        terminal.types(CTRL_C);
        let ended = ends_plain(terminal, 130);
        let last = ended.screen.lines().last().unwrap();
        assert_eq!(last, "error: interrupted", "{}", ended.screen);
    }
}

#[test]
fn answers_errors_and_progress_are_plain() {
    let world = World::new();
    world.sh(&format!("create a {NEEDED}")).ends_with(0);
    for term in TERMS {
        ends_plain(on(&world, term, &["get", "a"]), 0);
        ends_plain(on(&world, term, &["get", "b"]), 3);
        ends_plain(on(&world, term, &["test", "a"]), 7);
        let line = "mock request --pipeline pipeline-1 --count 5 --rate 10";
        let line: Vec<_> = line.split(' ').collect();
        ends_plain(on(&world, term, &line), 0);
    }
}

#[test]
fn color_follows_the_usual_variables() {
    let world = World::new();
    for (variables, has_color) in [
        (&[][..], true),
        (&[("CLICOLOR", "0")], false),
        (&[("NO_COLOR", "1")], false),
        (&[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")], false),
        (&[("TERM", "dumb"), ("CLICOLOR_FORCE", "1")], true),
    ] {
        // One error after the settings are known, one before.
        for arguments in [&["get", "a"][..], &["get", "--nonsense"]] {
            let command = Command::from(world.command()).args(arguments);
            let command = command.env("TERM", "xterm").envs(variables.iter().copied());
            let ended = Terminal::start(command, (20, 80)).ends();
            let found = ended.written.contains('\x1b');
            assert_eq!(found, has_color, "{variables:?} {:?}", ended.written);
        }
    }
}
