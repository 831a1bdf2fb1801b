//! The webhook: as created, as changed, as read.

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

/// The body of a create. Omitted fields get the platform's defaults (reference, 2.2).
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
    /// Shown to people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<Description>,
    /// Labels to find it by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub labels: Option<Labels>,
    /// How long to wait for the callback; the default is 10 s.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Timeout>,
    /// Whether events are sent at all; the default is true.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// Whether a failed call is retried; the default is false.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry: Option<bool>,
    /// Whether the payload includes the request's result; the default is false.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub include_result: Option<bool>,
}

impl NewWebhook {
    /// Checks the rules across fields.
    pub fn check(&self) -> Result<(), Invalid> {
        self.event.fits(self.object_type)?;
        check_unique(self.headers.iter().flatten().map(|header| &header.key))
    }

    /// What errors must not repeat.
    pub fn private(&self) -> Private {
        Private::of(Some(&self.url), self.headers.as_deref())
    }

    /// The first field in which a webhook on the platform differs from this create, if any. Only
    /// fields that were sent count, and protected values can't be compared.
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

    /// The webhook that results, without what only the platform decides: id and dates are empty. It
    /// contains no protected values.
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

    /// Everything that an update can set, as an update that sets it.
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

/// The body of an update: only fields that are present change (reference, 2.3). Null counts as
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
    /// The whole list of headers: any that are missing are removed.
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
    /// Whether a failed call is retried.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry: Option<bool>,
    /// Whether the payload includes the request's result.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub include_result: Option<bool>,
}

impl WebhookPatch {
    /// What errors must not repeat.
    pub fn private(&self) -> Private {
        Private::of(self.url.as_ref(), self.headers.as_deref())
    }

    /// Makes the changes. Protected headers lose their value, as in what the platform shows.
    pub fn apply(self, webhook: &mut Webhook) {
        fn set<T>(field: &mut T, new: Option<impl Into<T>>) {
            if let Some(new) = new {
                *field = new.into();
            }
        }
        set(&mut webhook.name, self.name);
        set(&mut webhook.url, self.url);
        set(&mut webhook.event, self.event);
        if let Some(headers) = self.headers {
            webhook.headers = headers.into_iter().map(Header::from).collect();
        }
        set(&mut webhook.description, self.description);
        set(&mut webhook.labels, self.labels);
        set(&mut webhook.timeout, self.timeout.map(Timeout::seconds));
        set(&mut webhook.enabled, self.enabled);
        set(&mut webhook.retry, self.retry);
        set(&mut webhook.include_result, self.include_result);
    }

    /// Whether it changes nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Without the fields that are the same in `current`. New protected values can't be compared, so
    /// they stay.
    #[must_use]
    pub fn without_unchanged_fields(self, current: &Webhook) -> Self {
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

    /// Whether `current` has the headers that this update sent, if it sent any.
    pub fn has_its_headers(&self, current: &Webhook) -> bool {
        self.differing_header(current).is_none()
    }

    fn differing_header(&self, current: &Webhook) -> Option<String> {
        let sent = self.headers.as_ref()?;
        let name = header::differing(&current.headers, sent)?;
        Some(format!("header `{name}`"))
    }

    /// The first field or header in which `current` differs from what this update sent, if any.
    pub fn difference(&self, current: &Webhook) -> Option<String> {
        if let Some(header) = self.differing_header(current) {
            return Some(header);
        }
        let rest = Self {
            headers: None,
            ..self.clone()
        }
        .without_unchanged_fields(current);
        let rest = serde_json::to_value(rest).expect("text, numbers and maps of text serialize");
        rest.as_object()?.keys().next().cloned()
    }
}

/// A webhook as the platform shows it. Read leniently: an unknown event or object type is kept, and
/// fields that a newer platform adds are ignored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhook {
    /// Stays the same when the name changes.
    #[serde(deserialize_with = "lenient::text")]
    pub id: String,
    /// Unique in the project.
    pub name: String,
    /// `deployment` or `pipeline`.
    pub object_type: String,
    pub object_name: String,
    /// Null if it follows the default version.
    #[serde(default)]
    pub version: Option<String>,
    /// Where events are sent. Serializing it hides credentials in it.
    #[serde(serialize_with = "without_userinfo")]
    pub url: String,
    /// Headers; protected ones without their value.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub headers: Vec<Header>,
    /// The event's full name.
    pub event: String,
    /// When it was created.
    #[serde(default)]
    pub creation_date: Option<String>,
    /// When it was last changed.
    #[serde(default)]
    pub last_updated: Option<String>,
    /// May be empty.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub description: String,
    /// May be empty.
    #[serde(default, deserialize_with = "lenient::texts")]
    pub labels: Labels,
    /// Seconds.
    #[serde(default = "default_timeout", deserialize_with = "timeout")]
    pub timeout: u32,
    /// Whether events are sent.
    #[serde(default = "yes", deserialize_with = "enabled")]
    pub enabled: bool,
    /// Whether a failed call is retried.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub retry: bool,
    /// Whether the payload includes the request's result.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub include_result: bool,
}

impl Webhook {
    /// Without the values of headers that were sent as protected, even if the platform echoes them
    /// as plain.
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

    /// Its target, if the type of its object is known.
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

    /// The origin that its protected values are bound to; `None` if its URL is invalid.
    pub fn origin(&self) -> Option<Origin> {
        Origin::of(&self.url)
    }

    /// What errors must not repeat.
    pub fn private(&self) -> Private {
        let values = self
            .headers
            .iter()
            .filter_map(|header| header.value.as_deref());
        Private::new(Some(&self.url), values)
    }

    /// The names of its protected headers, as the platform spells them.
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
    fn an_unchanged_field_is_not_sent() {
        let patch = WebhookPatch {
            timeout: Some(Timeout::DEFAULT),
            enabled: Some(false),
            headers: Some(header::merge(&webhook().headers, &[]).unwrap()),
            ..WebhookPatch::default()
        };
        let patch = patch.without_unchanged_fields(&webhook());
        assert_eq!(
            serde_json::to_string(&patch).unwrap(),
            r#"{"enabled":false}"#
        );
        assert_eq!(patch.difference(&webhook()).as_deref(), Some("enabled"));
    }
}
