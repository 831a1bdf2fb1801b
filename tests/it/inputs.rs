//! Files that a user gives, of any size and kind: each is read with a bound, and a sentence says when
//! that is exceeded.

use std::fs;

use serde_json::json;

#[cfg(unix)]
use crate::running::{Running, fifo, in_time, reader_of};
use crate::support::{
    Answer, Fake, NEEDED, Served, World, receiver, set_mode, webhook, webhook_with,
};

#[cfg(unix)]
#[test]
fn a_device_without_an_end_is_refused_with_its_bound() {
    let world = World::new();
    for (line, code, bound) in [
        (
            "create -f /dev/zero",
            2,
            "-f /dev/zero: is larger than 1 MiB",
        ),
        (
            "update a -f /dev/zero",
            2,
            "-f /dev/zero: is larger than 1 MiB",
        ),
        (
            "list --ca-cert /dev/zero",
            2,
            "/dev/zero: is larger than 4 MiB",
        ),
        (
            "mock reset --yes -f /dev/zero",
            2,
            "-f /dev/zero: is larger than 1 MiB",
        ),
        (
            "mock request --deployment deployment-1 --result-file /dev/zero",
            2,
            "--result-file /dev/zero: is larger than 10 MiB",
        ),
        (
            "mock serve --token-file /dev/zero",
            2,
            "--token-file /dev/zero: is larger than 64 KiB",
        ),
        (
            &format!("create a {NEEDED} --secret-header X-Key=file:/dev/zero"),
            9,
            "longer than 64 KiB",
        ),
    ] {
        world.sh(line).ends_with(code).saying(bound);
    }
    let world = World::without_mock().set("UBIHOOK_STORE", "file");
    let ended = world
        .command()
        .args(["auth", "login", "--token-stdin"])
        .stdin(fs::File::open("/dev/zero").unwrap())
        .output()
        .unwrap();
    assert_eq!(ended.status.code(), Some(2));
    let said = String::from_utf8(ended.stderr).unwrap();
    assert!(
        said.contains("the token on stdin is larger than 64 KiB"),
        "{said}"
    );
}

#[test]
fn a_settings_file_that_is_too_large_is_refused_by_name() {
    let world = World::new();
    let path = world.file(".config/ubihook/config.toml", "");
    fs::File::create(&path)
        .unwrap()
        .set_len((16 << 20) + 1)
        .unwrap();
    set_mode(&path, 0o600);
    let ended = world.sh("list").ends_with(2);
    insta::assert_snapshot!(ended.snapshot(), @"
    [2]
    -- stderr
    error: HOME/.config/ubihook/config.toml is larger than 16 MiB
    ");
}

#[test]
fn a_sign_in_of_the_official_cli_that_is_too_large_is_refused() {
    let world = World::without_mock().set("UBIHOOK_STORE", "file");
    let path = world.file("there/.config", "");
    fs::File::create(path)
        .unwrap()
        .set_len((64 << 10) + 1)
        .unwrap();
    let ended = world.sh("auth login --from-ubiops there").ends_with(2);
    insta::assert_snapshot!(ended.snapshot(), @"
    [2]
    -- stderr
    error: there/.config: is larger than 64 KiB, far more than needed
    ");
}

#[cfg(unix)]
#[test]
fn a_pipe_is_a_file_like_any_other() {
    let world = World::new();
    let pipe = world.home().join("pipe");
    fifo(&pipe);
    let running = Running::start(&world, &["create", "-f", "pipe"]);
    let body = json!({"name": "a", "object_type": "pipeline", "object_name": "pipeline-1",
        "event": "failed", "url": "http://127.0.0.1:9/"});
    let mut writer = reader_of(&pipe);
    std::io::Write::write_all(&mut writer, body.to_string().as_bytes()).unwrap();
    drop(writer);
    running.ends().ends_with(0);
    assert_eq!(world.names(), ["a"]);
}

#[cfg(unix)]
#[test]
fn an_argument_of_a_hundred_kilobytes_is_never_repeated_whole() {
    let long = "x".repeat(100_000);
    let spaced = "one two ".repeat(12_500);
    let world = World::new();
    world.sh(&format!("create a {NEEDED}")).ends_with(0);
    // The code, and whether its beginning is repeated.
    let lines: [(i32, bool, &[&str]); 11] = [
        (2, true, &["get", &long]),
        (2, true, &["delete", &long, "--yes"]),
        (2, true, &["update", "a", "--name", &long]),
        (2, true, &["update", "a", "--event", &long]),
        (2, true, &["update", "a", "--timeout", &long]),
        (2, false, &["update", "a", "--url", &long]),
        (
            2,
            true,
            &[
                "create",
                "b",
                "--pipeline",
                &spaced,
                "-e",
                "failed",
                "-u",
                "http://127.0.0.1:9/",
            ],
        ),
        (2, true, &["list", "--object-type", &spaced]),
        (2, true, &["create", "-f", &long]),
        (2, false, &["list", "--profile", &long]),
        (3, true, &["mock", "deliveries", "--db", &long]),
    ];
    for (code, shortened, line) in lines {
        for more in [[].as_slice(), &["-o", "json"]] {
            let ended = world.run(line.iter().chain(more).copied()).ends_with(code);
            assert!(ended.err.len() < 20_000, "{}: {}", line[0], ended.err.len());
            assert_eq!(ended.err.contains('…'), shortened, "{}", ended.err);
            if !shortened {
                assert!(!ended.err.contains("xxxx"), "{}", ended.err);
            }
        }
    }
    let ended = world.run(["get", &long, "-o", "json"]).ends_with(2);
    let message = ended.error()["message"].as_str().unwrap().to_owned();
    let end = "xxxx' for '<NAME>...': must have at most 64 characters";
    assert!(message.ends_with(end), "{message}");
}

#[test]
fn one_webhook_of_an_odd_shape_does_not_hide_the_others() {
    let odd = webhook_with("of-another-shape", &json!({"labels": ["a"]}));
    let tolerable = webhook_with(
        "tolerable",
        &json!({"id": 17, "retry": null, "timeout": "20", "labels": {"a": 1}}),
    );
    let mut without_url = webhook("without-url");
    without_url.as_object_mut().unwrap().remove("url");
    let list = json!([webhook("a"), odd, tolerable, without_url, webhook("b")]);
    let fake = Fake::new(move |_, _| Answer::Json(200, list.clone()));
    for line in ["list", "list -o json", "list -o name", "list -o yaml"] {
        fake.world()
            .sh(line)
            .ends_with(0)
            .saying("webhook `of-another-shape` is omitted: its `labels` doesn't match")
            .saying("webhook `without-url` is omitted: its `url` doesn't match");
    }
    assert_eq!(fake.world().names(), ["a", "tolerable", "b"]);
    let shown = fake.world().answer("list");
    assert_eq!(shown[1]["timeout"], 20);
    assert_eq!(shown[1]["retry"], false);
    assert_eq!(shown[1]["labels"], json!({"a": "1"}));
    let warnings = fake.world().sh("list -o json").err;
    assert!(
        warnings
            .lines()
            .all(|line| line.starts_with("{\"warning\"")),
        "{warnings}"
    );

    let many: Vec<_> = (0..30)
        .map(|at| webhook_with(&format!("w{at}"), &json!({"url": 5.5})))
        .collect();
    let fake = Fake::new(move |_, _| Answer::Json(200, json!(many)));
    let ended = fake.world().sh("list").ends_with(0);
    ended
        .saying("`w9`")
        .saying("20 more webhooks")
        .without("`w10`");
    // A list of something else is still none of webhooks.
    let fake = Fake::new(|_, _| Answer::Json(200, json!([{"id": "1"}])));
    let ended = fake.world().sh("list");
    insta::assert_snapshot!(ended.snapshot(), @"
    [6]
    -- stderr
    error: http://127.0.0.1:8080/v2 answered 200 with unexpected JSON: that is not the UbiOps API (host from UBIOPS_API_HOST)
      hint: check the address: `ubihook auth status` shows it and where it comes from
      hint: to find the cause: `ubihook doctor`
    ");
}

#[cfg(unix)]
#[test]
fn the_hint_for_a_file_that_is_open_to_others_can_be_pasted() {
    let outer = World::new();
    let state = outer.home().join("it's \"$(a)\" `b`");
    let world = World::new().set("XDG_STATE_HOME", &state);
    world.sh("list").ends_with(0);
    let db = state.join("ubihook/mock.db");
    set_mode(&db, 0o644);
    let ended = world.sh("list -o json").ends_with(1);
    let hint = ended.error()["hint"].as_str().unwrap().to_owned();
    assert!(hint.starts_with("chmod 600 "), "{hint}");
    let done = std::process::Command::new("sh")
        .args(["-c", &hint])
        .status();
    assert!(done.unwrap().success(), "{hint}");
    world.sh("list").ends_with(0);
}

#[test]
fn a_header_whose_name_a_shell_would_read_is_quoted_in_hints() {
    let world = World::new().set("SOURCE", "a-protected-value");
    world
        .sh(&format!(
            "create a {NEEDED} --secret-header 'X-$Key=env:SOURCE'"
        ))
        .ends_with(0);
    world
        .sh("update a --url http://127.0.0.1:10/in")
        .ends_with(2)
        .saying("--secret-header 'X-$Key=SOURCE'");
    world
        .sh("create b --pipeline pipeline-1 -e failed -u http://a.example/ --header 'X-$-Token: v'")
        .ends_with(2)
        .saying("--secret-header 'X-$-Token=SOURCE'");
    world
        .sh("list --profile 'a b'")
        .ends_with(2)
        .saying("ubihook auth login --profile 'a b'");
}

#[cfg(unix)]
#[test]
fn a_change_that_sends_no_value_needs_no_index() {
    let world = World::new().set("SOURCE", "a-protected-value");
    world
        .sh(&format!(
            "create a {NEEDED} --secret-header X-Key=env:SOURCE"
        ))
        .ends_with(0);
    let index = world.state("index.json");
    let broken: [(&str, &dyn Fn()); 4] = [
        ("open to others", &|| set_mode(&index, 0o666)),
        ("a folder", &|| {
            fs::remove_file(&index).unwrap();
            fs::create_dir(&index).unwrap();
        }),
        ("a link", &|| {
            fs::remove_dir(&index).unwrap();
            std::os::unix::fs::symlink("nowhere", &index).unwrap();
        }),
        ("not JSON", &|| {
            fs::remove_file(&index).unwrap();
            fs::write(&index, "not JSON").unwrap();
        }),
    ];
    for (at, (what, breaks)) in broken.iter().enumerate() {
        breaks();
        let timeout = 11 + at;
        let ended = world.sh(&format!("update a --timeout {timeout} -o json"));
        assert_eq!(ended.code, 0, "{what}: {}", ended.err);
        assert!(ended.err.contains("index.json"), "{what}: {}", ended.err);
        assert_eq!(ended.json()["webhook"]["timeout"], timeout);
    }
}

/// More digits than any number of this machine has.
const NUMBERS: &str =
    r#"{"n":123456789012345678901234567890,"f":0.10000000000000000000001,"e":1E400,"z":1.0}"#;

#[cfg(unix)]
#[test]
fn numbers_beyond_64_bits_are_echoed_as_they_came() {
    let (world, receiver) = (World::without_mock(), receiver());
    let served = Served::start(&world, "");
    let ours = served.world();
    ours.sh(&format!(
        "create a --deployment deployment-1 -e completed -u {} --include-result",
        receiver.url("/in")
    ))
    .ends_with(0);
    let path = "/projects/demo/deployments/deployment-1/requests";
    // What a request echoes, and what its script has it answer.
    for body in [
        NUMBERS.to_owned(),
        format!(r#"{{"a": 1, "ubihook": {{"result": {NUMBERS}}}}}"#),
    ] {
        let (status, answer) = served.ask("POST", path, &body);
        assert_eq!(status, 201, "{answer}");
        let result = format!(r#""result":{NUMBERS}"#);
        assert!(answer.contains(&result), "{answer}");
        let id = answer.split('"').nth(3).unwrap();
        let (_, detail) = served.ask("GET", &format!("{path}/{id}"), "");
        assert!(detail.contains(&result), "{detail}");
        let delivery = receiver.next(crate::support::PATIENCE).unwrap();
        let payload = String::from_utf8(delivery.body.to_vec()).unwrap();
        assert!(payload.contains(&result), "{payload}");
    }
    let (_, batch) = served.ask("POST", &format!("{path}/batch"), &format!("[{NUMBERS}]"));
    assert!(batch.starts_with('['), "{batch}");
    let file = world.file("result.json", &format!(" {NUMBERS}\n"));
    world
        .sh(&format!(
            "mock request --deployment deployment-1 --result-file {}",
            file.display()
        ))
        .ends_with(0);
    let wanted = format!(r#""result":{NUMBERS}"#);
    let found = in_time(move || {
        loop {
            let delivery = receiver.next(crate::support::PATIENCE).unwrap();
            if String::from_utf8_lossy(&delivery.body).contains(&wanted) {
                return true;
            }
        }
    });
    assert!(found);
}
