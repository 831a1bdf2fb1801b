//! Values that a user stores or removes without a change on the platform: `secret set` and `secret
//! remove`.

use super::{Custody, Place, finish::Moved, place};
use crate::{
    model::{header::HeaderName, secret::Secret, store::StoreKind, webhook::Webhook},
    secrets::{
        dates::Moment,
        error::{Error, Unusable},
        index::{Index, put},
        key::{Owner, Site, Slot},
        record::Known,
        row::Row,
        store::{Change, Store},
    },
};

/// What was stored for one header.
#[derive(Debug, Clone)]
pub struct Removed {
    /// The header, in lower case.
    pub header: String,
    /// Where its value was.
    pub store: StoreKind,
}

impl Custody {
    /// Stores values for a webhook as just read, for its present origin. What the platform has is
    /// not known, so they have no stamp. Fails if nothing is stored.
    pub async fn set(
        &self,
        site: &Site,
        webhook: &Webhook,
        values: &[(HeaderName, Secret)],
        now: Moment,
    ) -> Result<Place, Error> {
        let store = self.store().await?;
        if let Store::None(why) = &store {
            return Err(Error::Store {
                kind: StoreKind::Keyring,
                why: why.clone().unwrap_or(Unusable::NoKeyring),
            });
        }
        let Some(origin) = webhook.origin() else {
            return Ok(place(&store));
        };
        let slots: Vec<Slot<'_>> = values
            .iter()
            .map(|(header, _)| Slot {
                site,
                owner: Owner::Id(&webhook.id),
                webhook: &webhook.name,
                header: header.as_str(),
                origin: origin.as_str(),
            })
            .collect();
        let places: Vec<Row> = slots.iter().map(|slot| slot.row(store.kind())).collect();
        // Names before values, so that every stored value can be found and cleaned up.
        let entered = places.clone();
        let enter = move |list: &mut Vec<Row>| {
            for row in &entered {
                if !list.iter().any(|there| there.same(row)) {
                    put(list, row.clone());
                }
            }
        };
        self.list(move |index| index.grow(enter)).await?;
        let entries = slots.iter().map(Slot::entry).collect();
        let records = store.records(entries).await?;
        let listed = self.list(Index::rows).await?;
        let (mut changes, mut kept) = (Vec::new(), Vec::new());
        for (((slot, row), (_, value)), mut record) in
            slots.iter().zip(places).zip(values).zip(records)
        {
            let there = listed.iter().find(|there| there.same(&row)).cloned();
            let is_same = |known: &Known| known.value.expose() == value.expose();
            if let Some(row) = there.filter(|there| there.mark.is_some())
                && record.known.as_ref().is_some_and(is_same)
            {
                // What is known about it is still true.
                kept.push(row);
                continue;
            }
            let other = self.copy_elsewhere(site, &listed, &row, value).await;
            let (stamp, tested) = other.map_or((None, None), |row| (row.stamp, row.tested));
            record.known = Some(Known::new(value.clone().into(), stamp));
            kept.push(Row {
                since: Some(now.local),
                tested,
                ..row.of_record(&record)
            });
            changes.push(Change::keep(slot.entry(), record));
        }
        store.add(changes).await?;
        let names: Vec<String> = values.iter().map(|(header, _)| header.lower()).collect();
        self.enter(
            site,
            (&kept, Moved::default()),
            (Some(webhook), webhook),
            &names,
            now,
        )
        .await?;
        self.supersede(site, webhook, (Vec::new(), &kept), &names, now)
            .await;
        Ok(place(&store))
    }

    /// The row of the same value in another store, of which everything that is known holds for a new
    /// copy too; none if that store can't be opened.
    async fn copy_elsewhere(
        &self,
        site: &Site,
        listed: &[Row],
        row: &Row,
        value: &Secret,
    ) -> Option<Row> {
        let is_other = |other: &&Row| {
            let moved = Row {
                store: row.store,
                ..(*other).clone()
            };
            other.store != row.store && moved.same(row) && other.superseded.is_none()
        };
        let other = listed
            .iter()
            .filter(is_other)
            .find(|row| row.mark.is_some())?;
        let store = self.store_of(other.store).await.ok()?;
        let record = store.records(vec![other.entry(site)]).await.ok()?.pop()?;
        let stamp = other.restamped(&record).cloned();
        let known = record
            .known
            .filter(|known| known.value.expose() == value.expose())?;
        Some(Row {
            stamp: stamp.or(known.stamp),
            ..other.clone()
        })
    }

    /// Removes all values of these headers of a webhook: for every origin, and replaced ones too.
    /// Returns what was there.
    pub async fn remove_values(
        &self,
        site: &Site,
        webhook: &Webhook,
        headers: &[String],
    ) -> Result<Vec<Removed>, Error> {
        let listed = self.index(Index::rows).await?;
        let is_one = |row: &Row| row.belongs_to(site, webhook) && headers.contains(&row.header);
        let mut rows: Vec<Row> = listed.into_iter().filter(is_one).collect();
        // By key as well, in case the index was lost.
        let (chosen, failed) = match self.store().await {
            Ok(store) => (Some(store.kind()), None),
            // What the index lists in another store can still be removed.
            Err(error) => (None, Some(error)),
        };
        let names: Vec<&str> = headers.iter().map(String::as_str).collect();
        for kind in [Some(StoreKind::File), chosen].into_iter().flatten() {
            if kind != StoreKind::None {
                for row in super::erase::own(site, webhook, &names, kind) {
                    if !rows.iter().any(|there| there.same(&row)) {
                        rows.push(row);
                    }
                }
            }
        }
        let mut there = Vec::new();
        for kind in [StoreKind::File, StoreKind::Keyring] {
            let exists = kind != StoreKind::File || self.settings.files.is_some();
            let of_kind: Vec<&Row> = rows.iter().filter(|row| row.store == kind).collect();
            if of_kind.is_empty() || !exists {
                continue;
            }
            let store = self.store_of(kind).await?;
            let entries = of_kind.iter().map(|row| row.entry(site)).collect();
            let records = store.records(entries).await?;
            for (row, record) in of_kind.iter().zip(records) {
                if !record.is_empty() {
                    there.push(Removed {
                        header: row.header.clone(),
                        store: kind,
                    });
                }
            }
        }
        self.erase_all(site, rows).await?;
        match failed {
            // It may have one.
            Some(error) if there.is_empty() => Err(error),
            _ => Ok(there),
        }
    }

    /// Removes stored values by their place, such as those of webhooks that no longer exist.
    pub async fn remove_held(&self, site: &Site, held: &[super::Held]) -> Result<(), Error> {
        let rows = held.iter().map(super::Held::row).collect();
        self.erase_all(site, rows).await
    }
}
