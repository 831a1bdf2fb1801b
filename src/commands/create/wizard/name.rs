//! Prompts for the webhook's name, which must be unused in the project.

use anyhow::Context as _;

use super::{Taken, line::Line};
use crate::{
    api::{Project, webhooks::Filter},
    commands::{context::Context, sender},
    model::{
        event::{EventName, Phase},
        name::{MAX_CHARS, WebhookName},
        target::Target,
    },
};

/// Prompts for a name, and suggests one that describes the webhook.
pub(super) async fn ask(
    cx: &Context,
    project: &Project,
    target: &Target,
    event: EventName,
    taken: Taken,
    line: &mut Line,
) -> anyhow::Result<WebhookName> {
    let waiting = cx.output.progress("reading existing names", None);
    let webhooks = project.webhooks(&Filter::default()).await;
    drop(waiting);
    let webhooks = webhooks.context("could not read existing names")?;
    let names: Vec<String> = webhooks.into_iter().map(|webhook| webhook.name).collect();
    let suggested = suggestion(target, event, &names);
    let check = move |text: &str| {
        let name: WebhookName = text
            .parse()
            .map_err(|invalid: crate::model::invalid::Invalid| invalid.rule)?;
        if taken == Taken::Refuse && names.iter().any(|other| other == name.as_str()) {
            return Err("a webhook with that name already exists".to_owned());
        }
        Ok(())
    };
    let typed = cx
        .prompt
        .line("Name of the webhook", Some(suggested), Box::new(check))
        .await?;
    line.name(&typed);
    Ok(typed.parse()?)
}

/// Refuses a given name that is taken before the first prompt rather than after the last.
pub(super) async fn refuse_taken(
    project: &Project,
    given: Option<&WebhookName>,
    taken: Taken,
) -> anyhow::Result<()> {
    let Some(name) = given.filter(|_| taken == Taken::Refuse) else {
        return Ok(());
    };
    match project.webhook(name.as_str()).await {
        Ok(_) => Err(
            anyhow::Error::new(sender::taken().with_hint(sender::IF_EXISTS))
                .context(format!("could not create webhook `{name}`")),
        ),
        Err(error) if error.is_not_found() => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// A name made of object and event: `orders-failed`, or `orders-failed-2` if that is taken.
fn suggestion(target: &Target, event: EventName, names: &[String]) -> String {
    let object = match &target.version {
        Some(version) if Target::experiment(version.clone()) == *target => version.as_str(),
        _ => target.object_name.as_str(),
    };
    let phase: Phase = match event {
        EventName::Short(phase) => phase,
        EventName::Full(event) => event.phase,
    };
    let of_number = |number: usize| {
        let end = match number {
            1 => format!("-{phase}"),
            number => format!("-{phase}-{number}"),
        };
        let room = MAX_CHARS - end.chars().count();
        object.chars().take(room).collect::<String>() + &end
    };
    let free = |name: &String| !names.contains(name);
    (1..=names.len() + 1)
        .map(of_number)
        .find(free)
        .expect("more numbers than names")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::event::ObjectType;

    fn suggested(object: &str, version: Option<&str>, names: &[&str]) -> String {
        let target = Target {
            object_type: ObjectType::Deployment,
            object_name: object.parse().unwrap(),
            version: version.map(|version| version.parse().unwrap()),
        };
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        suggestion(&target, EventName::Short(Phase::Failed), &names)
    }

    #[test]
    fn a_suggestion_says_what_it_is_for_and_is_free_and_fits() {
        assert_eq!(suggested("orders", Some("v1"), &[]), "orders-failed");
        assert_eq!(
            suggested("orders", None, &["orders-failed", "orders-failed-2"]),
            "orders-failed-3"
        );
        assert_eq!(
            suggested("training-base-deployment", Some("e1"), &[]),
            "e1-failed"
        );
        assert_eq!(suggested(&"x".repeat(64), None, &[]).len(), 64);
    }
}
