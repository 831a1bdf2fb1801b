//! Signing in and out.

use rustix::process::Signal;

use crate::{
    support::{Served, World},
    terminal::{CTRL_C, ENTER, Terminal},
};

#[test]
fn host_token_and_project_are_asked_and_the_token_stays_unseen() {
    let world = World::without_mock();
    let served = Served::start(&world, "");
    let terminal = Terminal::run(&world, 80, &["auth", "login", "--store", "file"]);
    let screen = terminal.asked("Host of the API");
    assert!(screen.contains("https://api.ubiops.com/v2"), "{screen}");
    terminal.types("http://127.0.0.1:x\r");
    terminal.see("✘");
    terminal.types(&format!("\x15{}\r", served.url()));
    terminal.answer("API token", "a b c\r");
    terminal.see("✘ must be a single word");
    terminal.types("n0t-the-token\r");
    terminal.see("warning:");
    terminal.answer("API token", &format!("{}\r", served.token()));
    terminal.answer("Which project", ENTER);
    let ended = terminal.ends().ends_with(0);
    let bare = served.token().split(' ').next_back().unwrap();
    assert!(!ended.written.contains(bare), "{}", ended.screen);
    assert!(!ended.written.contains("n0t-the-token"), "{}", ended.screen);
    assert!(
        ended.screen.contains("stored in the file store"),
        "{}",
        ended.screen
    );

    let status = world.answer("auth status --store file");
    assert_eq!(status["signed_in"], true);
    assert_eq!(status["project"], "demo");

    for (keys, code, signed_in) in [(ENTER, 2, 0), (CTRL_C, 130, 0), ("y", 0, 4)] {
        let terminal = Terminal::run(&world, 80, &["auth", "logout"]);
        let screen = terminal.asked("Sign out?");
        assert!(
            screen.contains("will be deleted from the file store"),
            "{screen}"
        );
        terminal.types(keys);
        terminal.ends().ends_with(code);
        world.sh("auth status").ends_with(signed_in);
    }
    served.stop(Signal::TERM);
}

#[test]
fn ctrl_c_at_each_question_signs_nobody_in() {
    let world = World::without_mock();
    let served = Served::start(&world, "");
    let steps = [
        ("Host of the API", format!("{}\r", served.url())),
        ("API token", format!("{}\r", served.token())),
        ("Which project", ENTER.to_owned()),
    ];
    for number in 0..steps.len() {
        let terminal = Terminal::run(&world, 80, &["auth", "login", "--store", "file"]);
        for (question, keys) in &steps[..number] {
            terminal.answer(question, keys);
        }
        terminal.answer(steps[number].0, CTRL_C);
        terminal.ends().ends_with(130);
        assert!(!world.home().join(".config/ubihook/config.toml").exists());
        assert!(!world.state("secrets.json").exists());
    }
    served.stop(Signal::TERM);
}

#[test]
fn the_sign_in_of_the_official_cli_is_taken_over_and_left_as_it_is() {
    let world = World::without_mock();
    let served = Served::start(&world, "");
    let content = format!(
        "[auth]\napi = {}\nemail = robot@example.org\nservice_token = {}\n\n[default]\nproject = demo\n",
        served.url(),
        served.token()
    );
    let file = world.file("lib/python3.12/site-packages/ubiops_cli/.config", &content);
    let path = world.home().to_str().unwrap().to_owned();
    let ended = world.sh(&format!("auth login --store file --from-ubiops {path}"));
    let ended = ended.ends_with(0);
    assert!(
        ended.err.contains("using the sign-in from"),
        "{}",
        ended.err
    );
    let status = world.answer("auth status");
    assert_eq!(
        (&status["signed_in"], &status["project"]),
        (&true.into(), &"demo".into())
    );
    assert_eq!(std::fs::read_to_string(file).unwrap(), content);
    served.stop(Signal::TERM);
}
