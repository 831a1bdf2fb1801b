//! What is tried again, how often, and what is not.

use serde_json::json;

use crate::support::{Answer, Fake, NEEDED, raw, webhook, webhook_with};

fn list() -> Answer {
    Answer::Json(200, json!([]))
}

#[test]
fn a_read_is_tried_three_times() {
    for answer in [
        Answer::Cut,
        Answer::Truncated("{\"id".to_owned()),
        raw(500, &[], ""),
        raw(502, &[], "<html>"),
        raw(503, &[], ""),
        raw(504, &[], ""),
        raw(429, &[("x-ratelimit-reset", "0")], ""),
    ] {
        let given = answer.clone();
        let fake = Fake::new(move |_, _| given.clone());
        let ended = fake.world().sh("list").ends_with(6);
        assert_eq!(fake.calls().len(), 3, "{answer:?}");
        // Each wait is said.
        assert_eq!(ended.err.matches("retrying").count(), 2, "{}", ended.err);
        assert_eq!(ended.out, "");
    }
}

#[test]
fn a_read_that_goes_well_at_last_is_0() {
    let fake = Fake::script([Answer::Cut, raw(503, &[], ""), list()]);
    assert_eq!(fake.world().answer("list"), json!([]));
}

#[test]
fn a_list_that_is_cut_leaves_nothing_behind() {
    let webhooks: Vec<_> = (0..900).map(|at| webhook(&format!("w{at}"))).collect();
    let whole = Answer::Json(200, json!(webhooks));
    let text = json!(webhooks).to_string();
    let begun = Answer::Truncated(text[..text.len() / 2].to_owned());
    for format in ["json", "ndjson", "yaml", "name", "table"] {
        let line = format!("list -o {format}");
        let fake = Fake::script([begun.clone(), whole.clone()]);
        let ended = fake.world().sh(&line).ends_with(0);
        for name in ["w0", "w450", "w899"] {
            assert_eq!(ended.out.matches(name).count(), 1, "{format}");
        }
        let cut = begun.clone();
        let fake = Fake::new(move |_, _| cut.clone());
        let ended = fake.world().sh(&line).ends_with(6);
        assert_eq!(ended.out, "", "{format}");
    }
}

#[test]
fn other_answers_are_not_asked_for_again() {
    for (status, code) in [
        (400, 5),
        (401, 4),
        (403, 4),
        (404, 3),
        (409, 5),
        (422, 5),
        (501, 6),
    ] {
        let fake = Fake::new(move |_, _| Answer::Json(status, json!({"error": "no"})));
        fake.world().sh("list").ends_with(code);
        // What comes after a 404 asks for something else: the names that could have been meant.
        let again = fake
            .calls()
            .iter()
            .filter(|call| call.path.ends_with("/webhooks"))
            .count();
        assert_eq!(again, 1, "{status}");
    }
}

#[test]
fn a_write_is_tried_again_on_429_alone() {
    let fake = Fake::script([
        raw(429, &[("x-ratelimit-reset", "0")], ""),
        raw(429, &[("retry-after", "0")], ""),
        Answer::Json(
            201,
            webhook_with("a", &json!({"url": "http://127.0.0.1:9/in"})),
        ),
    ]);
    fake.world().sh(&format!("create a {NEEDED}")).ends_with(0);
    assert_eq!(fake.lines(), ["POST /v2/projects/demo/webhooks"; 3]);
}

#[test]
fn a_write_is_not_sent_twice_on_anything_else() {
    for status in [500, 502, 503, 504] {
        let fake = Fake::new(move |_, call| match call.method.as_str() {
            "GET" => Answer::Json(404, json!({"error": "Webhook was not found"})),
            _ => raw(status, &[], ""),
        });
        fake.world().sh(&format!("create a {NEEDED}")).ends_with(6);
        let writes = fake
            .lines()
            .iter()
            .filter(|line| line.starts_with("POST"))
            .count();
        assert_eq!(writes, 1, "{status}");
    }
}

#[test]
fn a_write_gives_up_after_three_429() {
    let fake = Fake::new(|_, _| raw(429, &[("retry-after", "0")], ""));
    let ended = fake
        .world()
        .sh(&format!("create a {NEEDED} -o json"))
        .ends_with(6);
    assert_eq!(fake.calls().len(), 3);
    assert_eq!(ended.error()["http_status"], 429);
    assert_eq!(ended.error()["retryable"], true);
}

#[test]
fn a_wait_that_does_not_fit_is_not_begun() {
    for header in ["x-ratelimit-reset", "retry-after"] {
        let fake = Fake::new(move |_, _| raw(429, &[(header, "61")], ""));
        let ended = fake.world().sh("list -o json").ends_with(6);
        assert_eq!(fake.calls().len(), 1);
        assert_eq!(ended.error()["retryable"], true);
        assert!(ended.err.contains("1 min 1 s"), "{}", ended.err);
    }
}

#[test]
fn an_asked_wait_is_kept() {
    let fake = Fake::script([raw(429, &[("x-ratelimit-reset", "1")], ""), list()]);
    let begun = std::time::Instant::now();
    let ended = fake.world().sh("list");
    insta::assert_snapshot!(ended.snapshot(), @"
    [0]
    -- stderr
    warning: rate limit exceeded; retrying in 1 s
    ");
    assert!(begun.elapsed() >= std::time::Duration::from_secs(1));
}

#[test]
fn waits_are_warnings_where_json_is_asked_for() {
    let fake = Fake::script([raw(503, &[], ""), Answer::Json(200, json!([webhook("a")]))]);
    let ended = fake.world().sh("list -o json").ends_with(0);
    let warning: serde_json::Value = serde_json::from_str(ended.err.trim()).unwrap();
    assert!(warning["warning"]["message"].is_string(), "{warning}");
}

#[test]
fn a_cut_body_of_an_error_is_no_success() {
    let fake = Fake::new(|_, _| Answer::Truncated("{\"id".to_owned()));
    fake.world().sh("get a").ends_with(6);
    assert_eq!(fake.calls().len(), 3);
}

#[test]
fn an_answer_without_end_is_6() {
    // 65 MiB of a string that never ends.
    let big = format!("[\"{}\"]", "x".repeat(65 << 20));
    let fake = Fake::new(move |_, _| raw(200, &[("content-type", "application/json")], &big));
    fake.world().sh("list").ends_with(6);
}

#[test]
fn a_wait_longer_than_any_number_is_not_begun() {
    for header in ["retry-after", "x-ratelimit-reset"] {
        for seconds in [
            "61",
            "99999999999",
            "99999999999999999999999",
            "18446744073709550000",
        ] {
            let fake = Fake::new(move |_, _| raw(429, &[(header, seconds)], ""));
            fake.world()
                .sh("list")
                .ends_with(6)
                .saying("longer than ubihook waits");
            assert_eq!(fake.calls().len(), 1, "{header}: {seconds}");
        }
    }
}

#[test]
fn a_test_whose_id_no_url_can_carry_is_not_followed() {
    let fake = Fake::new(|_, _| Answer::Json(201, json!({"id": "..", "status": "pending"})));
    let line = "test --pipeline pipeline-1 --event failed --url https://a.example/";
    fake.world().sh(line).ends_with(6);
    assert_eq!(fake.lines(), ["POST /v2/projects/demo/webhooks-tests"]);
    fake.world().sh("test --id ..").ends_with(2);
    assert_eq!(fake.calls().len(), 1);
}

#[test]
fn a_wait_until_a_date_is_kept_or_not_begun() {
    let date = ("date", "Fri, 27 Nov 2026 10:00:00 GMT");
    for (until, calls) in [
        ("Fri, 27 Nov 2026 11:00:00 GMT", 1),
        ("Friday, 27-Nov-26 11:00:00 GMT", 1),
        ("Fri Nov 27 11:00:00 2026", 1),
        // Passed: tried again after the usual wait.
        ("Fri, 27 Nov 2026 09:59:59 GMT", 3),
    ] {
        for status in [429, 503] {
            let fake = Fake::new(move |_, _| raw(status, &[date, ("retry-after", until)], ""));
            let ended = fake.world().sh("list").ends_with(6);
            assert_eq!(fake.calls().len(), calls, "{status} {until}");
            let not_begun = ended
                .err
                .contains("asked to wait 60 min, longer than ubihook waits");
            assert_eq!(not_begun, calls == 1, "{}", ended.err);
            let waits = ended.err.matches("retrying in ").count();
            assert_eq!(waits, calls - 1, "{}", ended.err);
            assert!(!ended.err.contains("retrying in 0 ms"), "{}", ended.err);
        }
    }
    let second = "Fri, 27 Nov 2026 10:00:01 GMT";
    let fake = Fake::script([raw(429, &[date, ("retry-after", second)], ""), list()]);
    fake.world()
        .sh("list")
        .ends_with(0)
        .saying("retrying in 1 s");
}

#[test]
fn a_write_says_each_wait() {
    let fake = Fake::script([
        raw(429, &[("retry-after", "0")], "<html>"),
        raw(429, &[("retry-after", "0")], ""),
        Answer::Json(
            201,
            webhook_with("a", &json!({"url": "http://127.0.0.1:9/in"})),
        ),
    ]);
    let ended = fake
        .world()
        .sh(&format!("create a {NEEDED} -q"))
        .ends_with(0);
    assert_eq!(ended.err.matches("retrying in").count(), 2, "{}", ended.err);
}

#[test]
fn a_server_that_stays_silent_is_named_with_its_source_and_the_limit() {
    let fake = Fake::new(|_, _| Answer::Silence);
    let ended = fake.world().sh("list --api-timeout 100ms").ends_with(6);
    let end = "no answer in 100 ms (host from UBIOPS_API_HOST)";
    assert!(ended.err.contains(end), "{}", ended.err);
}
