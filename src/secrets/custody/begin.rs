//! Before a call that sends protected values: they are stored as values that may arrive, so that if
//! the response is lost, neither they nor the previous values are lost.

use std::time::Duration;

use super::{Custody, Place, place};
use crate::{
    model::{
        header::{HeaderName, NewHeader},
        origin::Origin,
        store::StoreKind,
        url::CallbackUrl,
        webhook::{NewWebhook, Webhook, WebhookPatch},
    },
    secrets::{
        dates::{Moment, Stamp},
        error::Error,
        index::put,
        key::{self, Entry, Owner, Site, Slot},
        record::{Open, Record},
        row::Row,
        store::{Change, Store},
    },
};

/// When a call is sent, and how long after that it may still arrive.
#[derive(Debug, Clone, Copy)]
pub struct Call {
    /// When it is sent.
    pub sent: Moment,
    /// How long after `sent` it may still arrive: with all attempts, and what comes before them.
    pub limit: Duration,
}

/// A change that is being sent to the platform. Dropping it means that the response was lost: all
/// values stay, and none is used until it is known which of them the platform has.
#[must_use = "finish it when the platform accepted the call, withdraw it when the platform refused"]
pub struct Pending {
    pub(super) site: Site,
    pub(super) place: Place,
    pub(super) store: Store,
    /// The protected values that are sent, stored or not.
    pub(super) sent: Vec<Sent>,
    /// The webhook before an update.
    pub(super) before: Option<Webhook>,
    /// Whether the values that are replaced are kept as previous.
    pub(super) keeps_previous: bool,
}

/// A protected value that is sent.
pub(super) struct Sent {
    pub(super) header: HeaderName,
    pub(super) origin: Origin,
    pub(super) change: Open,
    /// Where it is stored in the meantime.
    pub(super) entry: Entry,
    pub(super) row: Row,
}

impl Pending {
    /// The same for a rotation, which keeps the values that it replaces as previous.
    pub fn keeping_previous(self) -> Self {
        Self {
            keeps_previous: true,
            ..self
        }
    }

    /// Where the values are stored; `none` also if there are none to store.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Whether any value is stored.
    pub fn is_empty(&self) -> bool {
        self.sent.is_empty() || self.place.kind == StoreKind::None
    }
}

impl Custody {
    /// Stores the protected values of a create that is about to be sent.
    pub async fn begin_create(
        &self,
        site: &Site,
        new: &NewWebhook,
        call: Call,
    ) -> Result<Pending, Error> {
        let (name, fingerprint) = (new.name.as_str(), key::fingerprint_new(new));
        let slots = Slots {
            site,
            owner: Owner::Create(name, &fingerprint),
            webhook: name,
            origin: new.url.origin(),
        };
        let headers = new.headers.as_deref().unwrap_or_default();
        let sent = slots.sent(headers, None, call);
        self.begin(site, sent, None).await
    }

    /// Stores the protected values that an update is about to send, for the origin that the webhook
    /// will have. `current` is the webhook as it was read before.
    pub async fn begin_update(
        &self,
        site: &Site,
        current: &Webhook,
        patch: &WebhookPatch,
        call: Call,
    ) -> Result<Pending, Error> {
        let origin = patch.url.as_ref().map(CallbackUrl::origin);
        let headers = patch.headers.as_deref().unwrap_or_default();
        let before = Stamp::of(current.last_updated.as_ref());
        let sent = match origin.or_else(|| current.origin()) {
            Some(origin) => {
                let slots = Slots {
                    site,
                    owner: Owner::Id(&current.id),
                    webhook: &current.name,
                    origin,
                };
                slots.sent(headers, before.as_ref(), call)
            }
            None => Vec::new(),
        };
        self.begin(site, sent, Some(current.clone())).await
    }

    async fn begin(
        &self,
        site: &Site,
        mut sent: Vec<Sent>,
        before: Option<Webhook>,
    ) -> Result<Pending, Error> {
        let mut store = Store::None(None);
        if !sent.is_empty() {
            store = self.store().await?;
            if store.kind() != StoreKind::None && !self.hold(&store, &mut sent).await? {
                store = self.store().await?;
            }
        }
        Ok(Pending {
            site: site.clone(),
            place: place(&store),
            store,
            sent,
            before,
            keeps_previous: false,
        })
    }

    /// Whether they are stored: with `auto`, a keyring may turn out to be unavailable.
    async fn hold(&self, store: &Store, sent: &mut [Sent]) -> Result<bool, Error> {
        let kind = store.kind();
        // Names before values, so that every stored value can be found and cleaned up.
        let rows: Vec<Row> = sent
            .iter_mut()
            .map(|sent| {
                sent.row.store = kind;
                sent.row.clone()
            })
            .collect();
        let entered = rows.clone();
        let enter = move |list: &mut Vec<Row>| {
            for row in &entered {
                match list.iter_mut().find(|there| there.same(row)) {
                    Some(there) => there.pending = true,
                    None => put(list, row.clone()),
                }
            }
        };
        self.list(move |index| index.grow(enter)).await?;
        let read = store.records(entries(sent)).await;
        let Some(records) = self.or_none(read).await? else {
            self.list(move |index| index.change(|list| no_longer_pending(list, &rows)))
                .await?;
            return Ok(false);
        };
        // If this fails, some values may have been stored: their rows stay, so that they are cleaned
        // up later.
        let done = add(store, sent, records).await;
        Ok(self.or_none(done).await?.is_some())
    }

    /// The platform has refused: removes the values of this attempt, and leaves earlier ones.
    pub async fn withdraw(&self, pending: Pending) -> Result<(), Error> {
        if pending.is_empty() {
            return Ok(());
        }
        let Pending { store, sent, .. } = pending;
        let records = store.records(entries(&sent)).await?;
        let (mut changes, mut rows) = (Vec::new(), Vec::new());
        for (sent, mut record) in sent.into_iter().zip(records) {
            record.withdraw(&sent.change);
            if record.open.is_empty() {
                rows.push(sent.row);
            }
            changes.push(Change::keep(sent.entry, record));
        }
        store.apply(changes).await?;
        self.list(move |index| index.change(|list| no_longer_pending(list, &rows)))
            .await
    }
}

/// The rows of places that have no unfinished change any more. A row that had nothing else is
/// removed.
fn no_longer_pending(list: &mut Vec<Row>, rows: &[Row]) {
    let is_one = |row: &Row| rows.iter().any(|other| row.same(other));
    list.retain(|row| row.mark.is_some() || row.superseded.is_some() || !is_one(row));
    for row in list.iter_mut().filter(|row| is_one(row)) {
        row.pending = false;
    }
}

pub(super) fn entries(sent: &[Sent]) -> Vec<Entry> {
    sent.iter().map(|sent| sent.entry.clone()).collect()
}

async fn add(store: &Store, sent: &[Sent], records: Vec<Record>) -> Result<(), Error> {
    let mut changes = Vec::new();
    for (sent, mut record) in sent.iter().zip(records) {
        record.begin(sent.change.clone());
        changes.push(Change::keep(sent.entry.clone(), record));
    }
    store.add(changes).await
}

/// The places of one call's values.
struct Slots<'a> {
    site: &'a Site,
    owner: Owner<'a>,
    webhook: &'a str,
    origin: Origin,
}

impl Slots<'_> {
    fn sent(&self, headers: &[NewHeader], before: Option<&Stamp>, call: Call) -> Vec<Sent> {
        let limit = i64::try_from(call.limit.as_secs()).unwrap_or(i64::MAX);
        let valued = headers
            .iter()
            .filter_map(|new| Some((&new.key, new.secret()?)));
        let sent = valued.map(|(header, value)| {
            let slot = Slot {
                site: self.site,
                owner: self.owner,
                webhook: self.webhook,
                header: header.as_str(),
                origin: self.origin.as_str(),
            };
            let made = matches!(self.owner, Owner::Id(_));
            Sent {
                header: header.clone(),
                origin: self.origin.clone(),
                change: Open {
                    value: value.clone().into(),
                    before: before.cloned(),
                    sent: call.sent,
                    // Rounded up: the cut-off part of a second counts too.
                    limit: limit.saturating_add(1),
                },
                entry: slot.entry(),
                row: Row {
                    pending: true,
                    sent: (!made).then_some(call.sent.local),
                    ..slot.row(StoreKind::None)
                },
            }
        });
        sent.collect()
    }
}
