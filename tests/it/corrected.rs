//! A mistake is answered with the command, the flag or the key that was meant.

use crate::support::{CREATE_SECRET, NEEDED, Served, VALUE, World};

const TWO: &str = "webhooks:\n\
    - {name: a, pipeline: pipeline-1, event: failed, url: http://127.0.0.1:9/x}\n\
    - {name: b, pipeline: pipeline-1, event: failed, url: http://127.0.0.1:9/x}\n";

fn one(name: &str) -> String {
    format!("name: {name}\npipeline: pipeline-1\nevent: failed\nurl: http://127.0.0.1:9/x\n")
}

/// Checks that each line ends with 2, and has a hint.
fn assert_hints(world: &World, lines: &[(&str, &str)]) {
    for (line, hint) in lines {
        let ended = world.sh(line).ends_with(2);
        let hints = ended
            .err
            .lines()
            .filter_map(|said| said.trim().strip_prefix("hint: "));
        let hints: Vec<_> = hints.collect();
        assert!(hints.contains(hint), "{line}: {}", ended.err);
    }
}

#[test]
fn a_word_of_another_option_is_answered_with_that_option() {
    let world = World::new();
    assert_hints(
        &world,
        &[
            ("listen --expect failed", "--expect event=failed"),
            ("diff -f w.yaml --prune=3", "write --prune alone"),
            (
                "send failed http://127.0.0.1:9/",
                "a receiver is given with --url URL, or as a webhook with --to NAME",
            ),
        ],
    );
    let listed = world.sh("list 'orders-*'").ends_with(2);
    listed.saying("to list those whose names match: ubihook list --name 'PATTERN*'");
}

#[test]
fn files_without_their_flag_are_answered_with_the_whole_command() {
    let world = World::new();
    world.file("hooks/a.yaml", &one("a"));
    world.file("hooks/b.yaml", &one("b"));
    assert_hints(
        &world,
        &[
            (
                "diff -f hooks/a.yaml hooks/b.yaml",
                "ubihook diff -f hooks/a.yaml -f hooks/b.yaml",
            ),
            (
                "apply --yes -f hooks/a.yaml hooks/b.yaml",
                "ubihook apply --yes -f hooks/a.yaml -f hooks/b.yaml",
            ),
            (
                "apply --yes -f hooks/a.yaml hooks/b.yaml a --owner us",
                "ubihook apply --yes -f hooks/a.yaml -f hooks/b.yaml --owner us a",
            ),
            ("apply hooks/", "ubihook apply -f hooks/"),
            ("diff hooks", "ubihook diff -f hooks"),
            (
                "apply hooks --owner us -p demo --yes",
                "ubihook apply -f hooks --owner us -p demo --yes",
            ),
            (
                "apply -f hooks --owner us --prune 3 --yes",
                "ubihook apply -f hooks --owner us --prune=3 --yes",
            ),
            ("create hooks/a.yaml", "ubihook create -f hooks/a.yaml"),
            ("create -f hooks", "ubihook apply -f hooks"),
            ("update -f hooks", "ubihook apply -f hooks"),
            (
                "create -f hooks/a.yaml hooks/b.yaml",
                "ubihook create -f hooks/b.yaml",
            ),
            (
                "update -f hooks/a.yaml hooks/b.yaml",
                "ubihook update -f hooks/b.yaml",
            ),
        ],
    );
    assert!(world.names().is_empty());
    // What is no file is a name that the files don't have.
    let ended = world.sh("diff -f hooks c").ends_with(2);
    assert!(!ended.err.contains("-f hooks -f"), "{}", ended.err);
}

#[test]
fn a_number_is_refused_with_what_it_may_be() {
    let world = World::new();
    for (line, rule) in [
        (
            "listen --port x",
            "'--port <PORT>': must be a whole number from 0 to 65535",
        ),
        (
            "listen --count 0",
            "'--count <N>': must be a whole number, at least 1",
        ),
        (
            "listen --jobs 0 -- true",
            "'--jobs <N>': must be a whole number from 1 to 1024",
        ),
        (
            "apply -f x --jobs many",
            "'--jobs <N>': must be a whole number from 1 to 64",
        ),
        (
            "apply -f x --prune=all",
            "'--prune[=<N>]': must be a whole number, at least 0",
        ),
        (
            "mock serve --port 70000",
            "must be a whole number from 0 to 65535",
        ),
        (
            "mock deliveries --limit x",
            "'--limit <COUNT>': must be a whole number, at least 1",
        ),
        (
            "mock request --count=-1",
            "must be a whole number, at least 1",
        ),
        (
            "mock request --rate fast",
            "'--rate <RATE>': must be a number greater than 0",
        ),
        (
            "send failed --count 2 --rate 0",
            "'--rate <RATE>': must be a number greater than 0",
        ),
    ] {
        let ended = world.sh(line).ends_with(2);
        assert!(ended.err.contains(rule), "{line}: {}", ended.err);
    }
}

#[test]
fn flags_of_other_tools_are_answered_with_the_right_one() {
    let deliveries = "the newest attempts: ubihook mock deliveries --limit 10";
    let logs = "log lines are chosen by time: ubihook logs --since 10m";
    assert_hints(
        &World::new(),
        &[
            ("mock deliveries -n 3", deliveries),
            ("mock deliveries --tail 3", deliveries),
            ("mock deliveries --lines=3", deliveries),
            ("logs -n 3", logs),
            ("logs --tail 3", logs),
            ("logs --lines=3", logs),
            (
                "mock request --pipeline pipeline-1 --fail",
                "use --outcome failed",
            ),
            (
                "listen true",
                "put -- before the command: ubihook listen -- COMMAND",
            ),
            ("listen --count 1 --", "ubihook listen -- COMMAND"),
            (
                "mock serve world.yaml",
                "a file with the first state is given with -f: ubihook mock serve -f FILE",
            ),
            ("send", "usage: ubihook send EVENT --url URL"),
        ],
    );
}

#[cfg(unix)]
#[test]
fn a_command_that_cannot_be_started_is_an_error_with_its_code() {
    let world = World::new();
    for line in ["listen -- nosuch", "mock run -- nosuch"] {
        let ended = world.sh(line).ends_with(127);
        assert_eq!(ended.err, "error: command `nosuch` not found\n", "{line}");
    }
    for (line, code, kind) in [
        ("listen -o json -- nosuch", 127, "no_command"),
        ("mock run -o json -- nosuch", 127, "no_command"),
        ("listen -o json -- /", 126, "not_started"),
        ("mock run -o json -- /", 126, "not_started"),
    ] {
        let error = world.sh(line).ends_with(code).error();
        assert_eq!(error["kind"], kind, "{line}");
        assert_eq!(error["exit"], code, "{line}");
    }
}

#[test]
fn an_unexpected_argument_is_named_unless_it_may_be_a_secret() {
    let world = World::new();
    for (line, word) in [
        ("list xyz", "`xyz`"),
        ("list --label a=b words", "`words`; quote values"),
        ("doctor a b", "`b`"),
        ("demo x", "`x`"),
        ("mock run echo", "`echo`"),
        ("mock request pipeline-1", "`pipeline-1`"),
    ] {
        let ended = world.sh(line).ends_with(2);
        let expected = format!("error: unexpected argument {word}");
        assert!(ended.err.starts_with(&expected), "{line}: {}", ended.err);
    }
    for line in [
        "auth login hunter2",
        "secret set a X-T hunter2",
        "create a --header K:Bearer hunter2",
        "create a --secret-header K=Bearer hunter2",
        "create a --url http://h/ hunter2",
        "create a -uhttp://h/ hunter2",
        "create a hunter2=x",
        "create a hunter2:x",
    ] {
        let ended = world.sh(line).ends_with(2);
        assert!(!ended.err.contains("hunter2"), "{line}: {}", ended.err);
        assert!(ended.err.contains("unexpected argument;"), "{}", ended.err);
    }
}

#[test]
fn only_what_is_near_is_suggested() {
    let world = World::new();
    for line in [
        "logs --foo",
        "foo",
        "retry",
        "upgrade",
        "secret foo",
        "mock foo",
        "list -Z",
    ] {
        let ended = world.sh(line).ends_with(2);
        assert!(
            !ended.err.contains("similar") && !ended.err.contains("did you mean"),
            "{line}: {}",
            ended.err
        );
        assert!(ended.err.contains("hint: usage: ubihook"), "{}", ended.err);
    }
    assert_hints(
        &world,
        &[
            ("test --all", "ubihook list -o name | ubihook test -"),
            (
                "secret get a",
                "values are never shown; which ones are stored: ubihook secret list",
            ),
            (
                "secret add a",
                "ubihook secret set NAME --secret-header KEY",
            ),
            ("describe a", "ubihook get NAME"),
            ("import", "ubihook apply -f FILE"),
            ("validate", "ubihook diff -f FILE"),
            ("watch", "ubihook listen"),
            ("mock start", "ubihook mock serve"),
            ("mock list", "ubihook list --mock"),
            ("auth whoami", "ubihook auth status"),
            ("mock sreve", "did you mean 'serve'?"),
            ("comp", "did you mean 'completions'?"),
            ("list --json", "use -o json"),
            ("list --lable a=b", "a similar argument exists: '--label'"),
            (
                "test --secret K",
                "a similar argument exists: '--secret-header'",
            ),
            (
                "update a --test-first",
                "--test-first is an option of: create",
            ),
            (
                "list --db x",
                "--db is an option of: mock serve, mock run, mock reset, …",
            ),
            (
                "--event failed list",
                "put --event after the command that it is for",
            ),
            ("export -f x", "it prints to stdout: ubihook export > FILE"),
            (
                "export --out=x",
                "for a file of each webhook: ubihook export --dir DIR",
            ),
            (
                "export -o all.yaml",
                "-o is the format; to write to a file, add > FILE",
            ),
        ],
    );
}

#[test]
fn a_hint_of_the_mock_names_the_database_of_the_variable() {
    let world = World::new().set("UBIHOOK_MOCK_DB", "x.db");
    let ended = world.sh("mock request --pipeline pipeline-2").ends_with(3);
    assert!(!ended.err.contains("--db"), "{}", ended.err);
    let ended = world.sh("mock request").ends_with(2);
    let hint = "hint: ubihook mock request --deployment deployment-1 --db x.db";
    assert!(ended.err.contains(hint), "{}", ended.err);
}

#[test]
fn a_variable_that_was_not_replaced_is_warned_of() {
    let world = World::new();
    let line = "create a --pipeline pipeline-1 -e failed --dry-run";
    for (more, warning) in [
        (
            "--url http://h/ --header 'X-Team: $TEAM'",
            "the value of `X-Team` contains `$TEAM` literally",
        ),
        (
            "--url http://h/ --header 'X-Team: a ${TEAM}'",
            "the value of `X-Team` contains `${TEAM}` literally",
        ),
        ("--url 'http://h/?k=$KEY'", "the URL contains a variable"),
    ] {
        let ended = world.sh(&format!("{line} {more}")).ends_with(0);
        assert!(ended.err.contains(warning), "{more}: {}", ended.err);
    }
    for more in [
        "--url 'http://h/?k=$5'",
        "--url http://h/ --header 'X-Price: $5 $'",
    ] {
        world.sh(&format!("{line} {more}")).ends_with(0).silently();
    }
}

#[test]
fn send_takes_the_event_of_the_webhook_and_shows_what_it_would_send() {
    let world = World::new();
    world
        .sh_with(&[("SOURCE", VALUE)], CREATE_SECRET)
        .ends_with(0);
    let seen = world.answer("send --to a --dry-run");
    assert_eq!(seen["method"], "POST");
    assert_eq!(seen["body"]["event"], "pipeline_request_failed");
    let url = world.answer("get a")["url"].clone();
    assert_eq!(seen["path"], url);
    let ended = world.sh("send completed --to a --dry-run").ends_with(0);
    assert!(ended.out.contains("\"pipeline_request_completed\""));
    let ended = world.sh("send --url http://127.0.0.1:9/").ends_with(2);
    assert!(ended.err.contains("send needs an EVENT"), "{}", ended.err);
    world.sh("send --to a --count 2 --dry-run").ends_with(2);
}

#[test]
fn auth_status_refuses_a_project_that_does_not_exist() {
    let world = World::new();
    let ended = world.sh("auth status -p dmo").ends_with(3);
    assert!(ended.out.starts_with("signed in as "), "{}", ended.out);
    let error = "error: project `dmo` does not exist (project from --project)\n  \
                 hint: did you mean --project demo?\n";
    assert_eq!(ended.err, error);
    world.sh("auth status").ends_with(0).silently();
}

#[test]
fn a_message_of_export_is_a_whole_sentence_for_programs() {
    let world = World::new();
    world
        .sh_with(&[("SOURCE", VALUE)], CREATE_SECRET)
        .ends_with(0);
    let ended = world.sh("export -o json").ends_with(0);
    assert_eq!(ended.err.lines().count(), 1, "{}", ended.err);
    assert!(
        ended.err.contains("variables: UBIHOOK_SECRET_A_"),
        "{}",
        ended.err
    );
    let ended = world.sh("export").ends_with(0);
    assert_eq!(ended.err.lines().count(), 2, "{}", ended.err);
}

#[test]
fn a_value_that_only_this_machine_lacks_is_to_be_stored_here() {
    let world = World::new();
    world
        .sh_with(
            &[("SOURCE", VALUE)],
            &format!("{CREATE_SECRET} --store none"),
        )
        .ends_with(0);
    for line in ["send failed --to a", "listen --verify a"] {
        let ended = world.sh(line).ends_with(9).without("ubihook update");
        let hint = "hint: ubihook secret set a --secret-header A\n";
        assert!(ended.err.contains(hint), "{line}: {}", ended.err);
        let ended = world.sh(&format!("{line} --store none")).ends_with(9);
        let hint = "hint: add --secret-header A=SOURCE";
        assert!(ended.err.contains(hint), "{line}: {}", ended.err);
        assert!(!ended.err.contains("ubihook test"), "{line}: {}", ended.err);
    }
}

#[test]
fn the_value_of_a_temporary_webhook_is_not_asked_for() {
    let world = World::new();
    world
        .sh_with(
            &[("SOURCE", VALUE)],
            &format!("{CREATE_SECRET} --store none --label ubihook-listen=x"),
        )
        .ends_with(0);
    for line in ["test a", "send failed --to a"] {
        let ended = world.sh(line).ends_with(9).without("--secret-header");
        let hint = "create a request of pipeline `pipeline-1` instead";
        assert!(ended.err.contains(hint), "{line}: {}", ended.err);
    }
}

#[test]
fn a_mock_that_is_served_from_another_database_is_thought_of() {
    let world = World::new();
    let other = World::new();
    let served = Served::start(&other, "--db other.db");
    let there = served.world();
    there.sh(&format!("create a {NEEDED}")).ends_with(0);
    for line in [
        "mock request --pipeline pipeline-1 --outcome failed",
        "mock request --pipeline pipeline-9",
        "mock deliveries --webhook a",
    ] {
        let ended = there.sh(line);
        let db = there.state("mock.db");
        let said = format!(
            "in the database {}; for a mock that is served with --db FILE, add the same --db FILE",
            db.display()
        );
        assert!(ended.err.contains(&said), "{line}: {}", ended.err);
    }
    // One that was named is the right one.
    let line = "mock request --pipeline pipeline-1";
    for ended in [
        world.sh(&format!("{line} --db x.db")),
        world.sh_with(&[("UBIHOOK_MOCK_DB", "x.db")], line),
    ] {
        assert_eq!(
            ended.ends_with(0).err,
            "warning: no enabled webhook watches pipeline `pipeline-1` for completed requests\n"
        );
    }
}

#[test]
fn several_that_exist_are_answered_as_one() {
    let world = World::new();
    world.file("two.yaml", TWO);
    world.sh("create -f two.yaml").ends_with(0);
    let hint =
        "--if-exists update changes those that exist, --if-exists skip leaves them unchanged";
    let ended = world.sh("create -f two.yaml").ends_with(11);
    assert!(ended.err.contains(hint), "{}", ended.err);
    let hint = "--if-exists update changes it, --if-exists skip leaves it unchanged";
    let ended = world.sh("create a --pipeline pipeline-1 -e failed -u http://127.0.0.1:9/");
    assert!(ended.ends_with(5).err.contains(hint));
}

#[test]
fn an_object_that_does_not_exist_is_named_in_the_words_of_the_file() {
    let world = World::new();
    world.file("two.yaml", &TWO.replace("pipeline-1", "pipelin-1"));
    world.file("one.yaml", &one("a").replace("pipeline-1", "pipelin-1"));
    let hint = "hint: did you mean `pipeline: pipeline-1`?";
    for line in [
        "apply -f two.yaml --yes",
        "apply -f one.yaml --yes",
        "create -f two.yaml",
        "create -f one.yaml",
    ] {
        let ended = world.sh(line);
        assert!(ended.err.contains(hint), "{line}: {}", ended.err);
        assert!(!ended.err.contains("--pipeline"), "{line}: {}", ended.err);
    }
    let ended = world.sh("apply -f two.yaml --yes").ends_with(11);
    assert!(
        ended
            .err
            .contains("`b`: two.yaml:3: Pipeline was not found"),
        "{}",
        ended.err
    );
    let ended = world
        .sh("create -f one.yaml --pipeline pipelin-1")
        .ends_with(3);
    assert!(
        ended.err.contains("did you mean --pipeline pipeline-1?"),
        "{}",
        ended.err
    );
}

#[test]
fn an_update_of_several_says_what_it_is_about() {
    let world = World::new();
    world.file("two.yaml", TWO);
    world.sh("create -f two.yaml").ends_with(0);
    world
        .sh("update a b --label ubihook-owner=us --label team=blue")
        .ends_with(0);
    let ended = world.sh("update a b").ends_with(2);
    assert_eq!(
        ended.err,
        "error: no changes specified\n  hint: ubihook update a b --url URL, for example; see ubihook update -h\n"
    );
    let hidden = "headers: [{key: A, value: a-value, protected: true}]";
    let with_value = TWO.replace("event: failed", &format!("event: failed, {hidden}"));
    world.file("two.yaml", &with_value);
    let ended = world.sh("update -f two.yaml --store none").ends_with(0);
    let count = |part: &str| ended.err.matches(part).count();
    assert_eq!(
        count("the file contains the protected value of `A`;"),
        1,
        "{}",
        ended.err
    );
    for name in ["a", "b"] {
        let note = format!("webhook `{name}` keeps what is not in the file: label `team`;");
        assert_eq!(count(&note), 1, "{}", ended.err);
    }
    assert_eq!(count("ubihook-owner"), 0, "{}", ended.err);
}

#[test]
fn what_is_no_list_of_names_is_refused_before_any_call() {
    let world = World::new();
    world.file("two.yaml", TWO);
    world.sh("create -f two.yaml").ends_with(0);
    for format in ["json", "ndjson", "yaml", "table"] {
        let list = world.sh(&format!("list -o {format}")).ends_with(0).out;
        for verb in ["delete", "get", "test", "update", "export", "logs"] {
            let more = match verb {
                "delete" => " --yes",
                "update" => " --label a=b",
                _ => "",
            };
            let ended = world.sh_fed(&list, &format!("{verb} -{more}")).ends_with(2);
            let hint = format!("hint: ubihook list -o name | ubihook {verb} -\n");
            assert!(
                ended.err.contains("one name per line"),
                "{verb}: {}",
                ended.err
            );
            assert!(ended.err.contains(&hint), "{verb}: {}", ended.err);
        }
    }
    let list = world.sh("list -o name").out;
    assert_eq!(
        world.sh_fed(&list, "get - -o name").ends_with(0).out,
        "a\nb\n"
    );
}

#[test]
fn logs_of_a_webhook_that_does_not_exist_say_so() {
    let world = World::new();
    world.sh(&format!("create a {NEEDED}")).ends_with(0);
    let ended = world.sh("logs nosuch").ends_with(0);
    assert!(
        ended.err.contains("there is no webhook `nosuch`"),
        "{}",
        ended.err
    );
    assert!(
        !world
            .sh("logs a")
            .ends_with(0)
            .err
            .contains("there is no webhook")
    );
}

#[test]
fn a_mistake_in_a_file_has_its_own_line_and_the_words_of_files() {
    let world = World::new();
    let plain = "headers:\n- {key: X-A, value: b}\n- key: Authorization\n  value: abc\n";
    let owner = "defaults:\n  event: failed\n  labels:\n    team: a\n    ubihook-owner: me\n\
        webhooks:\n- {name: a, pipeline: pipeline-1, url: http://127.0.0.1:9/x}\n";
    for (text, line, part) in [
        (
            one("a") + plain,
            7,
            "`Authorization` usually carries credentials",
        ),
        (
            owner.to_owned(),
            5,
            "labels: `ubihook-owner` is set by `owner` or --owner",
        ),
        (one("a") + "about: x\n", 5, "did you mean `description`?"),
        (
            one("a") + "owner: x\n",
            5,
            "it is for a file with a list of `webhooks`",
        ),
        (
            "owner: x\n".to_owned() + &one("a"),
            2,
            "`name` is not allowed alongside `owner`, `defaults` or `webhooks`",
        ),
        (
            "- name: a\n- name: b\n".to_owned(),
            1,
            "missing: pipeline (or deployment, or experiment), event, url",
        ),
    ] {
        world.file("w.yaml", &text);
        let ended = world.sh("apply -f w.yaml --yes").ends_with(2);
        let start = format!("error: -f w.yaml:{line}: ");
        assert!(ended.err.starts_with(&start), "{text}: {}", ended.err);
        assert!(ended.err.contains(part), "{text}: {}", ended.err);
    }
    // The same where only one webhook is created.
    world.file("w.yaml", &(one("a") + plain));
    for line in ["create -f w.yaml", "apply -f w.yaml --yes"] {
        let ended = world.sh(line).ends_with(2);
        assert!(
            ended.err.starts_with("error: -f w.yaml:7: "),
            "{}",
            ended.err
        );
        let hint = "hint: set `protected: true`, with `value_from: env:UBIHOOK_SECRET_…`, or add --allow-plain";
        assert!(ended.err.contains(hint), "{}", ended.err);
    }
    world.file("w.yaml", "name: a\nevent: failed\n");
    let ended = world.sh("create -f w.yaml").ends_with(2);
    let said = "error: -f w.yaml:1: missing: pipeline (or deployment, or experiment), url\n";
    assert!(ended.err.starts_with(said), "{}", ended.err);
}

#[test]
fn a_short_token_leaves_the_message_readable() {
    let other = World::new();
    let served = Served::start(&other, "");
    let ended = World::facing(served.url(), "wrong").sh("list").ends_with(4);
    assert!(
        ended.err.starts_with("error: the token is not valid ("),
        "{}",
        ended.err
    );
}

#[test]
fn a_corrected_command_has_no_url_and_names_behind_two_dashes_are_names() {
    let world = World::new();
    world.file("w.yaml", &one("a"));
    for line in [
        "apply w.yaml https://hooks.example.org/services/T0/secret-path",
        "apply -- w.yaml",
        "apply --prune 3 --owner us",
    ] {
        let ended = world.sh(line).ends_with(2);
        ended
            .without("secret-path")
            .without("-- -f")
            .without("--prune=3");
    }
}

#[test]
fn a_value_in_place_of_the_name_of_a_variable_is_not_repeated() {
    let world = World::new();
    for value in [
        "eyJhbGciOiJIUzI1NiJ9",
        "abcdefghijklmnopqrstuvwx",
        "AB12CD34EF56GH78",
    ] {
        let line = format!("create a {NEEDED} --secret-header Authorization=env:{value}");
        let ended = world.sh(&line).ends_with(9);
        ended
            .saying("write the name of the variable, without `$`")
            .without(value);
    }
    for name in ["HOOK_TOKEN", "TF_VAR_orders_token", "hookToken", "token2"] {
        let line = format!("create a {NEEDED} --secret-header Authorization=env:{name}");
        world.sh(&line).ends_with(9).saying(&format!("`{name}`"));
    }
}

#[test]
fn flags_of_other_servers_are_refused_where_they_would_have_no_effect() {
    let world = World::without_mock();
    assert_hints(
        &world,
        &[
            ("listen -p 8080", "--port 8080"),
            ("mock serve -p 8080", "--port 8080"),
            ("listen --host 0.0.0.0", "--bind 0.0.0.0"),
            ("mock serve --host 127.0.0.1", "--bind 127.0.0.1"),
        ],
    );
    // It has no port of its own.
    let ended =
        world.sh("send failed --pipeline p --url http://127.0.0.1:9/ -p 8080 --host 0.0.0.0");
    ended.ends_with(7).without("--port").without("--bind");
}

#[test]
fn a_header_to_remove_that_is_not_there_is_said_if_it_may_be_a_typo() {
    let world = World::new().set("UBIHOOK_STORE", "file");
    world
        .sh(&format!(
            "create a {NEEDED} --label team=blue --header 'X-Team: 1'"
        ))
        .ends_with(0);
    let ended = world.sh("update a --remove-label Team").ends_with(0);
    ended.saying("has no label `Team`; did you mean `team`?");
    let ended = world.sh("update a --remove-header X-Taem --remove-label teem");
    ended
        .ends_with(0)
        .saying("has no header `X-Taem`; did you mean `X-Team`?")
        .saying("has no label `teem`; did you mean `team`?");
    world
        .sh("update a --remove-header Something-Else")
        .ends_with(0)
        .without("did you mean");
}

#[test]
fn a_test_of_a_missing_object_is_told_in_the_words_of_the_file() {
    let world = World::new();
    world.file("w.yaml", &one("a").replace("pipeline-1", "pipelin-1"));
    let ended = world.sh("apply -f w.yaml --yes --test").ends_with(3);
    ended
        .saying("w.yaml:1: ")
        .saying("did you mean `pipeline: pipeline-1`?");
}

#[test]
fn a_name_that_looks_like_a_file_is_a_name_if_there_is_such_a_webhook() {
    let world = World::new();
    world.file("w.yaml", &one("orders"));
    world.file("orders/x.yaml", &one("x"));
    let ended = world.sh("diff -f w.yaml orders ordres").ends_with(2);
    ended.saying("did you mean `orders`?").without("-f orders");
    for name in ["[prod] x", "- x", "# x"] {
        world.sh_fed(&format!("{name}\n"), "get -").ends_with(3);
    }
}
