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
    terminal.types("name: a\rpipeline: x\r");
    terminal.types(CTRL_D);
    let ended = terminal.ends().ends_with(2);
    assert!(
        ended.screen.contains("unknown key `pipeline`"),
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
        terminal.see("reading the token from the terminal (hidden");
        assert!(!terminal.echoes());
        terminal.types_read("abc\r");
        let ended = ends(terminal, by).ends_with(code);
        assert!(!ended.written.contains("abc"), "{}", ended.screen);
    }
    let terminal = Terminal::run(&world, 120, &line);
    terminal.see("press Enter, then Ctrl-D");
    terminal.types(&format!("{}\r{CTRL_D}", served.token()));
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
        &["create", "a", "--secret-header", "X-Key=stdin"],
        &needed[..],
    ]
    .concat();
    let terminal = Terminal::run(&world, 120, &line);
    terminal.see("reading the value of `X-Key` from the terminal (hidden");
    assert!(!terminal.echoes());
    terminal.types(&format!("a-typed-value\r{CTRL_D}"));
    let ended = terminal.ends().ends_with(0);
    assert!(!ended.written.contains("a-typed-value"), "{}", ended.screen);
    let terminal = Terminal::run(&world, 120, &line);
    terminal.see("hidden");
    ends(terminal, None).ends_with(130);
}
