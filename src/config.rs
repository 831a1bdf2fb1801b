//! Settings: what was asked for by flag, environment and file, decided once, each value with where
//! it came from.

pub(crate) mod env;
pub(crate) mod file;
pub(crate) mod flags;
mod folders;
mod resolve;

use std::{fmt, path::PathBuf, time::Duration};

pub(crate) use folders::Folders;
pub(crate) use resolve::{DEFAULT_PROFILE, format};
pub use resolve::{UnknownProfile, resolve};

use crate::model::{host::ApiHost, name::ProjectName, secret::Raw, store::StoreChoice};

/// Where a setting came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Provenance {
    /// A flag, by its name.
    Flag(&'static str),
    /// An environment variable, by its name.
    Env(&'static str),
    /// A profile of the settings file.
    Profile(String),
    /// Nothing was said.
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

/// A value, and where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting<T> {
    pub value: T,
    /// Where it came from.
    pub from: Provenance,
}

/// How the answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people: a table, a card, a sentence
    Table,
    /// For programs: the API's fields under the API's names
    Json,
    /// The same, a line for each thing
    Ndjson,
    /// The same, for editing and giving back
    Yaml,
    /// For shell loops: a name a line
    Name,
}

impl Format {
    /// Whether errors and messages are JSON too.
    pub fn is_for_programs(self) -> bool {
        matches!(self, Self::Json | Self::Ndjson)
    }
}

/// Whether there is colour.
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

/// What is needed to make a call.
#[derive(Debug, Clone)]
pub struct Connection {
    /// What the calls go to.
    pub endpoint: Endpoint,
    /// The token, where the environment gives one; else it is in the store.
    pub token: Option<Setting<Raw>>,
    /// The project, where one is named.
    pub project: Option<Setting<ProjectName>>,
    /// The longest that one call may take.
    pub api_timeout: Duration,
    /// Certificates to trust besides the system's.
    pub ca_cert: Option<Setting<PathBuf>>,
    /// Whether a token may go over plain http to another machine.
    pub insecure_http: bool,
}

/// All settings of one command.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How to reach the API.
    pub connection: Connection,
    /// Where protected values are kept.
    pub store: Setting<StoreChoice>,
    /// How the answer is written.
    pub output: Setting<Format>,
    /// Whether there is colour.
    pub color: Color,
    /// Whether nothing may be asked.
    pub no_input: bool,
    /// Whether only answers, warnings and errors are printed.
    pub quiet: bool,
    /// The profile in use, if one is.
    pub profile: Option<Setting<String>>,
    /// The mock's database.
    pub mock_db: Option<Setting<PathBuf>>,
    /// Where our files are.
    pub folders: Folders,
}
