//! Which stored values belong to no webhook of the project any more.

use std::collections::HashSet;

use crate::{
    model::plan::Present,
    secrets::{Moment, custody::Held},
};

/// The webhooks of a project, by what values refer to.
pub(super) struct Existing<'a> {
    ids: HashSet<&'a str>,
    names: HashSet<&'a str>,
    /// The names of webhooks that could not be read.
    odd: HashSet<&'a str>,
}

impl<'a> Existing<'a> {
    pub(super) fn of(present: &'a Present) -> Self {
        let webhooks = || present.webhooks.iter();
        Self {
            ids: webhooks().map(|webhook| &*webhook.id).collect(),
            names: webhooks().map(|webhook| &*webhook.name).collect(),
            odd: present.odd.iter().map(|(name, _)| &**name).collect(),
        }
    }

    /// Whether the webhook of a value in this project no longer exists.
    pub(super) fn is_orphan(&self, held: &Held, now: Moment) -> bool {
        let is_there = match held.webhook_id() {
            Some(id) => self.ids.contains(id),
            None => self.names.contains(held.webhook()),
        };
        // It could be one that could not be read.
        held.is_settled(now) && !is_there && !self.odd.contains(held.webhook())
    }
}
