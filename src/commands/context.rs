//! What a verb works with: settings, output and prompt from the start; client, project and custody
//! on first use, so that verbs that don't need them don't open them.

use std::{cell::RefCell, ffi::OsString, sync::Arc, time::Duration};

use super::program::{Environment, Program};
use crate::{
    api::{Client, Project, longest_write},
    config::{Color, Endpoint, Settings, env::Env},
    mock::Embedded,
    model::{
        failure::{Failure, Kind},
        header::HeaderName,
        name::ProjectName,
        scrub::Scrubber,
        store::StoreKind,
        webhook::Webhook,
    },
    output::Output,
    prompt::Prompt,
    secrets::{
        Host, Local, Locks, Moment, Site,
        custody::{Call, Custody},
    },
    terminal::Terminal,
};

/// How long storing the values of a call may take before it is sent: a keyring may prompt for its
/// password. If it took longer, they are stored again, with the time at which they are sent.
pub(crate) const SEND_WITHIN: Duration = Duration::from_secs(10);

/// What a verb works with.
pub(crate) struct Context {
    /// The program that the verb belongs to.
    pub program: Program,
    /// All settings.
    pub settings: Settings,
    /// Where results and messages are printed.
    pub output: Output,
    /// For prompts.
    pub prompt: Prompt,
    /// The environment, for the sources of values and for child processes.
    pub env: Env,
    /// What the three standard streams are.
    pub terminal: Terminal,
    /// What keeps known secrets out of all output.
    pub scrubber: Scrubber,
    /// The command line as it was typed.
    pub arguments: Vec<OsString>,
    /// The exit code of a verb that succeeded.
    pub code: u8,
    /// Headers whose short values the user has been warned about.
    pub(super) told_of_short: RefCell<Vec<HeaderName>>,
    pub(super) embedded: Option<Embedded>,
    pub(super) client: Option<Client>,
    project: Option<Project>,
    pub(super) custody: Option<Arc<Custody>>,
}

impl Context {
    /// Opens nothing yet.
    pub(crate) fn new(
        program: Program,
        around: Environment,
        settings: Settings,
        arguments: Vec<OsString>,
    ) -> Self {
        let prompt = Prompt::new(
            around.terminal,
            settings.no_input,
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

    /// The project to work in. If none is specified, prompts for one where that is possible.
    pub(crate) async fn project(&mut self) -> anyhow::Result<Project> {
        if let Some(project) = &self.project {
            return Ok(project.clone());
        }
        let name = self.project_name().await?;
        let project = self.client().await?.project(name);
        self.project = Some(project.clone());
        Ok(project)
    }

    async fn project_name(&mut self) -> anyhow::Result<ProjectName> {
        if let Some(project) = self.project_named() {
            return Ok(project);
        }
        if !self.prompt.is_possible() {
            return Err(Failure::new(Kind::Usage, "no project specified")
                .with_hint(
                    "add --project, or set UBIOPS_PROJECT; `ubihook auth login` remembers one, and --mock \
                     needs none",
                )
                .into());
        }
        self.choose_project().await
    }

    /// Takes the locks of these webhooks, by name, until the returned value is dropped.
    pub(crate) async fn lock(&mut self, names: &[&str]) -> anyhow::Result<Locks> {
        let site = self.site().await?;
        Ok(self.custody()?.lock(&site, names).await?)
    }

    /// The current time on both clocks.
    pub(crate) async fn now(&mut self) -> anyhow::Result<Moment> {
        Ok(Moment::now(self.client().await?.clock()))
    }

    /// Describes a write that is sent within [`SEND_WITHIN`].
    pub(crate) async fn call(&mut self) -> anyhow::Result<Call> {
        Ok(Call {
            sent: self.now().await?,
            limit: SEND_WITHIN + longest_write(self.settings.connection.api_timeout),
        })
    }

    /// The part of the key that all protected values of this project share.
    pub(crate) async fn site(&mut self) -> anyhow::Result<Site> {
        let project = self.project().await?;
        let host = match &self.settings.connection.endpoint {
            Endpoint::Platform(host) => Host::platform(&host.value),
            Endpoint::Mock => Host::mock(self.embedded().await?.database_id()),
        };
        Ok(Site {
            host,
            project: project.name().clone(),
        })
    }

    /// Returns a function that adds to a webhook where this machine stores its protected values,
    /// from the index alone. If the index can't be read, the webhook is shown without this.
    pub(crate) async fn shows(&mut self) -> anyhow::Result<impl Fn(Webhook) -> Webhook + use<>> {
        let site = self.site().await?;
        let local = match self.custody() {
            Ok(custody) => custody.local(&site).await,
            Err(_) => Local::default(),
        };
        Ok(move |mut webhook: Webhook| {
            if webhook.protected_headers().next().is_none() {
                return webhook;
            }
            let origin = webhook.origin();
            for header in webhook.headers.iter_mut().filter(|header| header.protected) {
                let name = header.key.parse();
                let of = |name| local.of(&webhook.id, &name, origin.as_ref());
                header.local = Some(name.map_or(StoreKind::None, of));
            }
            webhook
        })
    }

    /// One webhook as it is shown.
    pub(crate) async fn shown_one(&mut self, webhook: Webhook) -> anyhow::Result<Webhook> {
        Ok(self.shows().await?(webhook))
    }
}
