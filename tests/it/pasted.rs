//! Values that were pasted, or written by an editor that puts a mark at the start of a file.

use std::time::Duration;

use crate::support::{PATIENCE, World, receiver};

const TARGET: &str = "test --deployment deployment-1 --event failed";

#[test]
fn a_byte_order_mark_before_a_value_is_cut_wherever_it_comes_from() {
    let receiver = receiver();
    let world = World::new().set("UBIHOOK_SECRET_K", "\u{feff}k-from-env-value");
    world.file("value", "\u{feff}k-from-file-value\n");
    let url = receiver.url("/");
    let test = |source: &str| format!("{TARGET} --url {url} --secret-header X-Key={source}");
    for (ended, sent) in [
        (world.sh(&test("file:value")), "k-from-file-value"),
        (world.sh(&test("env:UBIHOOK_SECRET_K")), "k-from-env-value"),
        (
            world.sh_fed("\u{feff}k-from-stdin-value\n", &test("stdin")),
            "k-from-stdin-value",
        ),
        (
            world.sh(&test("'Key {env:UBIHOOK_SECRET_K}'")),
            "Key k-from-env-value",
        ),
    ] {
        ended.ends_with(0).without("warning");
        let delivery = receiver.next(PATIENCE).unwrap();
        assert_eq!(delivery.headers["x-key"], sent);
    }
}

#[test]
fn a_byte_order_mark_before_a_token_is_cut() {
    let world = World::new();
    let listed = world.sh("list -o json").ends_with(0).out;
    assert_eq!(listed, "[]\n");
    let facing = World::facing("http://127.0.0.1:9/v2", "\u{feff}a-token-of-ours");
    // It is used: nobody listens there.
    facing.sh("list --api-timeout 1").ends_with(6);
}

#[test]
fn what_nobody_sees_in_a_value_is_warned_of_by_its_code_point() {
    for (value, point) in [
        ("a-long\u{200b}value", "U+200B, an invisible character"),
        ("a-long\u{feff}value", "U+FEFF, an invisible character"),
        ("a-long\u{a0}value", "U+00A0, an unusual space"),
        (
            "\u{201c}a-long-value\u{201d}",
            "U+201C, a typographic quote",
        ),
    ] {
        let receiver = receiver();
        let world = World::new().set("V", value);
        let line = format!(
            "{TARGET} --url {} --secret-header X-Key=env:V",
            receiver.url("/")
        );
        let ended = world.sh(&line).ends_with(0);
        let warned = format!("the value of `X-Key` contains {point}");
        assert!(ended.err.contains(&warned), "{}", ended.err);
        assert!(!ended.err.contains(value));
        assert!(receiver.next(Duration::from_secs(5)).is_some());
    }
}
