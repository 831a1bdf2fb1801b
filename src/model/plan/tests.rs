//! Tests of the plan: each rule of the comparison, and that what is carried out leaves nothing to do.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::model::{
    draft::{DraftHeader, PartialDraft},
    header::{Content, HeaderEdit, NewHeader},
    options::Options,
    source::Source,
    target::PartialTarget,
};

fn plain(key: &str, value: &str) -> DraftHeader {
    header(key, DraftValue::Plain(value.to_owned().try_into().unwrap()))
}

fn header(key: &str, value: DraftValue) -> DraftHeader {
    DraftHeader {
        key: key.parse().unwrap(),
        value,
    }
}

fn wanted(name: &str, change: impl FnOnce(&mut PartialDraft)) -> Wanted {
    let mut draft = PartialDraft {
        name: Some(name.parse().unwrap()),
        target: PartialTarget {
            object_type: Some("pipeline".parse().unwrap()),
            object_name: Some("p".parse().unwrap()),
            version: None,
        },
        url: Some("https://a.example/x".parse().unwrap()),
        event: Some("failed".parse().unwrap()),
        ..PartialDraft::default()
    };
    change(&mut draft);
    Wanted {
        draft: draft.whole().unwrap().unwrap(),
        place: "w.yaml:1".to_owned(),
    }
}

fn present(name: &str, rest: serde_json::Value) -> Webhook {
    let mut whole = json!({
        "id": "1", "name": name, "object_type": "pipeline", "object_name": "p",
        "url": "https://a.example/x", "event": "pipeline_request_failed"});
    let Value::Object(rest) = rest else { panic!() };
    whole.as_object_mut().unwrap().extend(rest);
    serde_json::from_value(whole).unwrap()
}

fn planned(wanted: &[Wanted], webhooks: Vec<Webhook>, terms: Terms<'_>) -> Vec<Change> {
    let present = Present {
        webhooks,
        odd: Vec::new(),
    };
    plan(&exact(wanted, terms), &present, &Values::default(), terms)
}

/// As a manifest has them.
fn exact(wanted: &[Wanted], terms: Terms<'_>) -> Vec<Wanted> {
    let exact = |one: &Wanted| Wanted {
        draft: one.draft.clone().exact(terms.owner),
        place: one.place.clone(),
    };
    wanted.iter().map(exact).collect()
}

/// The only change, and its fields as they are shown.
fn one(wanted: Wanted, webhook: Webhook, terms: Terms<'_>) -> (Action, Vec<String>) {
    let changes = planned(&[wanted], vec![webhook], terms);
    let [change] = &changes[..] else {
        panic!("{changes:?}")
    };
    let shown = |change: &FieldChange| format!("{} {} {}", change.field, change.from, change.to);
    (change.action, change.fields.iter().map(shown).collect())
}

const ALONE: Terms<'static> = Terms {
    owner: None,
    prune: false,
    keep_secrets: false,
};

fn owned(owner: &str) -> Terms<'_> {
    Terms {
        owner: Some(owner),
        prune: true,
        keep_secrets: false,
    }
}

#[test]
fn an_absent_field_equals_its_default_and_enabled_stays_as_it_is() {
    let same = present("a", json!({"enabled": false, "timeout": 10}));
    assert_eq!(one(wanted("a", |_| ()), same, ALONE).0, Action::Keep);
    let other = present(
        "a",
        json!({"timeout": 3, "retry": true, "labels": {"x": "1"},
        "description": "D", "headers": [{"key": "X", "value": "1", "protected": false}]}),
    );
    let (action, fields) = one(wanted("a", |_| ()), other, ALONE);
    assert_eq!(action, Action::Update);
    assert_eq!(
        fields,
        [
            "description \"D\" \"\"",
            "timeout 3 10",
            "retry true false",
            "headers.X \"1\" null",
            "labels.x \"1\" null"
        ]
    );
    let enabled = wanted("a", |draft| {
        draft.options = Options {
            enabled: Some(true),
            ..Options::default()
        };
    });
    let off = present("a", json!({"enabled": false}));
    assert_eq!(one(enabled, off, ALONE).1, ["enabled false true"]);
}

#[test]
fn headers_are_a_set_whose_names_have_no_letter_case() {
    let headers = wanted("a", |draft| {
        draft.headers = vec![plain("x-b", "2"), plain("X-A", "1")];
    });
    let webhook = present(
        "a",
        json!({"headers": [
        {"key": "x-a", "value": "1", "protected": false},
        {"key": "X-B", "value": "2", "protected": false}]}),
    );
    assert_eq!(one(headers, webhook, ALONE), (Action::Keep, Vec::new()));
}

#[test]
fn another_object_or_version_is_a_replacement() {
    let webhook = present(
        "a",
        json!({"object_name": "q", "version": "v1", "timeout": 3}),
    );
    let (action, fields) = one(wanted("a", |_| ()), webhook, ALONE);
    assert_eq!(action, Action::Replace);
    assert_eq!(
        fields,
        [
            "object_name \"q\" \"p\"",
            "version \"v1\" null",
            "timeout 3 10"
        ]
    );
}

#[test]
fn a_protected_value_is_never_shown() {
    let protected = || {
        wanted("a", |draft| {
            draft.headers = vec![header("Auth", DraftValue::From(Source::Prompt.into()))];
        })
    };
    let plain = present(
        "a",
        json!({"headers": [
        {"key": "auth", "value": "hunter2", "protected": false}]}),
    );
    let (action, fields) = one(protected(), plain, ALONE);
    assert_eq!(
        (action, &fields[..]),
        (
            Action::Update,
            &["headers.Auth \"***\" \"***\"".to_owned()][..]
        )
    );
    let hidden = || {
        present(
            "a",
            json!({"headers": [{"key": "auth", "value": null, "protected": true}]}),
        )
    };
    let changes = planned(&[protected()], vec![hidden()], ALONE);
    assert_eq!(changes[0].action, Action::Keep);
    assert_eq!(changes[0].unknown, ["Auth"]);
    assert_eq!(summary(&changes).unknown, 1);
    for (compared, action) in [
        (Compared::Same, Action::Keep),
        (Compared::Changed, Action::Update),
    ] {
        let mut values = Values::default();
        values.add("a", &"AUTH".parse().unwrap(), compared);
        let webhooks = vec![hidden()];
        let present = Present {
            webhooks,
            ..Present::default()
        };
        let changes = plan(&[protected()], &present, &values, ALONE);
        assert_eq!(changes[0].action, action);
        assert!(changes[0].unknown.is_empty());
    }
    let without = wanted("a", |draft| {
        draft.headers = vec![header("Auth", DraftValue::Missing)];
    });
    let changes = planned(&[without], vec![hidden()], ALONE);
    assert_eq!(
        (changes[0].action, changes[0].unknown.len()),
        (Action::Keep, 0)
    );
}

#[test]
fn an_owner_changes_and_deletes_only_what_has_the_label() {
    let label = |owner: &str| json!({"labels": {OWNER: owner}});
    let (action, fields) = one(wanted("a", |_| ()), present("a", json!({})), owned("us"));
    assert_eq!(action, Action::Update);
    assert_eq!(fields, ["labels.ubihook-owner null \"us\""]);
    let own = present("a", label("us"));
    assert_eq!(
        one(wanted("a", |_| ()), own.clone(), owned("us")).0,
        Action::Keep
    );
    for terms in [ALONE, owned("them")] {
        assert_eq!(
            one(wanted("a", |_| ()), own.clone(), terms).0,
            Action::Conflict
        );
    }
    let all = vec![
        present("ours", label("us")),
        present("theirs", label("them")),
        present("nobodys", json!({})),
    ];
    let changes = planned(&[wanted("a", |_| ())], all.clone(), owned("us"));
    let named: Vec<_> = changes
        .iter()
        .map(|one| (one.name.as_str(), one.action))
        .collect();
    assert_eq!(named, [("a", Action::Create), ("ours", Action::Delete)]);
    let kept = Terms {
        prune: false,
        ..owned("us")
    };
    assert_eq!(planned(&[wanted("a", |_| ())], all, kept).len(), 1);
}

#[test]
fn a_webhook_that_can_not_be_read_is_a_conflict_and_not_created() {
    let present = Present {
        webhooks: Vec::new(),
        odd: vec![("a".to_owned(), "timeout".to_owned())],
    };
    let changes = plan(&[wanted("a", |_| ())], &present, &Values::default(), ALONE);
    assert_eq!(changes[0].action, Action::Conflict);
    assert!(changes[0].reason.as_ref().unwrap().contains("`timeout`"));
}

#[test]
fn a_value_is_not_sent_to_another_origin_unless_that_is_allowed() {
    let moved = || {
        wanted("a", |draft| {
            draft.url = Some("https://b.example/x".parse().unwrap());
            draft.headers = vec![header("A", DraftValue::Missing)];
        })
    };
    let webhook = || {
        present(
            "a",
            json!({"headers": [{"key": "A", "value": null, "protected": true}]}),
        )
    };
    let changes = planned(&[moved()], vec![webhook()], ALONE);
    assert_eq!(changes[0].action, Action::Conflict);
    assert!(
        changes[0]
            .reason
            .as_ref()
            .unwrap()
            .contains("https://b.example")
    );
    let allowed = Terms {
        keep_secrets: true,
        ..ALONE
    };
    assert_eq!(one(moved(), webhook(), allowed).0, Action::Update);
}

/// Headers as they are sent, with every value.
fn sent(headers: &[DraftHeader]) -> Vec<NewHeader> {
    let content = |value: &DraftValue| match value {
        DraftValue::Plain(value) => Content::Plain(value.clone()),
        _ => Content::unread(),
    };
    let sent = |header: &DraftHeader| NewHeader {
        key: header.key.clone(),
        content: content(&header.value),
    };
    headers.iter().map(sent).collect()
}

/// Makes the update that a change stands for, which sends nothing that the change doesn't name.
fn updated(draft: &Draft, own: &mut Webhook, change: &Change) {
    let sets = sent(&draft.headers)
        .into_iter()
        .map(HeaderEdit::Set)
        .collect();
    let patch = Edits::exact(draft, own).plan(own, sets).unwrap();
    let named = |field: &String| {
        let is_named =
            |change: &FieldChange| change.field.split('.').next() == Some(field.as_str());
        change.fields.iter().any(is_named) || field == "headers" && !change.unknown.is_empty()
    };
    let body = serde_json::to_value(&patch).unwrap();
    let mut fields = body.as_object().unwrap().keys();
    assert!(fields.all(named), "{body} {change:?}");
    patch.apply(own);
}

/// What the platform has once all changes are carried out, by what is sent to it.
fn carried_out(wanted: &[Wanted], webhooks: &[Webhook], terms: Terms<'_>) -> Vec<Webhook> {
    let changes = planned(wanted, webhooks.to_vec(), terms);
    let wanted = exact(wanted, terms);
    let mut after = webhooks.to_vec();
    for change in changes {
        let draft = wanted
            .iter()
            .find(|one| one.draft.name.as_str() == change.name);
        match change.action {
            Action::Keep | Action::Conflict => continue,
            Action::Update => {
                let mut all = after.iter_mut();
                let own = all.find(|own| own.name == change.name).unwrap();
                updated(&draft.unwrap().draft, own, &change);
                continue;
            }
            Action::Create | Action::Replace | Action::Delete => {}
        }
        after.retain(|webhook| webhook.name != change.name);
        if change.action != Action::Delete {
            let new = draft.unwrap().draft.clone();
            let headers = sent(&new.headers);
            after.push(new.with_headers(headers).into_webhook());
        }
    }
    after
}

/// Whether a webhook is what the manifest says, field by field; `before` is what it was.
fn is_as_written(
    draft: &Draft,
    owner: Option<&str>,
    now: &Webhook,
    before: Option<&Webhook>,
) -> bool {
    let headers =
        |all: &mut dyn Iterator<Item = (String, Option<String>)>| all.collect::<BTreeMap<_, _>>();
    let written = headers(&mut draft.headers.iter().map(|header| {
        let value = match &header.value {
            DraftValue::Plain(value) => Some(value.as_str().to_owned()),
            _ => None,
        };
        (header.key.lower(), value)
    }));
    let there = headers(&mut now.headers.iter().map(|header| {
        assert_eq!(header.protected, header.value.is_none());
        (header.key.to_ascii_lowercase(), header.value.clone())
    }));
    let mut labels = draft.labels.clone().unwrap_or_default();
    labels.extend(owner.map(|owner| (OWNER.to_owned(), owner.to_owned())));
    let version = draft.target.version.as_ref().map(VersionName::as_str);
    let stays = before.filter(|before| before.version.as_deref() == version);
    let enabled = stays.is_none_or(|before| before.enabled);
    let timeout = draft.options.timeout.map_or(10, Timeout::seconds);
    written == there
        && labels == now.labels
        && version == now.version.as_deref()
        && draft.options.enabled.unwrap_or(enabled) == now.enabled
        && u32::from(timeout) == now.timeout
        && draft.url.as_str() == now.url
        && (now.description.as_str(), now.retry, now.include_result) == ("", false, false)
}

fn any_headers() -> impl Strategy<Value = Vec<DraftHeader>> {
    let one =
        (prop::sample::select(vec!["A", "a", "B"]), 0..3_u8).prop_map(|(key, kind)| match kind {
            0 => plain(key, "1"),
            1 => plain(key, "2"),
            _ => header(key, DraftValue::Given("secret".into())),
        });
    prop::collection::vec(one, 0..3).prop_map(|mut headers: Vec<DraftHeader>| {
        let mut seen = Vec::new();
        headers.retain(|header| {
            let lower = header.key.lower();
            !seen.contains(&lower) && {
                seen.push(lower);
                true
            }
        });
        headers
    })
}

/// Headers, whether it has a label, `enabled`, timeout and version.
type Fields = (
    Vec<DraftHeader>,
    bool,
    Option<bool>,
    Option<u16>,
    Option<u8>,
);

fn any_wanted() -> impl Strategy<Value = Vec<Wanted>> {
    let fields = (
        any_headers(),
        any::<bool>(),
        prop::option::of(any::<bool>()),
        prop::option::of(1..4_u16),
        prop::option::of(0..2_u8),
    );
    prop::collection::btree_map("[a-d]", fields, 0..4).prop_map(|all| {
        let one = |(name, (headers, other, enabled, timeout, version)): (String, Fields)| {
            wanted(&name, |draft| {
                draft.headers = headers;
                draft.options.enabled = enabled;
                draft.options.timeout = timeout.map(|seconds| seconds.try_into().unwrap());
                draft.labels = other.then(|| [("team".to_owned(), "blue".to_owned())].into());
                draft.target.version =
                    version.map(|version| format!("v{version}").parse().unwrap());
            })
        };
        all.into_iter().map(one).collect()
    })
}

proptest! {
    #[test]
    fn what_is_carried_out_leaves_nothing_to_do(
        first in any_wanted(),
        second in any_wanted(),
        owners in (0..3_u8, 0..3_u8),
        prune in any::<bool>(),
    ) {
        let terms = |owner: u8| Terms {
            owner: [None, Some("us"), Some("them")][usize::from(owner)],
            prune,
            keep_secrets: false,
        };
        let before = carried_out(&first, &[], terms(owners.0));
        let terms = terms(owners.1);
        let after = carried_out(&second, &before, terms);
        for change in planned(&second, after.clone(), terms) {
            let is_done = matches!(change.action, Action::Keep | Action::Conflict);
            prop_assert!(is_done, "{change:?}");
        }
        let find = |all: &[Webhook], name: &str| all.iter().find(|one| one.name == name).cloned();
        for (one, change) in second.iter().zip(planned(&second, before.clone(), terms)) {
            let was = find(&before, &change.name);
            let now = find(&after, &change.name);
            if change.action == Action::Conflict {
                prop_assert_eq!(now, was);
            } else {
                let is_so = is_as_written(&one.draft, terms.owner, &now.unwrap(), was.as_ref());
                prop_assert!(is_so, "{change:?}");
            }
        }
        let is_wanted = |webhook: &Webhook| second.iter().any(|one| one.draft.name.as_str() == webhook.name);
        for webhook in before.iter().filter(|webhook| !is_wanted(webhook)) {
            let is_deleted = prune && terms.owner.is_some() && owner_of(webhook) == terms.owner;
            prop_assert_eq!(after.contains(webhook), !is_deleted);
        }
        // Nothing that belongs to someone else is touched.
        for webhook in &before {
            if owner_of(webhook).is_some_and(|owner| terms.owner != Some(owner)) {
                prop_assert!(after.contains(webhook));
            }
        }
    }
}
