//! Streams: who gets what, and what happens when one is gone.

use std::{fs::File, process::Stdio};

use serde_json::json;

use crate::support::{Answer, CREATE_SECRET, Fake, NEEDED, World, webhook_with};

#[cfg(unix)]
fn shell(world: &World, script: &str) -> std::process::Output {
    let ours = world.command();
    let mut command = std::process::Command::new("sh");
    command
        .env_clear()
        .current_dir(world.home())
        .stdin(Stdio::null());
    for (name, value) in ours.get_envs() {
        command.env(name, value.unwrap_or_default());
    }
    command
        .env("BIN", env!("CARGO_BIN_EXE_ubihook"))
        .args(["-c", script])
        .output()
        .unwrap()
}

#[cfg(unix)]
#[test]
fn a_reader_that_closes_the_pipe_changes_nothing() {
    let world = World::new();
    for at in 0..3 {
        world.sh(&format!("create w{at} {NEEDED}")).ends_with(0);
    }
    let output = shell(&world, "{ $BIN list -o json; echo $? >&2; } | true");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "0\n");
    let output = shell(
        &world,
        "{ $BIN create x --pipeline pipeline-1 -e failed -u http://127.0.0.1:9/ ; echo $? >&2; } | true",
    );
    assert_eq!(String::from_utf8_lossy(&output.stderr), "0\n");
    assert!(world.names().contains(&"x".to_owned()));
    // Help too.
    let output = shell(&world, "{ $BIN create --help; echo $? >&2; } | true");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "0\n");
}

#[cfg(unix)]
#[test]
fn a_failed_write_is_1_after_saying_whether_the_change_was_made() {
    let world = World::new();
    let full = || File::options().write(true).open("/dev/full").unwrap();
    let run = |line: &[&str]| {
        let output = world.command().args(line).stdout(full()).output().unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stderr).unwrap(),
        )
    };
    let create = [
        "create",
        "a",
        "--pipeline",
        "pipeline-1",
        "-e",
        "failed",
        "-u",
        "http://127.0.0.1:9/",
        "-o",
        "json",
    ];
    let (code, said) = run(&create);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("created"), "{said}");
    assert_eq!(world.names(), ["a"]);
    let (code, said) = run(&["update", "a", "--timeout", "3"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("updated"), "{said}");
    let (code, said) = run(&["delete", "a", "--yes"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("deleted"), "{said}");
    assert_eq!(world.names(), [""; 0]);
    assert_eq!(run(&["list", "-o", "json"]).0, Some(1));
}

#[cfg(unix)]
#[test]
fn help_that_cannot_be_written_is_1() {
    let world = World::new();
    for line in ["--help", "--version"] {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let status = world.command().arg(line).stdout(full).status().unwrap();
        assert_eq!(status.code(), Some(1), "{line}");
    }
}

#[test]
fn an_error_line_stays_json_whatever_the_secret_is() {
    // Values that stand in the line for other reasons: a status, a key, a word.
    for value in [
        "404", "null", "kind", "message", "false", "\":\"", "{\"error",
    ] {
        let ended = World::new()
            .set("SOURCE", value)
            .sh("test nope --secret-header A=env:SOURCE -o json");
        assert_eq!(ended.code, 3, "{ended:#?}");
        let line = ended.err.lines().last().unwrap();
        let error: serde_json::Value =
            serde_json::from_str(line).unwrap_or_else(|_| panic!("{value}: {line}"));
        assert_eq!(error["error"]["http_status"], 404, "{value}: {line}");
    }
}

#[cfg(unix)]
#[test]
fn closed_streams_count_as_the_null_device() {
    let world = World::new();
    for (at, closed) in ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"].iter().enumerate() {
        let output = shell(
            &world,
            &format!(
                "$BIN create w{at} --pipeline pipeline-1 -e failed -u http://127.0.0.1:9/ {closed}"
            ),
        );
        assert_eq!(output.status.code(), Some(0), "{closed} {output:?}");
        let output = shell(&world, &format!("$BIN get nope {closed}"));
        assert_eq!(output.status.code(), Some(3), "{closed} {output:?}");
    }
    assert_eq!(world.names().len(), 4);
    // Nothing that we opened took the place of a closed stream.
    let db = std::fs::read(world.state("mock.db")).unwrap();
    assert!(db.starts_with(b"SQLite format 3"));
}

#[test]
fn strings_from_the_network_lose_their_control_characters() {
    let nasty = "a\u{1b}[31m\u{7}\r\n\u{9b}2J\u{202e}b";
    let webhook = webhook_with(
        "w",
        &json!({
            "description": nasty, "labels": {nasty: nasty}, "object_name": nasty, "event": nasty,
            "headers": [{"key": "X-A", "value": nasty, "protected": false}],
        }),
    );
    let fake = Fake::new(move |_, call| {
        if call.path.ends_with("webhooks") {
            Answer::Json(200, json!([webhook]))
        } else {
            Answer::Json(200, webhook.clone())
        }
    });
    for line in [
        "list",
        "get w",
        "list -o json",
        "get w -o json",
        "list -vv",
        "list -o name",
    ] {
        let ended = fake.world().sh(line).ends_with(0);
        for text in [&ended.out, &ended.err] {
            for c in ['\u{1b}', '\u{7}', '\r', '\u{9b}', '\u{202e}'] {
                assert!(!text.contains(c), "{line}: {text:?}");
            }
        }
    }
    // JSON keeps what it is.
    assert_eq!(fake.world().answer("get w")["description"], nasty);
}

#[test]
fn the_platforms_error_text_is_cleaned_and_cut_at_500_characters() {
    let fake = Fake::new(|_, _| {
        Answer::Json(
            400,
            json!({"error": format!("\u{1b}[31m{}", "é".repeat(5000))}),
        )
    });
    let ended = fake.world().sh("get a").ends_with(5).without("\u{1b}");
    let count = ended.err.matches('é').count();
    assert!((400..=500).contains(&count), "{count}");
}

#[test]
fn errors_of_any_shape_are_read() {
    for body in [
        json!({"error": "told so"}),
        json!({"error_message": "told so"}),
        json!({"detail": "told so"}),
        json!({"error": ["told so"]}),
        json!({"error": {"url": ["told so"]}}),
    ] {
        let fake = Fake::new(move |_, _| Answer::Json(400, body.clone()));
        fake.world().sh("get a").ends_with(5).saying("told so");
    }
}

#[test]
fn off_a_terminal_there_is_no_color_unless_it_is_asked_for() {
    let world = World::new();
    world.sh(&format!("create a {NEEDED}")).ends_with(0);
    for line in ["list", "get a", "get nope"] {
        assert!(!world.sh(line).out.contains('\u{1b}'));
        assert!(!world.sh(line).err.contains('\u{1b}'));
    }
    world
        .sh_with(&[("NO_COLOR", "1")], "list --color auto")
        .ends_with(0)
        .without("\u{1b}");
    world
        .sh("list -o json --color always")
        .ends_with(0)
        .without("\u{1b}");
    world
        .sh("get nope --color never")
        .ends_with(3)
        .without("\u{1b}");
}

#[test]
fn a_long_url_is_not_cut_off_a_terminal() {
    let world = World::new();
    let url = format!("http://127.0.0.1:9/{}", "x".repeat(1000));
    world
        .sh(&format!(
            "create a --pipeline pipeline-1 -e failed -u {url}"
        ))
        .ends_with(0);
    for line in ["list", "get a"] {
        assert!(
            world.sh_with(&[("COLUMNS", "40")], line).out.contains(&url),
            "{line}"
        );
    }
}

#[test]
fn the_order_of_an_errors_keys_stays_when_something_is_masked() {
    // The platform repeats the value; masking it must not sort the keys.
    let fake = Fake::new(|_, call| match call.method.as_str() {
        "POST" => Answer::Json(400, json!({"error": "I do not like a-protected-value"})),
        _ => Answer::Json(404, json!({"error": "Webhook was not found"})),
    });
    let ended = fake
        .world()
        .set("SOURCE", "a-protected-value")
        .sh(&format!("{CREATE_SECRET} -o json"))
        .ends_with(5)
        .without("a-protected-value");
    let last = ended.err.lines().last().unwrap();
    let order: Vec<_> = [
        "kind",
        "message",
        "hint",
        "exit",
        "http_status",
        "retryable",
    ]
    .iter()
    .map(|key| last.find(&format!("\"{key}\":")).unwrap())
    .collect();
    assert!(order.is_sorted(), "{last}");
}

#[test]
fn quiet_hides_notes_and_no_warning_or_error() {
    let world = World::new();
    world.sh("list -q").ends_with(0).silently();
    let ended = world.sh("get nope -q");
    insta::assert_snapshot!(ended.snapshot(), @"
    [3]
    -- stderr
    error: could not get webhook `nope`: Webhook was not found (the platform answered 404)
      hint: ubihook list
    ");
}

#[test]
fn demo_runs_to_its_end_and_leaves_nothing_behind() {
    let world = World::without_mock();
    let ended = world.sh("demo").ends_with(0);
    for part in [
        "webhook-1",
        "pipeline_request_started",
        "$ ubihook create",
        "$ ubihook delete",
    ] {
        assert!(ended.out.contains(part), "{part}: {}", ended.out);
    }
    assert_eq!(std::fs::read_dir(world.home()).unwrap().count(), 0);
}
