//! The mask that is printed instead of a secret must not be written to the platform: someone who
//! copies it from output would overwrite the real value.

use crate::model::{
    header::{Content, NewHeader},
    invalid::Invalid,
    name::WebhookName,
    options::Description,
    scrub::MASK,
    url::CallbackUrl,
    webhook::{NewWebhook, Webhook, WebhookPatch},
};

impl NewWebhook {
    /// Refuses a mask in place of a value.
    pub fn check_unmasked(&self) -> Result<(), Invalid> {
        check("name", self.name.as_str())?;
        self.changeable().check_unmasked(None)
    }
}

impl WebhookPatch {
    /// The same for an update. A mask that the webhook has already didn't come from our output, so it
    /// is allowed.
    pub fn check_unmasked(&self, current: Option<&Webhook>) -> Result<(), Invalid> {
        let fields = [
            ("name", self.name.as_ref().map(WebhookName::as_str)),
            ("url", self.url.as_ref().map(CallbackUrl::as_str)),
            (
                "description",
                self.description.as_ref().map(Description::as_str),
            ),
        ];
        for (field, text) in fields {
            text.map_or(Ok(()), |text| check(field, text))?;
        }
        for (key, value) in self.labels.iter().flatten() {
            let had = current.and_then(|webhook| webhook.labels.get(key));
            if had != Some(value) {
                check("labels", key)?;
                check("labels", value)?;
            }
        }
        let headers = self.headers.iter().flatten();
        let has = |new: &&NewHeader| current.is_some_and(|webhook| is_there(webhook, new));
        headers.filter(|new| !has(new)).try_for_each(check_header)
    }
}

fn is_there(webhook: &Webhook, new: &NewHeader) -> bool {
    let same = |value: &Option<String>| match &new.content {
        Content::Plain(new) => value.as_deref() == Some(new.as_str()),
        Content::Protected(new) => new.is_none(),
    };
    let mut headers = webhook.headers.iter();
    headers.any(|header| new.key.is(&header.key) && same(&header.value))
}

fn check_header(header: &NewHeader) -> Result<(), Invalid> {
    check("headers", header.key.as_str())?;
    match &header.content {
        Content::Plain(value) => check("headers", value.as_str()),
        // A value may contain anything, but may not be the mask, with or without a scheme in front.
        Content::Protected(Some(value)) if value.expose().split(' ').any(|word| word == MASK) => {
            Err(masked("headers"))
        }
        Content::Protected(_) => Ok(()),
    }
}

fn check(field: &'static str, text: &str) -> Result<(), Invalid> {
    if text.contains(MASK) {
        return Err(masked(field));
    }
    Ok(())
}

fn masked(field: &'static str) -> Invalid {
    let rule =
        format!("contains `{MASK}`, which ubihook prints instead of a value: give the real value");
    Invalid::new(field, rule)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn current() -> Webhook {
        serde_json::from_value(json!({
            "id": "1", "name": "w", "object_type": "pipeline", "object_name": "p",
            "url": "https://a.example/***", "event": "pipeline_request_failed",
            "headers": [
                {"key": "A", "value": null, "protected": true},
                {"key": "B", "value": "b***", "protected": false}],
            "labels": {"team": "***"}}))
        .unwrap()
    }

    fn patch(fields: serde_json::Value) -> Result<(), Invalid> {
        let patch: WebhookPatch = serde_json::from_value(fields).unwrap();
        patch.check_unmasked(Some(&current()))
    }

    #[test]
    fn a_mask_is_refused_wherever_it_would_be_written() {
        for (field, fields) in [
            ("name", json!({"name": "a***"})),
            ("url", json!({"url": "https://a.example/in/***?x=1"})),
            ("description", json!({"description": "of ***"})),
            ("labels", json!({"labels": {"team": "a***"}})),
            ("labels", json!({"labels": {"***": "x"}})),
            (
                "headers",
                json!({"headers": [{"key": "B", "value": "***"}]}),
            ),
            (
                "headers",
                json!({"headers": [{"key": "C", "value": "b***"}]}),
            ),
            (
                "headers",
                json!({"headers": [{"key": "A", "value": "***", "protected": true}]}),
            ),
            (
                "headers",
                json!({"headers": [{"key": "A", "value": "Bearer ***", "protected": true}]}),
            ),
        ] {
            assert_eq!(patch(fields).unwrap_err().field, field);
        }
    }

    #[test]
    fn what_is_there_and_what_only_looks_alike_stays() {
        for fields in [
            json!({"labels": {"team": "***", "stage": "test"}}),
            json!({"headers": [
                {"key": "A", "protected": true},
                {"key": "b", "value": "b***"},
                {"key": "C", "value": "**"}]}),
            json!({"headers": [{"key": "A", "value": "x***y", "protected": true}]}),
        ] {
            assert_eq!(patch(fields).map_err(|invalid| invalid.rule), Ok(()));
        }
    }
}
