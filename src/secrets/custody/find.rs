//! The one way out, and what it tells when there is nothing.

use super::Custody;
use crate::{
    model::{header::HeaderName, secret::Secret},
    secrets::{
        error::{Error, Missing},
        index::Index,
        key::{Destination, Owner, Slot},
        pending::{self, Envelope, Found, Standing},
        row::Row,
        store::{Change, Entry, Kind},
    },
};

impl Custody {
    /// The value of a header for a destination: the only way out.
    ///
    /// What an interrupted create or update left behind is settled on the way, by the webhook as
    /// the destination has it.
    pub async fn find(&self, to: &Destination, header: &HeaderName) -> Result<Secret, Error> {
        let store = self.store().await?;
        let slots = [
            to.slot(Owner::Id(to.id()), header),
            to.slot(Owner::Update(to.id()), header),
            to.slot(Owner::Create(&to.webhook, &to.fingerprint), header),
        ];
        let entries: Vec<Entry> = slots.iter().map(Slot::entry).collect();
        let got = self.or_none(store.get(entries.clone()).await).await?;
        let mut got = got.into_iter().flatten();
        let found = Found {
            kept: got.next().flatten(),
            update: got.next().flatten().as_ref().and_then(Envelope::open),
            create: got.next().flatten().as_ref().and_then(Envelope::open),
        };
        let verdict = pending::weigh(found, to.last_updated.as_deref());

        let mut changes = Vec::new();
        if let (Standing::Arrived, Some(value)) = (verdict.standing, &verdict.value) {
            changes.push(Change::Set(entries[0].clone(), value.clone()));
        }
        let drops = [(verdict.drop_update, 1), (verdict.drop_create, 2)];
        let drops = drops
            .into_iter()
            .filter_map(|(drop, at)| drop.then_some(at));
        changes.extend(drops.clone().map(|at| Change::Remove(entries[at].clone())));
        // Tidying up: what can't be moved now stays pending, and is found again.
        if store.apply(changes).await.is_ok() {
            let new = verdict
                .value
                .as_ref()
                .filter(|_| verdict.standing != Standing::Open);
            let new: Vec<Row> = new
                .map(|_| slots[0].row(store.kind()))
                .into_iter()
                .collect();
            let gone: Vec<Row> = drops.map(|at| slots[at].row(store.kind())).collect();
            // The index only words things; a value is given out without it.
            let _ = self.index(move |index| index.enter(&new, &gone)).await;
        }
        match verdict.value {
            Some(value) => Ok(self.settings.scrubber.secret(value)),
            None => Err(self.missing(to, header).await),
        }
    }

    async fn missing(&self, to: &Destination, header: &HeaderName) -> Error {
        let place = self.place().await.ok();
        let kind = place.as_ref().map_or(Kind::None, |place| place.kind);
        let rows = self.index(Index::rows).await.unwrap_or_default();
        let mut others: Vec<Row> = rows
            .into_iter()
            .filter(|row| row.is_value(to, header))
            .collect();
        others.retain(|row| row.origin != to.origin.as_str() || row.store != kind);
        // The same origin in another store helps more than another origin.
        others.sort_by_key(|row| row.origin != to.origin.as_str());
        Error::Missing(Box::new(Missing {
            header: header.clone(),
            webhook: to.webhook.clone(),
            origin: to.origin.as_str().to_owned(),
            other: others.into_iter().next().map(|row| (row.origin, row.store)),
            why_none: place.and_then(|place| place.why_none),
        }))
    }
}
