//! Ctrl-Z at a question, in a shell with job control: the shell gets the terminal as it was, what is
//! typed there is no answer, and the question is asked again when the command continues.

use pty_process::blocking::Command;

use crate::{
    support::{NEEDED, World},
    terminal::{CTRL_C, Terminal},
};

const CTRL_Z: &str = "\x1a";

/// An interactive shell on a terminal, with the variables of a world.
fn shell(world: &World, term: &str) -> Terminal {
    let command = world.command();
    let variables = command
        .get_envs()
        .filter_map(|(name, value)| Some((name, value?)));
    let shell = Command::new("bash")
        .args(["--norc", "--noprofile", "--noediting", "-i"])
        .env_clear()
        .envs(variables)
        .env("PATH", "/usr/bin:/bin")
        .env("PS1", "shell> ")
        .env("TERM", term);
    let terminal = Terminal::start(shell, (60, 250));
    terminal.see("shell>");
    terminal
}

/// Suspends the command, uses the shell, and continues the command.
fn suspend(terminal: &Terminal, question: &str) {
    terminal.types(CTRL_Z);
    terminal.see("Stopped");
    // The shell waits for a command once its own settings of the terminal are back.
    terminal.types("clear; echo typed-to-the\"-\"shell\r");
    terminal.see("typed-to-the-shell");
    assert!(terminal.echoes(), "{question}");
    terminal.types("clear; fg\r");
}

fn run(terminal: &Terminal, line: &str) {
    terminal.types(&format!("{} {line}\r", env!("CARGO_BIN_EXE_ubihook")));
}

#[test]
fn hidden_input_is_suspended_and_asked_again() {
    for (term, question) in [
        ("xterm", "? Value of X-T"),
        ("dumb", "Value of X-T (hidden input)"),
    ] {
        let world = World::new();
        let terminal = shell(&world, term);
        run(&terminal, &format!("create a {NEEDED} --secret-header X-T"));
        terminal.see(question);
        terminal.types("half of it");
        suspend(&terminal, question);
        if term == "dumb" {
            // Its `clear` doesn't work.
            terminal.see_times(question, 2);
        } else {
            terminal.see(question);
        }
        assert!(!terminal.echoes(), "{question}");
        terminal.types("a-typed-value\r");
        terminal.see("created a");
        terminal.types("exit\r");
        let ended = terminal.ends();
        assert!(!ended.written.contains("a-typed-value"), "{}", ended.screen);
        assert!(!ended.written.contains("half of it"), "{}", ended.screen);
        let kept = std::fs::read_to_string(world.state("mock-secrets.json")).unwrap();
        assert!(kept.contains("\"a-typed-value\""), "{kept}");
    }
}

#[test]
fn a_line_a_list_and_a_confirmation_are_suspended_and_asked_again() {
    let world = World::new();
    world.sh(&format!("create a {NEEDED}")).ends_with(0);
    let terminal = shell(&world, "xterm");
    run(&terminal, "delete a");
    terminal.asked("Delete it?");
    suspend(&terminal, "Delete it?");
    terminal.answer("Delete it?", "n");
    terminal.see("nothing was changed");
    run(&terminal, "create -e failed");
    terminal.asked("What to watch");
    terminal.types("pipe");
    terminal.see("1 of 3");
    suspend(&terminal, "What to watch");
    terminal.see("1 of 3");
    terminal.answer("What to watch", "\r");
    terminal.answer("Which pipeline", "\r");
    terminal.answer("Which version", "\r");
    terminal.asked("URL to call");
    terminal.types("http://127.0.0.1:9/a");
    suspend(&terminal, "URL to call");
    // What was typed before is still there.
    terminal.see("URL to call › http://127.0.0.1:9/a");
    terminal.types("b\r");
    terminal.asked("Name of the webhook");
    terminal.see("http://127.0.0.1:9/ab");
    terminal.types(CTRL_C);
    terminal.see("error: interrupted");
    terminal.types("exit\r");
    let ended = terminal.ends();
    assert!(ended.settings_restored && !ended.cursor_hidden);
    world.sh("get a").ends_with(0);
}

#[test]
fn a_line_of_a_dumb_terminal_is_asked_again() {
    let world = World::new();
    world.sh(&format!("create a {NEEDED}")).ends_with(0);
    let terminal = shell(&world, "dumb");
    run(&terminal, "delete a");
    terminal.see("Delete it? (y/N)");
    terminal.types(CTRL_Z);
    terminal.see("Stopped");
    terminal.types("fg\r");
    terminal.see("delete a\nDelete it? (y/N)");
    terminal.types("y\r");
    terminal.see("deleted");
    terminal.types("exit\r");
    terminal.ends();
    world.sh("get a").ends_with(3);
}

#[test]
fn without_job_control_the_question_stays() {
    let world = World::new();
    world.sh(&format!("create a {NEEDED}")).ends_with(0);
    // The terminal's session has no other process that could continue it.
    let terminal = Terminal::run(&world, 80, &["delete", "a"]);
    terminal.asked("Delete it?");
    terminal.types(CTRL_Z);
    terminal.see("? Delete it? (y/N) ›\n? Delete it? (y/N) ›");
    terminal.types("y");
    terminal.ends().ends_with(0);
}
