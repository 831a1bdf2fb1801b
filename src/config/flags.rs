//! The flags that every verb takes.

use std::{path::PathBuf, time::Duration};

use clap::{ArgAction, Args, builder::PossibleValuesParser, builder::TypedValueParser};

use super::{Color, Format};
use crate::model::store::StoreChoice;

/// Flags that every verb takes, as typed.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Global options")]
pub struct Flags {
    /// Project to work in [env: UBIHOOK_PROJECT, UBIOPS_PROJECT]
    #[arg(short, long, global = true, value_name = "PROJECT")]
    pub project: Option<String>,

    // Not parsed by clap, whose refusal would repeat an address with a password in it.
    /// Address of the API [env: UBIHOOK_HOST, UBIOPS_API_HOST, UBIOPS_API_URL, UBIOPS_BASE_URL]
    #[arg(long, global = true, value_name = "HOST", conflicts_with = "mock")]
    pub host: Option<String>,

    /// Profile of config.toml to take settings from [env: UBIHOOK_PROFILE]
    #[arg(long, global = true, value_name = "NAME")]
    pub profile: Option<String>,

    /// Use the mock of the platform inside this program: no account, no network [env: UBIHOOK_MOCK]
    #[arg(long, global = true)]
    pub mock: bool,

    /// Where protected values are kept: auto, keyring, file or none [env: UBIHOOK_STORE]
    #[arg(long, global = true, value_name = "STORE", value_parser = stores(), hide_possible_values = true)]
    pub store: Option<StoreChoice>,

    /// How the answer is written: table, json, ndjson, yaml or name [env: UBIHOOK_OUTPUT]
    #[arg(
        short,
        long,
        global = true,
        value_name = "FORMAT",
        hide_possible_values = true
    )]
    pub output: Option<Format>,

    /// Print the answer, warnings and errors only
    #[arg(short, long, global = true)]
    pub quiet: bool,

    /// Say what is called; twice, with headers and bodies, secrets masked
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub verbose: u8,

    /// Never ask: what would be a question is an error [env: UBIHOOK_NO_INPUT]
    #[arg(long, global = true)]
    pub no_input: bool,

    /// When to use colour: auto, always or never [env: UBIHOOK_COLOR, NO_COLOR]
    #[arg(long, global = true, value_name = "WHEN", hide_possible_values = true)]
    pub color: Option<Color>,

    /// Longest time for one call of the API [default: 30s] [env: UBIHOOK_API_TIMEOUT]
    #[arg(long, global = true, value_name = "DURATION", value_parser = super::resolve::call_time)]
    pub api_timeout: Option<Duration>,

    /// Trust the certificates in this PEM file too [env: UBIHOOK_CA_CERT]
    #[arg(long, global = true, value_name = "FILE")]
    pub ca_cert: Option<PathBuf>,

    /// Let the token go over plain http to another machine
    #[arg(long, global = true)]
    pub insecure_http: bool,
}

fn stores() -> impl TypedValueParser<Value = StoreChoice> {
    PossibleValuesParser::new(StoreChoice::ALL.map(StoreChoice::as_str))
        .map(|word| word.parse().expect("clap has checked the word"))
}
