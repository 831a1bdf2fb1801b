//! Looks up names in one or two reads, with the settings of the environment and of the typed words.
//! Opens no keyring, because it may show a dialog to unlock it.

use std::{collections::BTreeSet, io, path::PathBuf, time::Duration};

use super::line::Line;
use crate::{
    api::{Project, webhooks::Filter},
    cli::PROGRAM,
    commands::{context::Context, program::Environment},
    config::{
        self, Endpoint, Folders, Provenance, Setting, UnknownProfile, env::Env, file, flags::Flags,
    },
    model::{
        event::{Event, ObjectType},
        objects::{Object, Version},
        scrub::Scrubber,
        store::StoreChoice,
        target::TRAINING_DEPLOYMENT,
        webhook::Webhook,
    },
    output::Output,
    terminal::Terminal,
};

/// What to look up.
#[derive(Debug)]
pub(super) enum Query {
    /// Webhooks.
    Webhooks,
    /// Deployments or pipelines that accept requests.
    Objects(ObjectType),
    /// Versions of a deployment or pipeline.
    Versions(ObjectType, String),
    /// Experiments.
    Experiments,
    /// Projects that the token has access to.
    Projects,
    /// Profiles of the settings file.
    Profiles,
    /// Names of the headers of a webhook.
    Headers(String),
    /// Keys of the labels of a webhook.
    LabelKeys(String),
    /// Labels of all webhooks.
    Labels,
}

/// Names with their descriptions.
type Found = Vec<(String, Option<String>)>;

/// Looks names up; `None` if anything is missing.
pub(super) fn look(wish: &Query, line: &Line, env: &Env) -> Option<Found> {
    let profiles = match Folders::find(env).config_file() {
        Some(path) => file::load(&path).ok()?,
        None => file::Profiles::new(),
    };
    if let Query::Profiles = wish {
        let name = |(name, profile): (String, file::Profile)| (name, profile.project);
        return Some(profiles.into_iter().map(name).collect());
    }
    let flags = flags(line);
    let mut settings = config::resolve(&flags, env, &profiles, UnknownProfile::Refuse).ok()?;
    if let Some(db) = line.last("db") {
        settings.mock_db = Some(Setting {
            value: db.into(),
            from: Provenance::Flag("--db"),
        });
    }
    let connection = &mut settings.connection;
    // The shell doesn't wait any longer.
    connection.api_timeout = Duration::from_secs(1);
    let is_signed_in = connection.endpoint == Endpoint::Mock || connection.token.is_some();
    if !is_signed_in && settings.store.value != StoreChoice::File {
        return None;
    }
    let terminal = Terminal::default();
    let around = Environment {
        env: env.clone(),
        terminal,
        scrubber: Scrubber::default(),
        output: Output::on(Box::new(io::sink()), Box::new(io::sink()), terminal),
        is_process: false,
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .ok()?;
    let mut cx = Context::new(PROGRAM, around, settings, Vec::new());
    runtime.block_on(ask(wish, &mut cx)).ok()
}

/// The flags that decide where to look and which account to use.
fn flags(line: &Line) -> Flags {
    let text = |id: &str| line.last(id).map(str::to_owned);
    // These work on the mock's database, wherever the platform is.
    let of_mock = line.verb().starts_with("mock ");
    Flags {
        project: text("project"),
        host: text("host").filter(|_| !of_mock),
        profile: text("profile"),
        mock: of_mock || line.last("mock").is_some(),
        store: line.last("store").and_then(|store| store.parse().ok()),
        ca_cert: text("ca_cert").map(PathBuf::from),
        insecure_http: line.last("insecure_http").is_some(),
        ..Flags::default()
    }
}

async fn ask(wish: &Query, cx: &mut Context) -> anyhow::Result<Found> {
    if let Query::Projects = wish {
        let projects = cx.client().await?.projects().await?;
        return Ok(alone(projects.into_iter().map(|project| project.name)));
    }
    let project = cx.project().await?;
    Ok(match wish {
        Query::Projects | Query::Profiles => Found::new(),
        Query::Webhooks => {
            let webhooks = project.webhooks(&Filter::default()).await?;
            webhooks.into_iter().map(described).collect()
        }
        Query::Objects(object_type) => {
            let mut objects = project.objects(*object_type).await?;
            // A webhook for the others would never be triggered.
            objects.retain(Object::takes_requests);
            alone(objects.into_iter().map(|object| object.name))
        }
        Query::Versions(object_type, object) => versions(&project, *object_type, object).await?,
        Query::Experiments => {
            versions(&project, ObjectType::Deployment, TRAINING_DEPLOYMENT).await?
        }
        Query::Headers(webhook) => {
            let headers = project.webhook(webhook).await?.headers.into_iter();
            let kind = |protected| if protected { "protected" } else { "plain" };
            headers
                .map(|header| (header.key, Some(kind(header.protected).to_owned())))
                .collect()
        }
        Query::LabelKeys(webhook) => {
            let labels = project.webhook(webhook).await?.labels.into_iter();
            labels.map(|(key, value)| (key, Some(value))).collect()
        }
        Query::Labels => {
            let webhooks = project.webhooks(&Filter::default()).await?;
            let labels = webhooks.into_iter().flat_map(|webhook| webhook.labels);
            let labels = labels.map(|(key, value)| format!("{key}={value}"));
            alone(labels.collect::<BTreeSet<_>>())
        }
    })
}

fn alone(names: impl IntoIterator<Item = String>) -> Found {
    names.into_iter().map(|name| (name, None)).collect()
}

async fn versions(
    project: &Project,
    object_type: ObjectType,
    object: &str,
) -> anyhow::Result<Found> {
    let versions = project.versions(object_type, object).await?;
    let named = |version: Version| {
        let help = version.default.then(|| "the default version".to_owned());
        (version.version, help)
    };
    Ok(versions.into_iter().map(named).collect())
}

/// Never shows the URL, which is a secret for services such as Slack.
fn described(webhook: Webhook) -> (String, Option<String>) {
    let event = match webhook.event.parse::<Event>() {
        Ok(event) => event.phase.as_str().to_owned(),
        Err(_) => webhook.event.clone(),
    };
    let help = format!("{event}, {}", webhook.target()).replace('`', "");
    (webhook.name, Some(help))
}
