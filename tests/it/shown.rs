//! What a person sees of every verb, for one rich set of webhooks: table, card, change and error as
//! one text a verb, compared with what was looked at and found good.

use std::path::Path;

use crate::support::{World, mask};

/// Webhooks of each kind: every field set, an experiment that is switched off, a long URL that
/// carries a secret, text in other scripts.
const RICH: [&str; 4] = [
    "create orders-failed --pipeline pipeline-1 --version v1 -e failed \
     -u 'https://hooks.example.org/in?team=blue' --secret-header 'Authorization=Bearer {env:TOKEN}' \
     --header 'X-Team: blue' -l team=blue -l stage=test --timeout 20 --retry --include-result \
     --description 'Tells on-call that an order could not be read. שלום 注文 🚚'",
    "create nightly --experiment experiment-1 -e completed -u https://hooks.example.org/training --enabled=false",
    "create chat --deployment deployment-1 -e started \
     -u https://chat.example.org/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX",
    "create all --deployment deployment-1 --version v1 -e finished -u http://127.0.0.1:9/in --timeout 1",
];

/// What is typed after them, by the verb that it shows.
const LINES: [(&str, &[&str]); 7] = [
    (
        "list",
        &[
            "list",
            "list -o name",
            "list --enabled=false",
            "list -e failed -l team=blue",
        ],
    ),
    ("get", &["get orders-failed", "get nightly", "get nightli"]),
    (
        "update",
        &[
            "update orders-failed --timeout 5 --header 'X-Team: red' --header 'X-New: 1' --remove-label stage --description ''",
            "update orders-failed --timeout 5",
            "update orders-failed --secret-header Authorization=env:TOKEN",
            "update orders-failed --url https://elsewhere.example.org/in",
            "update orders-failed --remove-header authorization",
            "update orders-failed",
            "update chat --event pipeline_request_failed",
        ],
    ),
    (
        "test",
        &[
            "test all",
            "test orders-failed --url http://127.0.0.1:9/in",
            "test",
            "test --id nonsense",
        ],
    ),
    (
        "create",
        &[
            "create chat --deployment deployment-1 -e started -u https://chat.example.org/",
            "create chat --pipeline pipeline-1 -e started -u https://chat.example.org/ --if-exists update",
            "create new --pipeline pipelin-1 -e failed -u https://hooks.example.org/",
            "create new --deployment deployment-1 -e faild -u https://hooks.example.org/",
            "create new --deployment deployment-1 -e failed -u hooks.example.org",
            "create new --deployment deployment-1 -e failed -u https://hooks.example.org/ --secret-header A=literal",
            "create new --deployment deployment-1 -e failed -u https://hooks.example.org/ --header 'Cookie: x'",
            "create new --deployment deployment-1 -e failed -u https://hooks.example.org/ --secret-header A=env:TOKEN --dry-run",
            "create new -f w.yaml",
        ],
    ),
    ("auth", &["auth status", "auth login", "auth logout"]),
    (
        "delete",
        &[
            "delete chat",
            "delete chat nothing --yes",
            "delete nothing --yes",
            "delete all --yes --dry-run",
            "delete all nightly --yes",
        ],
    ),
];

#[test]
fn every_verb_shows_what_was_found_good() {
    let world = World::new().set("TOKEN", "s3cret-value");
    world.file(
        "w.yaml",
        "object_type: deployment\nobject_name: deployment-1\nevnt: failed\n",
    );
    for line in RICH {
        world.sh(line).ends_with(0);
    }
    for (verb, lines) in LINES {
        let mut text = String::new();
        for line in lines {
            let ended = world.sh(line);
            let (out, err) = (mask(&ended.out), mask(&ended.err));
            text.push_str(&format!("$ ubihook {line}\n{out}{err}[{}]\n\n", ended.code));
        }
        assert!(!text.contains("s3cret"), "{text}");
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(Path::new("snapshots/shown"));
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!(verb, text));
    }
}

#[test]
fn ids_times_and_ports_are_masked_and_the_rest_stays() {
    let text = "id 6722bcf3-0304-454e-aaf4-42c8739f91ee at 2026-11-25T01:18:22.863008Z\n\
                http://127.0.0.1:34291/v2 took é (after 134 ms) and 134 ms";
    assert_eq!(
        mask(text),
        format!(
            "id 0b8f6f1e-6a53-4a51-9d9e-6b7b1d0f1c22 at 2026-02-03T10:11:12.345678Z\nhttp://127.0.0.1:8080/v2 took é (after 21 ms) and 134 ms"
        )
    );
}
