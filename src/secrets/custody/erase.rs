//! Removal: values that the platform no longer has are removed from every store that the index
//! names. If a store can't be opened now, the index marks its value, and a marked value isn't used.

use super::{Custody, finish::protects};
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

/// What is left of a record whose known value goes.
#[derive(Debug, Clone, Copy)]
enum Rest {
    /// The webhook is gone.
    Nothing,
    /// The platform has responded what the header is now: only what may still arrive.
    Arriving(Moment),
    /// Every change without a response: one of them may be what the platform has.
    Open,
}

impl Custody {
    /// Removes every value of a deleted webhook, for all origins in the index, and for its own
    /// origin even without one.
    pub async fn forget(&self, site: &Site, webhook: &Webhook) -> Result<(), Error> {
        let listed = self.list(Index::rows).await;
        let rows = listed.as_ref().map_or(&[][..], Vec::as_slice).iter();
        let mut rows: Vec<Row> = rows
            .filter(|row| row.belongs_to(site, webhook))
            .cloned()
            .collect();
        // By key as well, in case the index was lost.
        let headers: Vec<&str> = webhook.protected_headers().collect();
        if !headers.is_empty() {
            // One that can't be opened is marked.
            let opened = self.store().await;
            let kind = opened.map_or(StoreKind::Keyring, |store| store.kind());
            for kind in [StoreKind::File, kind] {
                for row in own(site, webhook, &headers, kind) {
                    put(&mut rows, row);
                }
            }
        }
        self.erase(site, rows, Rest::Nothing).await?;
        listed.map(drop)
    }

    /// Removes what has been replaced: what the index has marked of this webhook, and whatever is at
    /// these places. `names` are the headers whose values were sent. What can't be removed now is
    /// noted and stays marked.
    pub(super) async fn supersede(
        &self,
        site: &Site,
        webhook: &Webhook,
        (places, kept): (Vec<Row>, &[Row]),
        names: &[String],
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
        // Marked by an interrupted command, of a header that this one has not sent.
        let is_undecided = |row: &Row| {
            row.webhook_id.is_some()
                && !names.contains(&row.header)
                && protects(webhook, &row.header)
        };
        let (undecided, decided) = rows.into_iter().partition(is_undecided);
        for (rows, rest) in [(decided, Rest::Arriving(now)), (undecided, Rest::Open)] {
            if let Err(error) = self.erase(site, rows, rest).await {
                (self.settings.note)(&format!(
                    "a replaced value could not be removed, and will not be used: {error}"
                ));
            }
        }
    }

    /// Removes everything at these places, and marks what it can't remove.
    pub(super) async fn erase_all(&self, site: &Site, rows: Vec<Row>) -> Result<(), Error> {
        self.erase(site, rows, Rest::Nothing).await
    }

    /// Removes the values at these places, and marks those that it can't remove.
    async fn erase(&self, site: &Site, rows: Vec<Row>, rest: Rest) -> Result<(), Error> {
        let mut failed = None;
        for kind in [StoreKind::File, StoreKind::Keyring] {
            let of_kind = rows.iter().filter(|row| row.store == kind);
            let of_kind: Vec<Row> = of_kind.cloned().collect();
            // Without a folder there has never been a `file` store.
            let exists = kind != StoreKind::File || self.settings.files.is_some();
            if of_kind.is_empty() || !exists {
                continue;
            }
            let left = match self.remove(site, kind, &of_kind, rest).await {
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

    /// Removes the values at these places, and returns the rows of those that remain.
    async fn remove(
        &self,
        site: &Site,
        kind: StoreKind,
        rows: &[Row],
        rest: Rest,
    ) -> Result<Vec<Row>, Error> {
        let store = self.store_of(kind).await?;
        let entries: Vec<Entry> = rows.iter().map(|row| row.entry(site)).collect();
        let mut records = vec![Record::default(); rows.len()];
        if !matches!(rest, Rest::Nothing) {
            records = store.records(entries.clone()).await?;
        }
        for record in &mut records {
            match rest {
                Rest::Nothing => {}
                Rest::Arriving(now) => record.supersede(now),
                Rest::Open => record.known = None,
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
        // A keyring that can't be used must not keep anyone from the file.
        match kind {
            StoreKind::None => Ok(Store::None(None)),
            StoreKind::File => self.file(),
            StoreKind::Keyring => match self.store().await? {
                opened @ Store::Keyring(_) => Ok(opened),
                // It has already failed to respond in this command.
                Store::None(Some(why)) => Err(Error::Store { kind, why }),
                Store::None(None) | Store::File(_) => self.keyring().await,
            },
        }
    }
}

/// All places where values of these headers may be, at the webhook's own origin.
pub(super) fn own(site: &Site, webhook: &Webhook, headers: &[&str], kind: StoreKind) -> Vec<Row> {
    let Some(origin) = webhook.origin() else {
        return Vec::new();
    };
    let fingerprint = key::fingerprint_read(webhook);
    let owners = [
        Owner::Id(&webhook.id),
        Owner::Staged(&webhook.id),
        Owner::Previous(&webhook.id),
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
