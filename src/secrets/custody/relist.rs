//! Finds values that the index doesn't list, for an index that was lost or could not be read. Stores
//! can't be enumerated, so a value is looked up by the key that a webhook's header has.

use std::{collections::HashSet, path::PathBuf};

use super::{Custody, Held, erase};
use crate::{
    model::{store::StoreKind, webhook::Webhook},
    secrets::{
        error::Error,
        index::Index,
        key::Site,
        record::Record,
        row::{Role, Row},
    },
};

impl Custody {
    /// The values of these webhooks that the stores of these kinds have for the webhook's present
    /// origin, and that the index doesn't list.
    pub async fn unlisted(
        &self,
        site: &Site,
        webhooks: &[Webhook],
        kinds: &[StoreKind],
    ) -> Result<Vec<Held>, Error> {
        let place = |row: &Row| (row.entry(site).user, row.store.as_str());
        let mut listed = self.index(Index::rows).await?;
        listed.retain(|row| row.is_of(site));
        let listed: HashSet<_> = listed.iter().map(place).collect();
        let mut found = Vec::new();
        for kind in kinds {
            let own = |webhook: &Webhook| {
                let headers: Vec<_> = webhook.protected_headers().collect();
                erase::own(site, webhook, &headers, *kind)
            };
            let mut rows: Vec<_> = webhooks.iter().flat_map(own).collect();
            rows.retain(|row| !listed.contains(&place(row)));
            if rows.is_empty() {
                continue;
            }
            let store = self.store_of(*kind).await?;
            for rows in rows.chunks(store.at_once(rows.len())) {
                let entries = rows.iter().map(|row| row.entry(site)).collect();
                let records = store.records(entries).await?;
                let there = rows
                    .iter()
                    .zip(records)
                    .filter(|(_, record)| !record.is_empty());
                found.extend(there.map(|(row, record)| Held::of(relisted(row, &record))));
            }
        }
        Ok(found)
    }

    /// Renames an index that nothing can be read from, and returns its new name; `None` if another
    /// command has rebuilt it by now, or if it can't be renamed.
    pub async fn set_broken_index_aside(&self) -> Result<Option<PathBuf>, Error> {
        self.index(Index::set_aside).await
    }

    /// Lists them again.
    pub async fn relist(&self, found: &[Held]) -> Result<(), Error> {
        let rows: Vec<_> = found.iter().map(Held::row).collect();
        // What is listed by now was listed by another command.
        let enter = move |list: &mut Vec<Row>| {
            let new: Vec<_> = {
                let listed: HashSet<_> = list.iter().map(Row::place).collect();
                let new = rows.iter().filter(|row| !listed.contains(&(**row).place()));
                new.cloned().collect()
            };
            list.extend(new);
        };
        self.index(move |index| index.grow(enter)).await
    }
}

fn relisted(row: &Row, record: &Record) -> Row {
    let sent = record.open.last().map(|open| open.sent.local);
    let row = Row {
        sent: sent.filter(|_| row.webhook_id.is_none()),
        ..row.clone().of_record(record)
    };
    // A keyring has no room for a mark, and the index needs one to list the value.
    let needs_mark = record.known.is_some() && row.mark.is_none() && row.role == Role::Value;
    let mark = needs_mark.then(|| uuid::Uuid::new_v4().simple().to_string());
    Row {
        mark: row.mark.clone().or(mark),
        ..row
    }
}
