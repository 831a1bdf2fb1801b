//! Values of a rotation: the new one while it is tested, and the old one until the receiver has
//! been seen to refuse it. Neither is ever used as the webhook's value.

use super::Custody;
use crate::{
    model::{
        header::HeaderName, origin::Origin, secret::Secret, store::StoreKind, webhook::Webhook,
    },
    secrets::{
        dates::Moment,
        error::Error,
        index::{Index, put},
        key::{Owner, Site, Slot},
        record::{Known, Record},
        row::{Role, Row},
        store::Change,
    },
};

impl Custody {
    /// Stores new values that are about to be tested. They have not been sent as the webhook's.
    pub async fn stage(
        &self,
        site: &Site,
        webhook: &Webhook,
        values: &[(HeaderName, Secret)],
        now: Moment,
    ) -> Result<(), Error> {
        let store = self.store().await?;
        let (kind, Some(origin)) = (store.kind(), webhook.origin()) else {
            return Ok(());
        };
        if kind == StoreKind::None {
            return Ok(());
        }
        let (mut changes, mut rows) = (Vec::new(), Vec::new());
        for (header, value) in values {
            let slot = staged(site, webhook, header.as_str(), &origin);
            let record = Record {
                known: Some(Known::new(value.clone().into(), None)),
                open: Vec::new(),
            };
            rows.push(Row {
                since: Some(now.local),
                ..slot.row(kind).of_record(&record)
            });
            changes.push(Change::keep(slot.entry(), record));
        }
        // Names before values, so that every stored value can be found and cleaned up.
        let enter = move |list: &mut Vec<Row>| {
            for row in &rows {
                put(list, row.clone());
            }
        };
        self.list(move |index| index.grow(enter)).await?;
        self.or_none(store.add(changes).await).await?;
        Ok(())
    }

    /// Removes new values that have not been sent.
    pub async fn unstage(
        &self,
        site: &Site,
        webhook: &Webhook,
        headers: &[HeaderName],
    ) -> Result<(), Error> {
        self.erase_role(site, webhook, headers, Role::Staged).await
    }

    /// The value that the last rotation replaced, for the webhook's present origin.
    pub async fn previous(
        &self,
        site: &Site,
        webhook: &Webhook,
        header: &HeaderName,
    ) -> Result<Option<Secret>, Error> {
        let Some(origin) = webhook.origin() else {
            return Ok(None);
        };
        let slot = previous(site, webhook, header.as_str(), &origin);
        let listed = self.index(Index::rows).await.unwrap_or_default();
        let is_it = |row: &Row| row.same(&slot.row(row.store)) && row.superseded.is_none();
        let store = match listed.iter().find(|row| is_it(row)) {
            Some(row) => self.store_of(row.store).await?,
            None => self.store().await?,
        };
        let records = store.records(vec![slot.entry()]).await;
        let records = self.or_none(records).await?.unwrap_or_default();
        let known = records.into_iter().next().and_then(|record| record.known);
        Ok(known.map(|known| self.settings.scrubber.secret(known.value)))
    }

    /// Removes values that a rotation replaced, because the receiver refuses them.
    pub async fn retire(
        &self,
        site: &Site,
        webhook: &Webhook,
        headers: &[HeaderName],
    ) -> Result<(), Error> {
        self.erase_role(site, webhook, headers, Role::Previous)
            .await
    }

    async fn erase_role(
        &self,
        site: &Site,
        webhook: &Webhook,
        headers: &[HeaderName],
        role: Role,
    ) -> Result<(), Error> {
        let named = |row: &Row| headers.iter().any(|header| header.is(&row.header));
        let mut rows = self.list(Index::rows).await?;
        rows.retain(|row| row.role == role && row.is_by_id(site, &webhook.id) && named(row));
        // By key as well, in case the index was lost.
        let kind = self.store().await?.kind();
        if let (true, Some(origin)) = (kind != StoreKind::None, webhook.origin()) {
            for header in headers {
                let slot = match role {
                    Role::Previous => previous(site, webhook, header.as_str(), &origin),
                    _ => staged(site, webhook, header.as_str(), &origin),
                };
                put(&mut rows, slot.row(kind));
            }
        }
        self.erase_all(site, rows).await
    }

    /// Notes that a test has succeeded with the present values of these headers.
    pub async fn note_tested_now(
        &self,
        site: &Site,
        webhook: &Webhook,
        headers: &[HeaderName],
        now: Moment,
    ) -> Result<(), Error> {
        let (site, id, origin) = (site.clone(), webhook.id.clone(), webhook.origin());
        let names: Vec<String> = headers.iter().map(HeaderName::lower).collect();
        let change = move |rows: &mut Vec<Row>| {
            let origin = origin.as_ref().map(Origin::as_str);
            for row in rows.iter_mut().filter(|row| {
                row.role == Role::Value
                    && row.is_by_id(&site, &id)
                    && names.contains(&row.header)
                    && Some(row.origin.as_str()) == origin
            }) {
                row.tested = Some(now.local);
            }
        };
        self.list(move |index| index.change(change)).await
    }
}

fn staged<'a>(
    site: &'a Site,
    webhook: &'a Webhook,
    header: &'a str,
    origin: &'a Origin,
) -> Slot<'a> {
    Slot {
        site,
        owner: Owner::Staged(&webhook.id),
        webhook: &webhook.name,
        header,
        origin: origin.as_str(),
    }
}

fn previous<'a>(
    site: &'a Site,
    webhook: &'a Webhook,
    header: &'a str,
    origin: &'a Origin,
) -> Slot<'a> {
    Slot {
        owner: Owner::Previous(&webhook.id),
        ..staged(site, webhook, header, origin)
    }
}
