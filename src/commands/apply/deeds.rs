//! What `apply` has to do, webhook by webhook.

use std::collections::HashMap;

use crate::model::{
    draft::{Draft, DraftValue},
    edits::Edits,
    header::NewHeader,
    plan::{Action, Change, Present, Wanted},
    webhook::Webhook,
};

/// What is allowed, and for whom.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terms<'a> {
    pub(super) keep_secrets: bool,
    pub(super) keep_unknown: bool,
    pub(super) owner: Option<&'a str>,
}

/// One change of the plan, with what it needs.
pub(super) struct Deed {
    pub(super) change: Change,
    /// What is wanted; none for a deletion.
    pub(super) draft: Option<Draft>,
    /// What is there; none for a create.
    pub(super) current: Option<Webhook>,
    /// The draft's headers with the values that are sent.
    pub(super) headers: Vec<NewHeader>,
}

impl Deed {
    /// Whether it changes something on the platform.
    pub(super) fn is_to_be_sent(&self) -> bool {
        self.change.action != Action::Conflict
    }

    /// Whether it sends a protected value.
    pub(super) fn sends_a_value(&self) -> bool {
        self.headers.iter().any(|header| header.secret().is_some())
    }

    /// The protected headers that it removes, each with its webhook.
    pub(super) fn removed_headers(&self) -> impl Iterator<Item = (&Webhook, &str)> {
        let changes = matches!(self.change.action, Action::Update | Action::Replace);
        let both = self.draft.as_ref().zip(self.current.as_ref());
        both.filter(|_| changes)
            .into_iter()
            .flat_map(|(draft, current)| {
                let is_removed = |key: &&str| {
                    let mut given = draft.headers.iter().filter(|header| header.key.is(key));
                    given.all(|header| matches!(header.value, DraftValue::Plain(_)))
                };
                let removed = current.protected_headers().filter(is_removed);
                removed.map(move |key| (current, key)).collect::<Vec<_>>()
            })
    }
}

/// The changes to carry out, including conflicts, and those that need nothing.
pub(super) fn deeds(
    wanted: &[Wanted],
    present: &Present,
    changes: Vec<Change>,
    terms: Terms<'_>,
) -> (Vec<Deed>, Vec<Change>) {
    let drafts: HashMap<&str, &Draft> = wanted
        .iter()
        .map(|one| (one.draft.name.as_str(), &one.draft))
        .collect();
    let webhooks: HashMap<&str, &Webhook> = present
        .webhooks
        .iter()
        .map(|webhook| (webhook.name.as_str(), webhook))
        .collect();
    let (mut deeds, mut kept) = (Vec::new(), Vec::new());
    for mut change in changes {
        let draft = drafts.get(change.name.as_str()).copied();
        let current = webhooks.get(change.name.as_str()).copied();
        if terms.keep_unknown {
            change.unknown.clear();
        } else if change.action == Action::Keep && !change.unknown.is_empty() {
            change.action = Action::Update;
        }
        if let (Action::Update | Action::Replace, Some(draft), Some(current)) =
            (change.action, draft, current)
            && !terms.keep_secrets
        {
            let edits = Edits::exact(draft, current, terms.owner);
            if let Some((names, origin)) = edits.carried_along(current) {
                let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
                let old = current.origin();
                change.action = Action::Conflict;
                change.reason = Some(format!(
                    "the value of {} was given for {}, and the new URL is at {origin}: give it again, or allow \
                     it with --keep-secrets",
                    names.join(", "),
                    old.as_ref().map_or("no origin", |origin| origin.as_str()),
                ));
            }
        }
        if change.action == Action::Keep {
            kept.push(change);
            continue;
        }
        deeds.push(Deed {
            change,
            draft: draft.cloned(),
            current: current.cloned(),
            headers: Vec::new(),
        });
    }
    (deeds, kept)
}
