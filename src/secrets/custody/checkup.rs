//! What `doctor` looks at: whether the keyring works, whether the stores have what the index lists,
//! and the last test of a webhook.

use super::{Custody, Held};
use crate::{
    model::{secret::Raw, webhook::Webhook},
    secrets::{
        Remembered, Site,
        error::Error,
        index::Index,
        key::trial,
        record::{Known, Record},
        row::{Role, Row},
        store::{Change, Store},
    },
};

impl Custody {
    /// Writes an entry to the keyring, reads it and removes it, whichever store was chosen.
    pub async fn try_keyring(&self) -> Result<(), Error> {
        let number = uuid::Uuid::new_v4().to_string();
        let entry = trial(&number);
        let record = Record {
            known: Some(Known::new(Raw::new(number), None)),
            ..Record::default()
        };
        let keyring = Store::keyring(&self.keyring).await?;
        // What is written is read back there.
        let written = keyring
            .apply(vec![Change::Keep(entry.clone(), record)])
            .await;
        let removed = keyring.apply(vec![Change::Remove(entry)]).await;
        written.and(removed)
    }

    /// The values of a project that the index lists and that their store doesn't have.
    pub async fn absent(&self, site: &Site) -> Result<Vec<Held>, Error> {
        let mut rows = self.index(Index::rows).await?;
        let is_value = |row: &Row| row.role == Role::Value && row.mark.is_some();
        rows.retain(|row| row.is_of(site) && is_value(row) && row.superseded.is_none());
        let mut absent = Vec::new();
        let mut kinds: Vec<_> = rows.iter().map(|row| row.store).collect();
        kinds.dedup();
        let mut seen = Vec::new();
        for kind in kinds {
            if seen.contains(&kind) {
                continue;
            }
            seen.push(kind);
            let own: Vec<_> = rows.iter().filter(|row| row.store == kind).collect();
            let store: Store = self.store_of(kind).await?;
            let entries = own.iter().map(|row| row.entry(site)).collect();
            let records = store.records(entries).await?;
            let missing = own.into_iter().zip(records);
            absent.extend(
                missing
                    .filter(|(_, record)| record.known.is_none())
                    .map(|(row, _)| Held::of(row.clone())),
            );
        }
        Ok(absent)
    }

    /// The last test of a webhook from this machine.
    pub async fn last_test(
        &self,
        site: &Site,
        webhook: &Webhook,
    ) -> Result<Option<Remembered>, Error> {
        let tests = self.index(Index::tests).await?;
        let mut tests = tests.into_iter();
        Ok(tests.find(|test| test.is_of(site, webhook)))
    }

    /// Remembers the outcomes of tests. They are only remarks: nothing depends on them, and a
    /// machine without a place for them does without.
    pub async fn remember(&self, tests: Vec<Remembered>) {
        let _ = self.index(move |index| index.remember(&tests)).await;
    }
}
