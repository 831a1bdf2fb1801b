//! After the platform has accepted a change: its current values are stored, and the previous ones
//! removed.

use super::{
    Custody,
    begin::{Pending, Sent, entries},
};
use crate::{
    model::{header::HeaderName, origin::Origin, store::StoreKind, webhook::Webhook},
    secrets::{
        dates::{Moment, Stamp},
        error::Error,
        index::{Index, put},
        key::{Owner, Site, Slot},
        record::{Known, Open, Record},
        row::{Role, Row},
        store::{Change, Store},
    },
};

/// Why a replaced value still exists, until it is removed.
const INTERRUPTED: &str = "the command that replaced it was interrupted";

/// Places whose content has become another's.
#[derive(Default)]
pub(super) struct Moved<'a> {
    /// Those of a create, whose values now have the new webhook's id.
    from: Vec<Row>,
    /// Headers whose earlier previous value is replaced by a new one.
    rotated: &'a [String],
}

impl Custody {
    /// The platform has made the change; `after` is the webhook in its response.
    ///
    /// An error concerns a value that was sent: it may not be stored correctly. Other clean-up that
    /// failed is only noted, since those values are never used as current.
    pub async fn finish(
        &self,
        pending: Pending,
        after: &Webhook,
        now: Moment,
    ) -> Result<(), Error> {
        let Pending {
            site,
            place,
            store,
            sent,
            before,
            keeps_previous,
        } = pending;
        let names: Vec<String> = sent.iter().map(|sent| sent.header.lower()).collect();
        let origins: Vec<Origin> = sent.iter().map(|sent| sent.origin.clone()).collect();
        // The places of a create move to the id of the new webhook.
        let (mut moved, mut kept) = (Vec::new(), Vec::new());
        if place.kind != StoreKind::None {
            let rows = sent.iter().map(|sent| sent.row.clone());
            moved = rows.filter(|row| row.webhook_id.is_none()).collect();
            kept = confirm(&store, &site, (sent, keeps_previous), after, now).await?;
        }
        let rotated = if keeps_previous { &names[..] } else { &[] };
        let moved = Moved {
            from: moved,
            rotated,
        };
        self.enter(&site, (&kept, moved), (before.as_ref(), after), &names, now)
            .await?;
        // By key as well, in case the index was lost.
        let mut places = self.everywhere(&site, after, &names, &origins);
        if let Some(before) = &before {
            let dropped: Vec<String> = before
                .protected_headers()
                .filter(|name| !protects(after, name))
                .map(str::to_ascii_lowercase)
                .collect();
            let origins: Vec<Origin> = before.origin().into_iter().collect();
            places.extend(self.everywhere(&site, after, &dropped, &origins));
        }
        self.supersede(&site, after, (places, &kept), &names, now)
            .await;
        Ok(())
    }

    /// Enters the values that are stored now, and marks those that they replaced. Records that
    /// previous values which were not sent are still current.
    pub(super) async fn enter(
        &self,
        site: &Site,
        (kept, moved): (&[Row], Moved<'_>),
        (before, after): (Option<&Webhook>, &Webhook),
        names: &[String],
        now: Moment,
    ) -> Result<(), Error> {
        let (site, kept, names) = (site.clone(), kept.to_vec(), names.to_vec());
        let names_of_create = names.clone();
        let (moved, rotated) = (moved.from, moved.rotated.to_vec());
        let date_before = before.and_then(|before| Stamp::of(before.last_updated.as_ref()));
        let date_before = date_before.filter(Stamp::has_subseconds);
        let date_after = Stamp::of(after.last_updated.as_ref());
        let (made, decisive, name) = (before.is_none(), !kept.is_empty(), after.name.clone());
        let after = after.clone();
        // Only a rotation replaces what an earlier one has kept as previous.
        let given = move |row: &Row| match row.role {
            Role::Previous => rotated.contains(&row.header),
            Role::Value | Role::Staged => names.contains(&row.header),
        };
        let names = names_of_create;
        let change = move |list: &mut Vec<Row>| {
            list.retain(|row| !moved.iter().any(|from| row.same(from)));
            for row in list.iter_mut() {
                // This create has taken the name that an earlier one intended to use.
                let never_made = made
                    && row.is_of_create(&site, &after.name)
                    && row.has_outlived_its_create(now);
                let replaced = names.contains(&row.header) && row.could_have_made(&site, &after);
                let by_id = row.is_by_id(&site, &after.id);
                if by_id {
                    row.webhook.clone_from(&after.name);
                }
                if never_made
                    || replaced
                    || (by_id && (given(row) || !protects(&after, &row.header)))
                {
                    row.superseded = Some(INTERRUPTED.to_owned());
                } else if by_id
                    && date_before.is_some()
                    && row.stamp == date_before
                    // An unfinished change may have arrived in between.
                    && !row.pending
                {
                    row.stamp.clone_from(&date_after);
                }
            }
            for row in &kept {
                put(list, row.clone());
            }
        };
        match self.list(move |index| index.change(change)).await {
            Err(error) if !decisive => {
                (self.settings.note)(&format!(
                    "webhook `{name}` was changed, but the secrets index could not be \
                     updated: {error}"
                ));
                Ok(())
            }
            done => done,
        }
    }

    /// Moves a value to another origin, after `update --url --keep-secrets` has been done. `after`
    /// is the webhook as it is now, `from` its previous origin.
    pub async fn carry(
        &self,
        site: &Site,
        after: &Webhook,
        header: &HeaderName,
        from: &Origin,
        now: Moment,
    ) -> Result<(), Error> {
        let Some(to) = after.origin() else {
            return Ok(());
        };
        let store = self.store().await?;
        let slot = |origin| Slot {
            site,
            owner: Owner::Id(&after.id),
            webhook: &after.name,
            header: header.as_str(),
            origin,
        };
        let (old, new) = (slot(from.as_str()), slot(to.as_str()));
        let got = store.records(vec![old.entry(), new.entry()]).await;
        let Some(Ok([mut carried, there])) = self.or_none(got).await?.map(<[Record; 2]>::try_from)
        else {
            return Ok(());
        };
        if carried.is_empty() {
            return Ok(());
        }
        let rows = self.list(Index::rows).await?;
        let old_row = rows
            .into_iter()
            .find(|row| row.same(&old.row(store.kind())));
        let shown = Stamp::of(after.last_updated.as_ref());
        let restamped = old_row.as_ref().and_then(|row| row.restamped(&carried));
        if carried.is_current(shown.as_ref(), restamped) {
            if let Some(known) = &mut carried.known {
                known.stamp = shown;
            }
        } else if let Some(known) = there.known {
            // The platform may have either of them.
            carried.begin(Open {
                value: known.value,
                before: None,
                sent: now,
                limit: 0,
            });
        }
        there.open.into_iter().for_each(|open| carried.begin(open));
        // A keyring has no room for a mark, and the index needs one to list the value.
        if let Some(known) = carried.known.as_mut().filter(|known| known.mark.is_none()) {
            *known = Known::new(known.value.clone(), known.stamp.take());
        }
        let row = Row {
            since: old_row.and_then(|row| row.since),
            ..new.row(store.kind()).of_record(&carried)
        };
        let (entry, gone) = (new.entry(), old.row(store.kind()));
        store.apply(vec![Change::keep(entry, carried)]).await?;
        store.apply(vec![Change::Remove(old.entry())]).await?;
        self.list(move |index| index.enter(&[row], &[gone])).await
    }

    /// Where the values of these headers would be according to their keys, in case the index was
    /// lost: in this command's store, and in the file.
    fn everywhere(
        &self,
        site: &Site,
        webhook: &Webhook,
        headers: &[String],
        origins: &[Origin],
    ) -> Vec<Row> {
        let mut rows = Vec::new();
        let kinds = [Some(StoreKind::File), self.opened_kind()];
        let mut origins = origins.to_vec();
        origins.extend(webhook.origin());
        for kind in kinds
            .into_iter()
            .flatten()
            .filter(|kind| *kind != StoreKind::None)
        {
            for header in headers {
                for origin in &origins {
                    let slot = Slot {
                        site,
                        owner: Owner::Id(&webhook.id),
                        webhook: &webhook.name,
                        header,
                        origin: origin.as_str(),
                    };
                    put(&mut rows, slot.row(kind));
                }
            }
        }
        rows
    }

    /// Where this command stores values, if that is already decided.
    fn opened_kind(&self) -> Option<StoreKind> {
        let opened = self.store.try_lock().ok()?;
        opened.as_ref().map(Store::kind)
    }
}

/// Whether a webhook has a protected header of that name.
pub(super) fn protects(webhook: &Webhook, name: &str) -> bool {
    let mut names = webhook.protected_headers();
    names.any(|own| own.eq_ignore_ascii_case(name))
}

/// Stores what was sent as the platform's current values. Returns the rows of all places that have
/// a value now.
async fn confirm(
    store: &Store,
    site: &Site,
    (sent, keeps_previous): (Vec<Sent>, bool),
    after: &Webhook,
    now: Moment,
) -> Result<Vec<Row>, Error> {
    let stamp = Stamp::of(after.last_updated.as_ref());
    let (mut changes, mut kept) = (Vec::new(), Vec::new());
    let slots: Vec<Slot<'_>> = sent
        .iter()
        .map(|sent| Slot {
            site,
            owner: Owner::Id(&after.id),
            webhook: &after.name,
            header: sent.header.as_str(),
            origin: sent.origin.as_str(),
        })
        .collect();
    let records = store
        .records(slots.iter().map(Slot::entry).collect())
        .await?;
    for ((slot, sent), mut record) in slots.iter().zip(&sent).zip(records) {
        let old = record.known.as_ref().map(|known| known.value.clone());
        if let Some(old) = old.filter(|old| keeps_previous && *old != sent.change.value) {
            // Before the new value: if this is interrupted, the old one is still the known one.
            let slot = Slot {
                owner: Owner::Previous(&after.id),
                ..*slot
            };
            let record = Record {
                known: Some(Known::new(old, None)),
                open: Vec::new(),
            };
            kept.push(Row {
                since: Some(now.local),
                ..slot.row(store.kind()).of_record(&record)
            });
            changes.push(Change::keep(slot.entry(), record));
        }
        record.confirm(sent.change.value.clone(), stamp.clone(), now);
        kept.push(Row {
            since: Some(now.local),
            ..slot.row(store.kind()).of_record(&record)
        });
        changes.push(Change::keep(slot.entry(), record));
    }
    store.apply(changes).await?;
    // Those of a create have moved to the new webhook's id, except for values that may still
    // arrive.
    let mut moved = sent;
    moved.retain(|sent| sent.row.webhook_id.is_none());
    let records = store.records(entries(&moved)).await?;
    let mut changes = Vec::new();
    for (sent, mut record) in moved.into_iter().zip(records) {
        record.withdraw(&sent.change);
        record.supersede(now);
        if !record.is_empty() {
            kept.push(Row {
                sent: sent.row.sent,
                ..sent.row.of_record(&record)
            });
        }
        changes.push(Change::keep(sent.entry, record));
    }
    store.apply(changes).await?;
    Ok(kept)
}
