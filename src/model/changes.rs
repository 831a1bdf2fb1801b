//! The difference between two states of a webhook, field by field: pure. Text and JSON output show
//! the same list.

use serde::Serialize;
use serde_json::Value;

use super::{header::Header, scrub::MASK, url::masked_userinfo, webhook::Webhook};

/// One field, header or label that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct FieldChange {
    /// The API's name, or `headers.NAME` or `labels.KEY`.
    pub field: String,
    /// The old value; null if there is none. A protected value is [`MASK`].
    pub from: Value,
    /// The new value, likewise.
    pub to: Value,
}

/// Prefix of a header's name in [`FieldChange::field`].
pub(crate) const HEADERS: &str = "headers.";
/// Prefix of a label's key in [`FieldChange::field`].
pub(crate) const LABELS: &str = "labels.";

/// The fields that an update can set to a single value, under the API's names, in the order in which
/// they are shown.
pub(crate) fn fields(webhook: &Webhook) -> [(&'static str, Value); 8] {
    [
        ("name", webhook.name.as_str().into()),
        ("event", webhook.event.as_str().into()),
        ("url", masked_userinfo(&webhook.url).into()),
        ("description", webhook.description.as_str().into()),
        ("timeout", webhook.timeout.into()),
        ("enabled", webhook.enabled.into()),
        ("retry", webhook.retry.into()),
        ("include_result", webhook.include_result.into()),
    ]
}

/// What differs from `before` to `after`. `sent` are the protected headers whose value was given:
/// protected values can't be compared, so each of these counts as changed, and neither side of it is
/// shown, even if it was plain before.
pub(crate) fn changes(before: &Webhook, after: &Webhook, sent: &[String]) -> Vec<FieldChange> {
    let single = fields(before).into_iter().zip(fields(after));
    let mut all: Vec<_> = single
        .filter(|((_, from), (_, to))| from != to)
        .map(|((field, from), (_, to))| FieldChange {
            field: field.to_owned(),
            from,
            to,
        })
        .collect();
    all.extend(headers(&before.headers, &after.headers, sent));
    let labels = |webhook: &Webhook| -> Vec<(String, Value)> {
        let labels = webhook.labels.iter();
        let pair = |(key, value): (&String, &String)| (key.clone(), value.as_str().into());
        labels.map(pair).collect()
    };
    let same = |one: &str, other: &str| one == other;
    all.extend(entries(
        LABELS,
        &labels(before),
        &labels(after),
        same,
        |_| false,
    ));
    all
}

fn headers(before: &[Header], after: &[Header], sent: &[String]) -> Vec<FieldChange> {
    // Names that differ only in letter case are the same header; for labels they are not.
    let same = |one: &str, other: &str| one.eq_ignore_ascii_case(other);
    let is_sent = |key: &str| sent.iter().any(|sent| same(sent, key));
    let shown = |header: &Header| {
        let value = header.value.as_deref().filter(|_| !is_sent(&header.key));
        (header.key.clone(), value.unwrap_or(MASK).into())
    };
    let before: Vec<(String, Value)> = before.iter().map(shown).collect();
    let after: Vec<(String, Value)> = after.iter().map(shown).collect();
    entries(HEADERS, &before, &after, same, is_sent)
}

/// An entry for each key that was added, changed or removed.
fn entries(
    prefix: &str,
    before: &[(String, Value)],
    after: &[(String, Value)],
    same: impl Fn(&str, &str) -> bool,
    is_sent: impl Fn(&str) -> bool,
) -> Vec<FieldChange> {
    let find = |pairs: &[(String, Value)], key: &str| {
        let found = pairs.iter().find(|(known, _)| same(known, key));
        found.map_or(Value::Null, |(_, value)| value.clone())
    };
    let removed = before.iter().filter(|(key, _)| find(after, key).is_null());
    after
        .iter()
        .chain(removed)
        .map(|(key, _)| FieldChange {
            field: format!("{prefix}{key}"),
            from: find(before, key),
            to: find(after, key),
        })
        .filter(|change| change.from != change.to || is_sent(&change.field[prefix.len()..]))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn webhook(rest: Value) -> Webhook {
        let mut whole = json!({
            "id": "1", "name": "w", "object_type": "pipeline", "object_name": "p",
            "url": "https://u:p@a.example/x", "event": "pipeline_request_failed"});
        let Value::Object(rest) = rest else { panic!() };
        whole.as_object_mut().unwrap().extend(rest);
        serde_json::from_value(whole).unwrap()
    }

    fn all(before: Value, after: Value, sent: &[&str]) -> Value {
        let sent: Vec<_> = sent.iter().map(|&name| name.to_owned()).collect();
        serde_json::to_value(changes(&webhook(before), &webhook(after), &sent)).unwrap()
    }

    #[test]
    fn equal_webhooks_have_no_changes() {
        let one = json!({"labels": {"a": "1"}, "headers": [
            {"key": "A", "value": null, "protected": true}]});
        assert_eq!(all(one.clone(), one, &[]), json!([]));
    }

    #[test]
    fn fields_have_the_names_and_types_of_the_api() {
        let after = json!({"timeout": 3, "enabled": false, "description": "x",
            "url": "https://u:q@b.example/x"});
        assert_eq!(
            all(json!({}), after, &[]),
            json!([
                {"field": "url", "from": "https://***@a.example/x", "to": "https://***@b.example/x"},
                {"field": "description", "from": "", "to": "x"},
                {"field": "timeout", "from": 10, "to": 3},
                {"field": "enabled", "from": true, "to": false},
            ])
        );
    }

    #[test]
    fn protected_values_are_masked_and_count_only_if_sent() {
        let header = |key: &str, value: Value| json!({"key": key, "protected": value.is_null(), "value": value});
        let before = json!({"headers": [
            header("Kept", Value::Null), header("Sent", Value::Null), header("Shown", "v".into()),
            header("Gone", Value::Null)]});
        let after = json!({"headers": [
            header("kept", Value::Null), header("Sent", Value::Null), header("Shown", Value::Null),
            header("New", "1".into())]});
        assert_eq!(
            all(before, after, &["SENT", "Shown"]),
            json!([
                {"field": "headers.Sent", "from": "***", "to": "***"},
                {"field": "headers.Shown", "from": "***", "to": "***"},
                {"field": "headers.New", "from": null, "to": "1"},
                {"field": "headers.Gone", "from": "***", "to": null},
            ])
        );
    }

    #[test]
    fn labels_differ_by_letter_case() {
        assert_eq!(
            all(
                json!({"labels": {"a": "1", "b": "2"}}),
                json!({"labels": {"A": "1", "b": "3"}}),
                &[]
            ),
            json!([
                {"field": "labels.A", "from": null, "to": "1"},
                {"field": "labels.b", "from": "2", "to": "3"},
                {"field": "labels.a", "from": "1", "to": null},
            ])
        );
    }
}
