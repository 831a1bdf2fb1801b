//! Creates the mock, the client and the custody of protected values from the settings, on first
//! use.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{context::Context, trace::trace};
use crate::{
    api::{self, Client},
    config::Endpoint,
    input,
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

/// Far more than all the authorities that a system trusts.
const MAX_CA_CERT: usize = 4 << 20;

impl Context {
    /// Shuts down what was started: the embedded mock finishes the deliveries that this command
    /// caused. If it is dropped instead, the next mock that is served on its database delivers
    /// them.
    pub(crate) async fn close(&mut self) {
        if let Some(embedded) = self.embedded.take() {
            // A panic in it has already been reported.
            let trouble = tokio::task::spawn_blocking(|| embedded.finish()).await;
            if let Some(trouble) = trouble.ok().flatten() {
                self.output.warn(&trouble);
            }
        }
    }

    /// The signed-in client. Doesn't prompt for a token: without one, it is an error.
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
            Endpoint::Mock => self.embedded().await?.url().parse()?,
        };
        let connection = &self.settings.connection;
        Ok(Client::new(api::Options {
            host,
            token,
            timeout: connection.api_timeout,
            ca_cert: connection.ca_cert.as_ref(),
            proxies: &connection.proxies,
            insecure_http: connection.insecure_http,
            scrubber: self.scrubber.clone(),
            trace: trace(&self.output),
        })
        .await?)
    }

    async fn token(&mut self) -> anyhow::Result<Token> {
        let host = match &self.settings.connection.endpoint {
            Endpoint::Mock => return Ok(self.embedded().await?.token().clone()),
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
        let hint = if self.env.get("CI").is_some_and(|value| !value.is_empty()) {
            "pass the variable UBIOPS_API_TOKEN to this step of the CI job, from the CI system's secrets"
        } else {
            "ubihook auth login\nor set UBIOPS_API_TOKEN; or try it on the mock with --mock"
        };
        Err(Failure::new(Kind::Auth, why).with_hint(hint).into())
    }

    /// The project from the settings; the mock has its own.
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
        let (output, warner) = (self.output.clone(), self.output.clone());
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
            warn: Arc::new(move |text: &str| warner.warn(text)),
        }));
        self.custody = Some(custody.clone());
        Ok(custody)
    }

    /// Where custody stores its files; `None` if there is no state folder. With the mock, its
    /// database's folder can be used.
    fn custody_files(&self) -> anyhow::Result<Option<custody::Files>> {
        let state = self.settings.folders.state().ok();
        let mock_db = match &self.settings.connection.endpoint {
            // A mock that is served on that database, such as by `mock run`: what is kept for it stays
            // beside it, and goes with it.
            Endpoint::Platform(host) if host.value.is_loopback() => {
                let db = self.settings.mock_db.as_ref().map(|db| &db.value);
                if let Some(folder) = db.and_then(|db| db.parent()) {
                    return Ok(Some(custody::Files::under(
                        folder,
                        db.map(PathBuf::as_path),
                    )));
                }
                None
            }
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
            None => Ok(self
                .settings
                .folders
                .state()
                .map_err(no_database)?
                .join("mock.db")),
        }
    }

    /// The authorities of --ca-cert, for deliveries of a mock.
    pub(super) async fn authorities(&self) -> anyhow::Result<mock::Authorities> {
        let Some(setting) = &self.settings.connection.ca_cert else {
            return Ok(mock::Authorities::default());
        };
        let shown = setting.value.display();
        let failed = |why: String| Failure::new(Kind::Usage, format!("{shown}: {why}"));
        let pem = input::file(&setting.value, MAX_CA_CERT).await;
        let pem = pem.map_err(|error| failed(error.to_string()))?;
        let none = || failed("there is no PEM certificate in it".to_owned()).into();
        mock::Authorities::of_pem(&pem).ok_or_else(none)
    }

    pub(super) async fn embedded(&mut self) -> anyhow::Result<&Embedded> {
        if self.embedded.is_none() {
            let options = mock::Options {
                trusted: self.authorities().await?,
                ..mock::Options::new(self.mock_db()?)
            };
            self.embedded = Some(Embedded::start(options)?);
        }
        Ok(self.embedded.as_ref().expect("it was just started"))
    }
}

/// The mock's database can be anywhere.
fn no_database(no_state: Failure) -> Failure {
    no_state
        .with_hint("export HOME=/path/to/your/folder\nor export UBIHOOK_MOCK_DB=/path/to/mock.db")
}
