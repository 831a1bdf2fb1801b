//! What is built from fields is masked by field and else exact: shown as it is in every format, and
//! given back unaltered. A mask is never written in place of a value.

use serde_json::{Value, json};

use crate::support::{
    Answer, BARE, CREATE_SECRET, Call, Fake, NEEDED, Served, TOKEN, World, all_pins, webhook_with,
};

#[test]
fn data_that_contains_a_value_is_shown_as_it_is_in_every_format() {
    let name = format!("of-{BARE}");
    let fields = json!({
        "object_name": name, "version": BARE, "description": format!("has {TOKEN} in it"),
        "url": format!("https://hooks.example.org/in?token={BARE}"),
        "labels": {BARE: TOKEN, "plain": "x"}, "id": BARE,
        "headers": [{"key": "X-Plain", "value": TOKEN, "protected": false}],
    });
    let there = webhook_with(&name, &fields);
    let fake = Fake::refusing(there.clone(), "no".to_owned());
    let world = fake.world();
    let shown = |line: &str| world.sh(line).ends_with(0).silently().out;
    assert_eq!(world.answer(&format!("get {name}")), there);
    assert_eq!(world.answer("list"), json!([there]));
    let line: Value = serde_json::from_str(&shown("list -o ndjson")).unwrap();
    assert_eq!(line, there);
    let yaml: Value = serde_saphyr::from_str(&shown(&format!("get {name} -o yaml"))).unwrap();
    assert_eq!(yaml, there);
    assert_eq!(shown("list -o name"), format!("{name}\n"));
    let card = shown(&format!("get {name}"));
    for part in [
        format!("{BARE}={TOKEN}"),
        format!("X-Plain: {TOKEN}"),
        format!("has {TOKEN} in it"),
        format!("?token={BARE}"),
    ] {
        assert!(card.contains(&part), "{part}: {card}");
    }
    assert!(shown("list").contains(&format!("?token={BARE}")));
    // Names in our own sentences too.
    world
        .sh(&format!("update {name} --timeout 3"))
        .ends_with(5)
        .saying(&format!("could not update webhook `{name}`"));
}

#[test]
fn what_get_printed_is_given_back_unaltered() {
    let home = World::without_mock();
    let served = Served::start(&home, "");
    let world = served.world();
    let token = served.token().split(' ').next_back().unwrap().to_owned();
    world
        .run([
            "create",
            "a",
            "--pipeline",
            "pipeline-1",
            "-e",
            "failed",
            "-u",
            &format!("http://127.0.0.1:9/in?token={token}"),
            "--header",
            &format!("X-Plain: {}", served.token()),
            "--label",
            &format!("{token}={token}"),
            "--description",
            &format!("of {token}"),
        ])
        .ends_with(0);
    let before = world.answer("get a");
    assert_eq!(before["labels"], json!({token.as_str(): token}));
    for format in ["json", "yaml", "ndjson"] {
        let text = world.sh(&format!("get a -o {format}")).ends_with(0).out;
        let same = world.sh_fed(&text, "update -f - -o json").ends_with(0);
        assert_eq!(same.json()["result"], "unchanged", "{format}");
        let edited = text.replace("timeout\": 10", "timeout\": 20");
        world.sh_fed(&edited, "update -f -").ends_with(0);
    }
    let mut after = world.answer("get a");
    assert_eq!(after["timeout"], 20);
    after["timeout"] = before["timeout"].clone();
    after["last_updated"] = before["last_updated"].clone();
    assert_eq!(after, before);
}

#[test]
fn a_mask_that_would_be_written_is_refused() {
    let world = World::new()
        .set("MASK", "***")
        .set("VALUE", "a-protected-value");
    let object = "--pipeline pipeline-1 -e failed";
    for given in [
        "-u http://127.0.0.1:9/***",
        "-u http://127.0.0.1:9/in?token=***",
        "-u http://127.0.0.1:9/in --header 'X-A: ***'",
        "-u http://127.0.0.1:9/in --header 'X-A: Token ***'",
        "-u http://127.0.0.1:9/in --label team=***",
        "-u http://127.0.0.1:9/in --label ***=blue",
        "-u http://127.0.0.1:9/in --description 'has ***'",
        "-u http://127.0.0.1:9/in --secret-header A=env:MASK",
        "-u http://127.0.0.1:9/in --secret-header 'A=Bearer {env:MASK}'",
    ] {
        for how in ["", "--dry-run", "--if-exists update"] {
            world
                .sh(&format!("create a {object} {given} {how}"))
                .ends_with(2)
                .saying("contains `***`, which ubihook prints instead of a value")
                .without("127.0.0.1:9");
        }
    }
    assert_eq!(world.names(), [""; 0]);
    let create = format!("create a {NEEDED} --label team=blue --secret-header A=env:VALUE");
    world.sh(&create).ends_with(0);
    for given in [
        "-u http://127.0.0.1:9/***",
        "--header 'X-A: ***'",
        "--label team=***",
        "--description ***",
        "--name ***",
        "--secret-header A=env:MASK",
    ] {
        world
            .sh(&format!("update a {given}"))
            .ends_with(2)
            .saying("contains `***`");
    }
    let text = world.sh("get a -o json").ends_with(0).out;
    for (from, to) in [
        ("9/in", "9/***"),
        ("\"blue\"", "\"***\""),
        ("\"value\": null", "\"value\": \"***\""),
    ] {
        let masked = text.replace(from, to);
        assert_ne!(masked, text);
        let refused = world.sh_fed(&masked, "update -f - -o json").ends_with(2);
        assert_eq!(refused.error()["kind"], "usage");
        world.sh_fed(&masked, "create b -f -").ends_with(2);
    }
    // As `--dry-run` prints it, and as credentials in a URL are shown.
    let body = world.answer("update a --secret-header A=env:VALUE --dry-run");
    let body = body["body"].to_string();
    assert!(body.contains("***"), "{body}");
    world.sh_fed(&body, "update a -f -").ends_with(2);
    world
        .sh("update a -u http://***@127.0.0.1:9/in")
        .ends_with(2)
        .saying("contains `***@`");
    assert_eq!(
        world.answer("get a"),
        serde_json::from_str::<Value>(&text).unwrap()
    );
}

#[test]
fn a_mask_that_the_platform_has_is_no_reason_to_refuse_a_change() {
    let there = webhook_with(
        "a",
        &json!({"url": "https://a.example/***", "labels": {"team": "***"}, "description": "***",
            "headers": [{"key": "X-A", "value": "***", "protected": false}]}),
    );
    let fake = Fake::new(move |_, call| match call.method.as_str() {
        "GET" => Answer::Json(200, there.clone()),
        _ => Answer::Json(400, json!({"error": call.body})),
    });
    let world = fake.world();
    let text = world.sh("get a -o json").ends_with(0).out;
    world.sh_fed(&text, "update -f -").ends_with(0);
    for change in ["--timeout 3", "--label stage=test", "--header 'X-B: 1'"] {
        world.sh(&format!("update a {change}")).ends_with(5);
    }
    world.sh("update a --label stage=***").ends_with(2);
    let is_change = |line: &String| line.starts_with("PATCH ");
    assert_eq!(fake.lines().into_iter().filter(is_change).count(), 3);
}

#[test]
fn no_answer_tells_which_of_all_numbers_is_the_value() {
    let world = World::new().set("PIN", "4711");
    let create = format!("create a {NEEDED} --secret-header X-Pin=env:PIN");
    world.sh(&create).ends_with(0);
    let list = all_pins().join(" ");
    // In pieces, since a list of all is longer than an argument can be.
    for (at, part) in list.as_bytes().chunks(25_000).enumerate() {
        let part = std::str::from_utf8(part).unwrap().trim_end();
        let label = format!("pins={part}");
        for output in ["json", "ndjson", "yaml", "table"] {
            let ended = world.run([
                "update",
                "a",
                "--label",
                &label,
                "--secret-header",
                "X-Pin=env:PIN",
                "-o",
                output,
            ]);
            let ended = ended.ends_with(0);
            let shown = match output {
                // Of what was so already a table says nothing.
                "table" => world.sh("get a").out,
                "yaml" => serde_saphyr::from_str::<Value>(&ended.out)
                    .unwrap()
                    .to_string(),
                _ => ended.out,
            };
            assert!(shown.contains(part), "part {at} as {output}");
        }
    }
}

#[test]
fn a_protected_value_that_comes_back_is_in_no_answer_whatever_it_comes_as() {
    let echo = |protected: Value| {
        move |_: usize, call: &Call| {
            let mut headers = json!([{"key": "a", "value": "a-protected-value"}]);
            if !protected.is_null() {
                headers[0]["protected"] = protected.clone();
            }
            let there = webhook_with("a", &json!({ "headers": headers }));
            match call.method.as_str() {
                "POST" => Answer::Json(201, there),
                "GET" if call.path.ends_with("/webhooks") => Answer::Json(200, json!([there])),
                _ => Answer::Json(200, there),
            }
        }
    };
    for protected in [json!(true), json!(false), json!(null)] {
        let fake = Fake::new(echo(protected));
        let world = fake.world().set("SOURCE", "a-protected-value");
        for output in ["table", "json", "yaml", "json -vv"] {
            for line in [
                CREATE_SECRET.to_owned(),
                "update a --secret-header A=env:SOURCE".to_owned(),
                "update a --secret-header A=env:SOURCE --dry-run".to_owned(),
            ] {
                world
                    .sh(&format!("{line} -o {output}"))
                    .without("a-protected-value");
            }
        }
    }
}

#[test]
fn a_mask_in_a_world_of_the_mock_is_refused() {
    let world = World::new();
    let file = "webhooks:\n- {name: w, object_type: pipeline, object_name: pipeline-1, \
                event: failed, url: 'http://127.0.0.1:9/***'}\n";
    world
        .sh_fed(file, "mock reset --yes -f -")
        .ends_with(2)
        .saying("`w`: url: contains `***`");
}
