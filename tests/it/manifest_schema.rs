//! docs/schemas/manifest.schema.json: editors accept what the program reads.

use std::{collections::BTreeSet, fs, path::Path};

use serde_json::{Value, json};

use crate::{
    examples::schemas,
    support::{Answer, Fake},
};

/// Files of documents that are not webhooks.
const OTHERS: [&str; 1] = ["world.yaml"];
/// A file with a mistake, shown for its error.
const MISTAKEN: &str = "typo.yaml";

fn is_valid(text: &str) -> bool {
    let value: Value = serde_saphyr::from_str(text).unwrap();
    schemas()["manifest"].is_valid(&value)
}

/// Every YAML file that README.md and the guides show, with its name.
fn shown() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let guides = fs::read_dir(root.join("docs/guides")).unwrap();
    let mut documents: Vec<_> = guides.map(|entry| entry.unwrap().path()).collect();
    documents.push(root.join("README.md"));
    let mut shown = Vec::new();
    for document in documents {
        let text = fs::read_to_string(document).unwrap();
        for block in text.split("```yaml file=").skip(1) {
            let (name, rest) = block.split_once('\n').unwrap();
            let (file, _) = rest.split_once("```").unwrap();
            shown.push((name.to_owned(), file.to_owned()));
        }
    }
    shown
}

#[test]
fn the_files_of_the_guides_keep_to_it() {
    let mut checked = 0;
    for (name, text) in shown() {
        if !OTHERS.contains(&name.as_str()) {
            assert_eq!(is_valid(&text), name != MISTAKEN, "{name}: {text}");
            checked += 1;
        }
    }
    assert!(checked >= 5, "{checked}");
}

/// Texts that break, or keep, one rule each: the schema judges them as the program does.
#[test]
fn it_judges_as_the_program_does() {
    let fake = Fake::new(|_, _| Answer::Json(200, json!([])));
    let world = fake.world();
    let one = |rest: &str| {
        format!("{{name: a, pipeline: p, event: failed, url: https://a.example/in{rest}}}\n")
    };
    let header = |keys: &str| one(&format!(", headers: [{{key: X-Team, {keys}}}]"));
    let mut texts: Vec<String> = vec![
        one(""),
        format!("- {}- {}", one(""), one("").replace("name: a", "name: b")),
        format!(
            "owner: us\nx-any: {{odd: 1}}\ndefaults: {{timeout: 3}}\nwebhooks:\n- {}",
            one("")
        ),
        "webhooks: []".to_owned(),
        "[]".to_owned(),
        "owner: us".to_owned(),
        "owner: ' '\nwebhooks: []".to_owned(),
        "owner: us\nwebhooks: []\nnme: b".to_owned(),
        "defaults: {name: a}\nwebhooks: []".to_owned(),
        "defaults: {ulr: a}\nwebhooks: []".to_owned(),
        "webhooks: {}".to_owned(),
        one("").replace("failed", "deployment_request"),
        one("").replace("failed", "pipeline_request_failed"),
        one("").replace("https", "ftp"),
        one("").replace("https", "HTTP"),
        one("").replace("//", "/"),
        one("").replace("name: a", "name: ''"),
        one("").replace("pipeline: p", "object_type: pipeline, object_name: p"),
        one("").replace("pipeline: p", "object_type: workflow, object_name: p"),
        one("")
            .replace("pipeline: p", "experiment: e")
            .replace("name: a", &format!("name: {}", "a".repeat(65))),
        header("value: blue"),
        header("protected: true"),
        header("value_from: env:UBIHOOK_SECRET_A"),
        header("value_from: store"),
        header("value_from: stores"),
        header("protected: true, value: null, local: file"),
        header("value_from: env:HOME"),
        header("vlaue: blue"),
        header("value: blue").replace("X-Team", "'X Team'"),
        one(", headers: [{value: blue}]"),
    ];
    texts.extend(
        [
            "timeout: 3",
            "timeout: 0",
            "timeout: 31",
            "timeout: '3'",
            "timeout: 1.5",
            "timeout: null",
            "retry: true",
            "retry: 'yes'",
            "enabled: 1",
            "include_result: null",
            "labels: {a: b}",
            "labels: {a: 1}",
            "labels: [a]",
            "labels: null",
            "labels: {a: {}}",
            "headers: null",
            "headers: {}",
            "version: v1",
            "version: null",
            "description: null",
            "id: 3",
            "creation_date: x",
            "last_updated: null",
            "ulr: x",
            "webhooks: []",
        ]
        .map(|rest| one(&format!(", {rest}"))),
    );
    texts.push(one(&format!(", description: {}", "a".repeat(401))));
    for text in &texts {
        world.file("w.yaml", text);
        let ended = world.sh("diff -f w.yaml --allow-plain");
        assert!(matches!(ended.code, 0 | 2), "{}", ended.err);
        assert_eq!(is_valid(text), ended.code == 0, "{text}{}", ended.err);
    }
}

#[test]
fn it_has_the_keys_that_the_program_names() {
    let fake = Fake::new(|_, _| Answer::Json(200, json!([])));
    let world = fake.world();
    world.file("w.yaml", "xylophone: 1\n");
    let error = world.sh("diff -f w.yaml").ends_with(2).err;
    let (_, known) = error.split_once("known keys are ").unwrap();
    let (known, _) = known.split_once('\n').unwrap();
    let known: BTreeSet<_> = known
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|key| !key.is_empty())
        .collect();
    let text = fs::read_to_string(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/schemas/manifest.schema.json"),
    );
    let schema: Value = serde_json::from_str(&text.unwrap()).unwrap();
    let keys = |of: &str| {
        let all = schema["$defs"][of]["properties"]
            .as_object()
            .unwrap()
            .clone();
        all.into_iter()
            .filter(|(_, rule)| rule["description"] != "Ignored")
            .map(|(key, _)| key)
    };
    let keys: BTreeSet<_> = keys("fields").chain(keys("manifest")).collect();
    assert_eq!(
        keys.iter().map(String::as_str).collect::<BTreeSet<_>>(),
        known
    );
}
