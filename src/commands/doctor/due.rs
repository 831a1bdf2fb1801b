//! Reads the requests of the webhook's object since the webhook was changed.

use super::watched::Watched;
use crate::{
    api::{
        self, Project,
        requests::{PAGE, Wanted},
    },
    model::{
        event::{Event, ObjectType, Phase},
        requests::{ACTIVE, ENDED, Request, firing},
        webhook::Webhook,
    },
};

/// The requests since the webhook was changed, and what they mean to it.
#[derive(Debug, Default)]
pub(super) struct Due {
    /// Ended requests, at most the newest page.
    pub(super) ended: Vec<Request>,
    /// How many of them fired the webhook's event.
    pub(super) fired: usize,
    /// How many others have not ended; asked only if none of those that have has fired.
    pub(super) active: usize,
    /// The default version that has requests while the webhook's has none.
    pub(super) elsewhere: Option<(String, usize)>,
    /// Whether the platform keeps no requests of the version.
    pub(super) keeps_none: bool,
}

fn wanted(object_type: ObjectType, webhook: &Webhook) -> Wanted<'_> {
    Wanted {
        object_type,
        object: &webhook.object_name,
        version: webhook.version.as_deref(),
        statuses: &ENDED,
        since: since(webhook),
    }
}

/// When the webhook was last changed.
pub(super) fn since(webhook: &Webhook) -> Option<&str> {
    let changed = webhook.last_updated.as_deref();
    changed.or(webhook.creation_date.as_deref())
}

/// The phase of its event, if that is known.
pub(super) fn phase(webhook: &Webhook) -> Option<Phase> {
    Some(webhook.event.parse::<Event>().ok()?.phase)
}

/// The requests that have ended since the webhook was changed.
pub(super) async fn list(
    project: &Project,
    object_type: ObjectType,
    webhook: &Webhook,
) -> Result<Vec<Request>, api::Error> {
    project.requests(wanted(object_type, webhook)).await
}

/// What they mean. Asks further only if none of them has fired.
pub(super) async fn read(
    project: &Project,
    object_type: ObjectType,
    webhook: &Webhook,
    watched: &Watched,
    listed: Result<Vec<Request>, api::Error>,
) -> Result<Due, api::Error> {
    let mut due = Due {
        ended: listed?,
        ..Due::default()
    };
    let Some(phase) = phase(webhook) else {
        return Ok(due);
    };
    due.count(phase);
    if due.fired > 0 {
        return Ok(due);
    }
    let wanted = wanted(object_type, webhook);
    if due.ended.len() >= PAGE {
        let statuses = firing(phase);
        let ended = project.requests(Wanted { statuses, ..wanted }).await?;
        due.fired = ended.iter().filter(|one| one.fires(phase)).count();
        return Ok(due);
    }
    due.keeps_none = match &watched.version {
        Some(Ok(version)) => version.request_retention_mode.as_deref() == Some("none"),
        _ => false,
    };
    let active = Wanted {
        statuses: &ACTIVE,
        since: None,
        ..wanted
    };
    let active = project.requests(active).await?;
    due.fired = active
        .iter()
        .filter(|one| one.has_started(since(webhook), phase))
        .count();
    due.active = active.len() - due.fired;
    if due.fired > 0 {
        return Ok(due);
    }
    let default = watched.object.as_ref().ok();
    let default = default.and_then(|object| object.default_version.clone());
    if let (true, Some(version), Some(default)) = (due.ended.is_empty(), &webhook.version, default)
        && *version != default
    {
        let other = Wanted {
            version: Some(&default),
            ..wanted
        };
        let count = project.requests(other).await?.len();
        due.elsewhere = (count > 0).then_some((default, count));
    }
    Ok(due)
}

impl Due {
    pub(super) fn count(&mut self, phase: Phase) {
        self.fired = self.ended.iter().filter(|one| one.fires(phase)).count();
    }
}
