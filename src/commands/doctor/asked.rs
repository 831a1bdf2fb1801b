//! What the platform answers to the calls of the setup: the user, and the webhooks of the project.
//! Both are made at once, together with the trial of the keyring.

use std::time::{Duration, Instant};

use super::keyring;
use crate::{
    api::{self, Client, Project},
    commands::context::Context,
    config::{About, Endpoint},
    model::{checkup::Check, objects::User, plan::Present, token::Token},
    secrets::Site,
};

/// What was asked, as far as it could be.
pub(super) struct Asked {
    /// The client, or why there is none.
    pub(super) client: anyhow::Result<Client>,
    /// Whether the settings forbid any call: a wrong one may lead elsewhere.
    pub(super) is_forbidden: bool,
    /// The user, if the call was made.
    pub(super) user: Option<Result<User, api::Error>>,
    /// Without a token, whether the service answers.
    pub(super) service: Option<Result<(), api::Error>>,
    /// How long the first answer took.
    pub(super) took: Duration,
    /// The project, if one is specified.
    pub(super) project: Option<Project>,
    pub(super) site: Option<Site>,
    /// Its webhooks, if the call was made.
    pub(super) webhooks: Option<Result<Present, api::Error>>,
    /// What is wrong with the keyring.
    pub(super) keyring: Check,
}

impl Asked {
    pub(super) async fn ask(cx: &mut Context) -> Self {
        let leads_elsewhere = |about| matches!(about, About::File | About::Host | About::Token);
        let is_forbidden = cx
            .settings
            .faults
            .iter()
            .any(|fault| leads_elsewhere(fault.about));
        let (store, custody) = (cx.settings.store.value, cx.custody());
        let keyring = keyring::check(store, custody);
        if is_forbidden {
            return Self::nothing(anyhow::anyhow!("not asked"), true, keyring.await);
        }
        let client = match cx.client().await {
            Ok(client) => client,
            Err(error) => {
                let (service, keyring) = tokio::join!(service(cx, &error), keyring);
                return Self {
                    service,
                    ..Self::nothing(error, false, keyring)
                };
            }
        };
        let project = match cx.project_named() {
            Some(_) => cx.project().await.ok(),
            None => None,
        };
        let site = match &project {
            Some(_) => cx.site().await.ok(),
            None => None,
        };
        let begun = Instant::now();
        let user = async {
            let user = client.user().await;
            (user, begun.elapsed())
        };
        let webhooks = async {
            match &project {
                Some(project) => Some(project.present().await),
                None => None,
            }
        };
        let ((user, took), webhooks, keyring) = tokio::join!(user, webhooks, keyring);
        Self {
            client: Ok(client),
            is_forbidden: false,
            user: Some(user),
            service: None,
            took,
            project,
            site,
            webhooks,
            keyring,
        }
    }

    fn nothing(error: anyhow::Error, is_forbidden: bool, keyring: Check) -> Self {
        Self {
            client: Err(error),
            is_forbidden,
            user: None,
            service: None,
            took: Duration::ZERO,
            project: None,
            site: None,
            webhooks: None,
            keyring,
        }
    }

    /// What keeps a call from its answer, if anything: not a refusal by the platform.
    pub(super) fn trouble(&self) -> Option<&api::Error> {
        let user = self.user.as_ref().and_then(|user| user.as_ref().err());
        let service = self.service.as_ref().and_then(|it| it.as_ref().err());
        user.or(service)
            .filter(|error| !matches!(error, api::Error::Status { .. }))
    }

    /// Whether the platform has answered anything at all.
    pub(super) fn is_reached(&self) -> bool {
        self.trouble().is_none() && (self.user.is_some() || self.service.is_some())
    }
}

/// Without a token, the one call that needs none.
async fn service(cx: &mut Context, error: &anyhow::Error) -> Option<Result<(), api::Error>> {
    let is_of_client = error.downcast_ref::<api::Error>().is_some();
    if is_of_client || cx.settings.connection.endpoint == Endpoint::Mock {
        return None;
    }
    let none = Token::parse("ubihook-doctor-has-no-token", &cx.scrubber).ok()?;
    match cx.client_for(none).await {
        Ok(client) => Some(client.service().await.map(drop)),
        Err(error) => error.downcast::<api::Error>().ok().map(Err),
    }
}
