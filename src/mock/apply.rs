//! A create or an update, and the webhook that results. Pure: rules that depend on the state
//! are checked elsewhere.

use uuid::Uuid;

use crate::{
    mock::{clock, rules},
    model::{
        event::ObjectType,
        header::{Content, Header, NewHeader, check_unique},
        invalid::Invalid,
        secret::Secret,
        webhook::{NewWebhook, Webhook, WebhookPatch},
    },
};

/// Protected values, by header name in lower case.
pub(super) type Protected = (String, Secret);

/// The webhook that a create makes, and its protected values.
pub(super) fn create(new: NewWebhook) -> Result<(Webhook, Vec<Protected>), Invalid> {
    new.check()?;
    rules::check_webhook_name(&new.name)?;
    rules::check_url(&new.url)?;
    let headers = new.headers.as_deref().unwrap_or_default();
    rules::check_headers(headers)?;
    rules::check_values(headers)?;
    let now = clock::text(clock::now());
    let protected = values(headers);
    let webhook = Webhook {
        id: Uuid::new_v4().to_string(),
        creation_date: Some(now.clone()),
        last_updated: Some(now),
        ..new.into_webhook()
    };
    Ok((webhook, protected))
}

/// Changes `webhook`, and returns the new protected values. Protected headers of the result that
/// aren't among them keep their current values.
pub(super) fn update(
    webhook: &mut Webhook,
    patch: WebhookPatch,
) -> Result<Vec<Protected>, Invalid> {
    if let Some(name) = &patch.name {
        rules::check_webhook_name(name)?;
    }
    if let Some(url) = &patch.url {
        rules::check_url(url)?;
    }
    if let Some(event) = patch.event {
        let object_type: ObjectType = webhook.object_type.parse()?;
        event.fits(object_type)?;
    }
    let mut given = Vec::new();
    if let Some(headers) = &patch.headers {
        check_unique(headers.iter().map(|header| &header.key))?;
        rules::check_headers(headers)?;
        check_kept(&webhook.headers, headers)?;
        given = values(headers);
    }
    patch.apply(webhook);
    webhook.last_updated = Some(clock::text(clock::now()));
    Ok(given)
}

/// A value can only be kept if there is a protected header of that name (reference, section 11).
fn check_kept(current: &[Header], headers: &[NewHeader]) -> Result<(), Invalid> {
    let has_value = |new: &NewHeader| {
        current
            .iter()
            .any(|header| header.protected && new.key.is(&header.key))
    };
    let lacking = |new: &&NewHeader| new.content == Content::Protected(None) && !has_value(new);
    match headers.iter().find(lacking) {
        Some(header) => Err(rules::needs_value(header)),
        None => Ok(()),
    }
}

/// The protected values that are given.
fn values(headers: &[NewHeader]) -> Vec<Protected> {
    let value = |new: &NewHeader| match &new.content {
        Content::Protected(Some(value)) => Some((new.key.lower(), value.clone())),
        _ => None,
    };
    headers.iter().filter_map(value).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn made() -> (Webhook, Vec<Protected>) {
        let new = json!({
            "name": "w", "object_type": "deployment", "object_name": "d",
            "url": "https://a.example/x", "event": "deployment_request_failed",
            "headers": [
                {"key": "Authorization", "value": "s", "protected": true},
                {"key": "X-A", "value": "1"}]});
        create(serde_json::from_value(new).unwrap()).unwrap()
    }

    fn patched(patch: serde_json::Value) -> Result<(Webhook, Vec<Protected>), Invalid> {
        let mut webhook = made().0;
        let given = update(&mut webhook, serde_json::from_value(patch).unwrap())?;
        Ok((webhook, given))
    }

    #[test]
    fn a_protected_value_is_apart_from_what_is_shown() {
        let (webhook, protected) = made();
        assert_eq!(webhook.headers[0].value, None);
        assert_eq!(webhook.headers[1].value.as_deref(), Some("1"));
        assert_eq!(protected[0].0, "authorization");
        assert_eq!(protected.len(), 1);
    }

    #[test]
    fn a_value_is_kept_for_an_existing_protected_header_alone() {
        let (webhook, given) =
            patched(json!({"headers": [{"key": "authorization", "protected": true}]})).unwrap();
        assert!(webhook.headers[0].protected && webhook.headers.len() == 1);
        assert!(given.is_empty());
        for key in ["X-A", "X-New"] {
            let patch = json!({"headers": [{"key": key, "value": null, "protected": true}]});
            assert!(patched(patch).is_err(), "{key}");
        }
    }

    #[test]
    fn what_a_patch_leaves_out_stays() {
        let before = made().0;
        let (after, _) = patched(json!({"timeout": 3, "description": null})).unwrap();
        assert_eq!((after.timeout, before.timeout), (3, 10));
        assert_eq!(after.headers, before.headers);
        assert!(patched(json!({"event": "pipeline_request_failed"})).is_err());
    }
}
