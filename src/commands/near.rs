//! Suggestions for names that don't exist. They are looked up only after a 404, with at most two
//! reads; if a read fails, there is no suggestion.

use crate::{
    api::{self, Project, webhooks::Filter},
    model::{
        failure::{Concern, Explain, Failure, Kind},
        name::WebhookName,
        objects,
        shell::quote,
        target::{TRAINING_DEPLOYMENT, Target},
        text::nearest,
        webhook::Webhook,
    },
};

/// Where an object is named, which decides how a suggestion is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Named {
    ByFlags,
    InFile,
}

impl Named {
    /// A suggestion: the most similar known name, or a list of some.
    fn near(self, field: &str, name: &str, known: &[&str]) -> Option<String> {
        match (self, nearest(name, known.iter().copied())) {
            (Self::InFile, Some(near)) => Some(format!("did you mean `{field}: {near}`?")),
            (Self::InFile, None) => of_names(&format!("`{field}:`"), name, known),
            (Self::ByFlags, _) => of_names(&format!("--{field}"), name, known),
        }
    }
}

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
    let webhooks = match project.webhooks(&Filter::default()).await {
        Ok(webhooks) => webhooks,
        Err(missing) if missing.is_not_found() => return no_project(error, project).await,
        Err(_) => return error.into(),
    };
    let near = nearest(name, webhooks.iter().map(|webhook| webhook.name.as_str()));
    let hint = match near {
        Some(near) if command == "get" => format!("ubihook get {}", quote(near)),
        // Not the same command for another webhook: pasted, it would change that one, or deliver to
        // its receiver, without the user's other options.
        Some(near) if command != "delete" => {
            format!("did you mean {}?\nubihook list", quote(near))
        }
        _ => "ubihook list".to_owned(),
    };
    Failure::of(&error).with_hint(hint).into()
}

/// The error for a project that doesn't exist.
pub(super) async fn project(error: api::Error, project: &Project) -> anyhow::Error {
    if error.is_not_found() {
        no_project(error, project).await
    } else {
        error.into()
    }
}

/// The error for an object or a version that doesn't exist.
pub(super) async fn target(
    error: api::Error,
    project: &Project,
    target: &Target,
    named: Named,
) -> anyhow::Error {
    let (object_type, object) = (target.object_type, target.object_name.as_str());
    if !error.is_not_found() {
        return error.into();
    }
    let hint = match project.objects(object_type).await {
        Ok(objects) if objects.iter().any(|known| known.name == object) => {
            of_version(project, target, named).await
        }
        Ok(objects) => {
            let known: Vec<_> = objects.iter().map(|known| known.name.as_str()).collect();
            named.near(object_type.as_str(), object, &known)
        }
        Err(missing) if missing.is_not_found() => return no_project(error, project).await,
        Err(_) => None,
    };
    match hint {
        Some(hint) => Failure::of(&error).with_hint(hint).into(),
        None => error.into(),
    }
}

async fn of_version(project: &Project, target: &Target, named: Named) -> Option<String> {
    let (object, version) = (target.object_name.as_str(), target.version.as_ref()?);
    let versions = project.versions(target.object_type, object).await.ok()?;
    let versions: Vec<_> = versions
        .iter()
        .map(|known| known.version.as_str())
        .collect();
    let field = if object == TRAINING_DEPLOYMENT {
        "experiment"
    } else {
        "version"
    };
    named.near(field, version.as_str(), &versions)
}

/// The error where nothing of the project is found, with a suggestion if the project is what
/// doesn't exist.
async fn no_project(error: api::Error, project: &Project) -> anyhow::Error {
    let name = project.name().as_str();
    let Ok(projects) = project.client().projects().await else {
        return Failure::new(error.kind(), format!("project `{name}`: {error}"))
            .about(Concern::Project)
            .with_status(error.http_status())
            .into();
    };
    match absent(name, &projects) {
        Some(failure) => failure.with_status(error.http_status()).into(),
        None => error.into(),
    }
}

/// Why a project can't be used, if the token can list projects and this one is not among them.
pub(super) async fn absent_project(project: &Project) -> Option<Failure> {
    let projects = project.client().projects().await.ok()?;
    let is_known = !projects.is_empty();
    absent(project.name().as_str(), &projects).filter(|_| is_known)
}

fn absent(name: &str, projects: &[objects::Project]) -> Option<Failure> {
    let names: Vec<_> = projects.iter().map(|known| known.name.as_str()).collect();
    let message = format!("project `{name}` does not exist");
    (!names.contains(&name)).then(|| {
        Failure::new(Kind::NotFound, message)
            .about(Concern::Project)
            .hinted(of_names("--project", name, &names))
    })
}

/// A sentence about an object that doesn't exist, with a suggestion; none if it exists, or if that can't be read.
pub(super) async fn no_object(project: &Project, target: &Target) -> Option<String> {
    let (object_type, name) = (target.object_type, target.object_name.as_str());
    let experiment = target
        .version
        .as_ref()
        .filter(|_| name == TRAINING_DEPLOYMENT);
    let (flag, wanted, known): (_, _, Vec<String>) = if let Some(experiment) = experiment {
        let versions = project.versions(object_type, name).await.ok()?;
        let names = versions.into_iter().map(|known| known.version);
        ("experiment", experiment.as_str(), names.collect())
    } else {
        let objects = project.objects(object_type).await.ok()?;
        let names = objects.into_iter().map(|known| known.name);
        (object_type.as_str(), name, names.collect())
    };
    let known: Vec<_> = known.iter().map(String::as_str).collect();
    if known.contains(&wanted) {
        return None;
    }
    let sentence = format!("there is no {flag} `{wanted}`");
    let near = of_names(&format!("--{flag}"), wanted, &known);
    Some(near.map_or_else(|| sentence.clone(), |near| format!("{sentence}; {near}")))
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
