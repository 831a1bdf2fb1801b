//! Reads stored values; nothing else returns one. Fails if there is no value, or if it is unclear
//! which value the platform has.

use super::Custody;
use crate::{
    model::{header::HeaderName, secret::Secret, store::StoreKind, webhook::Webhook},
    secrets::{
        dates::{Moment, Stamp},
        error::{Error, Missing, Unsettled},
        index::Index,
        key::{Destination, Owner, Site, Slot},
        record::{Known, Record, Verdict},
        row::Row,
        store::{Change, Store},
    },
};

/// A value for a destination.
#[derive(Debug)]
pub struct Found {
    pub value: Secret,
    /// Whether the webhook has not been changed since the platform confirmed the value. If it has,
    /// someone else may have replaced the value.
    pub is_current: bool,
    /// Whether it was sent to the platform from here. A value of `secret set` was not.
    pub was_sent: bool,
    /// Refers to the value in the index.
    pub mark: Option<String>,
}

/// The contents of a store for one header and destination.
#[derive(Default)]
struct Kept {
    record: Record,
    /// Values of unfinished creates that may have made this webhook.
    create: Record,
}

impl Custody {
    /// The value of a header for a destination: the only way out. Changes nothing.
    pub async fn look(&self, to: &Destination, header: &HeaderName) -> Result<Found, Error> {
        let store = self.store().await?;
        let slot = to.slot(Owner::Id(to.id()), header);
        let kept = self.or_none(kept(&store, to, header).await).await?;
        let Kept { record, create } = kept.unwrap_or_default();
        for value in record.values().chain(create.values()) {
            let _known = self.settings.scrubber.secret(value.clone());
        }
        let rows = self.index(Index::rows).await.unwrap_or_default();
        let rows: Vec<Row> = rows
            .into_iter()
            .filter(|row| row.is_value(to, header))
            .collect();
        let place = slot.row(store.kind());
        let (mut own, others): (Vec<Row>, Vec<Row>) =
            rows.into_iter().partition(|row| row.same(&place));
        let own = own.pop();
        let held = record.known.is_some();
        if let Some(why) = own
            .as_ref()
            .and_then(|row| row.superseded.clone())
            .filter(|_| held)
        {
            return Err(Error::Superseded {
                header: header.clone(),
                webhook: to.webhook.clone(),
                kind: store.kind(),
                why,
            });
        }
        let shown = to.last_updated.as_ref();
        let restamped = own.as_ref().and_then(|row| row.restamped(&record));
        let was_sent = |known: &Known| known.stamp.is_some() || restamped.is_some();
        let mark = own.as_ref().and_then(|row| row.mark.clone());
        match (record.verdict(shown, restamped, to.read), record.known) {
            (Verdict::Current, Some(known)) => Ok(Found {
                was_sent: true,
                mark,
                value: self.settings.scrubber.secret(known.value),
                is_current: true,
            }),
            (Verdict::ChangedSince, Some(known)) => {
                let fine = shown.filter(|shown| shown.has_subseconds());
                let newer = |row: &Row| row.superseded.is_none() && row.stamp.as_ref() == fine;
                if fine.is_some() && others.iter().any(newer) {
                    let newer = others.into_iter().filter(newer).collect();
                    return Err(self.missing(to, header, newer).await);
                }
                if others.iter().any(|row| row.pending) {
                    return Err(unsettled(to, header));
                }
                Ok(Found {
                    was_sent: was_sent(&known),
                    mark,
                    value: self.settings.scrubber.secret(known.value),
                    is_current: false,
                })
            }
            (Verdict::Open, _) => Err(unsettled(to, header)),
            _ if !create.open.is_empty() => Err(unsettled(to, header)),
            _ => Err(self.missing(to, header, others).await),
        }
    }

    /// Settles what an interrupted command left for this webhook, as far as the webhook as just
    /// read shows the outcome. Must be called under the webhook's lock, and before it is changed: a
    /// change destroys the proof that an earlier one did not arrive. Opens no store unless the
    /// index lists something.
    pub async fn settle(&self, site: &Site, webhook: &Webhook, read: Moment) -> Result<(), Error> {
        let rows = self.list(Index::rows).await?;
        let shown = Stamp::of(webhook.last_updated.as_ref());
        for row in rows {
            if !row.pending || !row.is_by_id(site, &webhook.id) {
                continue;
            }
            let store = match self.store_of(row.store).await {
                // It stays open, and is never given out as current.
                Err(Error::Store { .. }) => continue,
                opened => opened?,
            };
            let entry = row.entry(site);
            let mut records = store.records(vec![entry.clone()]).await?;
            let Some(mut record) = records.pop() else {
                continue;
            };
            let open = record.open.len();
            let restamped = row.restamped(&record).cloned();
            record.settle(shown.as_ref(), restamped.as_ref(), read);
            if record.open.len() == open && open > 0 {
                continue;
            }
            let settled = Row {
                pending: !record.open.is_empty(),
                ..row.clone()
            };
            let settled = (!record.is_empty()).then_some(settled);
            store.apply(vec![Change::keep(entry, record)]).await?;
            self.list(move |index| index.enter(settled.as_slice(), &[row]))
                .await?;
        }
        Ok(())
    }

    async fn missing(&self, to: &Destination, header: &HeaderName, others: Vec<Row>) -> Error {
        let place = self.place().await.ok();
        let kind = place.as_ref().map_or(StoreKind::None, |place| place.kind);
        let mut others = others;
        others.retain(|row| row.mark.is_some() && row.superseded.is_none());
        others.retain(|row| row.origin != to.origin.as_str() || row.store != kind);
        // The same origin in another store helps more than another origin.
        others.sort_by_key(|row| row.origin != to.origin.as_str());
        Error::Missing(Box::new(Missing {
            header: header.clone(),
            webhook: to.webhook.clone(),
            origin: to.origin.as_str().to_owned(),
            other: others.into_iter().next().map(|row| (row.origin, row.store)),
            why_none: place.and_then(|place| place.why_none),
            store: kind,
        }))
    }
}

fn unsettled(to: &Destination, header: &HeaderName) -> Error {
    Error::Unsettled(Unsettled {
        header: header.clone(),
        webhook: to.webhook.clone(),
    })
}

async fn kept(store: &Store, to: &Destination, header: &HeaderName) -> Result<Kept, Error> {
    let slots: [Slot<'_>; 2] = [
        to.slot(Owner::Id(to.id()), header),
        to.slot(Owner::Create(&to.webhook, &to.fingerprint), header),
    ];
    let mut records = store
        .records(slots.iter().map(Slot::entry).collect())
        .await?
        .into_iter();
    let record = records.next().unwrap_or_default();
    let mut create = records.next().unwrap_or_default();
    // A webhook that existed before the call was created by someone else.
    let older = |sent| {
        to.created
            .as_ref()
            .is_some_and(|created| created.is_older_than(sent, to.read))
    };
    create.open.retain(|open| !older(open.sent));
    Ok(Kept { record, create })
}
