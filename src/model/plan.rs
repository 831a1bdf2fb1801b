//! What has to change so that the platform has the webhooks of a manifest: pure.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::Serialize;
use serde_json::Value;

use crate::model::{
    changes::{FieldChange, LABELS, changes},
    draft::{Draft, DraftHeader, DraftValue},
    edits::Edits,
    header::{Header, HeaderName},
    labels::OWNER,
    name::VersionName,
    timeout::Timeout,
    webhook::Webhook,
};

/// A webhook of a manifest.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    /// All of it: [`Draft::exact`].
    pub draft: Draft,
    /// The file and line where it is written.
    pub place: String,
}

/// What has to be done for a webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Action {
    /// It doesn't exist.
    Create,
    /// Some of its fields differ.
    Update,
    /// It has another object or version, which can't be changed: it is deleted and created again.
    Replace,
    /// It belongs to the owner, and isn't in the manifest.
    Delete,
    /// Nothing that can be compared differs.
    Keep,
    /// It must not be changed.
    Conflict,
}

/// What has to be done for one webhook, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Change {
    /// The webhook's name.
    pub name: String,
    pub action: Action,
    /// What differs; empty for a webhook that is created, deleted or kept.
    pub fields: Vec<FieldChange>,
    /// The protected headers whose value the manifest gives, and which can't be compared.
    pub unknown: Vec<String>,
    /// Why it must not be changed; only for a conflict.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Where it is written; null if it isn't in the manifest.
    pub place: Option<String>,
}

/// How many changes of each sort there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Summary {
    pub create: u64,
    pub update: u64,
    pub replace: u64,
    pub delete: u64,
    pub keep: u64,
    pub conflict: u64,
    /// Protected values that can't be compared.
    pub unknown: u64,
}

/// What is known about a protected value that the manifest gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compared {
    /// It is the value that was last sent from here.
    Same,
    /// It isn't.
    Changed,
}

/// The protected values that could be compared. All others are unknown.
#[derive(Debug, Clone, Default)]
pub(crate) struct Values(HashMap<(String, String), Compared>);

impl Values {
    /// Records the result for a header of a webhook.
    pub(crate) fn add(&mut self, webhook: &str, header: &HeaderName, compared: Compared) {
        let key = (webhook.to_owned(), header.lower());
        self.0.insert(key, compared);
    }

    fn of(&self, webhook: &str, header: &HeaderName) -> Option<Compared> {
        self.0.get(&(webhook.to_owned(), header.lower())).copied()
    }
}

/// What the platform has.
#[derive(Debug, Clone, Default)]
pub(crate) struct Present {
    pub webhooks: Vec<Webhook>,
    /// Webhooks that could not be read, with the field at fault.
    pub odd: Vec<(String, String)>,
}

/// How to plan.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Terms<'a> {
    /// Who owns the webhooks of the manifest.
    pub owner: Option<&'a str>,
    /// Whether the owner's webhooks that aren't in the manifest are deleted.
    pub prune: bool,
    /// Whether protected values may be sent to a URL's new origin.
    pub keep_secrets: bool,
}

/// The changes that lead from `present` to `wanted`: those of the manifest in its order, then
/// deletions.
pub(crate) fn plan(
    wanted: &[Wanted],
    present: &Present,
    values: &Values,
    terms: Terms<'_>,
) -> Vec<Change> {
    let webhooks: BTreeMap<&str, &Webhook> = present
        .webhooks
        .iter()
        .map(|webhook| (webhook.name.as_str(), webhook))
        .collect();
    let odd: HashMap<&str, &str> = present
        .odd
        .iter()
        .map(|(name, field)| (name.as_str(), field.as_str()))
        .collect();
    let change = |wanted: &Wanted| {
        let name = wanted.draft.name.as_str();
        match (webhooks.get(name), odd.get(name)) {
            (Some(current), _) => compare(wanted, current, values, terms),
            (None, Some(field)) => Change {
                reason: Some(format!(
                    "its `{field}` on the platform doesn't match the API's documentation"
                )),
                ..nothing_but(Action::Conflict, wanted)
            },
            (None, None) => nothing_but(Action::Create, wanted),
        }
    };
    let mut all: Vec<Change> = wanted.iter().map(change).collect();
    if let (true, Some(owner)) = (terms.prune, terms.owner) {
        let names: HashSet<&str> = wanted.iter().map(|one| one.draft.name.as_str()).collect();
        let is_left = |webhook: &&Webhook| {
            owner_of(webhook) == Some(owner) && !names.contains(webhook.name.as_str())
        };
        all.extend(present.webhooks.iter().filter(is_left).map(deletion));
    }
    all
}

/// How many there are of each sort.
pub(crate) fn summary<'a>(changes: impl IntoIterator<Item = &'a Change>) -> Summary {
    let mut summary = Summary::default();
    for change in changes {
        let count = match change.action {
            Action::Create => &mut summary.create,
            Action::Update => &mut summary.update,
            Action::Replace => &mut summary.replace,
            Action::Delete => &mut summary.delete,
            Action::Keep => &mut summary.keep,
            Action::Conflict => &mut summary.conflict,
        };
        *count += 1;
        summary.unknown += change.unknown.len() as u64;
    }
    summary
}

fn nothing_but(action: Action, wanted: &Wanted) -> Change {
    Change {
        name: wanted.draft.name.as_str().to_owned(),
        action,
        fields: Vec::new(),
        unknown: Vec::new(),
        reason: None,
        place: Some(wanted.place.clone()),
    }
}

fn deletion(webhook: &Webhook) -> Change {
    Change {
        name: webhook.name.clone(),
        action: Action::Delete,
        fields: Vec::new(),
        unknown: Vec::new(),
        reason: None,
        place: None,
    }
}

fn owner_of(webhook: &Webhook) -> Option<&str> {
    webhook.labels.get(OWNER).map(String::as_str)
}

fn compare(wanted: &Wanted, current: &Webhook, values: &Values, terms: Terms<'_>) -> Change {
    let (draft, owner) = (&wanted.draft, terms.owner);
    if let Some(other) = owner_of(current).filter(|other| Some(*other) != owner) {
        return Change {
            reason: Some(format!("it belongs to the owner `{other}`")),
            fields: vec![FieldChange {
                field: format!("{LABELS}{OWNER}"),
                from: other.into(),
                to: owner.map_or(Value::Null, Value::from),
            }],
            ..nothing_but(Action::Conflict, wanted)
        };
    }
    let after = desired(draft, current);
    let (mut sent, mut unknown) = (Vec::new(), Vec::new());
    for header in &draft.headers {
        let key = &header.key;
        let own = current.headers.iter().find(|own| key.is(&own.key));
        match (&header.value, own) {
            (DraftValue::Plain(_), _) | (_, None) => {}
            // It becomes protected: its value, which may be a secret, must not be shown.
            (_, Some(own)) if !own.protected => sent.push(key.as_str().to_owned()),
            (DraftValue::Missing, _) => {}
            _ => match values.of(draft.name.as_str(), key) {
                Some(Compared::Same) => {}
                Some(Compared::Changed) => sent.push(key.as_str().to_owned()),
                None => unknown.push(key.as_str().to_owned()),
            },
        }
    }
    let target = target_changes(draft, current);
    let replaces = !target.is_empty();
    // Most webhooks are already as wanted.
    if !replaces && sent.is_empty() && after == *current {
        return Change {
            unknown,
            ..nothing_but(Action::Keep, wanted)
        };
    }
    let fields = [target, changes(current, &after, &sent)].concat();
    // A replacement doesn't carry any value over.
    let may_carry = !replaces && !terms.keep_secrets;
    let moves = may_carry && current.origin() != Some(draft.url.origin());
    let edits = moves.then(|| Edits::exact(draft, current));
    if let Some(carried) = edits.and_then(|edits| edits.carried_along(current)) {
        return Change {
            reason: Some(format!(
                "{carried}; supply it again, or allow it with --keep-secrets"
            )),
            fields,
            ..nothing_but(Action::Conflict, wanted)
        };
    }
    let action = match fields[..] {
        [] => Action::Keep,
        _ if replaces => Action::Replace,
        _ => Action::Update,
    };
    Change {
        fields,
        unknown,
        ..nothing_but(action, wanted)
    }
}

/// What an update can't change.
fn target_changes(draft: &Draft, current: &Webhook) -> Vec<FieldChange> {
    let target = &draft.target;
    let version = target.version.as_ref().map(VersionName::as_str);
    let field = |field: &str, from: Option<&str>, to: Option<&str>| FieldChange {
        field: field.to_owned(),
        from: from.map_or(Value::Null, Value::from),
        to: to.map_or(Value::Null, Value::from),
    };
    let mut fields = vec![
        field(
            "object_type",
            Some(&current.object_type),
            Some(target.object_type.as_str()),
        ),
        field(
            "object_name",
            Some(&current.object_name),
            Some(target.object_name.as_str()),
        ),
        field("version", current.version.as_deref(), version),
    ];
    fields.retain(|change| change.from != change.to);
    fields
}

/// The webhook that the manifest asks for, as the platform would show it. A header or label that
/// differs only in its order, and a header only in its letter case, is the same.
fn desired(draft: &Draft, current: &Webhook) -> Webhook {
    let header = |header: &DraftHeader| Header {
        key: header.key.as_str().to_owned(),
        value: match &header.value {
            DraftValue::Plain(value) => Some(value.as_str().to_owned()),
            _ => None,
        },
        protected: !matches!(header.value, DraftValue::Plain(_)),
        local: None,
    };
    let options = draft.options.clone();
    Webhook {
        url: draft.url.as_str().to_owned(),
        event: draft.event.to_string(),
        headers: draft.headers.iter().map(header).collect(),
        description: options.description.map_or_else(String::new, Into::into),
        labels: draft.labels.clone().unwrap_or_default(),
        timeout: options.timeout.unwrap_or(Timeout::DEFAULT).seconds().into(),
        enabled: options.enabled.unwrap_or(current.enabled),
        retry: options.retry == Some(true),
        include_result: options.include_result == Some(true),
        ..current.clone()
    }
}

#[cfg(test)]
mod tests;
