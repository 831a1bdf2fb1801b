//! `logs`: which lines are requested and how they are shown.

use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use ubihook::inside::mock::Query;

use crate::support::{Answer, Fake, TOKEN, World, raw, receiver};

/// The date of a fake platform's answers, in nanoseconds since 1970.
const DATE: i64 = 1_770_113_472_000_000_000;
const HOUR: i64 = 3_600_000_000_000;

/// A world whose mock has tried to call a webhook that answers and one that doesn't.
fn two() -> World {
    let (world, receiver) = (World::new(), receiver());
    for (name, url) in [
        ("good", &*receiver.url("/")),
        ("bad", "http://127.0.0.1:9/"),
    ] {
        let create = format!("create {name} --pipeline pipeline-1 --event finished --url {url}");
        world.sh(&create).ends_with(0);
    }
    world.sh("mock request --pipeline pipeline-1").ends_with(7);
    world
}

/// The webhooks of an answer's lines, sorted.
fn webhooks(lines: &Value) -> Vec<&str> {
    let lines = lines.as_array().unwrap().iter();
    let mut names: Vec<_> = lines
        .map(|line| line["webhook"].as_str().unwrap())
        .collect();
    names.sort_unstable();
    names
}

/// A line as the platform returns it.
fn line(timestamp: i64, webhook: &str, text: &str) -> Value {
    json!({
        "timestamp": timestamp,
        "timestamp_str": timestamp.to_string(),
        "log": text,
        "metadata": {"webhook_name": webhook, "system": true, "level": "error"},
    })
}

/// A platform with these lines, whatever is asked.
fn with(lines: Value) -> Fake {
    Fake::new(move |_, call| {
        if call.path.ends_with("/status") {
            return Answer::Json(200, json!({"status": "ok"}));
        }
        Answer::Json(200, lines.clone())
    })
}

/// A parameter of the second call, decoded where that is needed.
fn asked(fake: &Fake, parameter: &str) -> String {
    let path = fake.calls()[1].path.clone();
    let (_, query) = path.split_once('?').unwrap();
    let mut pairs = query.split('&').map(|pair| pair.split_once('=').unwrap());
    pairs
        .find(|(name, _)| *name == parameter)
        .unwrap()
        .1
        .to_owned()
}

#[test]
fn attempts_of_deliveries_are_lines_that_can_be_narrowed() {
    let world = two();
    let lines = |options: &str| world.answer(&format!("logs {options}"));
    assert_eq!(webhooks(&lines("")), ["bad", "good"]);
    assert_eq!(webhooks(&lines("bad")), ["bad"]);
    assert_eq!(webhooks(&lines("good bad bad")), ["bad", "good"]);
    assert_eq!(webhooks(&lines("--level error")), ["bad"]);
    assert_eq!(webhooks(&lines("--level info --grep 200")), ["good"]);
    assert_eq!(webhooks(&lines("--since 5m")), ["bad", "good"]);
    assert_eq!(lines("--until 5m"), json!([]));
    assert_eq!(lines("--until 2026-01-01 --since 2025-12-01"), json!([]));
    assert_eq!(lines("good --level error"), json!([]));
    let names = world.sh_fed("bad\n\ngood\n", "logs - -o json").ends_with(0);
    assert_eq!(webhooks(&names.json()), ["bad", "good"]);
    let first = &lines("bad")[0];
    assert_eq!(
        (&first["type"], &first["level"]),
        (&json!("log"), &json!("error"))
    );
}

#[test]
fn text_with_quotes_is_asked_for_as_it_is() {
    for text in [
        "a \"b\" `c` \\d",
        "\\",
        "\"",
        "x\n\ty",
        "|= \"a\" | b = `c`",
        "é & +%",
    ] {
        let fake = with(json!([]));
        fake.world()
            .run(["logs", text, "--grep", text])
            .ends_with(0);
        let query = asked(&fake, "query");
        let query = percent_decode_str(&query).decode_utf8().unwrap();
        let query = Query::parse(&query).unwrap();
        assert_eq!(query.webhook(), Some(text));
        let matches =
            |line: &str| query.matches(line, |label| (label == "webhook_name").then_some(text));
        assert!(matches(&format!("before {text} after")), "{text}");
        assert!(!matches("before after"), "{text}");
    }
}

#[test]
fn a_line_is_the_same_in_each_format() {
    let fake = with(json!([
        line(DATE - 1, "a", "newer\nline \u{1b}[31m"),
        line(DATE - HOUR, "b", "older"),
        {"timestamp": DATE - 2 * HOUR, "log": "oldest", "metadata": null},
    ]));
    let world = fake.world();
    let lines = world.sh("logs").ends_with(0);
    insta::assert_snapshot!(lines.snapshot(), @r#"
    [0]
    -- stdout
    {"type":"log","time":"2026-02-03T10:11:12.345678Z","level":null,"webhook":null,"text":"oldest"}
    {"type":"log","time":"2026-02-03T10:11:12.345678Z","level":"error","webhook":"b","text":"older"}
    {"type":"log","time":"2026-02-03T10:11:12.345678Z","level":"error","webhook":"a","text":"newer\nline \u001b[31m"}
    "#);
    let table = world.sh("logs -o table").ends_with(0);
    insta::assert_snapshot!(table.snapshot(), @"
    [0]
    -- stdout
    2026-02-03T10:11:12.345678Z  -      -  oldest
    2026-02-03T10:11:12.345678Z  error  b  older
    2026-02-03T10:11:12.345678Z  error  a  newer line [31m
    ");
    assert_eq!(world.sh("logs -o ndjson").ends_with(0).out, lines.out);
    let all: Vec<Value> = lines
        .out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(world.answer("logs"), json!(all));
    let yaml = world.sh("logs -o yaml").ends_with(0).out;
    assert!(yaml.contains("text: older"), "{yaml}");
}

#[test]
fn the_period_is_counted_on_the_platforms_clock() {
    for (options, start, end) in [
        ("", DATE - 24 * HOUR, None),
        ("--since 1h", DATE - HOUR, None),
        (
            "--since 2d --until 1d",
            DATE - 48 * HOUR,
            Some(DATE - 24 * HOUR),
        ),
        ("--since 2026-02-03T09:11:12Z", DATE - HOUR, None),
        (
            "--until 2026-02-03T09:11:12",
            DATE - 24 * HOUR,
            Some(DATE - HOUR),
        ),
    ] {
        let fake = with(json!([]));
        fake.world().sh(&format!("logs {options}")).ends_with(0);
        assert!(fake.lines()[0].ends_with("GET /v2/status"));
        let time = |name| asked(&fake, name).parse::<i64>().unwrap();
        // The date has no fractions, and time passes.
        let about = |at: i64| at..at + 30_000_000_000;
        assert!(about(start).contains(&time("start")), "{options}");
        assert!(
            about(end.unwrap_or(DATE)).contains(&time("end")),
            "{options}"
        );
        assert_eq!(asked(&fake, "limit"), "5000");
    }
}

#[test]
fn without_a_date_this_machines_clock_counts() {
    let fake = Fake::new(|_, call| {
        if call.path.ends_with("/status") {
            return raw(404, &[], "");
        }
        raw(200, &[], "[]")
    });
    let now = || jiff::Timestamp::now().as_nanosecond();
    let before = now();
    fake.world().sh("logs").ends_with(0);
    let end: i128 = asked(&fake, "end").parse().unwrap();
    assert!((before..=now()).contains(&end));
}

#[test]
fn a_webhook_without_lines_is_a_note() {
    let world = World::new();
    let none = world.sh("logs never-was --since 2026-01-01").ends_with(0);
    insta::assert_snapshot!(none.snapshot(), @"
    [0]
    -- stderr
    there is no webhook `never-was`, and no log lines about it since 2026-02-03T10:11:12.345678Z
    ");
    let none = world.sh("logs --since 2026-01-01 -o json").ends_with(0);
    assert_eq!(none.out, "[]\n");
    assert_eq!(none.err.lines().count(), 1);
    none.saying("ubihook doctor NAME");
    // If lines were filtered, the platform may well have some.
    let none = world.sh("logs never-was --grep x").ends_with(0);
    none.saying("no matching log lines").without("doctor");
    world.sh("logs never-was -q").ends_with(0).silently();
}

#[test]
fn wrong_input_is_refused_before_any_call() {
    let fake = with(json!([]));
    for line in [
        "logs --since yesterday",
        "logs --level warning",
        "logs --follow --until 5m",
        "logs --follow -o json",
        "logs --follow -o yaml",
        "logs -o name",
        "logs ..",
    ] {
        fake.world().sh(line).ends_with(2);
    }
    fake.world().run(["logs", "--grep", "a\u{7}"]).ends_with(2);
    assert_eq!(fake.lines(), Vec::<String>::new());
    let ended = fake.world().sh("logs --since 1h --until 2h").ends_with(2);
    insta::assert_snapshot!(ended.snapshot(), @"
    [2]
    -- stderr
    error: the start of the period, 2026-02-03T10:11:12.345678Z, is not before its end, 2026-02-03T10:11:12.345678Z
      hint: check --since and --until
    ");
    assert_eq!(fake.lines().len(), 1);
}

#[test]
fn a_full_page_is_split_and_what_cannot_be_split_is_a_warning() {
    // 12,000 lines, of which 5,000 have the same nanosecond.
    let times = (0..12_000).map(|n: i64| match n {
        3_000..8_000 => DATE - HOUR,
        n => DATE - HOUR + (n - 5_000) * 1_000_000,
    });
    let mut times: Vec<i64> = times.collect();
    times.sort_unstable();
    let fake = Fake::new(move |_, call| {
        let Some((_, query)) = call.path.split_once('?') else {
            return Answer::Json(200, json!({"status": "ok"}));
        };
        let number = |name: &str| {
            let (_, rest) = query.split_once(&format!("{name}=")).unwrap();
            rest.split('&').next().unwrap().parse::<i64>().unwrap()
        };
        let period = number("start")..number("end");
        let found = times
            .iter()
            .enumerate()
            .filter(|(_, at)| period.contains(at));
        let page = found
            .take(5_000)
            .map(|(n, at)| line(*at, "a", &n.to_string()));
        Answer::Json(200, page.collect())
    });
    let ended = fake.world().sh("logs a").ends_with(0);
    assert_eq!(ended.out.lines().count(), 12_000);
    let texts = ended.out.lines().map(|line| {
        let line: Value = serde_json::from_str(line).unwrap();
        line["text"].as_str().unwrap().parse::<usize>().unwrap()
    });
    assert!(texts.eq(0..12_000));
    insta::assert_snapshot!(ended.err, @"warning: the platform may have more than 5000 lines with the time 2026-02-03T09:11:12Z, and returns only 5000");
}

#[test]
fn failures_end_with_their_codes() {
    let status = || Answer::Json(200, json!({"status": "ok"}));
    for (answer, code) in [
        (Answer::Json(401, json!({"error": "no"})), 4),
        (Answer::Json(400, json!({"error": "no"})), 5),
        (Answer::Json(200, json!({"a": 1})), 6),
    ] {
        let fake = Fake::script([status(), answer]);
        fake.world().sh("logs").ends_with(code);
    }
    let fake = Fake::new(|_, _| Answer::Cut);
    fake.world().sh("logs").ends_with(6);
    assert_eq!(fake.lines().len(), 3);
    // With the projects that there are.
    let fake = Fake::new(|_, call| match &call.path {
        path if path.ends_with("/status") => Answer::Json(200, json!({"status": "ok"})),
        path if path.ends_with("/projects") => {
            Answer::Json(200, json!([{"id": "1", "name": "dem"}]))
        }
        _ => Answer::Json(404, json!({"error": "Project was not found"})),
    });
    let ended = fake.world().sh("logs").ends_with(3);
    ended.saying("--project dem");
}

#[test]
fn a_known_secret_in_a_line_is_hidden() {
    let bare = TOKEN.strip_prefix("Token ").unwrap();
    let fake = with(json!([line(DATE - HOUR, "a", &format!("sent {bare}"))]));
    let ended = fake.world().sh("logs").ends_with(0);
    assert!(ended.out.contains("sent ***"), "{}", ended.out);
    assert!(!ended.out.contains(bare), "{}", ended.out);
}
