//! What a verb works with: settings, output and prompt at once; client, project and custody when
//! they are asked for, so that a verb that needs none of them opens none. The one place where those
//! are made of settings, for completion too.

use std::{
    cell::RefCell,
    ffi::OsString,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    Error, Kind, trace,
    verb::{Program, Surroundings},
};
use crate::{
    api::{self, Client, Project},
    config::{Color, Endpoint, Settings, env::Env},
    mock::{self, Embedded},
    model::{
        header::HeaderName, name::ProjectName, scrub::Scrubber, token::Token, webhook::Webhook,
    },
    output::{Output, webhook::Shown},
    prompt::Prompt,
    secrets::{
        self, Deadlines, Host, Local, Locks, Moment, Site,
        custody::{self, Call, Custody},
    },
    terminal::Terminal,
};

/// What a verb works with.
pub struct Context {
    /// The program that the verb belongs to.
    pub program: Program,
    /// All settings.
    pub settings: Settings,
    /// Where answers and messages go.
    pub output: Output,
    /// Who can be asked.
    pub prompt: Prompt,
    /// The environment, for the sources of values and for children.
    pub env: Env,
    /// What the three standard streams are.
    pub terminal: Terminal,
    /// What keeps known secrets out of all output.
    pub scrubber: Scrubber,
    /// The command line as it was typed.
    pub arguments: Vec<OsString>,
    /// The exit code of a verb that ran well.
    pub code: u8,
    /// For whose short values a person was warned.
    pub(super) told_of_short: RefCell<Vec<HeaderName>>,
    embedded: Option<Embedded>,
    client: Option<Client>,
    project: Option<Project>,
    custody: Option<Arc<Custody>>,
}

impl Context {
    /// Opens nothing yet.
    pub fn new(
        program: Program,
        around: Surroundings,
        settings: Settings,
        arguments: Vec<OsString>,
    ) -> Self {
        let prompt = Prompt::new(
            around.terminal.can_ask() && !settings.no_input,
            settings.color != Color::Never,
        );
        Self {
            program,
            settings,
            output: around.output,
            prompt,
            env: around.env,
            terminal: around.terminal,
            scrubber: around.scrubber,
            arguments,
            code: 0,
            embedded: None,
            client: None,
            project: None,
            custody: None,
            told_of_short: RefCell::default(),
        }
    }

    /// Ends what was started: the embedded mock finishes the deliveries that this command caused.
    /// Dropped in the middle, it leaves them to the next mock that stays on its database.
    pub async fn close(&mut self) {
        if let Some(embedded) = self.embedded.take() {
            // A panic in there has been reported where it happened.
            let trouble = tokio::task::spawn_blocking(|| embedded.finish()).await;
            if let Some(trouble) = trouble.ok().flatten() {
                self.output.warn(&trouble);
            }
        }
    }

    /// The client, signed in. Asks for no token: without one the command ends.
    pub async fn client(&mut self) -> anyhow::Result<Client> {
        if let Some(client) = &self.client {
            return Ok(client.clone());
        }
        let token = self.token().await?;
        let client = self.client_for(token).await?;
        self.client = Some(client.clone());
        Ok(client)
    }

    /// A client for a token that isn't stored yet.
    pub async fn client_for(&mut self, token: Token) -> anyhow::Result<Client> {
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
            trace: trace::trace(&self.output),
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
        Err(Error::new(Kind::Auth, why)
            .hint("ubihook auth login\nor set UBIOPS_API_TOKEN; or try it on the mock with --mock")
            .into())
    }

    /// The project to work in, asked for where a person can be asked.
    pub async fn project(&mut self) -> anyhow::Result<Project> {
        if let Some(project) = &self.project {
            return Ok(project.clone());
        }
        let name = self.project_name().await?;
        let project = self.client().await?.project(name);
        self.project = Some(project.clone());
        Ok(project)
    }

    /// The project that settings name; the mock has one of its own.
    pub fn project_named(&self) -> Option<ProjectName> {
        let connection = &self.settings.connection;
        match (&connection.project, &connection.endpoint) {
            (Some(project), _) => Some(project.value.clone()),
            (None, Endpoint::Mock) => Some(mock::PROJECT.parse().expect("it is a name")),
            (None, Endpoint::Platform(_)) => None,
        }
    }

    async fn project_name(&mut self) -> anyhow::Result<ProjectName> {
        if let Some(project) = self.project_named() {
            return Ok(project);
        }
        if !self.prompt.is_possible() {
            return Err(Error::new(Kind::Usage, "no project is named")
                .hint("name one with --project, or set UBIOPS_PROJECT")
                .into());
        }
        self.choose_project().await
    }

    /// The custody of protected values. Opens no store.
    pub fn custody(&mut self) -> anyhow::Result<Arc<Custody>> {
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

    /// Takes the locks of these webhooks, by name, until the answer is dropped.
    pub async fn lock(&mut self, names: &[&str]) -> anyhow::Result<Locks> {
        let site = self.site().await?;
        Ok(self.custody()?.lock(&site, names).await?)
    }

    /// Now, by both clocks.
    pub async fn now(&mut self) -> anyhow::Result<Moment> {
        Ok(Moment::now(self.client().await?.clock()))
    }

    /// A call that is about to be sent.
    pub async fn call(&mut self) -> anyhow::Result<Call> {
        Ok(Call {
            sent: self.now().await?,
            limit: self.settings.connection.api_timeout,
        })
    }

    /// What protected values of this project are kept under.
    pub async fn site(&mut self) -> anyhow::Result<Site> {
        let project = self.project().await?;
        let host = match &self.settings.connection.endpoint {
            Endpoint::Platform(host) => Host::platform(&host.value),
            Endpoint::Mock => Host::mock(self.embedded()?.database_id()),
        };
        Ok(Site {
            host,
            project: project.name().clone(),
        })
    }

    /// What shows a webhook with where this machine keeps its protected values, by the index alone.
    /// An index that can't be read is no reason to show nothing.
    pub async fn shows(&mut self) -> anyhow::Result<impl Fn(Webhook) -> Shown + use<>> {
        let site = self.site().await?;
        let local = match self.custody() {
            Ok(custody) => custody.local(&site).await.unwrap_or_else(|error| {
                self.output.warn(&error.to_string());
                Local::default()
            }),
            Err(_) => Local::default(),
        };
        Ok(move |webhook| {
            Shown::new(webhook, |webhook, header| {
                let kind = header.parse().map_or(secrets::Kind::None, |header| {
                    local.of(&webhook.id, &header, webhook.origin().as_ref())
                });
                kind.as_str()
            })
        })
    }

    /// One webhook as it is shown.
    pub async fn shown_one(&mut self, webhook: Webhook) -> anyhow::Result<Shown> {
        Ok(self.shows().await?(webhook))
    }

    /// The mock's database, unless a verb names another.
    pub fn mock_db(&self) -> anyhow::Result<PathBuf> {
        match &self.settings.mock_db {
            Some(path) => Ok(path.value.clone()),
            None => Ok(self.settings.folders.state()?.join("mock.db")),
        }
    }

    fn embedded(&mut self) -> anyhow::Result<&Embedded> {
        if self.embedded.is_none() {
            let options = mock::Options::new(self.mock_db()?);
            self.embedded = Some(Embedded::start(options)?);
        }
        Ok(self.embedded.as_ref().expect("it was just started"))
    }
}
