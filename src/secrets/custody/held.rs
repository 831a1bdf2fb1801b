//! What is stored on this machine, for `secret list`: from the index, and with `check` from the
//! store itself. Values never leave this file.

use jiff::Timestamp;

use super::Custody;
use crate::{
    model::{header::HeaderName, store::StoreKind, webhook::Webhook},
    secrets::{
        dates::{Moment, Stamp},
        error::Error,
        index::Index,
        key::{Destination, Owner, Site},
        row::{Role, Row},
    },
};

/// What is known about a stored value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// The webhook has not been changed since the platform accepted the value.
    Current,
    /// The webhook has been changed since, or the value has never been sent from here.
    Changed,
    /// It is tested, and has not been sent as the webhook's value yet.
    Pending,
    /// A rotation has replaced it.
    Previous,
    /// A change was sent and its response lost: the platform may have another value.
    Unknown,
}

impl State {
    /// Its name in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Changed => "changed",
            Self::Pending => "pending",
            Self::Previous => "previous",
            Self::Unknown => "unknown",
        }
    }
}

/// A value whose store is to be checked.
#[derive(Debug)]
pub struct Checked<'a> {
    pub to: &'a Destination,
    pub header: HeaderName,
    /// The store that the index names.
    pub listed: Option<StoreKind>,
}

/// One stored value, without the value.
#[derive(Debug, Clone)]
pub struct Held(Row);

impl Held {
    pub(super) fn of(row: Row) -> Self {
        Self(row)
    }

    pub(super) fn row(&self) -> Row {
        self.0.clone()
    }

    /// The host that its webhook is on.
    pub fn host(&self) -> &str {
        &self.0.host
    }

    /// The project of its webhook.
    pub fn project(&self) -> &str {
        &self.0.project
    }

    /// The webhook's name, as last seen.
    pub fn webhook(&self) -> &str {
        &self.0.webhook
    }

    /// The header, in lower case.
    pub fn header(&self) -> &str {
        &self.0.header
    }

    /// The origin that it may be sent to.
    pub fn origin(&self) -> &str {
        &self.0.origin
    }

    /// Where it is stored.
    pub fn store(&self) -> StoreKind {
        self.0.store
    }

    /// When it was stored.
    pub fn since(&self) -> Option<String> {
        date(self.0.since)
    }

    /// When a test last succeeded with it.
    pub fn tested(&self) -> Option<String> {
        date(self.0.tested)
    }

    /// Whether it has never been sent from this machine: somebody stored it by itself.
    pub fn is_unsent(&self) -> bool {
        self.is_value() && self.0.stamp.is_none()
    }

    /// Whether it is the value of a webhook's header, not one that is tested or replaced.
    pub fn is_value(&self) -> bool {
        self.0.role == Role::Value
    }

    /// Whether a value is known, not only one of a change whose response was lost.
    pub fn is_known(&self) -> bool {
        !self.is_value() || self.0.mark.is_some()
    }

    /// Whether its webhook has an id; a create whose response was lost has none.
    pub fn has_webhook(&self) -> bool {
        self.0.webhook_id.is_some()
    }

    /// The webhook's id, if it has one.
    pub fn webhook_id(&self) -> Option<&str> {
        self.0.webhook_id.as_deref()
    }

    /// Whether it was left by an interrupted create that may have made this webhook. Someone else may
    /// have made it at that time, so this is no proof.
    pub fn may_have_made(&self, site: &Site, webhook: &Webhook, read: Moment) -> bool {
        let created = Stamp::of(webhook.creation_date.as_ref());
        let sent = self.0.sent.map(|local| Moment {
            local,
            platform: None,
        });
        let is_older = match (created, sent) {
            (Some(created), Some(sent)) => created.is_older_than(sent, read),
            _ => false,
        };
        self.0.pending && self.0.could_have_made(site, webhook) && !is_older
    }

    /// Whether both are the same place.
    pub fn is_same_place(&self, other: &Self) -> bool {
        self.0.same(&other.0)
    }

    /// Whether it belongs to this project.
    pub fn is_of(&self, site: &Site) -> bool {
        self.0.is_of(site)
    }

    /// Whether it belongs to this webhook, which was not necessarily created by this machine.
    pub fn is_of_webhook(&self, webhook: &Webhook) -> bool {
        match &self.0.webhook_id {
            Some(id) => *id == webhook.id,
            None => self.0.webhook == webhook.name,
        }
    }

    /// Whether its webhook certainly existed: a create that is being sent has none yet.
    pub fn is_settled(&self, now: Moment) -> bool {
        self.0.webhook_id.is_some() || self.0.has_outlived_its_create(now)
    }

    /// What is known about it, for the webhook as just read.
    pub fn state(&self, webhook: Option<&Webhook>) -> State {
        let shown = webhook.and_then(|webhook| Stamp::of(webhook.last_updated.as_ref()));
        match self.0.role {
            Role::Staged => State::Pending,
            Role::Previous => State::Previous,
            Role::Value if self.0.pending => State::Unknown,
            Role::Value => match shown.filter(Stamp::has_subseconds) {
                Some(shown) if self.0.stamp.as_ref() == Some(&shown) => State::Current,
                _ => State::Changed,
            },
        }
    }
}

fn date(seconds: Option<i64>) -> Option<String> {
    let date = Timestamp::from_second(seconds?).ok()?;
    Some(date.to_string())
}

impl Custody {
    /// All values that the index lists, of all projects and hosts; not those that were replaced and
    /// could not be removed.
    pub async fn held(&self) -> Result<Vec<Held>, Error> {
        let mut rows = self.index(Index::rows).await?;
        rows.retain(|row| row.superseded.is_none());
        rows.retain(|row| row.role != Role::Value || row.mark.is_some() || row.pending);
        Ok(rows.into_iter().map(Held).collect())
    }

    /// Whether the store that the index names, or else this command's store, really has the value of
    /// each place. Reads a file once.
    pub async fn check(&self, places: &[Checked<'_>]) -> Result<Vec<bool>, Error> {
        let mut found = vec![false; places.len()];
        for kind in [None, Some(StoreKind::File), Some(StoreKind::Keyring)] {
            let own = places.iter().enumerate();
            let own: Vec<_> = own.filter(|(_, place)| place.listed == kind).collect();
            if own.is_empty() {
                continue;
            }
            let store = match kind {
                Some(kind) => self.store_of(kind).await?,
                None => self.store().await?,
            };
            for own in own.chunks(store.at_once(own.len())) {
                let entry = |place: &Checked<'_>| {
                    let to = place.to;
                    to.slot(Owner::Id(to.id()), &place.header).entry()
                };
                let entries = own.iter().map(|(_, place)| entry(place)).collect();
                let records = store.records(entries).await?;
                for ((at, _), record) in own.iter().zip(records) {
                    found[*at] = record.known.is_some();
                }
            }
        }
        Ok(found)
    }

    /// Notes that a test has succeeded with these values, as `look` returned them.
    pub async fn note_tested(&self, marks: Vec<String>, now: Moment) -> Result<(), Error> {
        if marks.is_empty() {
            return Ok(());
        }
        let change = move |rows: &mut Vec<Row>| {
            let is_one = |row: &Row| row.mark.as_ref().is_some_and(|mark| marks.contains(mark));
            for row in rows.iter_mut().filter(|row| is_one(row)) {
                row.tested = Some(now.local);
            }
        };
        self.list(move |index| index.change(change)).await
    }
}
