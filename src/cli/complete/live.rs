//! Looks up names: with the settings of the environment and of the words typed, in one read or
//! two. Opens no keyring: whether it would ask to be unlocked can't be known before.

use std::{path::PathBuf, sync::Arc, time::Duration};

use super::line::Line;
use crate::{
    api::{Client, Options, Project, trace::Trace, webhooks::Filter},
    config::{self, Endpoint, Folders, Settings, UnknownProfile, env::Env, file, flags::Flags},
    mock::{self, Embedded},
    model::{
        event::{Event, ObjectType},
        scrub::Scrubber,
        store::StoreChoice,
        target::TRAINING_DEPLOYMENT,
        token::Token,
        webhook::Webhook,
    },
    secrets::{
        Deadlines, Host,
        custody::{self, Custody},
    },
};

/// What is wanted.
#[derive(Debug)]
pub(super) enum Wish {
    /// Webhooks.
    Webhooks,
    /// Deployments or pipelines that take requests.
    Objects(ObjectType),
    /// Versions of one of them.
    Versions(ObjectType, String),
    /// Experiments.
    Experiments,
    /// Projects that the token may see.
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

/// A name, and what is said of it.
type Found = Vec<(String, Option<String>)>;

/// Looks; none when anything is missing.
pub(super) fn look(wish: &Wish, line: &Line, env: &Env) -> Option<Found> {
    let profiles = match Folders::find(env).config_file() {
        Some(path) => file::load(&path).ok()?,
        None => file::Profiles::new(),
    };
    if let Wish::Profiles = wish {
        let name = |(name, profile): (String, file::Profile)| (name, profile.project);
        return Some(profiles.into_iter().map(name).collect());
    }
    let settings = config::resolve(&flags(line), env, &profiles, UnknownProfile::Refuse).ok()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .ok()?;
    // Dropped at the end, after the calls.
    let (_mock, client) = runtime.block_on(client(&settings))?;
    runtime.block_on(ask(wish, &client, &settings))
}

/// The flags that decide where to look and as whom.
fn flags(line: &Line) -> Flags {
    let text = |id: &str| line.last(id).map(str::to_owned);
    Flags {
        project: text("project"),
        host: text("host"),
        profile: text("profile"),
        mock: line.last("mock").is_some(),
        store: line.last("store").and_then(|store| store.parse().ok()),
        ca_cert: text("ca_cert").map(PathBuf::from),
        insecure_http: line.last("insecure_http").is_some(),
        ..Flags::default()
    }
}

async fn client(settings: &Settings) -> Option<(Option<Embedded>, Client)> {
    let connection = &settings.connection;
    let (embedded, host, token) = match &connection.endpoint {
        Endpoint::Mock => {
            let db = match &settings.mock_db {
                Some(path) => path.value.clone(),
                None => settings.folders.state().ok()?.join("mock.db"),
            };
            let embedded = Embedded::start(mock::Options::new(db));
            let embedded = embedded.ok()?;
            let (host, token) = (embedded.url().parse().ok()?, embedded.token().clone());
            (Some(embedded), host, token)
        }
        Endpoint::Platform(host) => {
            let token = match &connection.token {
                Some(token) => Token::parse(token.value.expose(), &Scrubber::default()).ok()?,
                None => kept_token(settings, &Host::platform(&host.value)).await?,
            };
            (None, host.value.clone(), token)
        }
    };
    let client = Client::new(Options {
        host,
        token,
        // Nobody waits any longer.
        timeout: Duration::from_secs(1),
        ca_cert: connection.ca_cert.as_ref().map(|path| path.value.as_path()),
        insecure_http: connection.insecure_http,
        scrubber: Scrubber::default(),
        trace: Trace::new(false, |_| {}),
    });
    Some((embedded, client.await.ok()?))
}

/// The token of the store `file`; any other store is left closed.
async fn kept_token(settings: &Settings, host: &Host) -> Option<Token> {
    if settings.store.value != StoreChoice::File {
        return None;
    }
    let state = settings.folders.state().ok()?;
    let custody = Custody::new(custody::Settings {
        choice: StoreChoice::File,
        files: Some(custody::Files::under(&state, None)),
        waits: Deadlines::UNATTENDED,
        scrubber: Scrubber::default(),
        note: Arc::new(|_| {}),
    });
    custody.token(host).await.ok()?
}

async fn ask(wish: &Wish, client: &Client, settings: &Settings) -> Option<Found> {
    if let Wish::Projects = wish {
        let projects = client.projects().await.ok()?;
        let named = |project: crate::model::objects::Project| (project.name, None);
        return Some(projects.into_iter().map(named).collect());
    }
    let connection = &settings.connection;
    let name = match (&connection.project, &connection.endpoint) {
        (Some(project), _) => project.value.clone(),
        (None, Endpoint::Mock) => mock::PROJECT.parse().ok()?,
        (None, Endpoint::Platform(_)) => return None,
    };
    let project = client.project(name);
    match wish {
        Wish::Projects | Wish::Profiles => None,
        Wish::Webhooks => {
            let webhooks = project.webhooks(&Filter::default()).await.ok()?;
            Some(webhooks.into_iter().map(described).collect())
        }
        Wish::Objects(object_type) => {
            let mut objects = project.objects(*object_type).await.ok()?;
            // A webhook on the others could never fire.
            objects.retain(crate::model::objects::Object::takes_requests);
            Some(
                objects
                    .into_iter()
                    .map(|object| (object.name, None))
                    .collect(),
            )
        }
        Wish::Versions(object_type, object) => versions(&project, *object_type, object).await,
        Wish::Experiments => versions(&project, ObjectType::Deployment, TRAINING_DEPLOYMENT).await,
        Wish::Headers(webhook) => {
            let webhook = project.webhook(webhook).await.ok()?;
            let headers = webhook.headers.into_iter();
            let kind = |protected| if protected { "protected" } else { "plain" };
            Some(
                headers
                    .map(|header| (header.key, Some(kind(header.protected).to_owned())))
                    .collect(),
            )
        }
        Wish::LabelKeys(webhook) => {
            let webhook = project.webhook(webhook).await.ok()?;
            let labels = webhook.labels.into_iter();
            Some(labels.map(|(key, value)| (key, Some(value))).collect())
        }
        Wish::Labels => {
            let webhooks = project.webhooks(&Filter::default()).await.ok()?;
            let labels = webhooks.into_iter().flat_map(|webhook| webhook.labels);
            let mut labels: Vec<_> = labels
                .map(|(key, value)| format!("{key}={value}"))
                .collect();
            labels.sort();
            labels.dedup();
            Some(labels.into_iter().map(|label| (label, None)).collect())
        }
    }
}

async fn versions(project: &Project, object_type: ObjectType, object: &str) -> Option<Found> {
    let versions = project.versions(object_type, object).await.ok()?;
    let named = |version: crate::model::objects::Version| {
        let help = version.default.then(|| "the default version".to_owned());
        (version.version, help)
    };
    Some(versions.into_iter().map(named).collect())
}

/// Never with its URL, which is the secret of Slack and its like.
fn described(webhook: Webhook) -> (String, Option<String>) {
    let event = match webhook.event.parse::<Event>() {
        Ok(event) => event.phase.as_str().to_owned(),
        Err(_) => webhook.event.clone(),
    };
    let help = format!("{event}, {}", webhook.target()).replace('`', "");
    (webhook.name, Some(help))
}
