//! One row of the index: the place of a value, without the value.

use std::hash::Hash;

use serde::{Deserialize, Serialize};

use crate::{
    model::{header::HeaderName, store::StoreKind, webhook::Webhook},
    secrets::{
        dates::{Moment, Stamp},
        key::{Destination, Entry, Owner, Site, Slot, fingerprint_read},
        record::Record,
    },
};

/// How many seconds to wait for a create that left a value before the value is removed.
const SWEEP_AFTER: i64 = 600;

/// What a stored value is for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Role {
    /// The webhook's value.
    #[default]
    Value,
    /// A new value that is being tested, and has not been sent as the webhook's.
    Staged,
    /// The value that a rotation replaced.
    Previous,
}

impl Role {
    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "serde passes a reference"
    )]
    fn is_value(&self) -> bool {
        *self == Self::Value
    }
}

/// A stored value, or one that an unfinished command stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Row {
    pub(super) host: String,
    pub(super) project: String,
    /// The webhook's name.
    pub(super) webhook: String,
    /// The webhook's id; `None` before it is created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) webhook_id: Option<String>,
    /// Its header, in lower case.
    pub(super) header: String,
    pub(super) origin: String,
    pub(super) store: StoreKind,
    #[serde(default, skip_serializing_if = "Role::is_value")]
    pub(super) role: Role,
    /// A change was sent, and its outcome isn't known yet.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) pending: bool,
    /// The webhook's fingerprint, before it is created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) fingerprint: Option<String>,
    /// When its create was sent, in seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) sent: Option<i64>,
    /// Which value `stamp` refers to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) mark: Option<String>,
    /// The webhook's `last_updated` when it last certainly had this value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) stamp: Option<Stamp>,
    /// When the value was stored, in seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) since: Option<i64>,
    /// When a test last succeeded with it, in seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) tested: Option<i64>,
    /// Why a replaced value could not be removed. It isn't used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) superseded: Option<String>,
}

impl Slot<'_> {
    /// This place as the index lists it.
    pub(super) fn row(&self, store: StoreKind) -> Row {
        let (webhook_id, fingerprint, role) = match self.owner {
            Owner::Id(id) => (Some(id), None, Role::Value),
            Owner::Create(_, fingerprint) => (None, Some(fingerprint), Role::Value),
            Owner::Staged(id) => (Some(id), None, Role::Staged),
            Owner::Previous(id) => (Some(id), None, Role::Previous),
        };
        Row {
            host: self.site.host.as_str().to_owned(),
            project: self.site.project.as_str().to_owned(),
            webhook: self.webhook.to_owned(),
            webhook_id: webhook_id.map(str::to_owned),
            header: self.header.to_ascii_lowercase(),
            origin: self.origin.to_owned(),
            store,
            role,
            pending: fingerprint.is_some(),
            fingerprint: fingerprint.map(str::to_owned),
            sent: None,
            mark: None,
            stamp: None,
            since: None,
            tested: None,
            superseded: None,
        }
    }
}

impl Row {
    /// The place that it lists.
    pub(super) fn entry(&self, site: &Site) -> Entry {
        let owner = match (&self.webhook_id, self.role) {
            (Some(id), Role::Value) => Owner::Id(id),
            (Some(id), Role::Staged) => Owner::Staged(id),
            (Some(id), Role::Previous) => Owner::Previous(id),
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

    /// The same place, with what the index records about a record stored there.
    pub(super) fn of_record(self, record: &Record) -> Self {
        let known = record.known.as_ref();
        Self {
            pending: !record.open.is_empty(),
            mark: known.and_then(|known| known.mark.clone()),
            stamp: known.and_then(|known| known.stamp.clone()),
            superseded: None,
            ..self
        }
    }

    /// The later date for which this record's value was confirmed, if it refers to this record.
    pub(super) fn restamped(&self, record: &Record) -> Option<&Stamp> {
        let known = record.known.as_ref()?;
        self.stamp
            .as_ref()
            .filter(|_| known.mark.is_none() || known.mark == self.mark)
    }

    /// Whether it belongs to this webhook, or was left by a create of its name.
    pub(super) fn belongs_to(&self, site: &Site, webhook: &Webhook) -> bool {
        self.is_of(site)
            && self
                .webhook_id
                .as_ref()
                .map_or(self.webhook == webhook.name, |id| *id == webhook.id)
    }

    /// Whether it belongs to this webhook by its id.
    pub(super) fn is_by_id(&self, site: &Site, webhook_id: &str) -> bool {
        self.is_of(site) && self.webhook_id.as_deref() == Some(webhook_id)
    }

    /// Whether it was left by a create of a webhook like this.
    pub(super) fn could_have_made(&self, site: &Site, webhook: &Webhook) -> bool {
        self.is_of(site)
            && self.webhook == webhook.name
            && self.fingerprint.as_deref() == Some(&fingerprint_read(webhook))
    }

    /// Whether it is a place of this webhook's header, for any origin.
    pub(super) fn is_value(&self, of: &Destination, header: &HeaderName) -> bool {
        self.role == Role::Value && self.is_by_id(&of.site, of.id()) && header.is(&self.header)
    }

    /// Whether it was left by a create of that name.
    pub(super) fn is_of_create(&self, site: &Site, name: &str) -> bool {
        self.is_of(site) && self.webhook_id.is_none() && self.webhook == name
    }

    /// Whether the create that left it was sent so long ago that it can't arrive any more.
    pub(super) fn has_outlived_its_create(&self, now: Moment) -> bool {
        self.sent.is_none_or(|sent| now.local - sent > SWEEP_AFTER)
    }

    /// Whether it belongs to this project.
    pub(super) fn is_of(&self, site: &Site) -> bool {
        self.host == site.host.as_str() && self.project == site.project.as_str()
    }

    /// Whether both are the same place.
    pub(super) fn same(&self, other: &Self) -> bool {
        self.place() == other.place()
    }

    /// Its place: everything but the name of a webhook that has an id, since a name may change.
    pub(super) fn place(&self) -> impl Eq + Hash + '_ {
        let webhook = match &self.webhook_id {
            Some(id) => (Some(id), None),
            None => (None, Some(&self.webhook)),
        };
        let value = (&self.header, &self.origin, &self.fingerprint);
        (
            webhook,
            &self.host,
            &self.project,
            value,
            self.store,
            self.role,
        )
    }
}
