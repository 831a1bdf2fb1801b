//! Suggestions for names that don't exist. They are looked up only after a 404, with at most two
//! reads; if a read fails, there is no suggestion.

use crate::{
    api::{self, Project, webhooks::Filter},
    model::{
        failure::Failure,
        name::WebhookName,
        shell::quote,
        target::{TRAINING_DEPLOYMENT, Target},
        text::nearest,
        webhook::Webhook,
    },
};

/// How many names are listed if none is similar.
const MANY: usize = 5;

/// The webhook with that name, for `command`.
pub(super) async fn webhook(
    project: &Project,
    name: &WebhookName,
    command: &str,
) -> anyhow::Result<Webhook> {
    match project.webhook(name.as_str()).await {
        Ok(webhook) => Ok(webhook),
        Err(error) => Err(no_webhook(error, project, name, command).await),
    }
}

/// Why `command` failed for a webhook; if it doesn't exist, with a suggestion.
pub(super) async fn no_webhook(
    error: api::Error,
    project: &Project,
    name: &WebhookName,
    command: &str,
) -> anyhow::Error {
    let error = if error.is_not_found() {
        instead_of(error, project, name.as_str(), command).await
    } else {
        error.into()
    };
    error.context(format!("could not {command} webhook `{name}`"))
}

async fn instead_of(
    error: api::Error,
    project: &Project,
    name: &str,
    command: &str,
) -> anyhow::Error {
    let hint = match project.webhooks(&Filter::default()).await {
        Ok(webhooks) => {
            let names = webhooks.iter().map(|webhook| webhook.name.as_str());
            match nearest(name, names) {
                Some(near) => Some(format!("ubihook {command} {}", quote(near))),
                None => Some("ubihook list".to_owned()),
            }
        }
        Err(error) if error.is_not_found() => of_project(project).await,
        Err(_) => None,
    };
    with(error, hint)
}

/// The error for a project that doesn't exist.
pub(super) async fn project(error: api::Error, project: &Project) -> anyhow::Error {
    if !error.is_not_found() {
        return error.into();
    }
    let hint = of_project(project).await;
    with(error, hint)
}

/// The error for an object or a version that doesn't exist.
pub(super) async fn target(error: api::Error, project: &Project, target: &Target) -> anyhow::Error {
    let (object_type, object) = (target.object_type, target.object_name.as_str());
    if !error.is_not_found() {
        return error.into();
    }
    let hint = match project.objects(object_type).await {
        Ok(objects) if objects.iter().any(|known| known.name == object) => {
            of_version(project, target).await
        }
        Ok(objects) => {
            let names: Vec<_> = objects.iter().map(|known| known.name.as_str()).collect();
            of_names(&format!("--{object_type}"), object, &names)
        }
        Err(error) if error.is_not_found() => of_project(project).await,
        Err(_) => None,
    };
    with(error, hint)
}

fn with(error: api::Error, hint: Option<String>) -> anyhow::Error {
    match hint {
        Some(hint) => Failure::of(&error).with_hint(hint).into(),
        None => error.into(),
    }
}

async fn of_version(project: &Project, target: &Target) -> Option<String> {
    let (object, version) = (target.object_name.as_str(), target.version.as_ref()?);
    let versions = project.versions(target.object_type, object).await.ok()?;
    let names: Vec<_> = versions
        .iter()
        .map(|known| known.version.as_str())
        .collect();
    let flag = if object == TRAINING_DEPLOYMENT {
        "--experiment"
    } else {
        "--version"
    };
    of_names(flag, version.as_str(), &names)
}

/// A suggestion for the project, if it doesn't exist.
async fn of_project(project: &Project) -> Option<String> {
    let projects = project.client().projects().await.ok()?;
    let names: Vec<_> = projects.iter().map(|known| known.name.as_str()).collect();
    let name = project.name().as_str();
    // If the project exists, something else is missing.
    (!names.contains(&name)).then(|| of_names("--project", name, &names))?
}

/// A suggestion: the most similar known name, or a list of some.
pub(super) fn of_names(flag: &str, name: &str, known: &[&str]) -> Option<String> {
    if known.is_empty() {
        return None;
    }
    if let Some(near) = nearest(name, known.iter().copied()) {
        return Some(format!("did you mean {flag} {}?", quote(near)));
    }
    let shown: Vec<_> = known.iter().take(MANY).map(|name| quote(name)).collect();
    let more = if known.len() > MANY { ", …" } else { "" };
    Some(format!(
        "known values of {flag}: {}{more}",
        shown.join(", ")
    ))
}
