//! What a verb works with: settings, output and prompt at once; client, project and custody when
//! they are asked for, so that a verb that needs none of them opens none.

use std::{
    cell::RefCell,
    ffi::OsString,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{Error, Kind};
use crate::{
    api::{self, Client, Project, trace},
    args::file::is_stdin,
    config::{Endpoint, Settings, env::Env},
    mock::{self, Embedded},
    model::{
        duration,
        header::HeaderName,
        name::ProjectName,
        objects,
        scrub::{LONG_BYTES, Scrubber},
        store::{StoreChoice, StoreKind},
        token::Token,
        webhook::Webhook,
    },
    output::Output,
    output::paper::Paper,
    prompt::{Choice, Enter, Prompt},
    secrets::{
        Deadlines, Host, Local, Locks, Moment, Site,
        custody::{self, Call, Custody},
    },
    terminal::{self, Terminal},
};

/// What a verb works with.
pub struct Context {
    /// All settings.
    pub settings: Settings,
    /// Where answers and messages go.
    pub output: Output,
    /// Who can be asked.
    pub prompt: Prompt,
    /// The environment, for the sources of values and for children.
    pub env: Env,
    /// What keeps known secrets out of all output.
    pub scrubber: Scrubber,
    /// The command line as it was typed.
    pub arguments: Vec<OsString>,
    embedded: Option<Embedded>,
    client: Option<Client>,
    project: Option<Project>,
    custody: Option<Arc<Custody>>,
    told_of_short: RefCell<Vec<HeaderName>>,
}

/// What a context is made of.
pub struct Given {
    /// All settings.
    pub settings: Settings,
    /// Where answers and messages go.
    pub output: Output,
    /// Who can be asked.
    pub prompt: Prompt,
    /// The environment.
    pub env: Env,
    /// What keeps known secrets out of all output.
    pub scrubber: Scrubber,
    /// The command line as it was typed.
    pub arguments: Vec<OsString>,
}

impl Context {
    /// Opens nothing yet.
    pub fn new(given: Given) -> Self {
        let Given {
            settings,
            output,
            prompt,
            env,
            scrubber,
            arguments,
        } = given;
        Self {
            settings,
            output,
            prompt,
            env,
            scrubber,
            arguments,
            embedded: None,
            client: None,
            project: None,
            custody: None,
            told_of_short: RefCell::default(),
        }
    }

    /// Tells a person that `-f -` reads what is typed: a terminal shows nothing of that by itself.
    pub fn note_stdin(&self, file: Option<&Path>) {
        if file.is_some_and(is_stdin) && Terminal::look().can_ask() {
            self.output
                .note("reading from the terminal; Ctrl-D at the start of a line ends the input");
        }
    }

    /// The same for a secret, which the terminal doesn't show until the answer is dropped.
    pub fn hide_stdin(&self, what: &str) -> Option<terminal::Hidden> {
        if !Terminal::look().can_ask() {
            return None;
        }
        // Hidden before it is asked for.
        let hidden = terminal::hide();
        self.output.note(&format!(
            "reading {what} from the terminal, hidden; Enter and then Ctrl-D end the input"
        ));
        hidden
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
            trace: self.trace(),
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

    async fn project_name(&mut self) -> anyhow::Result<ProjectName> {
        let connection = &self.settings.connection;
        if let Some(project) = &connection.project {
            return Ok(project.value.clone());
        }
        if connection.endpoint == Endpoint::Mock {
            return Ok(mock::PROJECT.parse()?);
        }
        if !self.prompt.is_possible() {
            return Err(Error::new(Kind::Usage, "no project is named")
                .hint("name one with --project, or set UBIOPS_PROJECT")
                .into());
        }
        self.choose_project().await
    }

    /// Asks for one of the platform's projects.
    pub async fn choose_project(&mut self) -> anyhow::Result<ProjectName> {
        let projects = self.client().await?.projects().await?;
        if projects.is_empty() {
            let message = "the token may see no project";
            return Err(Error::new(Kind::NotFound, message).into());
        }
        self.choose_of(projects).await
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
    pub async fn shows(&mut self) -> anyhow::Result<impl Fn(Webhook) -> Webhook + use<>> {
        let site = self.site().await?;
        let local = match self.custody() {
            Ok(custody) => custody.local(&site).await.unwrap_or_else(|error| {
                self.output.warn(&error.to_string());
                Local::default()
            }),
            Err(_) => Local::default(),
        };
        Ok(move |mut webhook: Webhook| {
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
    pub async fn shown_one(&mut self, webhook: Webhook) -> anyhow::Result<Webhook> {
        Ok(self.shows().await?(webhook))
    }

    /// Asks for one of these projects.
    pub async fn choose_of(
        &self,
        mut projects: Vec<objects::Project>,
    ) -> anyhow::Result<ProjectName> {
        projects.sort_by(|a, b| a.name.cmp(&b.name));
        let choice =
            |project: &objects::Project| Choice::new(&project.name, &project.organization_name);
        let choices = projects.iter().map(choice).collect();
        let chosen = self.prompt.choose("Which project", choices).await?;
        Ok(projects[chosen].name.parse()?)
    }

    /// Refuses what can't be undone where nobody can be asked whether it is meant: before any call.
    pub fn must_ask(&self, deed: &str) -> anyhow::Result<()> {
        if self.prompt.is_possible() {
            return Ok(());
        }
        let message = format!("this would {deed}, and nobody can be asked here");
        Err(Error::new(Kind::Usage, message)
            .hint("add --yes if it is meant")
            .into())
    }

    /// Tells what goes, and asks whether that is meant. Where the answer is no it is an error, and
    /// nothing has been done.
    pub async fn confirm(
        &self,
        question: &str,
        goes: impl FnOnce(&Paper) -> String,
    ) -> anyhow::Result<()> {
        self.output.aside(goes);
        if self.prompt.confirm(question, Enter::No).await? {
            return Ok(());
        }
        Err(Error::new(Kind::Usage, "nothing was changed").into())
    }

    /// Says once what `auto` can't keep, and why.
    pub async fn warn_of_what_is_not_kept(&mut self) -> anyhow::Result<()> {
        if self.settings.store.value != StoreChoice::Auto {
            // Chosen by name: an unusable one is an error, and `none` is what was wanted.
            self.custody()?.place().await?;
            return Ok(());
        }
        if let Some(why) = self.custody()?.place().await?.why_none {
            self.output.warn(&format!(
                "protected values are not kept on this machine ({why}); a later test will need \
                 them again. --store file keeps them in a file that only you can read"
            ));
        }
        Ok(())
    }

    /// Says, once for each header, that its value is so short that it can be guessed.
    pub fn warn_of_short_value(&self, key: &HeaderName, bytes: usize) {
        let mut told = self.told_of_short.borrow_mut();
        if bytes < LONG_BYTES && !told.contains(key) {
            told.push(key.clone());
            self.output.warn(&format!(
                "the value of `{key}` has fewer than {LONG_BYTES} bytes: it can be guessed, and is \
                 hidden only where it is a word of its own"
            ));
        }
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

    /// Tells of calls as far as was asked for, and of waits always.
    fn trace(&self) -> trace::Trace {
        let output = self.output.clone();
        trace::Trace::new(output.verbose() > 1, move |event| match event {
            trace::Event::Waiting { wait, reason } => output.warn(&format!(
                "{reason}; trying again in {}",
                duration::describe(wait)
            )),
            event => {
                if let Some(text) = traced(&event, output.verbose()) {
                    output.trace(&text);
                }
            }
        })
    }
}

/// One line a call, or all of it.
fn traced(event: &trace::Event<'_>, verbose: u8) -> Option<String> {
    let with_body = |line: String, body: Option<trace::Body<'_>>| {
        let shown = body.filter(|_| verbose > 1).and_then(trace::Body::masked);
        match shown {
            Some(body) => format!("{line}\n{body:#}"),
            None => line,
        }
    };
    match event {
        _ if verbose == 0 => None,
        trace::Event::Sent { method, path, body } if verbose > 1 => {
            let mut line =
                format!("> {method} {path}\n> accept: application/json\n> authorization: ***");
            if body.is_some() {
                line.push_str("\n> content-type: application/json");
            }
            Some(with_body(line, *body))
        }
        trace::Event::Answered {
            method,
            path,
            status,
            took,
            headers,
            body,
        } => {
            let (took, bytes) = (duration::describe(*took), body.bytes);
            let mut line = format!("< {method} {path} {status} ({took}, {bytes} bytes)");
            if verbose > 1 {
                for (name, value) in *headers {
                    line.push_str(&format!("\n< {name}: {value}"));
                }
            }
            Some(with_body(line, Some(*body)))
        }
        trace::Event::Failed {
            method,
            path,
            reason,
        } => Some(format!("< {method} {path} failed: {reason}")),
        trace::Event::Sent { .. } | trace::Event::Waiting { .. } => None,
    }
}
