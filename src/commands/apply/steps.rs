//! What `apply` has to do, webhook by webhook.

use std::collections::HashMap;

use crate::model::{
    draft::{Draft, DraftValue},
    header::NewHeader,
    plan::{Action, Change, Present, Wanted},
    webhook::Webhook,
};

/// How steps are carried out.
#[derive(Debug, Clone, Copy)]
pub(super) struct How<'a> {
    /// Who owns the webhooks.
    pub(super) owner: Option<&'a str>,
    /// Whether stored protected values may be sent to a URL's new origin.
    pub(super) keep_secrets: bool,
    /// Whether each is tried out first.
    pub(super) test: bool,
    /// How many at once, at most.
    pub(super) jobs: usize,
    /// The flags that name the same files, for a hint.
    pub(super) flags: &'a str,
}

/// One change of the plan, with what it needs.
pub(super) struct Step {
    pub(super) change: Change,
    /// Whether the values that can't be compared are sent.
    pub(super) sends_unknown: bool,
    /// What is wanted; none for a deletion.
    pub(super) draft: Option<Draft>,
    /// What is there; none for a create.
    pub(super) current: Option<Webhook>,
    /// The draft's headers with the values that are sent.
    pub(super) headers: Vec<NewHeader>,
}

impl Step {
    pub(super) fn is_conflict(&self) -> bool {
        self.change.action == Action::Conflict
    }

    /// Whether it sends a protected value.
    pub(super) fn sends_a_value(&self) -> bool {
        self.headers.iter().any(|header| header.secret().is_some())
    }

    /// The protected headers that it removes, each with its webhook.
    pub(super) fn removed_headers(&self) -> Vec<(&Webhook, &str)> {
        let (Action::Update | Action::Replace, Some(draft), Some(current)) =
            (self.change.action, &self.draft, &self.current)
        else {
            return Vec::new();
        };
        let is_removed = |key: &&str| {
            let mut given = draft.headers.iter().filter(|header| header.key.is(key));
            given.all(|header| matches!(header.value, DraftValue::Plain(_)))
        };
        let removed = current.protected_headers().filter(is_removed);
        removed.map(|key| (current, key)).collect()
    }
}

/// The changes to carry out, conflicts included, and those that leave a webhook as it is. With `keep_unknown`, a
/// protected value that can't be compared isn't sent.
pub(super) fn steps(
    wanted: Vec<Wanted>,
    present: Present,
    changes: Vec<Change>,
    keep_unknown: bool,
) -> (Vec<Step>, Vec<Change>) {
    let named = |one: Wanted| (one.draft.name.as_str().to_owned(), one.draft);
    let mut drafts: HashMap<String, Draft> = wanted.into_iter().map(named).collect();
    let named = |webhook: Webhook| (webhook.name.clone(), webhook);
    let mut webhooks: HashMap<String, Webhook> = present.webhooks.into_iter().map(named).collect();
    let (mut steps, mut kept) = (Vec::new(), Vec::new());
    for mut change in changes {
        let sends_unknown = !keep_unknown && !change.unknown.is_empty();
        if change.action == Action::Keep {
            if !sends_unknown {
                kept.push(change);
                continue;
            }
            change.action = Action::Update;
        }
        steps.push(Step {
            sends_unknown: sends_unknown && change.action == Action::Update,
            draft: drafts.remove(&change.name),
            current: webhooks.remove(&change.name),
            headers: Vec::new(),
            change,
        });
    }
    (steps, kept)
}
