//! What others say in words of their own is scrubbed of every value that is known, in each of its
//! spellings; our own words stay.

use serde_json::{Value, json};

use crate::support::{
    Answer, BARE, CREATE_SECRET, Ended, Fake, NEEDED, TOKEN, World, all_pins, webhook_with,
};

const PIN: &str = "4711";

#[test]
fn a_platform_that_quotes_all_numbers_does_not_tell_which_one_is_the_value() {
    let chunks: Vec<String> = all_pins().chunks(90).map(|pins| pins.join(" ")).collect();
    let holder = chunks.iter().find(|text| text.contains(PIN)).unwrap();
    let other = chunks.iter().find(|text| !text.contains(PIN)).unwrap();
    let told = |words: &str, loud: &str| {
        let fake = Fake::refusing(webhook_with("a", &json!({})), words.to_owned());
        let line = format!("create b {NEEDED} --secret-header X-Pin=env:PIN {loud}");
        let ended = fake.world().set("PIN", PIN).sh(&line).ends_with(5);
        let port = fake.url();
        ended.err.replace(&port, "")
    };
    for loud in ["", "-o json"] {
        assert_eq!(told(holder, loud), told(other, loud));
        assert!(!told(holder, loud).contains(PIN));
    }
    // Numbers of the trace itself, its times and ids, are no part of it.
    assert!(!told(holder, "-vv").contains(PIN));
    assert!(!told(other, "-vv").contains("0001"));
}

/// A value with something in it for each way to spell one.
const VALUE: &str = "s3cret/xyzu\u{e9}+of \"it\" <&>";

fn json_of(text: &str) -> String {
    let json = json!(text).to_string();
    json[1..json.len() - 1].to_owned()
}

fn url_of(text: &str, kept: &str) -> String {
    let spelled = |byte: u8| match char::from(byte) {
        c if c.is_ascii_alphanumeric() || kept.contains(c) => c.to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(spelled).collect()
}

fn base64_of(text: &str) -> String {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let group = |bytes: &[u8]| -> String {
        let bits = bytes
            .iter()
            .fold(0, |bits, byte| bits << 8 | usize::from(*byte));
        let bits = bits << (8 * (3 - bytes.len()));
        let digit = |at: usize| char::from(DIGITS[bits >> (18 - 6 * at) & 63]);
        (0..=bytes.len()).map(digit).collect()
    };
    text.as_bytes().chunks(3).map(group).collect()
}

/// Each way in which a platform could repeat the value.
fn spellings() -> Vec<String> {
    let plain = VALUE.to_owned();
    let (json, url) = (json_of(VALUE), url_of(VALUE, "-._~"));
    let slashed = json.replace('/', r"\/").replace('\u{e9}', r"\u00e9");
    let html = VALUE
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    let html = html.replace('"', "&quot;");
    let mut all = vec![
        plain.to_uppercase(),
        json_of(&json),
        json_of(&slashed),
        slashed
            .replace(r"\u00e9", r"\u00E9")
            .replace('<', r"\u003c"),
        url.to_lowercase(),
        url_of(VALUE, "-._~/"),
        url_of(VALUE, "-._~/ ").replace(' ', "+"),
        url_of(&url, ""),
        url_of(&json, ""),
        html.replace('/', "&#x2F;").replace('\u{e9}', "&#233;"),
        html.replace('&', "&amp;"),
        VALUE.replace('/', "\u{7}/\u{202e}"),
    ];
    for user in ["", "u:", "us:", "user:"] {
        let coded = base64_of(&format!("{user}{VALUE}"));
        let urlsafe = coded.replace('+', "-").replace('/', "_");
        all.extend([coded.replace('/', r"\/"), coded + "==", urlsafe]);
    }
    all.extend([plain, json, url, slashed, html]);
    all
}

#[test]
fn words_of_the_platform_are_scrubbed_of_each_spelling() {
    let spellings = spellings();
    for spelled in &spellings {
        // Whatever is left of a value: its first and its last letters.
        let left = |text: &str| {
            let plain = text.to_lowercase();
            let middle = spelled.chars().skip(3).take(8).collect::<String>();
            let parts = ["s3cret", "xyzu", "of \\\"it", middle.as_str()];
            parts
                .iter()
                .any(|part| plain.contains(&part.to_lowercase()))
        };
        let words = format!("I was sent <{spelled}>, which is wrong");
        let fake = Fake::refusing(webhook_with("a", &json!({})), words);
        let world = fake.world().set("SOURCE", VALUE);
        for loud in ["", "-o json", "-vv", "-vv -o json"] {
            let line = format!("create b {NEEDED} --secret-header A=env:SOURCE {loud}");
            let ended = world.sh(&line).ends_with(5).saying("which is wrong");
            assert!(!left(&ended.err), "{spelled}: {}", ended.err);
        }
    }
}

#[test]
fn why_a_test_failed_is_scrubbed_in_data_too() {
    for spelled in spellings() {
        let why = format!("called with <{spelled}>");
        let fake = Fake::new(move |_, call| match call.method.as_str() {
            "POST" => Answer::Json(201, json!({"id": "1", "status": "pending"})),
            _ => Answer::Json(
                200,
                json!({"id": "1", "status": "failed", "error_message": why}),
            ),
        });
        let world = fake.world().set("SOURCE", VALUE);
        for output in ["table", "json", "ndjson", "yaml"] {
            let ended = world
                .sh(&format!(
                    "test {NEEDED} --secret-header A=env:SOURCE -o {output}"
                ))
                .ends_with(7);
            for text in [&ended.out, &ended.err] {
                let (_, quoted) = text.split_once("called with <").unwrap();
                let (quoted, _) = quoted.split_once('>').unwrap();
                // The name in front of a value in base64 may be left.
                assert!(
                    quoted.contains("***") && quoted.len() < 10,
                    "{spelled}: {text}"
                );
            }
        }
    }
}

#[test]
fn our_own_words_stay_whatever_the_value_is() {
    for value in [
        "create",
        "webhook",
        "could not",
        "platform",
        "answered",
        "nothing",
        "timeout",
        "error:",
        "warning",
        "--secret-header",
        "projects",
        "webhooks",
        "authorization",
    ] {
        let world = World::new().set("SOURCE", value);
        let said = |line: &str| world.sh(line);
        said(&format!("{CREATE_SECRET} --store none")).ends_with(0);
        let ended = said(&format!("{CREATE_SECRET} -v"));
        ended
            .ends_with(5)
            .saying("could not create webhook `a`: a webhook with that name already exists")
            .saying("< POST /v2/projects/demo/webhooks 400");
        said("test a --store none")
            .ends_with(9)
            .saying("ubihook test a --secret-header A --store none");
        said("update b --secret-header A=env:SOURCE")
            .ends_with(3)
            .saying("could not update");
    }
}

#[test]
fn a_short_value_is_warned_about_once_and_however_it_is_given() {
    let world = World::new()
        .set("SHORT", "hunter2")
        .set("LONG", "hunter22")
        .set("UBIHOOK_SECRET_SHORT", "1234");
    let count = |ended: &Ended| ended.err.matches("fewer than 8 bytes").count();
    for (line, warned) in [
        (
            format!("create a {NEEDED} --secret-header A=env:SHORT -q"),
            1,
        ),
        (format!("create b {NEEDED} --secret-header A=env:LONG"), 0),
        (
            "update a --secret-header 'A=Bearer {env:SHORT}'".to_owned(),
            1,
        ),
        (
            "update a --secret-header A=env:SHORT --secret-header B=env:SHORT".to_owned(),
            2,
        ),
        ("test a --no-wait --secret-header A=env:SHORT".to_owned(), 1),
        ("test a --no-wait".to_owned(), 0),
        ("update a --timeout 3".to_owned(), 0),
    ] {
        let ended = world.sh(&line).ends_with(0);
        assert_eq!(count(&ended), warned, "{line}: {}", ended.err);
        assert!(!ended.err.contains("hunter2"));
    }
    for header in [
        "{key: A, value: short, protected: true}",
        "{key: A, value_from: 'env:UBIHOOK_SECRET_SHORT'}",
    ] {
        let file = format!("name: b\nheaders:\n- {header}\n");
        let ended = world.sh_fed(&file, "update -f - -o json").ends_with(0);
        assert_eq!(count(&ended), 1, "{}", ended.err);
        let messages = ended.err.lines().map(|line| {
            let line: Value = serde_json::from_str(line).unwrap();
            line["warning"]["message"].as_str().unwrap().to_owned()
        });
        let short = messages.filter(|it| it.contains("the value of `A` has fewer than 8 bytes"));
        assert_eq!(short.count(), 1, "{}", ended.err);
    }
}

#[test]
fn a_value_in_the_path_of_a_call_is_scrubbed_from_the_trace() {
    let fake = Fake::refusing(webhook_with("a", &json!({})), "no".to_owned());
    let ended = fake
        .world()
        .sh(&format!("list -vv --label token={BARE}"))
        .ends_with(0);
    ended
        .saying("> GET /v2/projects/demo/webhooks?labels=")
        .without(BARE);
}

#[test]
fn a_value_that_a_trace_shows_as_a_number_is_scrubbed() {
    let fake = Fake::new(|_, _| Answer::Json(400, json!({"error": "no", "got": 20_260_203})));
    let ended = fake
        .world()
        .set("SOURCE", "20260203")
        .sh(&format!("{CREATE_SECRET} -vv"))
        .without("20260203");
    insta::assert_snapshot!(ended.snapshot(), @r#"
    [5]
    -- stderr
    > POST /v2/projects/demo/webhooks
    > accept: application/json
    > authorization: ***
    > content-type: application/json
    {
      "name": "a",
      "object_type": "pipeline",
      "object_name": "pipeline-1",
      "url": "http://127.0.0.1:8080/…",
      "event": "pipeline_request_failed",
      "headers": [
        {
          "key": "A",
          "value": "***",
          "protected": true
        }
      ]
    }
    < POST /v2/projects/demo/webhooks 400 (21 ms, 29 bytes)
    < connection: close
    < content-type: application/json
    < date: Tue, 03 Feb 2026 10:11:12 GMT
    < content-length: 29
    {
      "error": "no",
      "got": "***"
    }
    > GET /v2/projects/demo/webhooks/a
    > accept: application/json
    > authorization: ***
    < GET /v2/projects/demo/webhooks/a 400 (21 ms, 29 bytes)
    < connection: close
    < content-type: application/json
    < date: Tue, 03 Feb 2026 10:11:12 GMT
    < content-length: 29
    {
      "error": "no",
      "got": "***"
    }
    error: could not create webhook `a`: no (the platform answered 400)
    "#);
}

#[test]
fn what_is_typed_in_the_wrong_place_is_scrubbed_from_the_refusal() {
    let fake = Fake::refusing(webhook_with("a", &json!({})), "no".to_owned());
    for line in ["--api-timeout", "--store", "--color", "-o"] {
        for value in [BARE, TOKEN] {
            fake.world()
                .run(["list", line, value])
                .ends_with(2)
                .saying("***")
                .without(BARE);
        }
    }
    fake.world().sh(BARE).ends_with(2).without(BARE);
    fake.world()
        .sh(&format!("list --{BARE}"))
        .ends_with(2)
        .without(BARE);
}

#[test]
fn names_of_the_apis_fields_are_our_own_words_in_a_trace() {
    for value in [
        "object_name",
        "name",
        "description",
        "error_message",
        "headers",
    ] {
        let there = webhook_with(
            "a",
            &json!({"labels": {"name": "x", "of error_message": "y"}}),
        );
        let fake = Fake::refusing(there, "no".to_owned());
        let ended = fake
            .world()
            .set("SOURCE", value)
            .sh("update a --secret-header A=env:SOURCE --store none -vv")
            .ends_with(5);
        for part in [
            "\"object_name\":",
            "\"name\": \"a\"",
            "\"description\":",
            "\"headers\":",
        ] {
            assert!(ended.err.contains(part), "{value}: {}", ended.err);
        }
        if value == "error_message" {
            // The key of a label is no word of ours.
            let err = ended.err.as_str();
            assert!(err.contains("\"of ***\": \"y\""), "{err}");
        }
    }
}

#[test]
fn a_refusal_longer_than_any_sentence_is_not_searched() {
    let fake = Fake::new(|_, _| Answer::Json(400, json!({"error": "\\".repeat(2 << 20)})));
    let ended = fake
        .world()
        .sh("get a")
        .ends_with(5)
        .saying("the platform answered 400");
    assert!(ended.err.len() < 200, "{}", ended.err);
}
