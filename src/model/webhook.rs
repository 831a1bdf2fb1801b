//! The webhook: as it is created, as it is changed, as it is read.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::model::{
    event::{Event, ObjectType},
    header::{self, Header, NewHeader, check_unique},
    invalid::Invalid,
    labels::Labels,
    lenient,
    name::{ObjectName, VersionName, WebhookName},
    options::{Description, Options},
    origin::Origin,
    private::Private,
    target::{self, Target},
    timeout::Timeout,
    url::{CallbackUrl, masked_userinfo},
};

/// What a create sends. What is left out takes the platform's default (reference, 2.2).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NewWebhook {
    /// Unique in the project.
    pub name: WebhookName,
    /// Deployment or pipeline.
    pub object_type: ObjectType,
    /// An existing object.
    pub object_name: ObjectName,
    /// An existing version; without one, the webhook follows the default version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<VersionName>,
    /// Where the event is sent.
    pub url: CallbackUrl,
    pub event: Event,
    /// Headers sent with the event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub headers: Option<Vec<NewHeader>>,
    /// For people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<Description>,
    /// For finding it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub labels: Option<Labels>,
    /// How long to wait for the callback; the default is 10 s.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Timeout>,
    /// Whether events are sent at all; the default is true.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// Whether a failed call is made again; the default is false.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry: Option<bool>,
    /// Whether the payload has the request's result; the default is false.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub include_result: Option<bool>,
}

impl NewWebhook {
    /// The rules across fields.
    pub fn check(&self) -> Result<(), Invalid> {
        self.event.fits(self.object_type)?;
        check_unique(self.headers.iter().flatten().map(|header| &header.key))
    }

    /// What errors don't repeat of it.
    pub fn private(&self) -> Private {
        Private::of(Some(&self.url), self.headers.as_deref())
    }

    /// The field in which a webhook of the platform isn't what this create asked for, if any.
    /// Only what was sent counts, and protected values can't be compared.
    pub fn difference(&self, made: &Webhook) -> Option<String> {
        let version = self.version.as_ref().map(VersionName::as_str);
        let fields = [
            ("name", self.name.as_str() == made.name),
            ("object_type", self.object_type.as_str() == made.object_type),
            ("object_name", self.object_name.as_str() == made.object_name),
            ("version", version == made.version.as_deref()),
        ];
        let fixed = fields.iter().find(|(_, same)| !same);
        fixed
            .map(|(field, _)| (*field).to_owned())
            .or_else(|| self.changeable().difference(made))
    }

    /// The webhook that it makes, without what only the platform decides: id and dates are empty.
    /// Protected values aren't in it.
    pub fn into_webhook(self) -> Webhook {
        let headers = self.headers.unwrap_or_default();
        Webhook {
            id: String::new(),
            name: self.name.into(),
            object_type: self.object_type.to_string(),
            object_name: self.object_name.into(),
            version: self.version.map(String::from),
            url: self.url.into(),
            headers: headers.into_iter().map(Header::from).collect(),
            event: self.event.to_string(),
            creation_date: None,
            last_updated: None,
            description: self.description.map(String::from).unwrap_or_default(),
            labels: self.labels.unwrap_or_default(),
            timeout: self.timeout.unwrap_or(Timeout::DEFAULT).seconds().into(),
            enabled: self.enabled.unwrap_or(true),
            retry: self.retry.unwrap_or(false),
            include_result: self.include_result.unwrap_or(false),
        }
    }

    /// What it watches.
    pub fn target(&self) -> Target {
        Target {
            object_type: self.object_type,
            object_name: self.object_name.clone(),
            version: self.version.clone(),
        }
    }

    /// The fields that have a default.
    pub fn options(&self) -> Options {
        Options {
            description: self.description.clone(),
            timeout: self.timeout,
            enabled: self.enabled,
            retry: self.retry,
            include_result: self.include_result,
        }
    }

    /// All that an update could set, as an update that sets it.
    pub fn changeable(&self) -> WebhookPatch {
        WebhookPatch {
            url: Some(self.url.clone()),
            event: Some(self.event),
            headers: self.headers.clone(),
            labels: self.labels.clone(),
            ..self.options().into()
        }
    }
}

impl From<Options> for WebhookPatch {
    fn from(options: Options) -> Self {
        Self {
            description: options.description,
            timeout: options.timeout,
            enabled: options.enabled,
            retry: options.retry,
            include_result: options.include_result,
            ..Self::default()
        }
    }
}

/// What an update sends: only the fields that are there change (reference, 2.3). A null counts as
/// absent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookPatch {
    /// A new name; the webhook's path changes with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<WebhookName>,
    /// A new URL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<CallbackUrl>,
    /// Another event of the same object type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<Event>,
    /// The whole list of headers: what isn't in it is removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub headers: Option<Vec<NewHeader>>,
    /// A new description; empty clears it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<Description>,
    /// The whole set of labels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub labels: Option<Labels>,
    /// A new timeout.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Timeout>,
    /// On or off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// Whether a failed call is made again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry: Option<bool>,
    /// Whether the payload has the request's result.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub include_result: Option<bool>,
}

impl WebhookPatch {
    /// What errors don't repeat of it.
    pub fn private(&self) -> Private {
        Private::of(self.url.as_ref(), self.headers.as_deref())
    }

    /// Whether nothing would change.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Without the fields that `current` has already. Protected values given anew can't be
    /// compared, and stay.
    #[must_use]
    pub fn without_what_is_so(self, current: &Webhook) -> Self {
        Self {
            name: self.name.filter(|name| name.as_str() != current.name),
            url: self.url.filter(|url| url.as_str() != current.url),
            event: self.event.filter(|event| event.as_str() != current.event),
            headers: self
                .headers
                .filter(|headers| !header::same(&current.headers, headers)),
            description: self
                .description
                .filter(|text| text.as_str() != current.description),
            labels: self.labels.filter(|labels| *labels != current.labels),
            timeout: self
                .timeout
                .filter(|timeout| u32::from(timeout.seconds()) != current.timeout),
            enabled: self.enabled.filter(|enabled| *enabled != current.enabled),
            retry: self.retry.filter(|retry| *retry != current.retry),
            include_result: self
                .include_result
                .filter(|include| *include != current.include_result),
        }
    }

    /// The field, or header, that `current` doesn't have as this update sent it, if any.
    pub fn difference(&self, current: &Webhook) -> Option<String> {
        let headers = self
            .headers
            .as_ref()
            .and_then(|sent| header::differing(&current.headers, sent));
        if let Some(name) = headers {
            return Some(format!("header `{name}`"));
        }
        let rest = Self {
            headers: None,
            ..self.clone()
        }
        .without_what_is_so(current);
        let rest = serde_json::to_value(rest).expect("text, numbers and maps of text serialise");
        rest.as_object()?.keys().next().cloned()
    }
}

/// A webhook as the platform shows it. Read leniently: an unknown event or object type is kept,
/// and what a newer platform adds is ignored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhook {
    /// Stays when the name changes.
    #[serde(deserialize_with = "lenient::text")]
    pub id: String,
    /// Unique in the project.
    pub name: String,
    /// `deployment` or `pipeline`.
    pub object_type: String,
    pub object_name: String,
    /// Null when it follows the default version.
    #[serde(default)]
    pub version: Option<String>,
    /// Where events are sent. Serialising it hides credentials in it.
    #[serde(serialize_with = "without_userinfo")]
    pub url: String,
    /// Headers; protected ones without their value.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub headers: Vec<Header>,
    /// The event's full name.
    pub event: String,
    /// When it was made.
    #[serde(default)]
    pub creation_date: Option<String>,
    /// When it was last changed.
    #[serde(default)]
    pub last_updated: Option<String>,
    /// Empty when there is none.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub description: String,
    /// Empty when there are none.
    #[serde(default, deserialize_with = "lenient::texts")]
    pub labels: Labels,
    /// Seconds.
    #[serde(default = "default_timeout", deserialize_with = "timeout")]
    pub timeout: u32,
    /// Whether events are sent.
    #[serde(default = "yes", deserialize_with = "enabled")]
    pub enabled: bool,
    /// Whether a failed call is made again.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub retry: bool,
    /// Whether the payload has the request's result.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub include_result: bool,
}

impl Webhook {
    /// Without the values of headers that were sent as protected, whatever the platform makes of
    /// them in its answer.
    #[must_use]
    pub fn hiding(mut self, sent: Option<&[NewHeader]>) -> Self {
        let sent = sent.unwrap_or_default();
        let is_secret = |new: &NewHeader, key: &str| new.content.is_protected() && new.key.is(key);
        for header in &mut self.headers {
            if sent.iter().any(|new| is_secret(new, &header.key)) {
                header.value = None;
            }
        }
        self
    }

    /// What it watches, in words.
    pub fn target(&self) -> String {
        target::describe(
            &self.object_type,
            &self.object_name,
            self.version.as_deref(),
        )
    }

    /// The same, as one would ask for it; nothing where its object's type isn't known here.
    pub fn watched(&self) -> Option<Target> {
        Some(Target {
            object_type: self.object_type.parse().ok()?,
            object_name: self.object_name.parse().ok()?,
            version: self.version.as_deref().map(str::parse).transpose().ok()?,
        })
    }

    /// Its fields that have a default, as far as they can be sent again.
    pub fn options(&self) -> Options {
        let timeout = u16::try_from(self.timeout).ok();
        Options {
            description: self.description.clone().try_into().ok(),
            timeout: timeout.and_then(|seconds| seconds.try_into().ok()),
            enabled: Some(self.enabled),
            retry: Some(self.retry),
            include_result: Some(self.include_result),
        }
    }

    /// What its protected values are bound to; nothing where its URL isn't one.
    pub fn origin(&self) -> Option<Origin> {
        Origin::of(&self.url)
    }

    /// What errors don't repeat of it.
    pub fn private(&self) -> Private {
        let values = self
            .headers
            .iter()
            .filter_map(|header| header.value.as_deref());
        Private::new(Some(&self.url), values)
    }

    /// The names of its protected headers, as the platform writes them.
    pub fn protected_headers(&self) -> impl Iterator<Item = &str> {
        let protected = self.headers.iter().filter(|header| header.protected);
        protected.map(|header| header.key.as_str())
    }
}

fn without_userinfo<S: Serializer>(url: &str, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&masked_userinfo(url))
}

fn timeout<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    Ok(lenient::seconds(deserializer)?.unwrap_or_else(default_timeout))
}

fn enabled<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_else(yes))
}

fn default_timeout() -> u32 {
    Timeout::DEFAULT.seconds().into()
}

fn yes() -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn webhook() -> Webhook {
        let text = r#"{"id":"1","name":"w","object_type":"pipeline","object_name":"p","url":"https://a.example/x",
            "event":"pipeline_request_failed","headers":[{"key":"A","value":"1","protected":false}],"labels":null,
            "new_in_v3": true}"#;
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn an_older_or_newer_answer_reads() {
        let webhook = webhook();
        assert_eq!((webhook.timeout, webhook.enabled), (10, true));
        assert!(webhook.labels.is_empty());
    }

    #[test]
    fn nulls_and_numbers_where_texts_belong_read() {
        let text = r#"{"id":17,"name":"w","object_type":"pipeline","object_name":"p","url":"u",
            "event":"e","headers":null,"description":null,"labels":{"a":1,"b":null,"c":true,"d":"x"},
            "timeout":"20","enabled":null,"retry":null,"include_result":null}"#;
        let webhook: Webhook = serde_json::from_str(text).unwrap();
        assert_eq!((webhook.id.as_str(), webhook.timeout), ("17", 20));
        assert!(webhook.enabled && !webhook.retry && !webhook.include_result);
        let labels: Vec<_> = webhook.labels.values().map(String::as_str).collect();
        assert_eq!(labels, ["1", "", "true", "x"]);
        let null = text.replace("\"20\"", "null");
        let webhook: Webhook = serde_json::from_str(&null).unwrap();
        assert_eq!(webhook.timeout, 10);
        for odd in ["-1", "1.5", "\"soon\"", "[]", "true"] {
            let odd = text.replace("\"20\"", odd);
            assert!(serde_json::from_str::<Webhook>(&odd).is_err(), "{odd}");
        }
    }

    #[test]
    fn what_is_so_already_is_not_sent() {
        let patch = WebhookPatch {
            timeout: Some(Timeout::DEFAULT),
            enabled: Some(false),
            headers: Some(header::merge(&webhook().headers, &[]).unwrap()),
            ..WebhookPatch::default()
        };
        let patch = patch.without_what_is_so(&webhook());
        assert_eq!(
            serde_json::to_string(&patch).unwrap(),
            r#"{"enabled":false}"#
        );
        assert_eq!(patch.difference(&webhook()).as_deref(), Some("enabled"));
    }
}
