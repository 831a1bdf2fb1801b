//! Filters of a list of webhooks, for verbs that work on all of a project or on some.

use clap::Arg;

use super::near;
use crate::{
    api::{Project, webhooks::Filter},
    args::{Concealed, header::conceal, target::ObjectArgs},
    model::{
        event::{EventName, ObjectType},
        labels::{self, Label},
        target::{self, TRAINING_DEPLOYMENT},
        text::is_like,
        webhook::Webhook,
    },
};

/// Filters as typed. A webhook has to match all of them.
#[derive(Debug, Clone, clap::Args)]
#[command(mut_args(described))]
pub(super) struct FilterArgs {
    #[command(flatten)]
    object: ObjectArgs,

    /// Only webhooks of deployments, or of pipelines
    #[arg(long, value_name = "TYPE")]
    object_type: Option<ObjectType>,

    /// Only webhooks for this event
    ///
    /// One of started, completed, failed, finished, or a full name such as
    /// pipeline_request_failed.
    #[arg(short, long, value_name = "EVENT")]
    event: Option<EventName>,

    /// Only webhooks with this label; repeatable
    ///
    /// With several labels, webhooks that have any of them, as on the platform.
    #[arg(short, long, value_name = "KEY=VALUE")]
    label: Vec<Label>,

    /// Only webhooks with this text in their name
    ///
    /// With * or ? in it, the whole name must match, as in a shell.
    #[arg(id = "name_text", long = "name", value_name = "TEXT")]
    name: Option<String>,

    /// Only webhooks with this text in their URL
    ///
    /// With * or ? in it, the whole URL must match, as in a shell.
    #[arg(long, value_name = "TEXT", value_parser = conceal)]
    url: Option<Concealed>,

    /// Only enabled webhooks
    ///
    /// With --enabled=false, only disabled ones.
    #[arg(long, value_name = "BOOL", hide_possible_values = true, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    enabled: Option<bool>,
}

/// The object's arguments watch and call nothing here.
fn described(arg: Arg) -> Arg {
    match arg.get_id().as_str() {
        "deployment" => arg.help("Only webhooks of this deployment"),
        "pipeline" => arg.help("Only webhooks of this pipeline"),
        "experiment" => {
            let help = "Only webhooks of this training experiment";
            let more = "An experiment is a version of the deployment training-base-deployment.";
            arg.help(help).long_help(format!("{help}\n\n{more}"))
        }
        _ => arg,
    }
}

impl FilterArgs {
    /// The filters that the platform supports.
    pub(super) fn filter(&self) -> Filter {
        let object_type = self.object_type.or(self.object.object_type());
        let event = match (self.event, object_type) {
            (Some(EventName::Full(event)), _) => Some(event),
            (Some(EventName::Short(phase)), Some(object_type)) => {
                EventName::Short(phase).of(object_type).ok()
            }
            _ => None,
        };
        Filter {
            object_type,
            event,
            labels: labels::filter(&self.label),
        }
    }

    /// A warning, if the object in the filter doesn't exist.
    pub(super) async fn no_object(&self, project: &Project) -> Option<String> {
        near::no_object(project, &self.object.target()?).await
    }

    /// Whether any filter is given.
    pub(super) fn is_narrowed(&self) -> bool {
        let has_object = self.object.object_type().is_some() || self.object_type.is_some();
        let has_text = self.name.is_some() || self.url.is_some();
        has_object
            || has_text
            || self.event.is_some()
            || !self.label.is_empty()
            || self.enabled.is_some()
    }

    /// The filters that the platform doesn't support (reference, 2.4), and labels that its form
    /// can't express: then none of them is in the call, and any of them counts, as on the platform.
    pub(super) fn lets_through(&self, sent: &Filter, webhook: &Webhook) -> bool {
        let has = |label: &Label| webhook.labels.get(&label.key) == Some(&label.value);
        let labels = self.label.is_empty() || sent.labels.is_some() || self.label.iter().any(has);
        let named = |object_type: ObjectType, name: &str| {
            webhook.object_type == object_type.as_str() && webhook.object_name == name
        };
        let ObjectArgs {
            deployment,
            pipeline,
            experiment,
        } = &self.object;
        let object = match (deployment, pipeline, experiment) {
            (Some(name), ..) => named(ObjectType::Deployment, name.as_str()),
            (_, Some(name), _) => named(ObjectType::Pipeline, name.as_str()),
            (_, _, Some(experiment)) => {
                let version = webhook.version.as_deref();
                let is = target::experiment_of(&webhook.object_type, TRAINING_DEPLOYMENT, version);
                named(ObjectType::Deployment, TRAINING_DEPLOYMENT)
                    && is == Some(experiment.as_str())
            }
            _ => true,
        };
        let like = |text: Option<&str>, own: &str| text.is_none_or(|text| is_like(own, text));
        labels
            && object
            && like(self.name.as_deref(), &webhook.name)
            && like(self.url.as_ref().map(Concealed::as_str), &webhook.url)
            && self.event.is_none_or(|event| event.matches(&webhook.event))
            && self
                .enabled
                .is_none_or(|enabled| webhook.enabled == enabled)
    }
}
