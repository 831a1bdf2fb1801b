//! Checks of the webhook itself: whether it exists, whether it is enabled, its event.

use crate::model::{
    checkup::Check,
    event::{Event, Phase},
    name::WebhookName,
    shell::quote,
    text::nearest,
    webhook::Webhook,
};

pub(super) fn subject(webhook: &Webhook) -> String {
    format!("webhook `{}`", webhook.name)
}

pub(super) fn missing(name: &WebhookName, known: &[Webhook], project: &str) -> Check {
    let near = nearest(name.as_str(), known.iter().map(|one| one.name.as_str()));
    let hint = match near {
        Some(near) => format!("ubihook doctor {}", quote(near)),
        None => "ubihook list".to_owned(),
    };
    let subject = format!("webhook `{name}`");
    let why = format!("webhook `{name}` does not exist in project `{project}`");
    Check::fail("webhook", &subject, why).hint(hint)
}

pub(super) fn odd(name: &WebhookName, field: &str) -> Check {
    let subject = format!("webhook `{name}`");
    let why = format!(
        "webhook `{name}` can't be read: its `{field}` doesn't match the API's documentation"
    );
    Check::fail("webhook", &subject, why)
}

pub(super) fn exists(webhook: &Webhook) -> Check {
    let found = format!("exists, for {}", webhook.target());
    Check::pass("webhook", &subject(webhook), found)
}

pub(super) fn enabled(webhook: &Webhook) -> Check {
    if webhook.enabled {
        return Check::pass("enabled", &subject(webhook), "it is enabled");
    }
    let name = &webhook.name;
    let why = format!("webhook `{name}` is disabled: none of its events are sent");
    let hint = format!("ubihook update {} --enabled", quote(name));
    Check::fail("enabled", &subject(webhook), why).hint(hint)
}

pub(super) fn event(webhook: &Webhook) -> Check {
    let (name, event) = (&webhook.name, &webhook.event);
    let known: Option<Event> = event.parse().ok();
    let (Some(event), Ok(object_type)) = (known, webhook.object_type.parse()) else {
        let why = format!("`{event}` is not an event that this version of ubihook knows");
        return Check::warn("event", &subject(webhook), why);
    };
    if let Err(invalid) = event.fits(object_type) {
        let rule = &invalid.rule;
        let why = format!("the event of webhook `{name}` never occurs: {rule}");
        let update = |event| format!("ubihook update {} --event {event}", quote(name));
        return Check::fail("event", &subject(webhook), why).hinted(invalid.instead.map(update));
    }
    let note = match event.phase {
        Phase::Completed | Phase::Failed => "; a cancelled request is neither completed nor failed",
        Phase::Started | Phase::Finished => "",
    };
    Check::pass("event", &subject(webhook), format!("{event}{note}"))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::model::checkup::Status;

    /// A webhook with these fields besides those that it needs.
    pub(in crate::commands::doctor) fn webhook_with(more: &serde_json::Value) -> Webhook {
        let mut webhook = serde_json::json!({
            "id": "1", "name": "w", "object_type": "pipeline", "object_name": "p", "version": "v1",
            "url": "https://hooks.example.org/in", "event": "pipeline_request_failed",
            "last_updated": "2026-02-03T10:11:12.5Z",
        });
        let fields = webhook.as_object_mut().unwrap();
        fields.extend(more.as_object().unwrap().clone());
        serde_json::from_value(webhook).unwrap()
    }

    #[test]
    fn the_webhook_is_what_it_has_to_be() {
        let right = webhook_with(&serde_json::json!({}));
        assert_eq!(exists(&right).status, Status::Pass);
        assert_eq!(enabled(&right).status, Status::Pass);
        assert_eq!(event(&right).status, Status::Pass);
        let off = enabled(&webhook_with(&serde_json::json!({"enabled": false})));
        assert_eq!(off.status, Status::Fail);
        assert_eq!(off.hint.as_deref(), Some("ubihook update w --enabled"));
        let other = webhook_with(&serde_json::json!({"event": "deployment_request_failed"}));
        assert_eq!(event(&other).status, Status::Fail);
        let newer = webhook_with(&serde_json::json!({"event": "pipeline_request_paused"}));
        assert_eq!(event(&newer).status, Status::Warn);
        let missing = missing(&"ww".parse().unwrap(), &[right], "demo");
        assert_eq!(missing.status, Status::Fail);
        assert_eq!(missing.hint.as_deref(), Some("ubihook doctor w"));
    }
}
