//! Values that are on their way to the platform, and what they are worth after an interruption.
//! Decisions only; custody carries them out.
//!
//! A pending entry holds an envelope, not the plain value: all values that may have arrived, and
//! for an update the state of the webhook before it.

use serde::{Deserialize, Serialize, Serializer};

use crate::model::secret::Raw;

/// So many interrupted attempts with different values are remembered.
const MAX_ATTEMPTS: usize = 4;

/// What is kept until the platform's answer is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Envelope {
    /// The values sent, the latest last. More than one when an attempt ended without an answer:
    /// when the next one is refused because the webhook exists, the first is what it has.
    #[serde(serialize_with = "exposed")]
    values: Vec<Raw>,
    /// The webhook's `last_updated` before the update.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_updated: Option<String>,
}

fn exposed<S: Serializer>(values: &[Raw], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(values.iter().map(Raw::expose))
}

impl Envelope {
    /// One more attempt after those of `earlier`.
    pub(super) fn after(earlier: Option<&Self>, value: Raw, last_updated: Option<String>) -> Self {
        let mut values = earlier.map_or_else(Vec::new, |envelope| envelope.values.clone());
        values.retain(|known| *known != value);
        values.push(value);
        values.drain(..values.len().saturating_sub(MAX_ATTEMPTS));
        Self {
            values,
            last_updated,
        }
    }

    /// Reads an entry; nothing where it isn't an envelope.
    pub(super) fn open(entry: &Raw) -> Option<Self> {
        let envelope: Self = serde_json::from_str(entry.expose()).ok()?;
        (!envelope.values.is_empty()).then_some(envelope)
    }

    /// As an entry.
    pub(super) fn seal(&self) -> Raw {
        Raw::new(serde_json::to_string(self).expect("strings are always JSON"))
    }

    fn latest(&self) -> Raw {
        self.values
            .last()
            .expect("never made or opened empty")
            .clone()
    }
}

/// What a store has for one header and destination.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Under the webhook's id.
    pub(super) kept: Option<Raw>,
    /// Of an update without an answer.
    pub(super) update: Option<Envelope>,
    /// Of a create without an answer, for a webhook of just this name and kind.
    pub(super) create: Option<Envelope>,
}

/// Where the value stands that counts.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// Nowhere, or under a pending key that it has to stay under.
    #[default]
    Open,
    /// Under the webhook's id.
    Settled,
    /// Under a pending key, and is to be promoted.
    Arrived,
}

/// What it is worth.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Verdict {
    /// The value that the platform has, as far as can be told.
    pub(super) value: Option<Raw>,
    /// Where that value stands.
    pub(super) standing: Standing,
    /// What an update left is settled.
    pub(super) drop_update: bool,
    /// What a create left is settled.
    pub(super) drop_create: bool,
}

/// Weighs what was found against the webhook as it was just read.
pub(super) fn weigh(found: Found, last_updated: Option<&str>) -> Verdict {
    let Found {
        kept,
        update,
        create,
    } = found;
    let drop_create = create.is_some();
    if let Some(update) = &update {
        let arrived = match (&update.last_updated, last_updated) {
            (Some(before), Some(now)) => Some(before != now),
            _ => None,
        };
        match (arrived, &kept) {
            (Some(true), _) => {
                return Verdict {
                    value: Some(update.latest()),
                    standing: Standing::Arrived,
                    drop_update: true,
                    drop_create,
                };
            }
            // Without dates it can't be told: nothing is thrown away.
            (None, None) if create.is_none() => {
                return Verdict {
                    value: Some(update.latest()),
                    ..Verdict::default()
                };
            }
            _ => {}
        }
        let drop_update = arrived == Some(false);
        let rest = Found {
            kept,
            update: None,
            create,
        };
        return Verdict {
            drop_update,
            ..weigh(rest, last_updated)
        };
    }
    // Under the id there can only be what arrived, and the name is unique: whatever a create left
    // is either the same or never arrived.
    let standing = match (&kept, &create) {
        (Some(_), _) => Standing::Settled,
        (None, Some(_)) => Standing::Arrived,
        (None, None) => Standing::Open,
    };
    let value = kept.or_else(|| create.as_ref().map(Envelope::latest));
    Verdict {
        value,
        standing,
        drop_update: false,
        drop_create,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn envelope(value: &str, last_updated: Option<&str>) -> Envelope {
        let last_updated = last_updated.map(str::to_owned);
        Envelope::after(None, Raw::new(value), last_updated)
    }

    fn value(verdict: &Verdict) -> Option<&str> {
        verdict.value.as_ref().map(Raw::expose)
    }

    fn found(kept: Option<&str>, update: Option<Envelope>, create: Option<Envelope>) -> Found {
        let kept = kept.map(Raw::new);
        Found {
            kept,
            update,
            create,
        }
    }

    #[test]
    fn an_update_that_arrived_counts_and_one_that_did_not_is_dropped() {
        let left = || Some(envelope("new", Some("1")));
        let verdict = weigh(found(Some("old"), left(), None), Some("2"));
        assert_eq!(value(&verdict), Some("new"));
        assert!(verdict.standing == Standing::Arrived && verdict.drop_update);
        let verdict = weigh(found(Some("old"), left(), None), Some("1"));
        assert_eq!(value(&verdict), Some("old"));
        assert!(verdict.standing != Standing::Arrived && verdict.drop_update);
        let verdict = weigh(found(None, left(), None), Some("1"));
        assert_eq!((value(&verdict), verdict.drop_update), (None, true));
    }

    #[test]
    fn without_dates_nothing_is_thrown_away() {
        for kept in [None, Some("old")] {
            let verdict = weigh(found(kept, Some(envelope("new", None)), None), None);
            assert_eq!(value(&verdict), Some(kept.unwrap_or("new")));
            assert!(!verdict.drop_update && verdict.standing != Standing::Arrived);
        }
    }

    #[test]
    fn what_a_create_left_counts_where_there_is_nothing_else() {
        let verdict = weigh(found(None, None, Some(envelope("made", None))), None);
        assert_eq!(value(&verdict), Some("made"));
        assert!(verdict.standing == Standing::Arrived && verdict.drop_create);
        let verdict = weigh(found(Some("old"), None, Some(envelope("made", None))), None);
        assert_eq!(value(&verdict), Some("old"));
        assert!(verdict.standing == Standing::Settled && verdict.drop_create);
        assert_eq!(weigh(Found::default(), None), Verdict::default());
    }

    #[test]
    fn an_envelope_reads_back_and_remembers_attempts() {
        let one = envelope("a", Some("1"));
        let two = Envelope::after(Some(&one), Raw::new("b"), None);
        assert_eq!(two.values.len(), 2);
        let again = Envelope::after(Some(&two), Raw::new("a"), None);
        assert_eq!(again.values.len(), 2);
        assert_eq!(again.latest().expose(), "a");
        assert_eq!(Envelope::open(&again.seal()), Some(again));
        assert_eq!(Envelope::open(&Raw::new("plain")), None);
    }
}
