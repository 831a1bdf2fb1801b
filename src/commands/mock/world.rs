//! `mock reset -f FILE`: what a mock is to start with, as YAML or JSON. Unknown keys are refused.

use std::path::Path;

use serde::{Deserialize, Serialize, de::IgnoredAny};
use serde_json::Value;

use crate::{
    args::file::{Problem, parse_with, problem, read_with, words},
    mock::{StartObject, World},
    model::{
        event::{EventName, ObjectType},
        failure::Failure,
        invalid::Invalid,
        labels::Labels,
        name::VersionName,
        webhook::NewWebhook,
    },
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    deployments: Option<Vec<StartObject>>,
    pipelines: Option<Vec<StartObject>>,
    experiments: Option<Vec<VersionName>>,
    #[serde(default)]
    webhooks: Vec<WebhookFields>,
}

/// The API's fields; `event` may be the phase alone.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct WebhookFields {
    name: String,
    object_type: ObjectType,
    object_name: String,
    version: Option<String>,
    url: String,
    event: String,
    headers: Option<Vec<HeaderFields>>,
    description: Option<String>,
    labels: Option<Labels>,
    timeout: Option<Value>,
    enabled: Option<bool>,
    retry: Option<bool>,
    include_result: Option<bool>,
    // What the platform decides is taken and ignored, so that an answer can be given.
    #[serde(rename = "id", skip_serializing)]
    _id: Option<IgnoredAny>,
    #[serde(rename = "creation_date", skip_serializing)]
    _creation_date: Option<IgnoredAny>,
    #[serde(rename = "last_updated", skip_serializing)]
    _last_updated: Option<IgnoredAny>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct HeaderFields {
    key: String,
    value: Option<String>,
    protected: Option<bool>,
    #[serde(rename = "local", skip_serializing)]
    _local: Option<IgnoredAny>,
}

/// Reads a file, or stdin where it is called `-`.
pub(crate) async fn read(path: &Path) -> Result<World, Failure> {
    read_with(path, parse).await
}

/// Reads what stands in such a file; `shown` is what messages call it.
pub fn parse(shown: &str, bytes: Vec<u8>) -> Result<World, Failure> {
    parse_with(shown, bytes, start)
}

fn start(text: &str) -> Result<World, Problem> {
    let fields: Fields = serde_saphyr::from_str(text).map_err(|error| problem(&error))?;
    let world = World {
        deployments: fields.deployments,
        pipelines: fields.pipelines,
        experiments: fields.experiments,
        webhooks: fields
            .webhooks
            .into_iter()
            .map(webhook)
            .collect::<Result<_, _>>()?,
    };
    world.check()?;
    Ok(world)
}

fn webhook(mut fields: WebhookFields) -> Result<NewWebhook, Invalid> {
    let name = fields.name.clone();
    let wrong = |what: String| Invalid::new("webhooks", format!("`{name}`: {what}"));
    let event: EventName = fields
        .event
        .parse()
        .map_err(|e: Invalid| wrong(e.with_field()))?;
    let event = event
        .of(fields.object_type)
        .map_err(|e| wrong(e.with_field()))?;
    fields.event = event.to_string();
    let value = serde_json::to_value(&fields).expect("text, numbers and maps serialise");
    // Only the rules of the API can be broken now, whose words repeat no value.
    let new: NewWebhook = serde_path_to_error::deserialize(value)
        .map_err(|error| wrong(format!("{}: {}", error.path(), words(error.inner()))))?;
    new.check().map_err(|e| wrong(e.with_field()))?;
    new.check_unmasked().map_err(|e| wrong(e.with_field()))?;
    Ok(new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_world_reads_and_a_misspelt_key_is_named() {
        let text = "deployments:\n- {name: d, versions: [v1, v2], default_version: v2}\n\
            experiments: [e1]\nwebhooks:\n\
            - {name: w, object_type: deployment, object_name: d, url: 'http://a/', event: failed}\n";
        let world = start(text).map_err(|problem| problem.text).unwrap();
        assert_eq!(
            world.webhooks[0].event.as_str(),
            "deployment_request_failed"
        );
        assert!(world.pipelines.is_none() && world.experiments.unwrap().len() == 1);
        for (text, said) in [
            (
                "deploymnets: []",
                "unknown key `deploymnets`; did you mean `deployments`?",
            ),
            (
                "pipelines:\n- {nam: p}",
                "unknown key `nam`; did you mean `name`?",
            ),
            (
                "pipelines:\n- {name: p, versions: [a], default_version: b}",
                "default_version: `b` is not one of the versions of `p`",
            ),
            (
                "webhooks:\n- {name: w, object_type: pipeline, object_name: p, event: failed, url: x}",
                "webhooks: `w`: url: must be an absolute http or https URL with a host",
            ),
            ("experiments: [a, b, a]", "experiments: `a` is listed twice"),
        ] {
            assert_eq!(
                start(text).map_err(|problem| problem.text).unwrap_err(),
                said
            );
        }
    }
}
