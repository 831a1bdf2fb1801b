//! Prompts for what to watch: the kind, an object of that kind on the platform, and its version.

use anyhow::Context as _;

use super::line::Line;
use crate::{
    api::Project,
    commands::context::Context,
    model::{
        event::{EventName, ObjectType},
        failure::{self, Failure},
        name::{ObjectName, VersionName},
        objects::{Object, Version},
        target::{TRAINING_DEPLOYMENT, Target},
    },
    prompt::Choice,
};

/// The kinds of objects that a webhook can watch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Deployment,
    Pipeline,
    Experiment,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Deployment, Self::Pipeline, Self::Experiment];

    fn word(self) -> &'static str {
        match self {
            Self::Deployment => "deployment",
            Self::Pipeline => "pipeline",
            Self::Experiment => "experiment",
        }
    }

    fn about(self) -> &'static str {
        match self {
            Self::Deployment => "requests to one model",
            Self::Pipeline => "requests to a chain of models",
            Self::Experiment => "training runs",
        }
    }

    fn object_type(self) -> ObjectType {
        match self {
            Self::Pipeline => ObjectType::Pipeline,
            Self::Deployment | Self::Experiment => ObjectType::Deployment,
        }
    }
}

/// Prompts until there is something to watch. If the event is given by its full name, offers only
/// the kinds that have it.
pub(super) async fn ask(
    cx: &Context,
    project: &Project,
    event: Option<EventName>,
    line: &mut Line,
) -> anyhow::Result<Target> {
    let mut kinds = Kind::ALL.to_vec();
    if let Some(event) = event {
        kinds.retain(|kind| event.of(kind.object_type()).is_ok());
    }
    while !kinds.is_empty() {
        let choices = kinds
            .iter()
            .map(|kind| Choice::new(kind.word(), kind.about()));
        let chosen = cx.prompt.choose("What to watch", choices.collect()).await?;
        let kind = kinds[chosen];
        let target = match kind {
            Kind::Experiment => experiment(cx, project, line).await?,
            kind => object(cx, project, kind, line).await?,
        };
        if let Some(target) = target {
            return Ok(target);
        }
        kinds.retain(|other| *other != kind);
    }
    let message = format!(
        "project `{}` has nothing that a webhook can watch",
        project.name()
    );
    Err(Failure::new(failure::Kind::NotFound, message).into())
}

async fn object(
    cx: &Context,
    project: &Project,
    kind: Kind,
    line: &mut Line,
) -> anyhow::Result<Option<Target>> {
    let (object_type, word) = (kind.object_type(), kind.word());
    let waiting = cx.output.progress(&format!("looking for {word}s"), None);
    let found = project.objects(object_type).await;
    drop(waiting);
    let mut objects = found.with_context(|| format!("could not look for {word}s"))?;
    // This deployment represents the experiments, which are a separate choice.
    objects.retain(|object| object.name != TRAINING_DEPLOYMENT);
    let all = objects.len();
    objects.retain(Object::takes_requests);
    if let Some(note) = left_out(word, all, objects.len(), project) {
        cx.output.note(&note);
    }
    if objects.is_empty() {
        return Ok(None);
    }
    objects.sort_by(|a, b| a.name.cmp(&b.name));
    let about = |object: &Object| object.description.clone().unwrap_or_default();
    let choices = objects
        .iter()
        .map(|object| Choice::new(&object.name, about(object)));
    let question = format!("Which {word}");
    let chosen = cx.prompt.choose(&question, choices.collect()).await?;
    let object_name: ObjectName = objects[chosen].name.parse()?;
    line.add(&format!("--{word}"), object_name.as_str());
    let version = version(cx, project, object_type, &object_name, line).await?;
    Ok(Some(Target {
        object_type,
        object_name,
        version,
    }))
}

/// A note about objects that are not offered.
fn left_out(word: &str, all: usize, offered: usize, project: &Project) -> Option<String> {
    match (all, all - offered) {
        (0, _) => Some(format!("project `{}` has no {word}s", project.name())),
        (_, 0) => None,
        (_, 1) => Some(format!("1 {word} accepts no requests and is not shown")),
        (_, out) => Some(format!(
            "{out} {word}s accept no requests and are not shown"
        )),
    }
}

/// The default version comes first: a webhook without a version follows it.
async fn version(
    cx: &Context,
    project: &Project,
    object_type: ObjectType,
    object: &ObjectName,
    line: &mut Line,
) -> anyhow::Result<Option<VersionName>> {
    let versions = versions(cx, project, object_type, object.as_str()).await?;
    let now = versions.iter().find(|version| version.default);
    let follows = match now {
        Some(now) => format!("currently {}; follows the default", now.version),
        None => "follows the default".to_owned(),
    };
    let pinned = versions
        .iter()
        .map(|version| Choice::new(&version.version, "this version only"));
    let choices = [Choice::new("default", follows)].into_iter().chain(pinned);
    let chosen = cx.prompt.choose("Which version", choices.collect()).await?;
    if chosen == 0 {
        return Ok(None);
    }
    let version: VersionName = versions[chosen - 1].version.parse()?;
    line.add("--version", version.as_str());
    Ok(Some(version))
}

async fn versions(
    cx: &Context,
    project: &Project,
    object_type: ObjectType,
    object: &str,
) -> anyhow::Result<Vec<Version>> {
    let _waiting = cx.output.progress("looking for versions", None);
    let found = project.versions(object_type, object).await;
    found.with_context(|| format!("could not look for the versions of `{object}`"))
}

async fn experiment(
    cx: &Context,
    project: &Project,
    line: &mut Line,
) -> anyhow::Result<Option<Target>> {
    let waiting = cx.output.progress("looking for experiments", None);
    let found = project
        .versions(ObjectType::Deployment, TRAINING_DEPLOYMENT)
        .await;
    drop(waiting);
    let experiments = match found {
        Ok(experiments) => experiments,
        // A project without training has no such deployment.
        Err(error) if error.is_not_found() => Vec::new(),
        Err(error) => return Err(error).context("could not look for experiments"),
    };
    if experiments.is_empty() {
        cx.output
            .note(&format!("project `{}` has no experiments", project.name()));
        return Ok(None);
    }
    let about = |version: &Version| version.description.clone().unwrap_or_default();
    let choices = experiments
        .iter()
        .map(|version| Choice::new(&version.version, about(version)));
    let chosen = cx
        .prompt
        .choose("Which experiment", choices.collect())
        .await?;
    let experiment: VersionName = experiments[chosen].version.parse()?;
    line.add("--experiment", experiment.as_str());
    Ok(Some(Target::experiment(experiment)))
}
