//! The eight events: an object type and a phase of its requests (reference, section 5).

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::model::{
    invalid::Invalid,
    text::{did_you_mean, nearest},
};

/// What a webhook can be tied to. An experiment is a version of a deployment, not a third type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum ObjectType {
    Deployment,
    Pipeline,
}

impl ObjectType {
    /// Both, in the documentation's order.
    pub const ALL: [Self; 2] = [Self::Deployment, Self::Pipeline];

    /// The API's name for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Deployment => "deployment",
            Self::Pipeline => "pipeline",
        }
    }
}

impl FromStr for ObjectType {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::ALL
            .into_iter()
            .find(|object_type| object_type.as_str() == text)
            .ok_or_else(|| {
                let near = nearest(text, Self::ALL.map(Self::as_str));
                let rule = did_you_mean("must be `deployment` or `pipeline`", near);
                Invalid::new("object_type", rule)
            })
    }
}

impl TryFrom<String> for ObjectType {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl From<ObjectType> for String {
    fn from(object_type: ObjectType) -> Self {
        object_type.as_str().to_owned()
    }
}

impl fmt::Display for ObjectType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The moment in a request's life that an event reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Phase {
    /// The request started.
    Started,
    /// It completed successfully.
    Completed,
    Failed,
    /// It ended in any way, including by cancellation.
    Finished,
}

impl Phase {
    /// All four, in the order of a request's life.
    pub const ALL: [Self; 4] = [Self::Started, Self::Completed, Self::Failed, Self::Finished];

    /// The last word of the event's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Finished => "finished",
        }
    }

    /// What happened to the request.
    pub fn happening(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Completed => "completed successfully",
            Self::Failed => "failed",
            Self::Finished => "ended, whatever the outcome",
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An event by its full name, such as `pipeline_request_failed`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Event {
    /// The type of the object whose requests it is about.
    pub object_type: ObjectType,
    /// Which moment it reports.
    pub phase: Phase,
}

impl Event {
    /// All eight events.
    pub fn all() -> impl Iterator<Item = Self> {
        ObjectType::ALL.into_iter().flat_map(|object_type| {
            Phase::ALL
                .into_iter()
                .map(move |phase| Self { object_type, phase })
        })
    }

    /// The API's name of the event.
    pub fn as_str(self) -> &'static str {
        match (self.object_type, self.phase) {
            (ObjectType::Deployment, Phase::Started) => "deployment_request_started",
            (ObjectType::Deployment, Phase::Completed) => "deployment_request_completed",
            (ObjectType::Deployment, Phase::Failed) => "deployment_request_failed",
            (ObjectType::Deployment, Phase::Finished) => "deployment_request_finished",
            (ObjectType::Pipeline, Phase::Started) => "pipeline_request_started",
            (ObjectType::Pipeline, Phase::Completed) => "pipeline_request_completed",
            (ObjectType::Pipeline, Phase::Failed) => "pipeline_request_failed",
            (ObjectType::Pipeline, Phase::Finished) => "pipeline_request_finished",
        }
    }

    /// The object type and the phase of an event's name. The phase may be one that is not known yet.
    pub fn split(name: &str) -> Option<(ObjectType, &str)> {
        let (kind, phase) = name.split_once("_request_")?;
        let object_type = kind.parse().ok()?;
        (!phase.is_empty()).then_some((object_type, phase))
    }

    /// Checks that the event belongs to an object of `object_type`.
    pub fn fits(self, object_type: ObjectType) -> Result<Self, Invalid> {
        if self.object_type == object_type {
            return Ok(self);
        }
        let fitting = Self {
            object_type,
            ..self
        };
        let rule = format!("`{self}` is not an event of a {object_type}");
        Err(Invalid::new("event", rule).instead(fitting.as_str()))
    }
}

impl FromStr for Event {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::all()
            .find(|event| event.as_str() == text)
            .ok_or_else(|| {
                Invalid::new(
                    "event",
                    "must be `deployment_request_` or `pipeline_request_` and one of \
                     `started`, `completed`, `failed`, `finished`",
                )
            })
    }
}

impl TryFrom<String> for Event {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl From<Event> for String {
    fn from(event: Event) -> Self {
        event.as_str().to_owned()
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An event as the user names it: the phase alone, or the full name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventName {
    /// `failed`: the prefix follows from the object.
    Short(Phase),
    /// `pipeline_request_failed`.
    Full(Event),
}

impl EventName {
    /// The event for an object of `object_type`; a full name has to fit it.
    pub fn of(self, object_type: ObjectType) -> Result<Event, Invalid> {
        match self {
            Self::Short(phase) => Ok(Event { object_type, phase }),
            Self::Full(event) => event.fits(object_type),
        }
    }

    /// Whether this name refers to one of the platform's events, given by its full name.
    pub fn matches(self, full: &str) -> bool {
        match self {
            Self::Short(phase) => full
                .parse::<Event>()
                .is_ok_and(|event| event.phase == phase),
            Self::Full(event) => event.as_str() == full,
        }
    }
}

impl FromStr for EventName {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        if let Some(phase) = Phase::ALL.into_iter().find(|phase| phase.as_str() == text) {
            return Ok(Self::Short(phase));
        }
        text.parse().map(Self::Full).map_err(|_| {
            let short = Phase::ALL.into_iter().map(Phase::as_str);
            let near = nearest(text, short.chain(Event::all().map(Event::as_str)));
            if text.contains(',') {
                let rule = "must be one event: a webhook is called for one, so create one for each";
                return Invalid::new("event", rule);
            }
            let rule = "must be `started`, `completed`, `failed` or `finished`, or a full name \
                        such as `pipeline_request_failed`";
            if text.ends_with("cancelled") || text.ends_with("canceled") {
                let rule = format!("{rule}; only `finished` also happens for cancelled requests");
                return Invalid::new("event", rule);
            }
            Invalid::new("event", did_you_mean(rule, near))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_eight_events_and_each_reads_back() {
        let all: Vec<_> = Event::all().collect();
        assert_eq!(all.len(), 8);
        for event in all {
            assert_eq!(event.as_str().parse(), Ok(event));
        }
        assert!("deployment_request_cancelled".parse::<Event>().is_err());
    }

    #[test]
    fn a_short_name_takes_its_prefix_from_the_object() {
        let failed: EventName = "failed".parse().unwrap();
        let event = failed.of(ObjectType::Pipeline).unwrap();
        assert_eq!(event.as_str(), "pipeline_request_failed");
        assert!(failed.matches("deployment_request_failed"));
    }

    #[test]
    fn a_full_name_of_the_other_object_is_refused_with_the_right_one() {
        let name: EventName = "pipeline_request_failed".parse().unwrap();
        let refused = name.of(ObjectType::Deployment).unwrap_err();
        assert_eq!(
            refused.instead.as_deref(),
            Some("deployment_request_failed")
        );
    }
}
