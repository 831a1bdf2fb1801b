//! One line of the index: a place that a value has, without the value.

use serde::{Deserialize, Serialize};

use crate::{
    model::{header::HeaderName, webhook::Webhook},
    secrets::{
        key::{Destination, Owner, Site, Slot, fingerprint_read},
        store::{Entry, Kind},
    },
};

/// One value that is kept, or that an unfinished command keeps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Row {
    pub(super) host: String,
    pub(super) project: String,
    /// The webhook's name.
    pub(super) webhook: String,
    /// The webhook's id; none before it is made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) webhook_id: Option<String>,
    /// Its header, in lower case.
    pub(super) header: String,
    pub(super) origin: String,
    pub(super) store: Kind,
    /// Not known yet whether the platform has it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) pending: bool,
    /// What the webhook will be, before it is made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) fingerprint: Option<String>,
}

impl Slot<'_> {
    /// This place as the index lists it.
    pub(super) fn row(&self, store: Kind) -> Row {
        let (webhook_id, pending, fingerprint) = match self.owner {
            Owner::Id(id) => (Some(id), false, None),
            Owner::Update(id) => (Some(id), true, None),
            Owner::Create(_, fingerprint) => (None, true, Some(fingerprint)),
        };
        Row {
            host: self.site.host.as_str().to_owned(),
            project: self.site.project.as_str().to_owned(),
            webhook: self.webhook.to_owned(),
            webhook_id: webhook_id.map(str::to_owned),
            header: self.header.to_ascii_lowercase(),
            origin: self.origin.to_owned(),
            store,
            pending,
            fingerprint: fingerprint.map(str::to_owned),
        }
    }
}

impl Row {
    /// The place that it lists.
    pub(super) fn entry(&self, site: &Site) -> Entry {
        let owner = match (&self.webhook_id, self.pending) {
            (Some(id), false) => Owner::Id(id),
            (Some(id), true) => Owner::Update(id),
            (None, _) => Owner::Create(
                &self.webhook,
                self.fingerprint.as_deref().unwrap_or_default(),
            ),
        };
        let slot = Slot {
            site,
            owner,
            webhook: &self.webhook,
            header: &self.header,
            origin: &self.origin,
        };
        slot.entry()
    }

    /// Whether it is about this webhook, or was left by a create of its name.
    pub(super) fn belongs_to(&self, site: &Site, webhook: &Webhook) -> bool {
        self.is_of(site)
            && self
                .webhook_id
                .as_ref()
                .map_or(self.webhook == webhook.name, |id| *id == webhook.id)
    }

    /// Whether it is about this webhook, or was left by a create of just such a one.
    pub(super) fn concerns(&self, site: &Site, webhook: &Webhook) -> bool {
        let made = self.webhook_id.is_some();
        self.belongs_to(site, webhook)
            && (made || self.fingerprint.as_deref() == Some(&fingerprint_read(webhook)))
    }

    /// Whether it is a value of this webhook's header, for whatever origin.
    pub(super) fn is_value(&self, of: &Destination, header: &HeaderName) -> bool {
        !self.pending
            && self.is_of(&of.site)
            && self.webhook_id.as_deref() == Some(of.id())
            && header.is(&self.header)
    }

    /// Whether it is the same value in another store.
    pub(super) fn is_elsewhere(&self, than: &Self) -> bool {
        let there = Self {
            store: than.store,
            ..self.clone()
        };
        self.store != than.store && there.same(than)
    }

    /// Whether it belongs to this project.
    pub(super) fn is_of(&self, site: &Site) -> bool {
        self.host == site.host.as_str() && self.project == site.project.as_str()
    }

    /// Whether both are about the same value: all but the webhook's name, which may change.
    pub(super) fn same(&self, other: &Self) -> bool {
        let made = self.webhook_id.is_some();
        (made || self.webhook == other.webhook)
            && self.webhook_id == other.webhook_id
            && self.host == other.host
            && self.project == other.project
            && self.header == other.header
            && self.origin == other.origin
            && self.store == other.store
            && self.pending == other.pending
            && self.fingerprint == other.fingerprint
    }
}
