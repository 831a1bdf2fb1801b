//! Requests on the mock and its deliveries, as a person sees them.

use rustix::process::Signal;

use crate::{
    support::World,
    terminal::{CTRL_C, Terminal},
};

fn watched() -> World {
    let world = World::new();
    let url = "http://127.0.0.1:9/";
    let create = "create gone --pipeline pipeline-1 --event failed --url";
    world.sh(&format!("{create} {url}")).ends_with(0);
    world
}

#[test]
fn how_far_it_is_stands_there_while_requests_are_made_and_is_gone_afterwards() {
    let world = watched();
    let line = "mock request --pipeline pipeline-1 --count 10 --rate 5";
    let line: Vec<_> = line.split(' ').collect();
    let terminal = Terminal::run(&world, 80, &line);
    let screen = terminal.see(" of 10 requests, 0 of 0 deliveries, 0 failed");
    // Below the name of the database.
    assert_eq!(screen.lines().count(), 2, "{screen}");
    let ended = terminal.ends().ends_with(0);
    let (database, rest) = ended.screen.split_once('\n').unwrap();
    assert!(database.starts_with("the database is /"), "{database}");
    assert!(rest.starts_with("10 requests, no deliveries"), "{rest}");
}

#[test]
fn ctrl_c_ends_the_waiting_at_once() {
    let world = watched();
    let line = "mock request --pipeline pipeline-1 --duration 1m";
    let line: Vec<_> = line.split(' ').collect();
    let terminal = Terminal::run(&world, 80, &line);
    terminal.see("1 of 1 requests");
    terminal.types(CTRL_C);
    let ended = terminal.ends().ends_with(130);
    let (_, rest) = ended.screen.split_once('\n').unwrap();
    assert_eq!(rest, "error: interrupted");
}

#[test]
fn who_follows_reads_lines_of_text() {
    let world = watched();
    let terminal = Terminal::run(&world, 100, &["mock", "deliveries", "--follow"]);
    terminal.see("Ctrl-C to stop");
    let made = "mock request --pipeline pipeline-1 --outcome failed";
    world.sh(made).ends_with(7);
    let screen =
        terminal.see("gone  pipeline_request_failed  try 1: Connection error: refused after");
    assert!(!screen.contains('{'), "{screen}");
    terminal.signal(Signal::INT);
    terminal.ends().ends_with(0);
    let json = ["mock", "deliveries", "--follow", "-o", "ndjson"];
    let terminal = Terminal::run(&world, 100, &json);
    terminal.see("{\"type\":\"ready\"");
    terminal.types(CTRL_C);
    terminal.ends().ends_with(0);
}

#[test]
fn deliveries_give_way_to_a_narrow_terminal() {
    let world = watched();
    let made = "mock request --pipeline pipeline-1 --outcome failed";
    world.sh(made).ends_with(7);
    let shown = |columns| {
        let terminal = Terminal::run(&world, columns, &["mock", "deliveries"]);
        terminal.ends().ends_with(0).screen
    };
    let (wide, usual, narrow) = (shown(200), shown(80), shown(50));
    assert!(wide.contains("REQUEST") && wide.contains("pipeline_request_failed"));
    assert_eq!(wide.lines().count(), 3, "{wide}");
    assert_eq!(usual.lines().count(), 3, "{usual}");
    assert!(
        usual.contains("gone     failed  1    Connection error: refused"),
        "{usual}"
    );
    // Each line is broken where a part of it ends.
    let narrow: Vec<_> = narrow.lines().rev().take(3).collect();
    let [last, middle, first] = narrow[..] else {
        panic!("{narrow:?}")
    };
    assert!(
        first.ends_with("  gone  pipeline_request_failed"),
        "{first}"
    );
    let outcome = "  try 1: Connection error: refused after ";
    assert!(middle.starts_with(outcome), "{middle}");
    assert_eq!(last.trim().len(), 36, "{last}");
}
