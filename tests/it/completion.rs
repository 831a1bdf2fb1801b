//! What a shell is told when it asks what could be typed next, in the words that each shell's own
//! script uses. tests/outside/test_completion.py does the same in real shells.

use std::{
    net::TcpListener,
    time::{Duration, Instant},
};

use crate::support::{Answer, Ended, Fake, NEEDED, PATIENCE, Served, World, finish};

/// Asks as a shell's script does, for the last word. They are as typed, and the words that bash
/// would complete have no break within quotes.
fn ask(world: &World, shell: &str, words: &[&str]) -> Ended {
    let line = format!("ubihook {}", words.join(" "));
    let mut command = world.command();
    command.arg("--").env("COMPLETE", shell);
    match shell {
        "bash" => {
            let last = words.last().copied().unwrap_or_default();
            let replaced = last.rsplit(['=', ':', '\'', '"']).next();
            command.args([&line, "", replaced.unwrap_or(last)])
        }
        "fish" => command.arg(line),
        "powershell" => command.env("_UBIHOOK_LINE", line),
        _ => command
            .arg("ubihook")
            .args(words)
            .env("_CLAP_COMPLETE_INDEX", words.len().to_string()),
    };
    finish(&mut command, None).ends_with(0).silently()
}

/// What is offered, as it is: elvish gets words and quotes them itself.
fn candidates(world: &World, words: &[&str]) -> Vec<String> {
    let answer = ask(world, "elvish", words);
    answer.out.lines().map(str::to_owned).collect()
}

/// The candidates once there are any. Completion gives up after a second, which a busy machine may need.
fn candidates_in_time(world: &World, words: &[&str]) -> Vec<String> {
    let begun = Instant::now();
    loop {
        let found = candidates(world, words);
        if !found.is_empty() || begun.elapsed() > PATIENCE {
            return found;
        }
    }
}

fn world() -> World {
    let world = World::new().set("HOOK_TOKEN", "s3cret");
    fill(&world);
    world
}

fn fill(world: &World) {
    let create =
        "--secret-header Authorization=env:HOOK_TOKEN --header 'X-Team: blue' -l team=blue";
    for name in ["nightly", "orders-failed", "orders-done"] {
        world
            .sh(&format!("create {name} {NEEDED} {create}"))
            .ends_with(0);
    }
}

#[test]
fn names_are_live() {
    let world = world();
    let all = ["nightly", "orders-done", "orders-failed"];
    for (words, expected) in [
        (&["get", ""][..], &all[..]),
        (&["get", "or"], &all[1..]),
        (&["update", "n"], &["nightly"]),
        (&["test", "x"], &[]),
        (&["delete", "nightly", ""], &all[1..]),
        (&["logs", "--follow", "o"], &all[1..]),
        (&["logs", "--level", ""], &["error", "info"]),
        (
            &["create", "a", "--deployment", ""],
            &["deployment-1", "training-base-deployment"],
        ),
        (&["create", "-d", "dep"], &["deployment-1"]),
        (&["create", "--pipeline="], &["--pipeline=pipeline-1"]),
        (
            &["create", "--pipeline", "pipeline-1", "--version", ""],
            &["v1"],
        ),
        (&["create", "--version", ""], &[]),
        (&["list", "--experiment", ""], &["experiment-1"]),
        (&["list", "-p", ""], &["demo"]),
        (&["list", "--label", ""], &["team=blue"]),
        (
            &["update", "nightly", "--remove-header", ""],
            &["Authorization", "X-Team"],
        ),
        (&["update", "nightly", "--remove-label", ""], &["team"]),
        (&["update", "missing", "--remove-header", ""], &[]),
        (&["update", "nightly", "--secret-header", "X"], &["X-Team="]),
        (
            &["update", "nightly", "--secret-header", ""],
            &["Authorization=", "X-Team="],
        ),
    ] {
        let mut found = candidates(&world, words);
        found.sort();
        assert_eq!(found, expected, "{words:?}");
    }
}

#[test]
fn verbs_of_the_mock_look_in_its_database() {
    let filled = world();
    let db = filled.state("mock.db").to_str().unwrap().to_owned();
    // Its platform is elsewhere.
    let world = World::facing("http://127.0.0.1:9/v2", "Token abc");
    for words in [
        &["mock", "deliveries", "--db", &db, "--webhook", "n"][..],
        &["mock", "deliveries", "--webhook", "n"],
    ] {
        let expected = if words.contains(&"--db") {
            vec!["nightly"]
        } else {
            vec![]
        };
        assert_eq!(candidates(&world, words), expected, "{words:?}");
    }
    let words = ["mock", "request", "--db", &db, "--pipeline", ""];
    assert_eq!(candidates(&world, &words), ["pipeline-1"]);
}

#[test]
fn words_of_the_field_are_known_without_a_platform() {
    let world = World::without_mock().set("HOOK_TOKEN", "s3cret");
    world.file(
        ".config/ubihook/config.toml",
        "[profile.work]\nproject = 'a'\n[profile.home]\n",
    );
    for (words, expected) in [
        (
            &["create", "-e", ""][..],
            &["started", "completed", "failed", "finished"][..],
        ),
        (&["create", "--event", "fa"], &["failed"]),
        (
            &["create", "--pipeline", "a", "--event", "p"],
            &[
                "pipeline_request_started",
                "pipeline_request_completed",
                "pipeline_request_failed",
                "pipeline_request_finished",
            ],
        ),
        (&["create", "--pipeline", "a", "--event", "d"], &[]),
        (
            &[
                "create",
                "--experiment",
                "a",
                "--event",
                "deployment_request_f",
            ],
            &["deployment_request_failed", "deployment_request_finished"],
        ),
        (&["list", "--object-type", ""], &["deployment", "pipeline"]),
        (&["list", "--profile", ""], &["home", "work"]),
        (
            &["list", "--store", ""],
            &["auto", "keyring", "file", "none"],
        ),
        (&["list", "-o", "n"], &["ndjson", "name"]),
        (&["create", "--if-exists", ""], &["fail", "skip", "update"]),
        (&["create", "--secret-header", ""], &["Authorization="]),
        (&["create", "--secret-header", "A=", ""], &[]),
        (&["create", "--secret-header", "A=e"], &["A=env:"]),
        (
            &["create", "--secret-header", "A=env:HOOK"],
            &["A=env:HOOK_TOKEN"],
        ),
        (&["completions", "b"], &["bash"]),
        (&["help", "e"], &["export", "exit-codes", "environment"]),
        (&["help", "auth", "l"], &["login", "logout"]),
        (&["auth", ""], &["login", "logout", "status"]),
        (&["list", "--lab"], &["--label"]),
        (&["g"], &["get"]),
    ] {
        let found = candidates(&world, words);
        if !words.ends_with(&["A=", ""]) {
            assert_eq!(found, expected, "{words:?}");
        }
    }
}

#[test]
fn each_shell_gets_what_its_script_takes() {
    let world = world();
    let told = "failed, pipeline pipeline-1";
    for (shell, words, expected) in [
        ("fish", &["get", "n"][..], format!("nightly\t{told}\n")),
        ("fish", &["get", "'n"], format!("nightly\t{told}\n")),
        (
            "fish",
            &["list", "--label=\"te"],
            "--label=team=blue\n".into(),
        ),
        ("zsh", &["get", "'n"], format!("=nightly\t{told}\n")),
        ("zsh", &["list", "-l", "t"], "=team=blue\n".into()),
        ("elvish", &["get", "n"], "nightly\n".into()),
        (
            "powershell",
            &["get", "'n"],
            format!(
                "nightly\t{}\n",
                told.replace(", ", "%2C%20").replace(' ', "%20")
            ),
        ),
        (
            "powershell",
            &["list", "--label=t"],
            "--label%3Dteam%3Dblue\n".into(),
        ),
        // Bash replaces what follows the last `=`, `:` or quote.
        ("bash", &["get", "n"], "=nightly\n".into()),
        ("bash", &["get", "\"n"], "=nightly\n".into()),
        ("bash", &["create", "--event=fa"], "=failed\n".into()),
        (
            "bash",
            &["create", "--event="],
            "=started\n=completed\n=failed\n=finished\n".into(),
        ),
        (
            "bash",
            &["create", "--secret-header", "A=env:HOOK"],
            "=HOOK_TOKEN\n".into(),
        ),
        // More has to be typed behind these.
        (
            "bash",
            &["create", "--secret-header", "A=e"],
            "+env:\n".into(),
        ),
        (
            "zsh",
            &["create", "--secret-header", "A=e"],
            "+A=env:\tan environment variable\n".into(),
        ),
    ] {
        assert_eq!(ask(&world, shell, words).out, expected, "{shell} {words:?}");
    }
}

#[test]
fn a_script_calls_back_and_needs_no_settings() {
    let world = World::without_mock();
    world.file(".config/ubihook/config.toml", "no TOML at all");
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = world
            .sh(&format!("completions {shell}"))
            .ends_with(0)
            .silently()
            .out;
        assert!(script.contains("COMPLETE"), "{script}");
        assert!(script.contains(env!("CARGO_BIN_EXE_ubihook")), "{script}");
    }
    world.sh("completions tcsh").ends_with(2);
}

#[test]
fn a_variable_of_that_name_for_somebody_else_changes_nothing() {
    let world = World::new().set("COMPLETE", "yes");
    world.sh("list -o json").ends_with(0);
    let world = World::new().set("COMPLETE", "bash");
    world.sh("list -o json").ends_with(0);
}

#[test]
fn a_served_platform_answers_for_a_token_of_the_environment_or_of_the_file() {
    let (world, of_the_mock) = (World::without_mock(), World::without_mock());
    let served = Served::start(&of_the_mock, "");
    fill(&served.world().set("HOOK_TOKEN", "s3cret"));
    assert_eq!(candidates(&served.world(), &["get", "ni"]), ["nightly"]);

    let login = [
        "auth",
        "login",
        "--token-stdin",
        "--store",
        "file",
        "-p",
        "demo",
        "--host",
        served.url(),
    ];
    let mut command = world.command();
    command.args(login);
    finish(&mut command, Some(served.token())).ends_with(0);
    assert_eq!(candidates(&world, &["get", "ni"]), ["nightly"]);
    // Flags before the word count as they would in the command.
    assert_eq!(candidates(&world, &["-p", "other", "get", "ni"]), [""; 0]);
    assert_eq!(
        candidates(&world, &["--store", "none", "get", "ni"]),
        [""; 0]
    );
    assert_eq!(candidates(&world, &["get", "--mock", "ni"]), [""; 0]);
}

#[test]
fn no_keyring_is_opened() {
    // A bus that would hang; nobody may so much as knock.
    let world = World::without_mock();
    let socket = world.home().join("bus");
    let bus = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    bus.set_nonblocking(true).unwrap();
    for store in ["auto", "keyring"] {
        let world = World::without_mock()
            .set(
                "DBUS_SESSION_BUS_ADDRESS",
                format!("unix:path={}", socket.display()),
            )
            .set("UBIOPS_API_HOST", "http://127.0.0.1:9/v2")
            .set("UBIOPS_PROJECT", "demo")
            .set("UBIHOOK_STORE", store);
        assert_eq!(candidates(&world, &["get", ""]), [""; 0]);
        assert!(bus.accept().is_err(), "{store} knocked");
    }
}

#[test]
fn what_hangs_is_not_waited_for() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let silent = format!("http://{}/v2", listener.local_addr().unwrap());
    let fake = Fake::new(|_, _| Answer::Silence);
    let fakes = fake.world();
    for world in [World::facing(&silent, "Token abc"), fakes] {
        for words in [
            &["get", ""][..],
            &["create", "--pipeline", ""],
            &["list", "-p", ""],
        ] {
            let begun = Instant::now();
            assert_eq!(candidates(&world, words), [""; 0], "{words:?}");
            assert!(
                begun.elapsed() < Duration::from_secs(1),
                "{:?}",
                begun.elapsed()
            );
        }
    }
}

#[test]
fn anything_missing_is_an_empty_answer_in_silence() {
    let nobody = World::facing("http://127.0.0.1:9/v2", "Token abc");
    let refusing = Fake::new(|_, _| Answer::Json(401, serde_json::json!({"error": "No"})));
    let odd = Fake::new(|_, _| Answer::Json(200, serde_json::json!({"not": "a list"})));
    let broken = World::new();
    broken.file(".config/ubihook/config.toml", "no TOML at all");
    let homeless = World::new().set("HOME", "");
    for world in [
        World::without_mock(),
        nobody,
        refusing.world(),
        odd.world(),
        broken,
        homeless,
        World::new().set("UBIHOOK_STORE", "nonsense"),
    ] {
        assert_eq!(candidates(&world, &["get", ""]), [""; 0]);
    }
    // Words that make no sense, and none at all.
    let world = World::new();
    for words in [
        &[][..],
        &["--nonsense", "get", "x", "y", ""],
        &["nonsense", "more", ""],
    ] {
        ask(&world, "bash", words);
    }
}

/// A platform whose webhooks have these names, and all of them these labels.
fn platform(names: &[&str], labels: &[(&str, &str)]) -> Fake {
    let labels: serde_json::Map<_, _> = labels
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).into()))
        .collect();
    let webhook = |name: &&str| {
        serde_json::json!({
            "id": "1", "name": name, "object_type": "pipeline", "object_name": "p", "labels": labels,
            "event": "pipeline_request_failed", "url": "https://a.example/", "headers": [],
            "enabled": true, "timeout": 10, "retry": false, "include_result": false
        })
    };
    let webhooks: Vec<_> = names.iter().map(webhook).collect();
    Fake::new(move |_, _| Answer::Json(200, webhooks.clone().into()))
}

#[test]
fn names_that_a_terminal_would_act_on_are_left_out() {
    let fake = platform(&["a\u{1b}[31m", "a b", "a\nc"], &[]);
    let world = fake.world();
    assert_eq!(candidates(&world, &["get", ""]), ["a b"]);
    for (shell, expected) in [
        ("bash", "=a\\ b\n"),
        ("zsh", "=a b\t"),
        ("fish", "a b\t"),
        ("powershell", "%27a%20b%27\t"),
    ] {
        let answer = ask(&world, shell, &["get", "a"]).out;
        assert!(answer.starts_with(expected), "{shell}: {answer}");
        assert_eq!(answer.lines().count(), 1, "{shell}: {answer}");
    }
}

#[test]
fn a_name_is_written_for_the_quotes_it_stands_in() {
    let fake = platform(&["x"], &[("team", "$(touch /tmp/PWN)`'!\u{2018}")]);
    let world = fake.world();
    for (shell, word, expected) in [
        ("bash", "t", r"=team=\$\(touch\ /tmp/PWN\)\`\'\!‘"),
        ("bash", "\"t", r#"=team=\$(touch /tmp/PWN)\`'"'!'"‘"#),
        ("bash", "'t", r"=team=$(touch /tmp/PWN)`'\''!‘"),
        ("bash", "$'t", ""),
        ("bash", "team=", r"=\$\(touch\ /tmp/PWN\)\`\'\!‘"),
        ("zsh", "\"t", "=team=$(touch /tmp/PWN)`'!‘"),
        ("zsh", "$(t", ""),
        ("fish", "\"t", "team=$(touch /tmp/PWN)`'!‘"),
        ("fish", "(t", ""),
        ("elvish", "t", "team=$(touch /tmp/PWN)`'!‘"),
        (
            "powershell",
            "\"t",
            "%27team%3D%24%28touch%20%2Ftmp%2FPWN%29%60%27%27%21%E2%80%98%E2%80%98%27",
        ),
        ("powershell", "$t", ""),
    ] {
        let answer = ask(&world, shell, &["list", "--label", word]).out;
        assert_eq!(answer.trim_end(), expected, "{shell} {word}");
    }
}

#[test]
fn a_name_is_never_taken_for_an_option() {
    let names = ["--host=http://evil.example/v2", "-x", "x"];
    let fake = platform(&names, &[("--insecure-http", ""), ("-k", "v")]);
    let world = fake.world();
    for (words, expected) in [
        (&["get", ""][..], &["x"][..]),
        (&["list", "--label", ""], &[]),
        (&["list", "--label", "-k"], &[]),
        // Where it can be nothing but a value, it is offered.
        (&["get", "--", ""], &names),
        (&["get", "--", "--h"], &names[..1]),
        (
            &["list", "--label="],
            &["--label=--insecure-http=", "--label=-k=v"],
        ),
        (&["list", "-l-k"], &["-l-k=v"]),
    ] {
        assert_eq!(candidates(&world, words), expected, "{words:?}");
    }
    let options = candidates(&world, &["get", "-"]);
    assert!(options.contains(&"--host".to_owned()), "{options:?}");
    for name in names {
        assert!(!options.contains(&name.to_owned()), "{options:?}");
    }
}

#[test]
fn a_name_that_ends_like_a_beginning_is_whole() {
    let fake = platform(&["orders/", "orders=", "orders:"], &[]);
    for shell in ["bash", "zsh"] {
        let answer = ask(&fake.world(), shell, &["get", "o"]).out;
        assert!(
            answer.lines().all(|line| line.starts_with("=orders")),
            "{answer}"
        );
        assert_eq!(answer.lines().count(), 3);
    }
}

#[test]
fn the_name_of_a_header_says_nothing_but_the_name() {
    let header = |key: &str| serde_json::json!({"key": key, "value": null, "protected": true});
    let webhook = serde_json::json!({
        "id": "1", "name": "a", "object_type": "pipeline", "object_name": "p", "labels": {},
        "event": "pipeline_request_failed", "url": "https://a.example/",
        "headers": [header("X=env:HOOK_TOKEN"), header("X-Key")],
        "enabled": true, "timeout": 10, "retry": false, "include_result": false
    });
    let fake = Fake::new(move |_, _| Answer::Json(200, webhook.clone()));
    assert_eq!(
        candidates_in_time(&fake.world(), &["update", "a", "--secret-header", "X"]),
        ["X-Key="]
    );
}

#[test]
fn the_name_of_a_file_is_quoted_too() {
    let world = World::without_mock();
    for name in ["a $(touch PWN)", "b'\n'c", "dir with blanks/file"] {
        world.file(name, "");
    }
    for (shell, typed, expected) in [
        ("bash", "A=file:a", "=a\\ \\$\\(touch\\ PWN\\)\n"),
        ("bash", "A=file:b", ""),
        ("bash", "A=file:dir", "+dir\\ with\\ blanks/\n"),
        ("zsh", "A=file:dir", "+A=file:dir with blanks/\n"),
        ("fish", "A=file:a", "A=file:a $(touch PWN)\n"),
    ] {
        let words = ["create", "--secret-header", typed];
        assert_eq!(ask(&world, shell, &words).out, expected, "{shell} {typed}");
    }
}

#[test]
fn what_is_typed_behind_the_cursor_counts_too() {
    let world = world();
    let ask = |behind: &str| {
        let mut command = world.command();
        command.env("COMPLETE", "bash");
        command.args(["--", "ubihook delete ", behind, ""]);
        finish(&mut command, None).ends_with(0).silently().out
    };
    assert_eq!(ask(" nightly"), "=orders-failed\n=orders-done\n");
    // It would be a part of the word.
    assert_eq!(ask("nightly"), "");
}
