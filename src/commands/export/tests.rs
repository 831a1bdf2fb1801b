//! What is exported is what `diff` calls equal.

use proptest::prelude::*;

use super::*;
use crate::model::{header::Header, labels::Labels};

/// Texts that YAML, editors and terminals are known to misread.
const ODD: &[&str] = &[
    "no",
    "~",
    "null",
    "1e3",
    "0x1f",
    "2026-01-01",
    "- a",
    "a: b",
    "# a",
    "a #b",
    "&a",
    "*a",
    "!a",
    "|",
    ">",
    "'",
    "\"",
    "a\\n",
    "${A}",
    "$${A}",
    "$$${{A}",
    "$",
    "{",
    "}",
    "[",
    " a",
    "a ",
    "---",
    "...",
    "%a",
    "@a",
    "`a",
    "?",
    "? a",
    ":",
    "日本",
    "\u{202e}a",
    "\u{feff}a",
    "\u{85}",
    "\u{2028}",
    "\u{1f980}",
    "<<",
    "a,b",
    "true",
    "y",
    "=",
    ".inf",
    "-.5",
];

/// Texts that only fields without rules may have.
const BROKEN: &[&str] = &[
    "",
    "a\nb",
    "a\n---\nb",
    "\n",
    "\ta",
    "a\r\nb",
    "a\n\n",
    " \n a\n",
    "\u{0}",
    "\u{1b}[31m",
];

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => prop::sample::select(ODD).prop_map(str::to_owned),
        1 => "\\PC{1,20}",
        2 => "[a-zA-Z0-9 _.:#${}'\"&*-]{1,20}",
    ]
}

fn free() -> impl Strategy<Value = String> {
    prop_oneof![
        2 => text(),
        2 => prop::sample::select(BROKEN).prop_map(str::to_owned),
        1 => prop::collection::vec(prop_oneof![text(), Just("\n".to_owned())], 0..6).prop_map(|parts| parts.concat()),
        1 => any::<String>().prop_map(|text| text.chars().take(100).collect()),
    ]
}

fn name() -> impl Strategy<Value = String> {
    text().prop_filter("no URL can have it", |text| text != "." && text != "..")
}

fn headers() -> impl Strategy<Value = Vec<Header>> {
    let header = ("[A-Za-z0-9!#$%&'*+.^_`|~-]{1,8}", prop::option::of(text()));
    prop::collection::vec(header, 0..4).prop_map(|all| {
        let mut headers: Vec<Header> = Vec::new();
        for (key, value) in all {
            let is_plain = value
                .as_ref()
                .is_some_and(|value| !value.chars().any(char::is_control));
            if headers
                .iter()
                .all(|known| !known.key.eq_ignore_ascii_case(&key))
            {
                headers.push(Header {
                    key,
                    value: value.filter(|_| is_plain),
                    protected: !is_plain,
                    local: None,
                });
            }
        }
        headers
    })
}

prop_compose! {
    /// A webhook that keeps to all rules.
    fn webhook(is_pipeline: bool)(
        name in name(), object in name(), version in prop::option::of(name()), phase in 0..4_usize,
        path in "[a-z/${}#?&=%:@!*'-]{0,12}", headers in headers(), description in free(),
        labels in prop::collection::btree_map(free(), free(), 0..4), timeout in 1..=30_u32,
        flags in any::<[bool; 3]>(), is_experiment in any::<bool>(),
    ) -> Webhook {
        let object_type = if is_pipeline { "pipeline" } else { "deployment" };
        let phase = ["started", "completed", "failed", "finished"][phase];
        let is_experiment = is_experiment && version.is_some() && !is_pipeline;
        let mut labels: Labels = labels;
        labels.remove(OWNER);
        Webhook {
            id: "1".to_owned(),
            name,
            object_type: object_type.to_owned(),
            object_name: if is_experiment { "training-base-deployment".to_owned() } else { object },
            version,
            url: format!("https://a.example/{path}"),
            headers,
            event: format!("{object_type}_request_{phase}"),
            creation_date: None,
            last_updated: None,
            description,
            labels,
            timeout,
            enabled: flags[0],
            retry: flags[1],
            include_result: flags[2],
        }
    }
}

/// Any set of webhooks, with an owner or without.
fn set() -> impl Strategy<Value = (Vec<Webhook>, Option<String>)> {
    let one = any::<bool>().prop_flat_map(webhook);
    (prop::collection::vec(one, 0..6), prop::option::of(text())).prop_map(|(all, owner)| {
        let owner = owner.filter(|owner| !owner.trim().is_empty());
        let mut set: Vec<Webhook> = Vec::new();
        for mut webhook in all {
            if set.iter().all(|known| known.name != webhook.name) {
                let owner = owner.clone().map(|owner| (OWNER.to_owned(), owner));
                webhook.labels.extend(owner);
                set.push(webhook);
            }
        }
        (set, owner)
    })
}

fn differences(text: &str, webhooks: &[Webhook]) -> Vec<String> {
    let manifest =
        manifest::parse(text, true).unwrap_or_else(|problems| panic!("{problems}: {text}"));
    assert_eq!(manifest.wanted.len(), webhooks.len(), "{text}");
    let present = Present {
        webhooks: webhooks.to_vec(),
        odd: Vec::new(),
    };
    let terms = Terms {
        owner: manifest.owner.as_deref(),
        prune: true,
        keep_secrets: false,
    };
    let changes = plan(&manifest.wanted, &present, &Values::default(), terms);
    let changes = changes
        .into_iter()
        .filter(|change| change.action != Action::Keep);
    changes.map(|change| format!("{change:?}")).collect()
}

proptest! {
    #[test]
    fn what_is_exported_is_equal((webhooks, owner) in set(), defaults: bool) {
        let form = Form { defaults, allow_plain: true };
        let chosen = Chosen { webhooks: webhooks.clone(), omitted: Vec::new() };
        let made = form.entries(chosen);
        let omitted: Vec<_> = made.omitted.iter().map(|one| (&one.name, &one.why)).collect();
        prop_assert!(omitted.is_empty(), "{:?}", omitted);
        if !webhooks.is_empty() {
            prop_assert_eq!(&made.owner, &owner);
        }
        let owner = made.owner.as_deref();
        let whole = Export::of(owner, &made.entries);
        prop_assert_eq!(differences(&whole.yaml(), &webhooks), Vec::<String>::new());
        let json = serde_json::to_string(&whole).unwrap();
        prop_assert_eq!(differences(&json, &webhooks), Vec::<String>::new());
        let is_odd = |c| c != '\n' && crate::model::text::is_unsafe(c);
        for (entry, webhook) in made.entries.iter().zip(&webhooks) {
            let text = Export::yaml_of_one(owner, entry);
            prop_assert!(!text.contains(is_odd), "{}", text);
            prop_assert_eq!(differences(&text, std::slice::from_ref(webhook)), Vec::<String>::new());
        }
    }

    /// With any text in any field, a webhook is equal or omitted.
    #[test]
    fn nothing_else_is_exported(valid in webhook(true), texts in prop::collection::vec(free(), 8), seconds: u32) {
        let mut texts = texts.into_iter();
        let mut odd = || texts.next().unwrap_or_default();
        let headers = vec![
            Header { key: odd(), value: Some(odd()), protected: false, local: None },
            Header { key: odd(), value: None, protected: false, local: None },
        ];
        let mut all = vec![valid; 8];
        all[0].name = odd();
        all[1].object_type = odd();
        all[2].version = Some(odd());
        all[3].url = odd();
        all[4].event = odd();
        all[5].timeout = seconds;
        all[6].headers.extend(headers);
        all[7].labels.insert(OWNER.to_owned(), odd());
        for webhook in all {
            let chosen = Chosen { webhooks: vec![webhook.clone()], omitted: Vec::new() };
            let made = Form::default().entries(chosen);
            prop_assert_eq!(made.entries.len() + made.omitted.len(), 1);
            if !made.entries.is_empty() {
                let text = Export::of(made.owner.as_deref(), &made.entries).yaml();
                prop_assert_eq!(differences(&text, &[webhook]), Vec::<String>::new());
            }
        }
    }
}
