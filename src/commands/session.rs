//! What is made of settings when it is asked for, and once: the mock, the client, the custody of
//! protected values.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{context::Context, trace::trace};
use crate::{
    api::{self, Client},
    config::Endpoint,
    mock::{self, Embedded},
    model::{
        failure::{Failure, Kind},
        name::ProjectName,
        token::Token,
    },
    secrets::{
        Deadlines, Host,
        custody::{self, Custody},
    },
};

impl Context {
    /// Ends what was started: the embedded mock finishes the deliveries that this command caused.
    /// Dropped in the middle, it leaves them to the next mock that stays on its database.
    pub(crate) async fn close(&mut self) {
        if let Some(embedded) = self.embedded.take() {
            // A panic in there has been reported where it happened.
            let trouble = tokio::task::spawn_blocking(|| embedded.finish()).await;
            if let Some(trouble) = trouble.ok().flatten() {
                self.output.warn(&trouble);
            }
        }
    }

    /// The client, signed in. Asks for no token: without one the command ends.
    pub(crate) async fn client(&mut self) -> anyhow::Result<Client> {
        if let Some(client) = &self.client {
            return Ok(client.clone());
        }
        let token = self.token().await?;
        let client = self.client_for(token).await?;
        self.client = Some(client.clone());
        Ok(client)
    }

    /// A client for a token that isn't stored yet.
    pub(crate) async fn client_for(&mut self, token: Token) -> anyhow::Result<Client> {
        let connection = &self.settings.connection;
        let host = match &connection.endpoint {
            Endpoint::Platform(host) => host.value.clone(),
            Endpoint::Mock => self.embedded()?.url().parse()?,
        };
        let connection = &self.settings.connection;
        Ok(Client::new(api::Options {
            host,
            token,
            timeout: connection.api_timeout,
            ca_cert: connection.ca_cert.as_ref().map(|path| path.value.as_path()),
            insecure_http: connection.insecure_http,
            scrubber: self.scrubber.clone(),
            trace: trace(&self.output),
        })
        .await?)
    }

    async fn token(&mut self) -> anyhow::Result<Token> {
        let host = match &self.settings.connection.endpoint {
            Endpoint::Mock => return Ok(self.embedded()?.token().clone()),
            Endpoint::Platform(host) => host.value.clone(),
        };
        if let Some(token) = &self.settings.connection.token {
            return Ok(Token::parse(token.value.expose(), &self.scrubber)?);
        }
        let custody = self.custody()?;
        if let Some(token) = custody.token(&Host::platform(&host)).await? {
            return Ok(token);
        }
        let why = match custody.place().await?.why_none {
            Some(why) => format!("not signed in to {host}: {why}"),
            None => format!("not signed in to {host}"),
        };
        Err(Failure::new(Kind::Auth, why)
            .with_hint(
                "ubihook auth login\nor set UBIOPS_API_TOKEN; or try it on the mock with --mock",
            )
            .into())
    }

    /// The project that settings name; the mock has one of its own.
    pub(crate) fn project_named(&self) -> Option<ProjectName> {
        let connection = &self.settings.connection;
        match (&connection.project, &connection.endpoint) {
            (Some(project), _) => Some(project.value.clone()),
            (None, Endpoint::Mock) => Some(mock::PROJECT.parse().expect("it is a name")),
            (None, Endpoint::Platform(_)) => None,
        }
    }

    /// The custody of protected values. Opens no store.
    pub(crate) fn custody(&mut self) -> anyhow::Result<Arc<Custody>> {
        if let Some(custody) = &self.custody {
            return Ok(custody.clone());
        }
        let output = self.output.clone();
        let custody = Arc::new(Custody::new(custody::Settings {
            choice: self.settings.store.value,
            files: self.custody_files()?,
            waits: if self.prompt.is_possible() {
                Deadlines::TERMINAL
            } else {
                Deadlines::UNATTENDED
            },
            scrubber: self.scrubber.clone(),
            note: Arc::new(move |text: &str| output.note(text)),
        }));
        self.custody = Some(custody.clone());
        Ok(custody)
    }

    /// Where custody has its files; nowhere, where there is no folder for state. With the mock, its
    /// database's folder will do.
    fn custody_files(&self) -> anyhow::Result<Option<custody::Files>> {
        let state = self.settings.folders.state().ok();
        let mock_db = match self.settings.connection.endpoint {
            Endpoint::Platform(_) => None,
            Endpoint::Mock => Some(self.mock_db()?),
        };
        let beside = mock_db.as_ref().and_then(|db| db.parent());
        let Some(state) = state.or_else(|| beside.map(Path::to_owned)) else {
            return Ok(None);
        };
        Ok(Some(custody::Files::under(&state, mock_db.as_deref())))
    }

    /// The mock's database, unless a verb names another.
    pub(crate) fn mock_db(&self) -> anyhow::Result<PathBuf> {
        match &self.settings.mock_db {
            Some(path) => Ok(path.value.clone()),
            None => Ok(self.settings.folders.state()?.join("mock.db")),
        }
    }

    pub(super) fn embedded(&mut self) -> anyhow::Result<&Embedded> {
        if self.embedded.is_none() {
            let options = mock::Options::new(self.mock_db()?);
            self.embedded = Some(Embedded::start(options)?);
        }
        Ok(self.embedded.as_ref().expect("it was just started"))
    }
}
