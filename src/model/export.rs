//! A webhook from the platform as the contents of a file: pure. `names.rs` names variables and
//! files.

mod names;

use std::borrow::Cow;

use serde::{Serialize, Serializer};

pub(crate) use self::names::{FileNames, Variables};
use crate::model::{
    event::Event,
    labels::{Labels, OWNER},
    target::experiment_of,
    timeout::Timeout,
    webhook::Webhook,
};

/// The keys of one webhook, in the order in which they are written. Nothing is checked: a file with
/// what the platform has may be refused when it is read.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Entry {
    #[serde(serialize_with = "as_written")]
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pipeline: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deployment: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    experiment: Option<String>,
    /// Only of an object that has no key of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    object_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    object_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    event: String,
    url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    headers: Option<Vec<EntryHeader>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    labels: Option<Labels>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timeout: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    enabled: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    include_result: Option<bool>,
}

#[derive(Debug, Clone, Serialize)]
struct EntryHeader {
    key: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    protected: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value_from: Option<String>,
}

/// Where the value of a protected header will come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Needed {
    pub webhook: String,
    pub header: String,
    /// The environment variable.
    pub variable: String,
}

/// A webhook as a file has it, with the variables of its protected values. Fields that have their
/// default value are written only with `with_defaults`; the owner's label never is.
pub(crate) fn entry(
    webhook: &Webhook,
    with_defaults: bool,
    variables: &mut Variables,
) -> (Entry, Vec<Needed>) {
    let (object_type, object_name) = (webhook.object_type.as_str(), webhook.object_name.as_str());
    let version = webhook.version.as_deref();
    let experiment = experiment_of(object_type, object_name, version);
    let object = |wanted: &str| {
        (experiment.is_none() && object_type == wanted).then(|| escaped(object_name))
    };
    let (pipeline, deployment) = (object("pipeline"), object("deployment"));
    let is_other = pipeline.is_none() && deployment.is_none() && experiment.is_none();
    let mut needed = Vec::new();
    let headers: Vec<_> = webhook
        .headers
        .iter()
        .map(|header| {
            let key = header.key.clone();
            if !header.protected {
                let value = header.value.as_deref().map(escaped);
                return EntryHeader {
                    key,
                    value,
                    protected: None,
                    value_from: None,
                };
            }
            let variable = variables.of(&webhook.name, &key);
            let value_from = Some(format!("env:{variable}"));
            needed.push(Needed {
                webhook: webhook.name.clone(),
                header: key.clone(),
                variable,
            });
            EntryHeader {
                key,
                value: None,
                protected: Some(true),
                value_from,
            }
        })
        .collect();
    let labels: Labels = webhook
        .labels
        .iter()
        .filter(|(key, _)| *key != OWNER)
        .map(|(key, value)| (escaped(key), escaped(value)))
        .collect();
    let entry = Entry {
        name: webhook.name.clone(),
        pipeline,
        deployment,
        object_type: is_other.then(|| escaped(object_type)),
        object_name: is_other.then(|| escaped(object_name)),
        version: version.filter(|_| experiment.is_none()).map(escaped),
        experiment: experiment.map(escaped),
        event: event(webhook),
        url: escaped(&webhook.url),
        headers: (with_defaults || !headers.is_empty()).then_some(headers),
        description: (with_defaults || !webhook.description.is_empty())
            .then(|| escaped(&webhook.description)),
        labels: (with_defaults || !labels.is_empty()).then_some(labels),
        timeout: (with_defaults || webhook.timeout != u32::from(Timeout::DEFAULT.seconds()))
            .then_some(webhook.timeout),
        enabled: (with_defaults || !webhook.enabled).then_some(webhook.enabled),
        retry: (with_defaults || webhook.retry).then_some(webhook.retry),
        include_result: (with_defaults || webhook.include_result).then_some(webhook.include_result),
    };
    (entry, needed)
}

/// The short name of an event that fits the object, else the name as it is.
fn event(webhook: &Webhook) -> String {
    match webhook.event.parse::<Event>() {
        Ok(event) if event.object_type.as_str() == webhook.object_type => event.phase.to_string(),
        _ => escaped(&webhook.event),
    }
}

/// A text in a file: `$${` is a literal `${`.
pub(crate) fn escaped(text: &str) -> String {
    text.replace("${", "$${")
}

fn as_written<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&escaped(text))
}

/// The webhooks of a file, and their owner.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Export<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<Cow<'a, str>>,
    pub webhooks: Vec<&'a Entry>,
}
