//! The questions of `create`.

use serde_json::json;

use crate::{
    platform::{filled, with_deployment},
    support::{PATIENCE, World, receiver},
    terminal::{CTRL_U, DOWN, ENTER, ESCAPE, Terminal, UP},
};

const SECRET: &str = "Bearer hunter2-and-more";

/// What a person sees who asks for everything, at this width.
fn whole_story(columns: u16) -> String {
    let world = World::new();
    filled(&world);
    let terminal = Terminal::run(&world, columns, &["create"]);
    terminal.answer("What to watch", ENTER);
    terminal.answer("Which deployment", "ord");
    terminal.see("2 of 4");
    terminal.types(ENTER);
    terminal.answer("Which version", ENTER);
    terminal.answer("Which event", &[DOWN, DOWN, ENTER].concat());
    terminal.answer("URL to call", "https://hooks.example.org/in\r");
    terminal.answer("Name of the webhook", ENTER);
    terminal.answer("Add a protected header?", "y");
    terminal.answer("Name of the header", ENTER);
    terminal.answer("Value of Authorization", &format!("{SECRET}\r"));
    terminal.answer("Add another?", ENTER);
    terminal.answer("Send a test event first?", ENTER);
    terminal.answer("Create it?", ENTER);
    let ended = terminal.ends().ends_with(0);
    assert!(!ended.written.contains("hunter2"), "{}", ended.screen);
    let made = world.answer("get orders-failed");
    assert_eq!(made["object_name"], "orders");
    assert_eq!(made["version"], json!(null));
    assert_eq!(made["event"], "deployment_request_failed");
    assert_eq!(made["url"], "https://hooks.example.org/in");
    assert_eq!(made["headers"][0]["local"], "file");
    let id = made["id"].as_str().unwrap();
    ended.screen.replace(id, "ID")
}

#[test]
fn from_nothing_to_a_webhook() {
    insta::assert_snapshot!(whole_story(80), @r"
    Nothing is created until the last question; press Ctrl-C at any time to cancel.
    ✔ What to watch · deployment
    2 deployments accept no requests and are not shown
    ✔ Which deployment · orders
    ✔ Which version · default
    ✔ Which event · failed
    ✔ URL to call · https://hooks.example.org/in
    ✔ Name of the webhook · orders-failed
    Protected headers carry secrets such as tokens; their values can't be read back.
    ✔ Add a protected header? · yes
    ✔ Name of the header · Authorization
    ✔ Value of Authorization · hidden input
    ✔ Add another? · no

    orders-failed
      watches  deployment `orders`
      event    deployment_request_failed
      url      https://hooks.example.org/in
      headers  Authorization: *** (protected)
      timeout  10 s
      enabled  yes
      retry    no
      result   no
      project  demo

    ✔ Send a test event first? · no
    ✔ Create it? · yes

    created orders-failed  enabled
      watches  deployment `orders`
      event    deployment_request_failed
      url      https://hooks.example.org/in
      headers  Authorization: *** (protected; copy in the file store)
      timeout  10 s
      retry    no
      result   no
      created  just now
      changed  just now
      id       ID

    The same without prompts:
      ubihook create orders-failed --deployment orders --event failed --url https://
    hooks.example.org/in --secret-header Authorization=prompt
    ");
}

#[test]
fn a_narrow_terminal_has_room_for_every_question() {
    let screen = whole_story(40);
    assert!(screen.contains("✔ Which deployment · orders"), "{screen}");
    assert!(screen.contains("created orders-failed"), "{screen}");
    // Nothing that was drawn over is left.
    for drawn in ["❯", "type to filter", "Enter to accept"] {
        assert!(!screen.contains(drawn), "{screen}");
    }
    assert_eq!(
        screen.matches("Add a protected header?").count(),
        1,
        "{screen}"
    );
}

#[test]
fn a_wide_terminal_shows_the_same() {
    let (wide, usual) = (whole_story(200), whole_story(80));
    assert_eq!(wide.lines().next(), usual.lines().next());
    let line = wide.lines().last().unwrap();
    assert!(
        line.starts_with("  ubihook create orders-failed --deployment orders"),
        "{wide}"
    );
}

#[test]
fn what_flags_say_is_not_asked() {
    let world = World::new();
    let given = [
        "create",
        "mine",
        "--pipeline",
        "pipeline-1",
        "--label",
        "team=blue sky",
    ];
    let terminal = Terminal::run(&world, 80, &given);
    let screen = terminal.asked("Which event");
    assert!(!screen.contains("What to watch"), "{screen}");
    terminal.types("fin\r");
    terminal.answer("URL to call", "https://a.example/in\r");
    terminal.answer("Add a protected header?", ENTER);
    terminal.answer("Send a test event first?", ENTER);
    let screen = terminal.asked("Create it?");
    assert!(!screen.contains("Name of"), "{screen}");
    terminal.types("y");
    let ended = terminal.ends().ends_with(0);
    assert!(
        ended
            .screen
            .contains("ubihook create mine --pipeline pipeline-1 --label 'team=blue sky'"),
        "{}",
        ended.screen
    );
    let made = world.answer("get mine");
    assert_eq!(made["event"], "pipeline_request_finished");
    assert_eq!(made["labels"], json!({"team": "blue sky"}));
}

#[test]
fn what_a_file_says_is_not_asked() {
    let world = World::new();
    let file = "object_type: pipeline\nobject_name: pipeline-1\nevent: failed\n\
        headers: [{key: X-Team, value: blue}]\n";
    let path = world.file("hook.yaml", file);
    let terminal = Terminal::run(&world, 80, &["create", "-f", path.to_str().unwrap()]);
    terminal.answer("URL to call", "https://a.example/in\r");
    terminal.answer("Name of the webhook", ENTER);
    let screen = terminal.asked("Send a test event first?");
    assert!(!screen.contains("protected header?"), "{screen}");
    terminal.types("n");
    terminal.answer("Create it?", "y");
    terminal.ends().ends_with(0);
    assert_eq!(
        world.answer("get pipeline-1-failed")["headers"][0]["value"],
        "blue"
    );
}

#[test]
fn a_refused_value_is_asked_again_with_the_reason() {
    let world = World::new();
    let given = [
        "create",
        "taken",
        "--pipeline",
        "pipeline-1",
        "-e",
        "failed",
    ];
    let first = given.iter().copied().chain(["--url", "https://a.example/"]);
    world.run(first).ends_with(0);

    let terminal = Terminal::run(
        &world,
        80,
        &["create", "--pipeline", "pipeline-1", "-e", "failed"],
    );
    terminal.answer("URL to call", "ftp://a.example\r");
    terminal.see("✘ must be an absolute http or https URL with a host");
    terminal.types(&[CTRL_U, "https://u:p@a.example", ENTER].concat());
    terminal.see("✘ must not carry a user name or password");
    terminal.types(&[CTRL_U, "https://a.example/x", ENTER].concat());
    let screen = terminal.asked("Name of the webhook");
    assert!(!screen.contains('✘'), "{screen}");
    terminal.types("taken\r");
    terminal.see("✘ a webhook with that name already exists");
    terminal.types(&[CTRL_U, "..", ENTER].concat());
    terminal.see("✘ must not be `.` or `..`");
    terminal.types(&[CTRL_U, "free", ENTER].concat());
    terminal.answer("Add a protected header?", "y");
    terminal.answer("Name of the header", "X Key\r");
    terminal.see("✘ a header's name must be an HTTP token");
    terminal.types(&[CTRL_U, "X-Key", ENTER].concat());
    terminal.answer("Value of X-Key", ENTER);
    terminal.see("✘ a header's value must not be empty");
    terminal.types("s3cret\r");
    terminal.answer("Add another?", "y");
    terminal.answer("Name of the header", "x-key\r");
    terminal.see("✘ `x-key` is already in the list");
    terminal.types(&[CTRL_U, "X-Other", ENTER].concat());
    terminal.answer("Value of X-Other", "s3cret-2\r");
    terminal.answer("Add another?", ENTER);
    terminal.answer("Send a test event first?", ENTER);
    terminal.answer("Create it?", ENTER);
    let ended = terminal.ends().ends_with(0);
    assert!(!ended.written.contains("s3cret"), "{}", ended.screen);
    assert_eq!(
        world.answer("get free")["headers"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
}

#[test]
fn a_name_that_is_given_and_taken_is_refused_before_any_question() {
    let world = World::new();
    let all = [
        "create",
        "a",
        "--pipeline",
        "pipeline-1",
        "-e",
        "failed",
        "--url",
        "https://a.example",
    ];
    world.run(all).ends_with(0);
    let ended = Terminal::run(&world, 80, &["create", "a"])
        .ends()
        .ends_with(5);
    assert!(
        ended.screen.contains("with that name already exists"),
        "{}",
        ended.screen
    );
    assert!(!ended.screen.contains("last question"), "{}", ended.screen);
}

#[test]
fn typing_filters_and_what_takes_no_requests_is_counted() {
    let world = World::new();
    filled(&world);
    let terminal = Terminal::sized(&world, (24, 80), &["create"]);
    terminal.answer("What to watch", ENTER);
    let screen = terminal.asked("Which deployment");
    assert!(
        screen.contains("2 deployments accept no requests and are not shown"),
        "{screen}"
    );
    assert!(
        !screen.contains("batch-1") && !screen.contains("training-base"),
        "{screen}"
    );
    terminal.types("orders");
    let screen = terminal.see("2 of 4 · Esc shows all");
    assert!(
        screen.contains("❯ orders") && screen.contains("  old-orders"),
        "{screen}"
    );
    terminal.types("x");
    terminal.see("no matches");
    terminal.types(ENTER);
    terminal.types(ESCAPE);
    terminal.see("❯ billing");
    terminal.types(UP);
    terminal.see("❯ orders");
    terminal.types(ENTER);
    terminal.answer("Which version", "v2\r");
    terminal.answer("Which event", ENTER);
    terminal.answer("URL to call", "https://a.example/\r");
    terminal.answer("Name of the webhook", ENTER);
    terminal.answer("Add a protected header?", ENTER);
    terminal.answer("Send a test event first?", ENTER);
    terminal.answer("Create it?", ENTER);
    terminal.ends().ends_with(0);
    assert_eq!(world.answer("get orders-started")["version"], "v2");
}

#[test]
fn an_experiment_always_has_its_version() {
    let world = World::new();
    filled(&world);
    let terminal = Terminal::run(&world, 80, &["create"]);
    terminal.answer("What to watch", "exp\r");
    terminal.answer("Which experiment", "night\r");
    let screen = terminal.asked("Which event");
    assert!(screen.contains("a run completed successfully"), "{screen}");
    assert!(!screen.contains("Which version"), "{screen}");
    terminal.types(ENTER);
    terminal.answer("URL to call", "https://a.example/\r");
    terminal.answer("Name of the webhook", ENTER);
    terminal.answer("Add a protected header?", ENTER);
    terminal.answer("Send a test event first?", ENTER);
    terminal.answer("Create it?", ENTER);
    let ended = terminal.ends().ends_with(0);
    assert!(
        ended.screen.contains("--experiment night-run"),
        "{}",
        ended.screen
    );
    let made = world.answer("get night-run-started");
    assert_eq!(made["object_name"], "training-base-deployment");
    assert_eq!(made["version"], "night-run");
}

#[test]
fn a_test_before_it_exists_arrives_with_its_secret() {
    let world = World::new();
    let receiver = receiver();
    let url = receiver.url("/hook");
    // All is given but the name.
    let given = [
        "create",
        "--pipeline",
        "pipeline-1",
        "-e",
        "failed",
        "--url",
        &url,
    ];
    let terminal = Terminal::run(&world, 80, &given);
    terminal.answer("Name of the webhook", "a\r");
    terminal.answer("Add a protected header?", "y");
    terminal.answer("Name of the header", ENTER);
    terminal.answer("Value of Authorization", &format!("{SECRET}\r"));
    terminal.answer("Add another?", ENTER);
    terminal.answer("Send a test event first?", "y");
    terminal.see("the test event was delivered");
    assert_eq!(
        receiver.next(PATIENCE).unwrap().headers["authorization"],
        SECRET
    );
    terminal.answer("Create it?", ENTER);
    let ended = terminal.ends().ends_with(0);
    assert!(ended.screen.contains("--test-first"), "{}", ended.screen);
    world.sh("get a").ends_with(0);
}

#[test]
fn a_test_that_fails_is_no_reason_to_create_it_unasked() {
    let world = World::new();
    let given = [
        "create",
        "--pipeline",
        "pipeline-1",
        "-e",
        "failed",
        "--url",
        "http://127.0.0.1:9/",
    ];
    let terminal = Terminal::run(&world, 80, &given);
    terminal.answer("Name of the webhook", "a\r");
    terminal.answer("Add a protected header?", ENTER);
    terminal.answer("Send a test event first?", "y");
    let screen = terminal.asked("Create it anyway?");
    assert!(screen.contains("warning: the test failed"), "{screen}");
    terminal.types(ENTER);
    let ended = terminal.ends().ends_with(2);
    assert!(
        ended.screen.contains("nothing was created"),
        "{}",
        ended.screen
    );
    world.sh("get a").ends_with(3);
}

#[test]
fn the_command_line_that_is_shown_does_the_same() {
    let world = World::new();
    filled(&world);
    let terminal = Terminal::run(&world, 200, &["create"]);
    terminal.answer("What to watch", ENTER);
    terminal.answer("Which deployment", "orders\r");
    terminal.answer("Which version", "v2\r");
    terminal.answer("Which event", "comp\r");
    terminal.answer("URL to call", "https://a.example/in?a=1&b='2'\r");
    terminal.answer("Name of the webhook", "one.more\r");
    terminal.answer("Add a protected header?", "y");
    terminal.answer("Name of the header", "X-Key\r");
    terminal.answer("Value of X-Key", "s3cret\r");
    terminal.answer("Add another?", ENTER);
    terminal.answer("Send a test event first?", ENTER);
    terminal.answer("Create it?", ENTER);
    let ended = terminal.ends().ends_with(0);
    let line = ended.screen.lines().last().unwrap().trim();
    assert!(line.ends_with("--secret-header X-Key=prompt"), "{line}");

    let first = world.answer("get one.more");
    world.sh("delete one.more --yes").ends_with(0);
    // As a shell reads it; the secret's source is replaced by one that needs no person.
    let line = line.replace("=prompt", "=stdin");
    let program = world.file("bin/again", &line.replace("ubihook ", "exec \"$UBIHOOK\" "));
    let world_has = world.command();
    let variables = world_has
        .get_envs()
        .filter_map(|(name, value)| Some((name, value?)));
    let script = format!("printf s3cret | . {}", program.display());
    let ended = std::process::Command::new("sh")
        .env_clear()
        .envs(variables)
        .env("UBIHOOK", env!("CARGO_BIN_EXE_ubihook"))
        .args(["-c", &script])
        .output()
        .unwrap();
    assert!(
        ended.status.success(),
        "{line}: {}",
        String::from_utf8_lossy(&ended.stderr)
    );
    let again = world.answer("get one.more");
    for field in [
        "name",
        "object_type",
        "object_name",
        "version",
        "event",
        "url",
        "headers",
    ] {
        assert_eq!(first[field], again[field], "{field}");
    }
}

#[test]
fn a_name_of_the_platforms_that_is_suggested_does_nothing_to_the_terminal() {
    let world = World::new();
    with_deployment(&world, "odd\u{202e}\u{9b}7m\u{1b}[7mname");
    let terminal = Terminal::run(
        &world,
        80,
        &[
            "create",
            "--event",
            "failed",
            "-u",
            "https://hooks.example.org/in",
        ],
    );
    terminal.answer("What to watch", ENTER);
    terminal.answer("Which deployment", "odd");
    terminal.types(ENTER);
    terminal.answer("Which version", ENTER);
    terminal.asked("Name of the webhook");
    terminal.see("odd7m[7mname-failed");
    // Taken to be edited, it is no different.
    terminal.types("\t");
    terminal.see_no("Enter to accept");
    terminal.types(CTRL_U);
    terminal.types("fine\r");
    terminal.answer("Add a protected header?", ENTER);
    terminal.answer("Send a test event first?", ENTER);
    terminal.answer("Create it?", ENTER);
    let ended = terminal.ends().ends_with(0);
    for odd in ["\u{202e}", "\u{9b}", "\u{1b}[7mname"] {
        assert!(!ended.written.contains(odd), "{:?}", ended.written);
    }
    // The command line that does the same still names the deployment; the terminal breaks it.
    let screen = ended.screen.replace('\n', "");
    assert!(
        screen.contains(r"--deployment $'odd\u202e\u009b7m\u001b[7mname'"),
        "{}",
        ended.screen
    );
}
