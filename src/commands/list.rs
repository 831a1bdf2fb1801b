//! `list`: lists the webhooks of a project, optionally filtered.

use crate::{
    api::{answer::odd::Odd, webhooks::Filter},
    args::{Concealed, header::conceal, target::ObjectArgs},
    commands::{
        context::Context,
        near,
        verb::{Example, Run},
    },
    model::{
        event::{EventName, ObjectType},
        labels::{self, Label},
        target::{self, TRAINING_DEPLOYMENT},
        text::{counted, is_like},
        webhook::Webhook,
    },
};

/// List webhooks
///
/// Lists all webhooks of the project, or only those that match every option given.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Args {
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
    #[arg(long, value_name = "TEXT")]
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

impl Args {
    /// The filters that the platform supports.
    fn filter(&self) -> Filter {
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

    fn is_narrowed(&self) -> bool {
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
    fn lets_through(&self, sent: &Filter, webhook: &Webhook) -> bool {
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

/// The maximum number of malformed webhooks that are named.
const NAMED: usize = 10;

/// Warns about webhooks that the list omits.
fn warn_of_odd(cx: &Context, odd: &[Odd]) {
    for Odd { name, field } in odd.iter().take(NAMED) {
        cx.output.warn(&format!(
            "webhook `{name}` is omitted: its `{field}` doesn't match the API's documentation"
        ));
    }
    if odd.len() > NAMED {
        let more = counted((odd.len() - NAMED) as u64, "more webhook");
        cx.output
            .warn(&format!("{more} omitted for the same reason"));
    }
}

impl Run for Args {
    const NAME: &'static str = "list";
    const ALIASES: &'static [&'static str] = &["ls"];
    const EXAMPLES: &'static [Example] = &[
        ("List all webhooks of the project", "ubihook list"),
        (
            "List webhooks for failures that have a label",
            "ubihook list --event failed --label team=blue",
        ),
        (
            "List webhooks that call a host",
            "ubihook list --url https://hooks.example.org/",
        ),
        (
            "Test each webhook of a pipeline in a loop",
            "ubihook list --pipeline pipeline-1 -o name | while read -r name; do\n    \
             ubihook test \"$name\"\ndone",
        ),
    ];

    async fn run(self, cx: &mut Context) -> anyhow::Result<()> {
        let filter = self.filter();
        let project = cx.project().await?;
        let shows = cx.shows().await?;
        let listed = match project.list(&filter).await {
            Ok(listed) => listed,
            Err(error) => return Err(near::project(error, &project).await),
        };
        let (mut list, mut odd) = (cx.output.list(), Vec::new());
        for webhook in listed {
            match webhook? {
                Ok(webhook) if self.lets_through(&filter, &webhook) => list.push(shows(webhook)),
                Ok(_) => {}
                Err(one) => odd.push(one),
            }
        }
        warn_of_odd(cx, &odd);
        let is_empty = list.is_empty() && odd.is_empty();
        if is_empty
            && let Some(target) = self.object.target()
            && let Some(sentence) = near::no_object(&project, &target).await
        {
            // For scripts too, whose list would be empty for ever.
            cx.output.warn(&sentence);
        } else if is_empty && cx.output.is_watched() {
            let matching = if self.is_narrowed() { "matching " } else { "" };
            cx.output.note(&format!(
                "no {matching}webhooks in project `{}`",
                project.name()
            ));
        }
        Ok(cx.output.show_list(list)?)
    }
}
