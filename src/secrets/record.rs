//! The record that a store has for one header of one webhook at one origin: the value that the
//! platform is known to have, and the values of changes whose outcome is unknown. Decisions only;
//! custody carries them out.
//!
//! Nothing that the platform shows proves which value it has. Only the response to one of our calls
//! does, and it has a date: the stamp. As long as the webhook has that date, no one has changed it
//! since.

use serde::{Deserialize, Serialize, Serializer};

use crate::{
    model::secret::Raw,
    secrets::dates::{Moment, Stamp},
};

/// How many changes without a response are remembered. The oldest is dropped first.
const MAX_OPEN: usize = 32;

/// The prefix of a whole record as text.
const RECORD_PREFIX: &str = "ubihook record ";

/// The content of one entry of a store.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Record {
    /// The value that the platform had at its last response.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) known: Option<Known>,
    /// Changes that were sent, the latest last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) open: Vec<Open>,
}

/// A value that the platform has accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Known {
    #[serde(serialize_with = "exposed")]
    pub(super) value: Raw,
    /// A different one for each stored value, so that the index can refer to it. Not every store
    /// has room for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) mark: Option<String>,
    /// The webhook's `last_updated` in the response. Not every store has room for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) stamp: Option<Stamp>,
}

/// A change that was sent, and has no response yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Open {
    #[serde(serialize_with = "exposed")]
    pub(super) value: Raw,
    /// The webhook's `last_updated` before the change; `None` for a create.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) before: Option<Stamp>,
    /// When it was sent.
    pub(super) sent: Moment,
    /// How long it may take to arrive, in seconds.
    pub(super) limit: i64,
}

fn exposed<S: Serializer>(value: &Raw, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(value.expose())
}

impl Known {
    /// A value that a response with this date has confirmed.
    pub(super) fn new(value: Raw, stamp: Option<Stamp>) -> Self {
        Self {
            value,
            mark: Some(uuid::Uuid::new_v4().simple().to_string()),
            stamp,
        }
    }
}

impl Open {
    /// Whether it can no longer arrive. Not if the clock was set back, which proves nothing.
    fn has_expired(&self, now: Moment) -> bool {
        now.local > self.sent.local.saturating_add(self.limit)
    }

    /// Whether it certainly changed nothing: the webhook still has its old date, and the change would
    /// have given it another one.
    fn did_not_arrive(&self, shown: Option<&Stamp>, now: Moment) -> bool {
        let unchanged = self.before.is_some() && self.before.as_ref() == shown;
        unchanged && shown.is_some_and(|shown| shown.precedes(self.sent)) && self.has_expired(now)
    }
}

/// What a record reveals about a webhook as it was just read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The platform has this value, as far as the dates show.
    Current,
    /// The platform had this value; someone else has changed the webhook since.
    ChangedSince,
    /// A change was interrupted, and may have arrived.
    Open,
    /// Nothing is known.
    Nothing,
}

impl Record {
    /// Parses an entry of a store that only stores text.
    pub(super) fn read(entry: &Raw) -> Self {
        let whole = entry.expose().strip_prefix(RECORD_PREFIX);
        let whole = whole.and_then(|json| serde_json::from_str(json).ok());
        whole.unwrap_or_else(|| Self::plain(entry.clone()))
    }

    /// A value of which nothing else is known, such as a token.
    pub(super) fn plain(value: Raw) -> Self {
        let (mark, stamp) = (None, None);
        Self {
            known: Some(Known { value, mark, stamp }),
            open: Vec::new(),
        }
    }

    /// As text for such a store: a known value without anything else is stored as it is, so that
    /// its owner can find it there. Its dates are then in the index.
    pub(super) fn text(&self) -> Raw {
        match &self.known {
            Some(Known { value, .. })
                if self.open.is_empty() && !value.expose().starts_with(RECORD_PREFIX) =>
            {
                value.clone()
            }
            _ => {
                let json = serde_json::to_string(self).expect("strings are always JSON");
                Raw::new(format!("{RECORD_PREFIX}{json}"))
            }
        }
    }

    pub(super) fn values(&self) -> impl Iterator<Item = &Raw> {
        let known = self.known.iter().map(|known| &known.value);
        known.chain(self.open.iter().map(|open| &open.value))
    }

    /// Whether it has neither a value nor changes.
    pub(super) fn is_empty(&self) -> bool {
        self.known.is_none() && self.open.is_empty()
    }

    /// Adds a change that is about to be sent.
    pub(super) fn begin(&mut self, change: Open) {
        self.open.push(change);
        let most = self.open.len().saturating_sub(MAX_OPEN);
        self.open.drain(..most);
    }

    /// Removes a change that was refused.
    pub(super) fn withdraw(&mut self, change: &Open) {
        if let Some(at) = self.open.iter().rposition(|open| open == change) {
            self.open.remove(at);
        }
    }

    /// A change succeeded: its value is now the platform's. Earlier ones that may still arrive
    /// stay.
    pub(super) fn confirm(&mut self, value: Raw, stamp: Option<Stamp>, now: Moment) {
        self.open
            .retain(|open| open.value != value && !open.has_expired(now));
        self.known = Some(Known::new(value, stamp));
    }

    /// Another value has replaced everything in it, except for what may still arrive.
    pub(super) fn supersede(&mut self, now: Moment) {
        self.known = None;
        self.open.retain(|open| !open.has_expired(now));
    }

    /// Removes changes that certainly did not arrive. `restamped` is a later date for which the
    /// known value was confirmed.
    pub(super) fn settle(&mut self, shown: Option<&Stamp>, restamped: Option<&Stamp>, now: Moment) {
        let current = self.is_current(shown, restamped);
        self.open.retain(|open| {
            let outlived = current && open.has_expired(now);
            !outlived && !open.did_not_arrive(shown, now)
        });
    }

    /// What it reveals about a webhook whose `last_updated` is `shown`.
    pub(super) fn verdict(
        &self,
        shown: Option<&Stamp>,
        restamped: Option<&Stamp>,
        now: Moment,
    ) -> Verdict {
        let mut settled = self.clone();
        settled.settle(shown, restamped, now);
        match (&settled.known, settled.open.is_empty()) {
            (_, false) => Verdict::Open,
            (None, true) => Verdict::Nothing,
            (Some(_), true) if self.is_current(shown, restamped) => Verdict::Current,
            (Some(_), true) => Verdict::ChangedSince,
        }
    }

    /// Whether the webhook has the date for which the known value was confirmed.
    pub(super) fn is_current(&self, shown: Option<&Stamp>, restamped: Option<&Stamp>) -> bool {
        let Some(shown) = shown.filter(|shown| shown.has_subseconds()) else {
            return false;
        };
        self.known
            .as_ref()
            .is_some_and(|known| known.stamp.as_ref() == Some(shown) || restamped == Some(shown))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FINE: &str = "2026-01-01T00:00:00.5Z";
    const LATER: &str = "2026-01-01T00:01:00.5Z";

    fn stamp(text: &str) -> Stamp {
        Stamp::of(Some(&text.to_owned())).unwrap()
    }

    fn at(local: i64) -> Moment {
        Moment {
            local,
            platform: None,
        }
    }

    fn change(value: &str, before: &str, sent: i64) -> Open {
        Open {
            value: Raw::new(value),
            before: Some(stamp(before)),
            sent: at(sent),
            limit: 30,
        }
    }

    fn kept(value: &str, date: &str) -> Record {
        let mut record = Record::default();
        record.confirm(Raw::new(value), Some(stamp(date)), at(0));
        record
    }

    fn verdict(record: &Record, shown: &str, now: i64) -> Verdict {
        record.verdict(Some(&stamp(shown)), None, at(now))
    }

    #[test]
    fn a_value_is_current_while_the_webhook_has_the_date_of_its_answer() {
        let record = kept("a", FINE);
        assert_eq!(verdict(&record, FINE, 0), Verdict::Current);
        assert_eq!(verdict(&record, LATER, 0), Verdict::ChangedSince);
        let (fine, later) = (stamp(FINE), stamp(LATER));
        assert_eq!(
            record.verdict(Some(&later), Some(&later), at(0)),
            Verdict::Current
        );
        assert_eq!(
            record.verdict(None, Some(&fine), at(0)),
            Verdict::ChangedSince
        );
        let whole = kept("a", "2026-01-01T00:00:00Z");
        assert_eq!(
            verdict(&whole, "2026-01-01T00:00:00Z", 0),
            Verdict::ChangedSince
        );
        assert_eq!(verdict(&Record::default(), FINE, 0), Verdict::Nothing);
    }

    #[test]
    fn an_interrupted_change_is_open_until_it_surely_did_not_arrive() {
        let mut record = kept("old", FINE);
        record.begin(change("new", FINE, 100));
        assert_eq!(verdict(&record, FINE, 130), Verdict::Open);
        assert_eq!(verdict(&record, FINE, 131), Verdict::Current);
        // Anyone may have changed it, so this doesn't prove what arrived.
        assert_eq!(verdict(&record, LATER, 1000), Verdict::Open);
        // The clock was set back.
        assert_eq!(verdict(&record, FINE, 0), Verdict::Open);
        record.settle(Some(&stamp(FINE)), None, at(131));
        assert!(record.open.is_empty());
        assert_eq!(record.known.unwrap().value.expose(), "old");
    }

    #[test]
    fn within_one_whole_second_nothing_is_proved() {
        let whole = "2026-01-01T00:00:00Z";
        let mut record = kept("old", whole);
        record.begin(change("new", whole, 100));
        assert_eq!(verdict(&record, whole, 1000), Verdict::Open);
    }

    #[test]
    fn a_later_answer_settles_what_can_no_longer_arrive() {
        let mut record = kept("old", FINE);
        record.begin(change("first", FINE, 100));
        record.begin(change("second", FINE, 110));
        record.confirm(Raw::new("second"), Some(stamp(LATER)), at(112));
        let values: Vec<_> = record.values().map(Raw::expose).collect();
        assert_eq!(values, ["second", "first"]);
        assert_eq!(verdict(&record, LATER, 120), Verdict::Open);
        assert_eq!(verdict(&record, LATER, 131), Verdict::Current);
        record.confirm(Raw::new("third"), Some(stamp(LATER)), at(131));
        assert_eq!(record.values().count(), 1);
    }

    #[test]
    fn a_refused_change_leaves_those_before_it() {
        let mut record = kept("old", FINE);
        record.begin(change("first", FINE, 100));
        let refused = change("second", FINE, 101);
        record.begin(refused.clone());
        record.withdraw(&refused);
        let values: Vec<_> = record.values().map(Raw::expose).collect();
        assert_eq!(values, ["old", "first"]);
    }

    #[test]
    fn a_record_reads_back_from_text_and_a_known_value_is_kept_as_it_is() {
        for value in ["a\"é", "{}", RECORD_PREFIX, "ubihook record {}"] {
            let mut record = kept(value, FINE);
            let read = Record::read(&record.text());
            assert_eq!(read.known.unwrap().value.expose(), value);
            record.begin(change("b", FINE, 100));
            assert_eq!(Record::read(&record.text()), record);
        }
        assert_eq!(kept("a", FINE).text().expose(), "a");
        let read = Record::read(&kept("a", FINE).text());
        assert_eq!(verdict(&read, FINE, 0), Verdict::ChangedSince);
        let fine = stamp(FINE);
        assert_eq!(
            read.verdict(Some(&fine), Some(&fine), at(0)),
            Verdict::Current
        );
    }
}
