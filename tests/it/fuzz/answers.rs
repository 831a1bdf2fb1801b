//! Answers of the platform that say yes: webhooks, test runs, objects and their versions, who one
//! is. Every reader gets the whole body, as a client would whose platform had lost its way.

use std::time::Duration;

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use ubihook::inside::{
    api::{Items, answer, trace},
    model::{
        ApiHost, Object, Project, StoreKind, TestRun, User, Version, Webhook,
        header::{self, HeaderEdit, differing, merge},
        masked_userinfo,
    },
    output::{List, Verdict},
};

use super::held::{NO_KEY, SECRET, shown_everywhere, tells_no_secret};

pub fn target(data: &[u8]) {
    if String::from_utf8_lossy(data).contains(NO_KEY) {
        return;
    }
    if let Some(webhook) = read::<Webhook>(data) {
        comes_back(&webhook);
        protects(data, &webhook);
        merges(&webhook);
        one(webhook);
    }
    listed(data);
    if let Some(webhooks) = read::<Vec<Webhook>>(data) {
        let list = List(webhooks.into_iter().map(local).collect());
        let value = shown_everywhere(&list);
        assert_eq!(value.as_array().unwrap().len(), list.0.len());
    }
    if let Some(run) = read::<TestRun>(data) {
        let json = serde_json::to_vec(&run).unwrap();
        assert_eq!(serde_json::from_slice::<TestRun>(&json).unwrap(), run);
        let verdict = Verdict::new(run, None, None, Duration::from_millis(1500));
        shown_everywhere(&verdict);
    }
    reads_again::<User>(data);
    reads_again::<Vec<Project>>(data);
    reads_again::<Vec<Object>>(data);
    reads_again::<Vec<Version>>(data);
    traced(data);
}

/// As the client reads it; what it says of a body that it can't read repeats nothing of it.
fn read<T: DeserializeOwned>(data: &[u8]) -> Option<T> {
    answer::read(&ApiHost::public(), 200, data)
        .inspect_err(|error| tells_no_secret(error))
        .ok()
}

/// A list is read as a whole one would be; only items of an odd shape make a difference.
fn listed(data: &[u8]) {
    let whole = answer::read::<Vec<Webhook>>(&ApiHost::public(), 200, data);
    let items = Items::<Webhook>::of(ApiHost::public(), 200, data.to_vec());
    let (mut read, mut odd, mut failure) = (Vec::new(), Vec::new(), None);
    for item in items {
        assert!(failure.is_none(), "an error is the last that comes");
        match item {
            Ok(Ok(webhook)) => read.push(webhook),
            Ok(Err(one)) => odd.push(one),
            Err(error) => failure = Some(error),
        }
    }
    match (whole, failure) {
        (Err(_), _) if !odd.is_empty() => {}
        (Ok(whole), None) => assert_eq!(whole, read),
        (Err(_), Some(error)) => tells_no_secret(&error),
        (whole, failure) => panic!("{:?} {failure:?}", whole.map(|all| all.len())),
    }
}

/// What the mock writes is what the client reads, and the other way round.
fn reads_again<T: Serialize + DeserializeOwned>(data: &[u8]) {
    let Some(answer) = read::<T>(data) else {
        return;
    };
    let json = serde_json::to_value(&answer).unwrap();
    let again: T = serde_json::from_value(json.clone()).unwrap();
    assert_eq!(serde_json::to_value(again).unwrap(), json);
}

/// A webhook as it is shown where this machine keeps its values.
fn local(mut webhook: Webhook) -> Webhook {
    for header in webhook.headers.iter_mut().filter(|header| header.protected) {
        header.local = Some(StoreKind::File);
    }
    webhook
}

fn comes_back(webhook: &Webhook) {
    let json = serde_json::to_vec(webhook).unwrap();
    let without_credentials = Webhook {
        url: masked_userinfo(&webhook.url).into_owned(),
        ..webhook.clone()
    };
    let read: Webhook = serde_json::from_slice(&json).unwrap();
    assert_eq!(read, without_credentials);
    if let Some(target) = webhook.watched() {
        assert_eq!(target.object_name.as_str(), webhook.object_name);
    }
}

/// A protected value that came back all the same is dropped as it is read.
fn protects(data: &[u8], webhook: &Webhook) {
    for header in webhook.headers.iter().filter(|header| header.protected) {
        assert_eq!(header.value, None);
    }
    // What stands under keys that nobody reads may be no text at all.
    let Ok(mut body) = serde_json::from_slice::<Value>(data) else {
        return;
    };
    for header in body["headers"].as_array_mut().into_iter().flatten() {
        if header["protected"] == true {
            header["value"] = Value::Null;
        }
    }
    if !body.to_string().contains(SECRET) {
        assert!(!format!("{webhook:?}").contains(SECRET));
    }
}

/// An update that changes nothing keeps every header, and sends no value of a protected one.
fn merges(webhook: &Webhook) {
    let Ok(merged) = merge(&webhook.headers, &[]) else {
        return;
    };
    assert!(header::same(&webhook.headers, &merged));
    assert_eq!(differing(&webhook.headers, &merged), None);
    for kept in &merged {
        let removed = merge(&webhook.headers, &[HeaderEdit::Remove(kept.key.clone())]).unwrap();
        assert!(removed.iter().all(|other| other.key != kept.key));
    }
}

fn one(webhook: Webhook) {
    let value = shown_everywhere(&local(webhook.clone()));
    assert_eq!(value["name"], webhook.name.as_str());
    // Given back as it was shown, it is what was read, but for credentials in its URL.
    let read: Webhook = serde_json::from_value(value).unwrap();
    let url = read.url.clone();
    assert_eq!(Webhook { url, ..webhook }, read);
}

/// What `-vv` tells of a body has no header's value, and of a callback's URL its origin alone.
fn traced(data: &[u8]) {
    let Some(shown) = trace::masked(data) else {
        return;
    };
    let mut body: Value = serde_json::from_slice(data).unwrap();
    let one = std::slice::from_mut(&mut body);
    let webhooks = match one {
        [Value::Array(items)] => items,
        one => one,
    };
    for webhook in webhooks.iter_mut().filter(|webhook| webhook.is_object()) {
        webhook["url"] = Value::Null;
        match webhook.get_mut("headers") {
            Some(Value::Array(headers)) => headers.iter_mut().for_each(without_value),
            Some(other) => *other = Value::Null,
            None => {}
        }
    }
    if !body.to_string().contains(SECRET) {
        let shown = shown.to_string();
        // A host may be called anything.
        assert!(!shown.contains(SECRET) || shown.contains("://"), "{shown}");
    }
}

fn without_value(header: &mut Value) {
    match header.as_object_mut() {
        Some(fields) => fields.retain(|key, _| key != "value"),
        None => *header = Value::Null,
    }
}
