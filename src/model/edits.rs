//! The changes that a user requests for a webhook, and the update that makes them: pure.

use std::fmt;

use crate::model::{
    draft::{Draft, DraftHeader, DraftValue, check_headers},
    event::{EventName, ObjectType},
    header::{self, Header, HeaderEdit, HeaderName},
    invalid::Invalid,
    labels::Labels,
    name::WebhookName,
    options::Options,
    origin::Origin,
    url::CallbackUrl,
    webhook::{Webhook, WebhookPatch},
};

/// Changes by name; anything not named stays as it is.
#[derive(Debug, Clone, Default)]
pub(crate) struct Edits {
    /// A new name.
    pub name: Option<WebhookName>,
    /// A new URL.
    pub url: Option<CallbackUrl>,
    /// A new event.
    pub event: Option<EventName>,
    /// Headers to add or change.
    pub headers: Vec<DraftHeader>,
    pub removed_headers: Vec<HeaderName>,
    /// Labels to add or change.
    pub labels: Labels,
    pub removed_labels: Vec<String>,
    /// All other fields.
    pub options: Options,
}

/// Protected values that the platform would send to a different origin from the one they were given
/// for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Carried {
    /// Their headers.
    pub names: Vec<String>,
    old: Option<Origin>,
    /// The origin of the new URL.
    pub new: Origin,
}

impl fmt::Display for Carried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.names.iter().map(|name| format!("`{name}`")).collect();
        write!(
            f,
            "the new URL is at {}, and the platform would send it the value of {} that was given for {}",
            self.new,
            names.join(", "),
            self.old.as_ref().map_or("no origin", Origin::as_str)
        )
    }
}

impl Edits {
    /// The changes that turn a webhook of the same name into `draft`. They don't include its object
    /// and version, which can't be changed.
    pub(crate) fn of(draft: &Draft) -> Self {
        Self {
            name: None,
            url: Some(draft.url.clone()),
            event: Some(EventName::Full(draft.event)),
            headers: draft.headers.clone(),
            labels: draft.labels.clone().unwrap_or_default(),
            options: draft.options.clone(),
            ..Self::default()
        }
    }

    /// The changes that turn a webhook into exactly `draft`, which is exact itself: what the draft doesn't have is
    /// removed.
    pub(crate) fn exact(draft: &Draft, current: &Webhook) -> Self {
        let edits = Self::of(draft);
        let is_given = |key: &str| edits.headers.iter().any(|header| header.key.is(key));
        let gone = current.headers.iter().filter(|own| !is_given(&own.key));
        // One that can't be named can't be removed either, and is reported by the update.
        let removed_headers = gone.filter_map(|own| own.key.parse().ok()).collect();
        let is_gone = |key: &&String| !edits.labels.contains_key(*key);
        let removed_labels = current.labels.keys().filter(is_gone).cloned().collect();
        Self {
            removed_headers,
            removed_labels,
            ..edits
        }
    }

    /// Whether no change is requested.
    pub(crate) fn is_empty(&self) -> bool {
        self.name.is_none()
            && self.url.is_none()
            && self.event.is_none()
            && self.headers.is_empty()
            && self.removed_headers.is_empty()
            && self.labels.is_empty()
            && self.removed_labels.is_empty()
            && self.options.is_empty()
    }

    /// Checks the rules across fields.
    pub(crate) fn check(&self) -> Result<(), Invalid> {
        check_headers(&self.headers)?;
        let both = self
            .headers
            .iter()
            .find(|header| self.removed_headers.contains(&header.key));
        if let Some(header) = both {
            let rule = format!("`{}` is both set and removed", header.key);
            return Err(Invalid::new("headers", rule));
        }
        match self
            .labels
            .keys()
            .find(|key| self.removed_labels.contains(key))
        {
            Some(key) => {
                let rule = format!("`{key}` is both set and removed");
                Err(Invalid::new("labels", rule))
            }
            None => Ok(()),
        }
    }

    /// The values that the platform would carry along to another origin: those of the protected headers that are
    /// neither given again nor removed.
    pub(crate) fn carried_along(&self, current: &Webhook) -> Option<Carried> {
        let (old, new) = (current.origin(), self.url.as_ref()?.origin());
        if old.as_ref() == Some(&new) {
            return None;
        }
        let stays = |name: &&str| {
            let given = self
                .headers
                .iter()
                .any(|header| header.key.is(name) && header.value != DraftValue::Missing);
            !given && !self.removed_headers.iter().any(|removed| removed.is(name))
        };
        let names: Vec<_> = current
            .protected_headers()
            .filter(stays)
            .map(str::to_owned)
            .collect();
        (!names.is_empty()).then_some(Carried { names, old, new })
    }

    /// The protected headers of `current` that these changes would remove.
    pub(crate) fn removed_protected<'a>(
        &'a self,
        current: &'a Webhook,
    ) -> impl Iterator<Item = &'a str> {
        current
            .protected_headers()
            .filter(|name| self.removed_headers.iter().any(|removed| removed.is(name)))
    }

    /// The headers and labels of `current` that these changes don't name, and so leave as they are.
    pub(crate) fn unnamed<'a>(&self, current: &'a Webhook) -> (Vec<&'a str>, Vec<&'a str>) {
        let set = self.headers.iter().map(|header| &header.key);
        let named: Vec<_> = set.chain(&self.removed_headers).collect();
        let headers = current.headers.iter().map(|header| header.key.as_str());
        let labels = current.labels.keys().map(String::as_str);
        (
            headers
                .filter(|key| !named.iter().any(|name| name.is(key)))
                .collect(),
            labels
                .filter(|&key| !self.labels.contains_key(key))
                .filter(|&key| !self.removed_labels.iter().any(|removed| removed == key))
                .collect(),
        )
    }

    /// The update to send, omitting fields that are the same in `current`; `headers` are the headers
    /// of this change with their values.
    pub(crate) fn plan(
        &self,
        current: &Webhook,
        headers: Vec<HeaderEdit>,
    ) -> Result<WebhookPatch, Invalid> {
        let event = match (self.event, current.object_type.parse::<ObjectType>()) {
            (Some(event), Ok(object_type)) => Some(event.of(object_type)?),
            (Some(EventName::Full(event)), Err(_)) => Some(event),
            (Some(EventName::Short(_)), Err(unknown)) => return Err(unknown),
            (None, _) => None,
        };
        let named = !headers.is_empty() || !self.removed_headers.is_empty();
        let headers = named
            .then(|| self.merged(&current.headers, headers))
            .transpose()?;
        let patch = WebhookPatch {
            name: self.name.clone(),
            url: self.url.clone(),
            event,
            headers,
            labels: self.merged_labels(&current.labels),
            ..self.options.clone().into()
        };
        let patch = patch.without_unchanged_fields(current);
        patch.check_unmasked(Some(current))?;
        Ok(patch)
    }

    fn merged(
        &self,
        current: &[Header],
        mut edits: Vec<HeaderEdit>,
    ) -> Result<Vec<header::NewHeader>, Invalid> {
        edits.extend(self.removed_headers.iter().cloned().map(HeaderEdit::Remove));
        header::merge(current, &edits)
    }

    fn merged_labels(&self, current: &Labels) -> Option<Labels> {
        if self.labels.is_empty() && self.removed_labels.is_empty() {
            return None;
        }
        let mut labels = current.clone();
        labels.retain(|key, _| !self.removed_labels.contains(key));
        labels.extend(self.labels.clone());
        Some(labels)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn current() -> Webhook {
        serde_json::from_value(serde_json::json!({
            "id": "1", "name": "w", "object_type": "pipeline", "object_name": "p",
            "url": "https://a.example/x", "event": "pipeline_request_failed",
            "headers": [
                {"key": "Authorization", "value": null, "protected": true},
                {"key": "X-A", "value": "1", "protected": false}],
            "labels": {"team": "blue", "stage": "test"}}))
        .unwrap()
    }

    #[test]
    fn what_is_not_named_stays() {
        let edits = Edits {
            headers: vec![DraftHeader {
                key: "X-B".parse().unwrap(),
                value: DraftValue::Plain("2".to_owned().try_into().unwrap()),
            }],
            labels: [("team".to_owned(), "red".to_owned())].into(),
            ..Edits::default()
        };
        let set = HeaderEdit::Set(header::NewHeader {
            key: "X-B".parse().unwrap(),
            content: header::Content::Plain("2".to_owned().try_into().unwrap()),
        });
        let patch = edits.plan(&current(), vec![set]).unwrap();
        assert_eq!(
            serde_json::to_value(&patch).unwrap(),
            serde_json::json!({
                "headers": [
                    {"key": "Authorization", "protected": true},
                    {"key": "X-A", "value": "1", "protected": false},
                    {"key": "X-B", "value": "2", "protected": false}],
                "labels": {"team": "red", "stage": "test"}})
        );
    }

    #[test]
    fn a_protected_value_would_be_carried_to_another_origin() {
        let to = |url: &str| Edits {
            url: Some(url.parse().unwrap()),
            ..Edits::default()
        };
        assert!(
            to("https://a.example/y")
                .carried_along(&current())
                .is_none()
        );
        let carried = to("https://b.example/x").carried_along(&current()).unwrap();
        assert_eq!(carried.names, ["Authorization"]);
        assert_eq!(carried.new.as_str(), "https://b.example");
        let given = Edits {
            headers: vec![DraftHeader {
                key: "authorization".parse().unwrap(),
                value: DraftValue::Given("x".into()),
            }],
            ..to("https://b.example/x")
        };
        assert!(given.carried_along(&current()).is_none());
    }
}
