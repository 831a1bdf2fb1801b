//! A value never stands where it can be read: not in output, traces, errors, or files of ours
//! that are not its store.

use std::{fs, path::Path};

use serde_json::json;

use crate::support::{
    Answer, CREATE_SECRET, Fake, TOKEN, World, create_at, receiver, webhook_with,
};

const VALUE: &str = "s3cret/value+of the \"header\"";

/// Every way in which the value could show up.
const PARTS: [&str; 3] = ["s3cret", "of the \\\"header", "0c1d2e3f-not-a-real"];

fn all_files(folder: &Path, found: &mut Vec<(String, Vec<u8>)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all_files(&path, found);
        } else {
            found.push((path.display().to_string(), fs::read(&path).unwrap()));
        }
    }
}

#[test]
fn no_verb_at_any_loudness_shows_a_value() {
    let receiver = receiver();
    let url = receiver.url("/in");
    for output in ["table", "json"] {
        for loud in ["-q", "", "-v", "-vv", "-vvv"] {
            let world = World::new()
                .set("SOURCE", VALUE)
                .set("NEW", format!("{VALUE}-{VALUE}"))
                .set("RUST_BACKTRACE", "full")
                .set("RUST_LOG", "trace");
            for (line, code) in [
                (create_at(&url), 0),
                (create_at(&url), 5),
                ("update a --secret-header X-Other=env:SOURCE --timeout 3".to_owned(), 0),
                ("update a --secret-header Authorization=env:SOURCE --dry-run".to_owned(), 0),
                ("test a".to_owned(), 0),
                ("test a --dry-run".to_owned(), 0),
                ("test a --secret-header Authorization=env:SOURCE -u http://127.0.0.1:1/ --keep-secrets".to_owned(), 7),
                ("get a".to_owned(), 0),
                ("list".to_owned(), 0),
                ("auth status".to_owned(), 0),
                ("secret list".to_owned(), 0),
                ("secret rotate a --secret-header Authorization=env:NEW --dry-run".to_owned(), 0),
                ("secret rotate a --secret-header Authorization=env:NEW".to_owned(), 0),
                ("secret rotate a --retire".to_owned(), 7),
                ("secret set a --secret-header Authorization=env:SOURCE".to_owned(), 0),
                ("secret set a --secret-header 'Authorization=cmd:printenv NEW'".to_owned(), 0),
                ("secret set a --secret-header 'Authorization=cmd:sh -c \"printenv NEW; exit 3\"'".to_owned(), 9),
                ("secret list --check".to_owned(), 0),
                ("secret remove a --yes".to_owned(), 0),
                ("secret list --check".to_owned(), 9),
                ("delete a --yes".to_owned(), 0),
            ] {
                let ended = world.sh(&format!("{line} -o {output} {loud}")).ends_with(code);
                for part in PARTS {
                    assert!(!ended.out.contains(part) && !ended.err.contains(part), "{line} {loud}: {ended:#?}");
                }
            }
        }
    }
}

#[test]
fn a_token_is_never_shown() {
    let fake = Fake::new(|_, call| {
        Answer::Json(
            400,
            json!({"error": format!("I was sent {:?}", call.headers)}),
        )
    });
    for output in ["table", "json"] {
        for line in [
            "list",
            "get a",
            "auth status",
            "update a --timeout 3",
            "test a",
        ] {
            fake.world()
                .sh(&format!("{line} -vv -o {output}"))
                .ends_with(5)
                .without("0c1d2e3f-not-a-real");
            let calls = fake.calls();
            assert_eq!(calls.last().unwrap().header("authorization"), Some(TOKEN));
        }
    }
}

#[test]
fn traces_and_errors_mask_path_and_query_of_callbacks() {
    let hook = "http://127.0.0.1:9/T00/B00/slack-secret?sig=query-secret";
    let mut there = webhook_with("a", &json!({"url": hook}));
    there["headers"] = json!([{"key": "A", "value": null, "protected": true}]);
    let fake = Fake::new(move |_, call| match call.method.as_str() {
        "GET" => Answer::Json(200, there.clone()),
        _ => Answer::Json(400, json!({"error": "no"})),
    });
    let world = fake.world().set("SOURCE", "a-protected-value");
    for output in ["table", "json"] {
        for (code, line) in [
            (
                5,
                format!("create b --pipeline pipeline-1 -e failed -u {hook}"),
            ),
            (
                2,
                format!("create b --pipeline pipeline-1 -e failed -u {hook} --timeout 99"),
            ),
            (
                2,
                format!("create b --pipeline pipeline-1 -e nope -u {hook}"),
            ),
            (
                2,
                format!(
                    "create b --pipeline pipeline-1 -e failed -u {}",
                    hook.replace("http:", "ftp:")
                ),
            ),
            (2, format!("update a -u {}", hook.replace(":9", ":10"))),
            (
                5,
                format!("update a -u {hook}x --secret-header A=env:SOURCE"),
            ),
            (5, format!("test --pipeline pipeline-1 -e failed -u {hook}")),
            (9, "test a".to_owned()),
        ] {
            let ended = world.sh(&format!("{line} -vv -o {output}")).ends_with(code);
            assert!(
                !ended.err.contains("slack-secret") && !ended.err.contains("query-secret"),
                "{line}: {}",
                ended.err
            );
        }
    }
    // Data shows it.
    assert_eq!(world.answer("get a")["url"], hook);
}

#[test]
fn no_file_but_the_store_has_a_value() {
    let fake = Fake::taking();
    let world = fake.world().set("SOURCE", "a-protected-value");
    world.sh(CREATE_SECRET).ends_with(0);
    let mut files = Vec::new();
    all_files(world.home(), &mut files);
    let holders: Vec<_> = files
        .iter()
        .filter(|(_, bytes)| bytes.windows(17).any(|part| part == b"a-protected-value"))
        .map(|(path, _)| path.rsplit('/').next().unwrap())
        .collect();
    assert_eq!(holders, ["secrets.json"]);
    assert!(
        files
            .iter()
            .all(|(_, bytes)| !bytes.windows(12).any(|part| part == b"0c1d2e3f-not")),
        "no token is kept"
    );
}

#[test]
fn userinfo_in_a_url_is_refused_unrepeated_and_shown_masked() {
    let world = World::new();
    for line in [
        "create a --pipeline pipeline-1 -e failed -u http://user:hunter2@127.0.0.1:9/",
        "update a -u http://user:hunter2@127.0.0.1:9/",
        "test a -u http://hunter2@127.0.0.1:9/",
        "list --host https://user:hunter2@example.org",
    ] {
        let world = if line.starts_with("list") {
            World::without_mock()
        } else {
            World::new()
        };
        world.sh(line).ends_with(2).without("hunter2");
    }
    drop(world);
    let there = webhook_with("a", &json!({"url": "http://user:hunter2@127.0.0.1:9/"}));
    let fake = Fake::new(move |_, call| {
        if call.path.ends_with("/a") {
            Answer::Json(200, there.clone())
        } else {
            Answer::Json(200, json!([there]))
        }
    });
    for line in [
        "get a",
        "list",
        "get a -o json",
        "list -o json",
        "get a -vv",
    ] {
        let ended = fake.world().sh(line).ends_with(0).without("hunter2");
        assert!(ended.out.contains("***@"), "{}", ended.out);
    }
}

#[test]
fn a_mocks_database_forgets_what_is_deleted() {
    let world = World::new().set("SOURCE", "a-protected-value");
    world.sh(CREATE_SECRET).ends_with(0);
    world.sh("delete a --yes").ends_with(0);
    let db = fs::read(world.state("mock.db")).unwrap();
    assert!(!db.windows(17).any(|part| part == b"a-protected-value"));
}

#[test]
fn a_secret_in_the_wrong_place_on_the_command_line_is_not_repeated() {
    let world = World::new();
    for line in [
        "create a hunter2 --secret-header",
        "list --token hunter2",
        "auth login hunter2",
        "auth login --token hunter2",
        "auth login --token=hunter2",
        "create a --secret-header A hunter2",
    ] {
        for output in ["", "-o json"] {
            world
                .sh(&format!("{line} {output}"))
                .ends_with(2)
                .without("hunter2");
        }
    }
}

#[test]
fn a_secret_at_the_cut_of_a_long_error_is_not_shown_in_part() {
    for output in ["table", "json -vv"] {
        for room in 460..=500 {
            if room % 7 != 0 {
                continue;
            }
            let message = "x".repeat(room) + VALUE + " " + TOKEN;
            let fake = Fake::new(move |_, _| Answer::Json(400, json!({"error": message})));
            let world = fake.world().set("SOURCE", VALUE);
            let line = format!("{CREATE_SECRET} -o {output}");
            let ended = world.sh(&line).ends_with(5);
            ended.without("s3c").without("0c1d");
        }
    }
}

#[test]
fn what_the_platform_quotes_of_a_url_or_a_plain_header_is_not_repeated() {
    let fake = Fake::new(|_, call| match call.method.as_str() {
        "GET" if call.path.contains("webhooks-tests") => Answer::Json(
            200,
            json!({"id": "1", "status": "failed", "error_message":
                "https://hooks.example.org/pathMARK?q=queryMARK: no, plainMARK"}),
        ),
        "GET" => Answer::Json(
            200,
            webhook_with(
                "a",
                &json!({"url": "https://hooks.example.org/pathMARK?q=queryMARK", "headers":
                    [{"key": "X-Plain", "value": "plainMARK", "protected": false}]}),
            ),
        ),
        "POST" if call.path.contains("webhooks-tests") => {
            Answer::Json(201, json!({"id": "1", "status": "pending"}))
        }
        _ => Answer::Json(
            400,
            json!({"error": {"https://hooks.example.org/pathMARK": format!(
                "bad: {}; /pathMARK, plain\u{7}MARK", call.body
            ), "of": "q=queryMARK? plainMARK"}}),
        ),
    });
    let given =
        "--url https://hooks.example.org/pathMARK?q=queryMARK --header 'X-Plain: plainMARK'";
    let object = "--pipeline pipeline-1 --event failed";
    for loud in ["", "-vv", "-o json", "-o json -vv"] {
        for (line, code) in [
            (format!("create a {object} {given}"), 5),
            (
                format!("update a --timeout 3 {given} --header 'X-More: plainMARK too'"),
                5,
            ),
            (format!("test {object} {given}"), 7),
            // What it has already is known too.
            ("update a --timeout 3".to_owned(), 5),
            ("test a".to_owned(), 7),
            ("test --id 1".to_owned(), 7),
        ] {
            let ended = fake.world().sh(&format!("{line} {loud}")).ends_with(code);
            let told = if line.ends_with("--id 1") {
                // Nothing here knows its headers.
                &["pathMARK", "queryMARK"][..]
            } else {
                &["pathMARK", "queryMARK", "plainMARK"]
            };
            for mark in told {
                assert!(!ended.err.contains(mark), "{line} {loud}: {}", ended.err);
            }
        }
    }
}

#[test]
fn an_argument_that_is_refused_is_not_repeated() {
    let world = World::new();
    let ended = world
        .sh("update a --remove-header 'A: s3cret'")
        .ends_with(2);
    ended.saying("--remove-header").without("s3cret");
}
