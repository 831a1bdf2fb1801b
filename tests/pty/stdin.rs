//! Standard input at a terminal: it is said that something is read from it, a secret isn't shown, and
//! it ends at the first Ctrl-C.

use rustix::process::Signal;

use crate::{
    support::{NEEDED, Served, World},
    terminal::{CTRL_C, Ended, Terminal},
};

const CTRL_D: &str = "\x04";

const LINES: [&[&str]; 3] = [
    &["create", "-f", "-"],
    &["update", "a", "-f", "-"],
    &["mock", "reset", "--yes", "-f", "-"],
];

/// Ends it at the first Ctrl-C, or by a signal.
fn ends(terminal: Terminal, by: Option<Signal>) -> Ended {
    match by {
        None => terminal.types(CTRL_C),
        Some(signal) => terminal.signal(signal),
    }
    terminal.ends()
}

#[test]
fn a_file_that_is_typed_ends_at_the_first_ctrl_c() {
    for line in LINES {
        for (by, code) in [(None, 130), (Some(Signal::TERM), 143)] {
            let world = World::new();
            let terminal = Terminal::run(&world, 80, line);
            terminal.see("reading from the terminal; press Ctrl-D");
            assert!(terminal.echoes());
            terminal.types("abc\r");
            terminal.see("abc");
            ends(terminal, by).ends_with(code);
        }
    }
}

#[test]
fn a_file_that_is_typed_is_read_to_its_end() {
    let world = World::new();
    let terminal = Terminal::run(&world, 80, &["create", "-f", "-"]);
    terminal.see("reading from the terminal");
    terminal.types("name: a\rwatches: x\r");
    terminal.types(CTRL_D);
    let ended = terminal.ends().ends_with(2);
    assert!(
        ended.screen.contains("unknown key `watches`"),
        "{}",
        ended.screen
    );
}

#[test]
fn a_token_that_is_typed_is_not_shown() {
    let world = World::without_mock();
    let served = Served::start(&world, "");
    let host = served.url();
    let line = [
        "auth",
        "login",
        "--token-stdin",
        "--host",
        host,
        "--store",
        "file",
        "-p",
        "demo",
    ];
    for (by, code) in [
        (None, 130),
        (Some(Signal::TERM), 143),
        (Some(Signal::HUP), 143),
    ] {
        let terminal = Terminal::run(&world, 120, &line);
        terminal.asked("API token");
        assert!(!terminal.echoes());
        terminal.types_read("abc");
        let ended = ends(terminal, by).ends_with(code);
        assert!(!ended.written.contains("abc"), "{}", ended.screen);
    }
    let terminal = Terminal::run(&world, 120, &line);
    terminal.answer("API token", &format!("{}\r", served.token()));
    let ended = terminal.ends().ends_with(0);
    let bare = served.token().split(' ').next_back().unwrap();
    assert!(!ended.written.contains(bare), "{}", ended.screen);
    served.stop(Signal::TERM);
}

#[test]
fn a_value_that_is_typed_is_not_shown() {
    let world = World::new();
    let needed: Vec<_> = NEEDED.split(' ').collect();
    let line = [
        &["create", "a", "--secret-header", "X-Key=Bearer {stdin}"],
        &needed[..],
    ]
    .concat();
    let terminal = Terminal::run(&world, 120, &line);
    terminal.asked("Value of X-Key");
    assert!(!terminal.echoes());
    terminal.types("a-typed-value\r");
    let ended = terminal.ends().ends_with(0);
    assert!(!ended.written.contains("a-typed-value"), "{}", ended.screen);
    let kept = std::fs::read_to_string(world.state("mock-secrets.json")).unwrap();
    assert!(kept.contains("\"Bearer a-typed-value\""), "{kept}");
    let terminal = Terminal::run(&world, 120, &line);
    terminal.asked("Value of X-Key");
    ends(terminal, None).ends_with(130);
}

#[test]
fn without_prompts_no_secret_is_read_from_a_terminal() {
    let world = World::new();
    let needed: Vec<_> = NEEDED.split(' ').collect();
    let line = [
        &[
            "create",
            "a",
            "--no-input",
            "--secret-header",
            "X-Key=stdin",
        ],
        &needed[..],
    ]
    .concat();
    let ended = Terminal::run(&world, 160, &line).ends().ends_with(2);
    let expected = "the value of `X-Key` can't be read from a terminal without a prompt";
    assert!(ended.screen.contains(expected), "{}", ended.screen);
    let world = World::without_mock();
    let line = [
        "auth",
        "login",
        "--token-stdin",
        "--no-input",
        "--store",
        "file",
    ];
    let ended = Terminal::run(&world, 160, &line).ends().ends_with(2);
    assert!(
        ended.screen.contains("cannot prompt for the token"),
        "{}",
        ended.screen
    );
}
