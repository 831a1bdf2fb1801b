//! Removing: what the platform no longer has goes here too, from whichever store the index names.
//! Where a store can't be opened now, the index marks its value, and a marked one isn't given out.

use super::Custody;
use crate::{
    model::{store::StoreKind, webhook::Webhook},
    secrets::{
        dates::Moment,
        error::Error,
        index::{Index, put},
        key::{self, Entry, Owner, Site, Slot},
        record::Record,
        row::Row,
        store::{Change, Store},
    },
};

impl Custody {
    /// Removes every value of a webhook that was deleted, for all origins that the index knows,
    /// and for its own without one.
    pub async fn forget(&self, site: &Site, webhook: &Webhook) -> Result<(), Error> {
        let listed = self.list(Index::rows).await;
        let rows = listed.as_ref().map_or(&[][..], Vec::as_slice).iter();
        let mut rows: Vec<Row> = rows
            .filter(|row| row.belongs_to(site, webhook))
            .cloned()
            .collect();
        // Straight by key as well, for a lost index.
        let headers: Vec<&str> = webhook.protected_headers().collect();
        if !headers.is_empty() {
            let kind = self.store().await?.kind();
            for kind in [StoreKind::File, kind] {
                for row in own(site, webhook, &headers, kind) {
                    put(&mut rows, row);
                }
            }
        }
        self.erase(site, rows, None).await?;
        listed.map(drop)
    }

    /// Removes what has been replaced: what the index has marked of this webhook, and whatever is at
    /// these places. What can't be removed now is noted and stays marked; a value of an interrupted
    /// change that may still arrive stays.
    pub(super) async fn supersede(
        &self,
        site: &Site,
        webhook: &Webhook,
        places: Vec<Row>,
        kept: &[Row],
        now: Moment,
    ) {
        let listed = self.index(Index::rows).await.unwrap_or_default();
        let mut rows: Vec<Row> = listed
            .into_iter()
            .filter(|row| row.superseded.is_some() && row.belongs_to(site, webhook))
            .collect();
        for place in places {
            if !rows.iter().chain(kept).any(|row| row.same(&place)) {
                rows.push(place);
            }
        }
        if let Err(error) = self.erase(site, rows, Some(now)).await {
            (self.settings.note)(&format!(
                "a replaced value could not be removed, and will not be used: {error}"
            ));
        }
    }

    /// Removes the values at these places, and marks those that it can't remove. With a moment, what
    /// may still arrive then is left.
    async fn erase(&self, site: &Site, rows: Vec<Row>, left: Option<Moment>) -> Result<(), Error> {
        let mut failed = None;
        for kind in [StoreKind::File, StoreKind::Keyring] {
            let of_kind = rows.iter().filter(|row| row.store == kind);
            let of_kind: Vec<Row> = of_kind.cloned().collect();
            if of_kind.is_empty() {
                continue;
            }
            let left = match self.remove(site, kind, &of_kind, left).await {
                Ok(left) => left,
                Err(error) => {
                    let why = error.to_string();
                    failed.get_or_insert(error);
                    let marked = of_kind.iter().map(|row| Row {
                        superseded: Some(why.clone()),
                        ..row.clone()
                    });
                    marked.collect()
                }
            };
            self.list(move |index| index.enter(&left, &of_kind)).await?;
        }
        failed.map_or(Ok(()), Err)
    }

    /// Removes the values at these places, and returns the rows of what is left.
    async fn remove(
        &self,
        site: &Site,
        kind: StoreKind,
        rows: &[Row],
        left: Option<Moment>,
    ) -> Result<Vec<Row>, Error> {
        let store = self.store_of(kind).await?;
        let entries: Vec<Entry> = rows.iter().map(|row| row.entry(site)).collect();
        let mut records = vec![Record::default(); rows.len()];
        if let Some(now) = left {
            records = store.records(entries.clone()).await?;
            for record in &mut records {
                record.supersede(now);
            }
        }
        let (mut changes, mut rows_left) = (Vec::new(), Vec::new());
        for ((row, entry), record) in rows.iter().zip(entries).zip(records) {
            if !record.is_empty() {
                rows_left.push(row.clone().of_record(&record));
            }
            changes.push(Change::keep(entry, record));
        }
        store.apply(changes).await?;
        Ok(rows_left)
    }

    pub(super) async fn store_of(&self, kind: StoreKind) -> Result<Store, Error> {
        match (self.store().await?, kind) {
            (store, kind) if store.kind() == kind => Ok(store),
            // It has failed to answer in this command already.
            (Store::None(Some(why)), StoreKind::Keyring) => Err(Error::Store { kind, why }),
            (_, StoreKind::Keyring) => self.keyring().await,
            (_, StoreKind::File) => self.file(),
            (_, StoreKind::None) => Ok(Store::None(None)),
        }
    }
}

/// All places that values of these headers may have, at the webhook's own origin.
fn own(site: &Site, webhook: &Webhook, headers: &[&str], kind: StoreKind) -> Vec<Row> {
    let Some(origin) = webhook.origin() else {
        return Vec::new();
    };
    let fingerprint = key::fingerprint_read(webhook);
    let owners = [
        Owner::Id(&webhook.id),
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
