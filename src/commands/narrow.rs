//! Which deliveries are meant: `--event` and `--match` of `listen`, `--only` of `send`.

use crate::{
    model::{event::EventName, failure::Failure},
    receiver::expect::{Condition, Facts, Known, conditions},
};

/// What a delivery must be.
#[derive(Debug, Default)]
pub(super) struct Narrow {
    events: Vec<EventName>,
    /// One of each group has to be met.
    fields: Vec<Vec<Condition>>,
}

impl Narrow {
    /// Reads the values of `flag`.
    pub(super) fn parse(
        events: Vec<EventName>,
        flag: &str,
        matches: &[String],
        known: Known,
    ) -> Result<Self, Failure> {
        let mut fields = Vec::<Vec<Condition>>::new();
        for text in matches {
            let given = conditions(text, known);
            let given = given.map_err(|invalid| Failure::invalid(flag, &invalid))?;
            for condition in given {
                let same = |group: &&mut Vec<Condition>| group[0].field == condition.field;
                match fields.iter_mut().find(same) {
                    Some(group) => group.push(condition),
                    None => fields.push(vec![condition]),
                }
            }
        }
        Ok(Self { events, fields })
    }

    /// Whether a delivery is one of those.
    pub(super) fn takes(&self, event: Option<&str>, facts: &Facts<'_>) -> bool {
        let is_event = |named: &EventName| event.is_some_and(|event| named.matches(event));
        let is_met = |group: &Vec<Condition>| group.iter().any(|one| one.is_met(facts));
        (self.events.is_empty() || self.events.iter().any(is_event))
            && self.fields.iter().all(is_met)
    }
}
