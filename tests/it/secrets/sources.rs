//! Where values come from, and what is refused as a source.

use serde_json::json;

use crate::support::{Fake, NEEDED, VALUE, World};

/// What the platform was sent as the value of its only header.
fn sent(world: &World, fake: &Fake, stdin: &str, source: &str) -> String {
    world
        .sh_fed(
            stdin,
            &format!("create a {NEEDED} --secret-header '{source}'"),
        )
        .ends_with(0);
    let calls = fake.calls();
    calls.last().unwrap().json()["headers"][0]["value"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[test]
fn values_come_from_where_they_are_said_to_come_from() {
    let fake = Fake::taking();
    let world = fake.world().set("SOURCE", VALUE);
    world.file("s.txt", "from-a-file\n");
    for (stdin, source, expected) in [
        ("", "A=env:SOURCE", VALUE),
        ("", "A=file:s.txt", "from-a-file"),
        ("from-stdin\n", "A=stdin", "from-stdin"),
        ("from-stdin", "A=stdin", "from-stdin"),
        ("", "A=Bearer {env:SOURCE}", "Bearer a-protected-value"),
        ("", "A=<{file:s.txt}>", "<from-a-file>"),
        ("from-stdin\r\n", "A=Token {stdin}", "Token from-stdin"),
    ] {
        assert_eq!(sent(&world, &fake, stdin, source), expected, "{source}");
    }
}

#[test]
fn one_trailing_newline_is_cut_and_nothing_else() {
    let fake = Fake::taking();
    let world = fake.world().set("SOURCE", " kept ");
    assert_eq!(sent(&world, &fake, "", "A=env:SOURCE"), " kept ");
    assert_eq!(sent(&world, &fake, " padded \r\n", "A=stdin"), " padded ");
    // The second newline stays, and no header can carry it.
    let calls = fake.calls().len();
    let ended = world.sh_fed(
        "two\n\n",
        &format!("create a {NEEDED} --secret-header A=stdin"),
    );
    ended.ends_with(9);
    assert_eq!(fake.calls().len(), calls);
}

#[test]
fn a_source_that_cannot_be_used_is_9_before_any_call() {
    let fake = Fake::script([]);
    let world = fake.world().set("EMPTY", "");
    world.file("empty", "");
    world.file("newline", "\n");
    for source in [
        "env:NOT_SET",
        "env:EMPTY",
        "file:nope",
        "file:.",
        "file:empty",
        "file:newline",
        "stdin",
        "Bearer {env:NOT_SET}",
    ] {
        let ended = world.sh(&format!(
            "create a {NEEDED} --secret-header 'X-A={source}' -o json"
        ));
        assert_eq!(ended.code, 9, "{source}: {ended:#?}");
        assert_eq!(ended.error()["kind"], "secret");
        assert!(ended.err.contains("X-A"), "{}", ended.err);
    }
    assert_eq!(fake.lines(), [""; 0]);
}

#[test]
fn a_question_that_cannot_be_asked_is_2_before_any_call() {
    let fake = Fake::script([]);
    for source in ["X-A", "X-A=prompt", "'X-A=Bearer {prompt}'"] {
        fake.world()
            .sh(&format!("create a {NEEDED} --secret-header {source}"))
            .ends_with(2)
            .saying("X-A");
    }
    assert_eq!(fake.lines(), [""; 0]);
}

#[test]
fn a_literal_value_is_refused_with_the_sources_and_never_repeated() {
    let world = World::new();
    for argument in [
        "Authorization=hunter2",
        "Authorization=Token hunter2",
        "Authorization: hunter2",
        "Authorization=hunter2 {env:HOME",
        "Authorization={hunter2}",
        "Authorization=env:hunter2 hunter2",
        "Authorization=ENV:hunter2!",
        "Authorization={env:HOME}{env:hunter2}",
        "=hunter2",
    ] {
        for output in ["table", "json"] {
            for verb in [
                "create a --pipeline pipeline-1 -e failed -u http://127.0.0.1:9/",
                "update a",
                "test a",
            ] {
                let ended = world.sh(&format!("{verb} --secret-header '{argument}' -o {output}"));
                ended.ends_with(2).without("hunter2");
            }
        }
    }
    let ended = world.sh(&format!(
        "create a {NEEDED} --secret-header Authorization=hunter2"
    ));
    let ended = ended
        .ends_with(2)
        .saying("Authorization")
        .saying("prompt")
        .saying("env:");
    insta::assert_snapshot!(ended.snapshot(), @"
    [2]
    -- stderr
    error: --secret-header: `Authorization`: a secret can't be given on the command line: its source must be prompt, env:NAME, file:PATH, stdin or cmd:COMMAND LINE, or text that contains one of them in braces, such as 'Bearer {env:NAME}'
    ");
}

#[test]
fn a_refused_header_argument_repeats_its_name_at_most() {
    let world = World::new();
    for argument in [
        "Authorization: hunter2",
        "Cookie: hunter2",
        "hunter2",
        "X A: hunter2",
        "X-A: hunter2\u{1}",
        ": hunter2",
    ] {
        for output in ["table", "json"] {
            let ended = world.sh(&format!(
                "create a {NEEDED} --header '{argument}' -o {output}"
            ));
            assert_eq!(ended.code, 2, "{argument}");
            ended.without("hunter2");
        }
    }
}

#[test]
fn a_header_that_carries_credentials_is_refused_unless_plain_is_allowed() {
    let world = World::new();
    for name in [
        "Authorization",
        "authorization",
        "Cookie",
        "X-Api-Key",
        "Proxy-Authorization",
        "X-Auth-Token",
    ] {
        world
            .sh(&format!("create a {NEEDED} --header '{name}: hunter2'"))
            .ends_with(2)
            .saying("--secret-header")
            .saying("--allow-plain");
    }
    let made = world.answer(&format!(
        "create a {NEEDED} --header 'X-Api-Key: open' --allow-plain"
    ));
    assert_eq!(
        made["webhook"]["headers"][0],
        json!({"key": "X-Api-Key", "value": "open", "protected": false})
    );
}

#[test]
fn a_name_of_a_variable_that_is_none_is_not_repeated() {
    // Whoever types the value itself after `env:` should not find it in a log.
    for source in [
        "env:hunter2-value",
        "env:Token hunter2",
        "Bearer {env:hunter2/x}",
    ] {
        let ended = World::new().sh(&format!("create a {NEEDED} --secret-header 'A={source}'"));
        ended.ends_with(2).without("hunter2");
    }
}
