//! Settings: resolved once from flags, environment and file; each value has its source.

pub(crate) mod env;
pub(crate) mod file;
pub(crate) mod flags;
mod folders;
pub(crate) mod proxy;
mod resolve;

use std::{fmt, path::PathBuf, time::Duration};

pub(crate) use folders::Folders;
pub(crate) use resolve::{DEFAULT_PROFILE, color, format, resolve_leniently};
pub use resolve::{UnknownProfile, resolve};

use crate::model::{
    failure::Failure, host::ApiHost, name::ProjectName, secret::Raw, store::StoreChoice,
};

/// The source of a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Provenance {
    /// A flag, by its name.
    Flag(&'static str),
    /// An environment variable, by its name.
    Env(&'static str),
    /// A profile of the settings file.
    Profile(String),
    /// None of the others is set.
    Default,
}

impl fmt::Display for Provenance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) | Self::Env(name) => f.write_str(name),
            Self::Profile(name) => write!(f, "profile `{name}`"),
            Self::Default => f.write_str("default"),
        }
    }
}

/// A value and its source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting<T> {
    pub value: T,
    /// Its source.
    pub from: Provenance,
}

/// The output format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people: a table, a card, a sentence
    Table,
    /// For programs: the API's fields under the API's names
    Json,
    /// The same, one object per line
    Ndjson,
    /// The same, for editing and use with -f
    Yaml,
    /// For shell loops: one name per line
    Name,
}

impl Format {
    /// Whether errors and messages are also JSON.
    pub fn is_for_programs(self) -> bool {
        matches!(self, Self::Json | Self::Ndjson)
    }
}

/// Whether output is colored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Color {
    /// On a terminal
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// What the calls go to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Endpoint {
    /// A platform, or a mock that is served somewhere.
    Platform(Setting<ApiHost>),
    /// The mock inside this process.
    Mock,
}

/// What is needed to call the API.
#[derive(Debug, Clone)]
pub struct Connection {
    /// What the calls go to.
    pub endpoint: Endpoint,
    /// The token from the environment; if there is none, it is read from the store.
    pub token: Option<Setting<Raw>>,
    /// The project, if one is specified.
    pub project: Option<Setting<ProjectName>>,
    /// The time limit of one call.
    pub api_timeout: Duration,
    /// Certificates to trust in addition to the system's.
    pub ca_cert: Option<Setting<PathBuf>>,
    /// The variables that name a proxy.
    pub proxies: proxy::Proxies,
    /// Whether a token may be sent to another machine over plain http.
    pub insecure_http: bool,
}

/// What a setting that can't be used is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// The settings file, or the profile in it: any other setting may be a wrong one then.
    File,
    /// What the calls go to.
    Host,
    /// The project.
    Project,
    /// The token in the environment.
    Token,
    /// The store of protected values.
    Store,
    /// The certificates to trust.
    CaCert,
    /// Anything else.
    Other,
}

/// A setting that can't be used.
#[derive(Debug)]
pub struct Fault {
    /// What it is about.
    pub about: About,
    /// What is wrong with it.
    pub failure: Failure,
}

/// All settings of one command.
#[derive(Debug)]
pub struct Settings {
    /// How to reach the API.
    pub connection: Connection,
    /// Where protected values are stored.
    pub store: Setting<StoreChoice>,
    /// The output format.
    pub output: Setting<Format>,
    /// Whether output is colored.
    pub color: Color,
    /// Whether prompts are disabled.
    pub no_input: bool,
    /// Whether only results, warnings and errors are printed.
    pub quiet: bool,
    /// The profile in use, if any.
    pub profile: Option<Setting<String>>,
    /// The mock's database.
    pub mock_db: Option<Setting<PathBuf>>,
    /// Where our files are.
    pub folders: Folders,
    /// The settings that can't be used and have their default, for a verb that reports them; for
    /// all others, one of them is an error.
    pub faults: Vec<Fault>,
}
