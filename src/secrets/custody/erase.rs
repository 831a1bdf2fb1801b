//! Forgetting: what is gone on the platform goes here too, from whichever store the index names.

use super::Custody;
use crate::{
    model::{header::HeaderName, webhook::Webhook},
    secrets::{
        error::Error,
        index::Index,
        key::{self, Owner, Site, Slot},
        row::Row,
        store::{Change, Kind, Store},
    },
};

impl Custody {
    /// Forgets every value of a webhook that was deleted, for all origins that the index knows,
    /// and for its own without one.
    pub async fn forget(&self, site: &Site, webhook: &Webhook) -> Result<(), Error> {
        self.erase(site, webhook, |_| true).await
    }

    /// Forgets the values of one header, for all origins.
    pub async fn forget_header(
        &self,
        site: &Site,
        webhook: &Webhook,
        header: &HeaderName,
    ) -> Result<(), Error> {
        self.erase(site, webhook, |name| header.is(name)).await
    }

    async fn erase(
        &self,
        site: &Site,
        webhook: &Webhook,
        named: impl Fn(&str) -> bool,
    ) -> Result<(), Error> {
        let listed = self.list(Index::rows).await;
        let rows = listed.as_ref().map_or(&[][..], Vec::as_slice).iter();
        let mut rows: Vec<Row> = rows
            .filter(|row| row.belongs_to(site, webhook) && named(&row.header))
            .cloned()
            .collect();
        // Straight by key as well, for a lost index.
        let headers: Vec<&str> = webhook
            .protected_headers()
            .filter(|name| named(name))
            .collect();
        if !headers.is_empty() {
            let kind = self.store().await?.kind();
            rows.extend(own(site, webhook, &headers, kind));
        }
        self.erase_rows(site, rows).await?;
        listed.map(drop)
    }

    /// Whatever other stores have of these values. One that can't be used keeps its row, so that
    /// messages still tell of it.
    pub(super) async fn erase_copies_elsewhere(&self, site: &Site, promoted: &[Row]) {
        let rows = self.index(Index::rows).await.unwrap_or_default();
        let copy = |row: &Row| promoted.iter().any(|new| row.is_elsewhere(new));
        let copies = rows.into_iter().filter(copy).collect();
        let _ = self.erase_rows(site, copies).await;
    }

    async fn erase_rows(&self, site: &Site, rows: Vec<Row>) -> Result<(), Error> {
        for kind in [Kind::File, Kind::Keyring] {
            let of_kind = rows.iter().filter(|row| row.store == kind);
            let of_kind: Vec<Row> = of_kind.cloned().collect();
            if of_kind.is_empty() {
                continue;
            }
            let entries = of_kind.iter().map(|row| row.entry(site));
            let changes = entries.map(Change::Remove).collect();
            self.store_of(kind).await?.apply(changes).await?;
            self.list(move |index| index.enter(&[], &of_kind)).await?;
        }
        Ok(())
    }

    async fn store_of(&self, kind: Kind) -> Result<Store, Error> {
        match (self.store().await?, kind) {
            (store, kind) if store.kind() == kind => Ok(store),
            // It has failed to answer in this command already.
            (Store::None(Some(why)), Kind::Keyring) => Err(Error::Store { kind, why }),
            (_, Kind::Keyring) => self.keyring().await,
            (_, Kind::File) => Ok(self.file()),
            (_, Kind::None) => Ok(Store::None(None)),
        }
    }
}

/// All places that values of these headers may have, at the webhook's own origin.
fn own(site: &Site, webhook: &Webhook, headers: &[&str], kind: Kind) -> Vec<Row> {
    let Some(origin) = webhook.origin() else {
        return Vec::new();
    };
    let fingerprint = key::fingerprint_read(webhook);
    let owners = [
        Owner::Id(&webhook.id),
        Owner::Update(&webhook.id),
        Owner::Create(&webhook.name, &fingerprint),
    ];
    let slots = headers.iter().flat_map(|header| {
        owners.map(|owner| Slot {
            site,
            owner,
            webhook: &webhook.name,
            header,
            origin: origin.as_str(),
        })
    });
    slots.map(|slot| slot.row(kind)).collect()
}
