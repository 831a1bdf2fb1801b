//! Values on their way to the platform: kept before the call, promoted or discarded after it.

use super::{Custody, Place, place};
use crate::{
    model::{
        header::{Content, HeaderName, NewHeader},
        origin::Origin,
        secret::Secret,
        url::CallbackUrl,
        webhook::{NewWebhook, Webhook, WebhookPatch},
    },
    secrets::{
        error::Error,
        key::{self, Owner, Site, Slot},
        pending::Envelope,
        row::Row,
        store::{Change, Entry, Kind, Store},
    },
};

/// Values that are kept under a pending key while the call is made. Dropping it is what an end
/// without an answer means: the values stay, and the next command finds out.
#[must_use = "promote it when the call was made, discard it when the platform refused"]
pub struct Pending {
    site: Site,
    place: Place,
    store: Store,
    held: Vec<Held>,
}

struct Held {
    header: HeaderName,
    origin: Origin,
    value: Secret,
    entry: Entry,
    row: Row,
    /// What attempts before this one had left.
    earlier: Option<Envelope>,
}

impl Pending {
    /// Where the values are kept; `none` also where there were none to keep.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Whether any value is kept.
    pub fn is_empty(&self) -> bool {
        self.held.is_empty()
    }
}

/// What a call is about.
struct Call<'a> {
    site: &'a Site,
    webhook: &'a str,
    owner: Owner<'a>,
    origin: Origin,
    last_updated: Option<String>,
}

impl Custody {
    /// Keeps the protected values of a create that is about to be sent.
    pub async fn keep_new(&self, site: &Site, new: &NewWebhook) -> Result<Pending, Error> {
        let fingerprint = key::fingerprint_new(new);
        let call = Call {
            site,
            webhook: new.name.as_str(),
            owner: Owner::Create(new.name.as_str(), &fingerprint),
            origin: new.url.origin(),
            last_updated: None,
        };
        self.keep(call, new.headers.as_deref().unwrap_or_default())
            .await
    }

    /// Keeps the protected values that an update is about to send, for the origin that the webhook
    /// will have. `current` is the webhook as it was read before.
    pub async fn keep_changes(
        &self,
        site: &Site,
        current: &Webhook,
        patch: &WebhookPatch,
    ) -> Result<Pending, Error> {
        let headers = patch.headers.as_deref().unwrap_or_default();
        let origin = patch.url.as_ref().map(CallbackUrl::origin);
        let Some(origin) = origin.or_else(|| current.origin()) else {
            return Ok(nothing(site, Store::None(None)));
        };
        if values(headers).next().is_some() {
            self.settle(site, current).await?;
        }
        let call = Call {
            site,
            webhook: &current.name,
            owner: Owner::Update(&current.id),
            origin,
            last_updated: current.last_updated.clone(),
        };
        self.keep(call, headers).await
    }

    async fn keep(&self, call: Call<'_>, headers: &[NewHeader]) -> Result<Pending, Error> {
        let mut held = Vec::new();
        if values(headers).next().is_none() {
            return Ok(nothing(call.site, Store::None(None)));
        }
        let store = self.store().await?;
        if store.kind() == Kind::None {
            return Ok(nothing(call.site, store));
        }
        for (header, value) in values(headers) {
            let slot = Slot {
                site: call.site,
                owner: call.owner,
                webhook: call.webhook,
                header: header.as_str(),
                origin: call.origin.as_str(),
            };
            held.push(Held {
                header: header.clone(),
                origin: call.origin.clone(),
                value: value.clone(),
                entry: slot.entry(),
                row: slot.row(store.kind()),
                earlier: None,
            });
        }
        // Names before values, so that whatever is in a store can be cleaned up.
        let rows: Vec<Row> = held.iter().map(|held| held.row.clone()).collect();
        let entered = rows.clone();
        self.list(move |index| index.enter(&entered, &[])).await?;
        let done = hold(&store, &mut held, call.last_updated.as_ref()).await;
        if self.or_none(done).await?.is_none() {
            self.list(move |index| index.enter(&[], &rows)).await?;
            return Ok(nothing(call.site, self.store().await?));
        }
        Ok(Pending {
            site: call.site.clone(),
            place: place(&store),
            store,
            held,
        })
    }

    /// The platform has the values: keeps them under the webhook's id, as the platform shows it
    /// now, in place of what was kept there.
    pub async fn promote(&self, pending: Pending, webhook: &Webhook) -> Result<(), Error> {
        let Pending {
            site, store, held, ..
        } = pending;
        let kind = store.kind();
        let (mut changes, mut new, mut gone) = (Vec::new(), Vec::new(), Vec::new());
        for held in held {
            let slot = Slot {
                site: &site,
                owner: Owner::Id(&webhook.id),
                webhook: &webhook.name,
                header: held.header.as_str(),
                origin: held.origin.as_str(),
            };
            changes.push(Change::Set(slot.entry(), held.value.into()));
            changes.push(Change::Remove(held.entry));
            new.push(slot.row(kind));
            gone.push(held.row);
        }
        if new.is_empty() {
            return Ok(());
        }
        store.apply(changes).await?;
        let (entered, promoted) = (new.clone(), new);
        self.list(move |index| index.enter(&entered, &gone)).await?;
        // An older value that another store still has would be given out as this one.
        self.erase_copies_elsewhere(&site, &promoted).await;
        Ok(())
    }

    /// The platform has refused: forgets the values of this attempt, and leaves what an earlier
    /// one had left.
    pub async fn discard(&self, pending: Pending) -> Result<(), Error> {
        let (mut changes, mut gone) = (Vec::new(), Vec::new());
        for held in pending.held {
            if let Some(earlier) = held.earlier {
                changes.push(Change::Set(held.entry, earlier.seal()));
            } else {
                changes.push(Change::Remove(held.entry));
                gone.push(held.row);
            }
        }
        pending.store.apply(changes).await?;
        self.list(move |index| index.enter(&[], &gone)).await
    }
}

fn values(headers: &[NewHeader]) -> impl Iterator<Item = (&HeaderName, &Secret)> {
    headers.iter().filter_map(|header| match &header.content {
        Content::Protected(Some(value)) => Some((&header.key, value)),
        Content::Protected(None) | Content::Plain(_) => None,
    })
}

fn nothing(site: &Site, store: Store) -> Pending {
    Pending {
        site: site.clone(),
        place: place(&store),
        store,
        held: Vec::new(),
    }
}

async fn hold(
    store: &Store,
    held: &mut [Held],
    last_updated: Option<&String>,
) -> Result<(), Error> {
    let entries = held.iter().map(|held| held.entry.clone()).collect();
    let earlier = store.get(entries).await?;
    let mut changes = Vec::new();
    for (held, earlier) in held.iter_mut().zip(earlier) {
        held.earlier = earlier.as_ref().and_then(Envelope::open);
        let (earlier, value) = (held.earlier.as_ref(), held.value.clone());
        let envelope = Envelope::after(earlier, value.into(), last_updated.cloned());
        changes.push(Change::Set(held.entry.clone(), envelope.seal()));
    }
    store.apply(changes).await
}
