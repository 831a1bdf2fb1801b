//! The flags of all verbs.

use std::{path::PathBuf, time::Duration};

use clap::{ArgAction, Args, builder::PossibleValuesParser, builder::TypedValueParser};

use super::{Color, Format};
use crate::model::{duration, store::StoreChoice};

/// The flags of all verbs, as typed.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Global options")]
pub struct Flags {
    /// Project to work in
    ///
    /// Falls back to UBIHOOK_PROJECT, UBIOPS_PROJECT, then the profile. If none of them is set,
    /// prompts for it on a terminal.
    #[arg(short, long, global = true, value_name = "PROJECT")]
    pub project: Option<String>,

    // Not parsed by clap: its error message would repeat an address with a password in it.
    /// The API's address
    ///
    /// Falls back to UBIHOOK_HOST, UBIOPS_API_HOST, UBIOPS_API_URL, UBIOPS_BASE_URL, then the
    /// profile, then https://api.ubiops.com/v2.
    #[arg(long, global = true, value_name = "HOST", conflicts_with = "mock")]
    pub host: Option<String>,

    /// Profile in config.toml to read settings from
    ///
    /// Falls back to UBIHOOK_PROFILE, then the profile named default.
    #[arg(long, global = true, value_name = "NAME")]
    pub profile: Option<String>,

    /// Use the mock: no account, no network
    ///
    /// UBIHOOK_MOCK=1 does the same. The mock's database is UBIHOOK_MOCK_DB, or mock.db in the
    /// state folder.
    #[arg(long, global = true)]
    pub mock: bool,

    /// Secret store: auto, keyring, file, none
    ///
    /// Falls back to UBIHOOK_STORE, then the profile. See ubihook help secrets.
    #[arg(long, global = true, value_name = "STORE", value_parser = stores(), hide_possible_values = true)]
    pub store: Option<StoreChoice>,

    /// Output format: table, json, ndjson, yaml, name
    ///
    /// Falls back to UBIHOOK_OUTPUT, then the profile.
    #[arg(
        short,
        long,
        global = true,
        value_name = "FORMAT",
        hide_possible_values = true
    )]
    pub output: Option<Format>,

    /// Print only results, warnings and errors
    #[arg(short, long, global = true)]
    pub quiet: bool,

    /// Log API calls; -vv includes bodies
    ///
    /// -v logs one line per call, -vv also headers and bodies. Secrets are masked.
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub verbose: u8,

    /// Never prompt; fail instead
    ///
    /// UBIHOOK_NO_INPUT=1 does the same.
    #[arg(long, global = true, hide_short_help = true)]
    pub no_input: bool,

    /// Use color: auto, always, never
    ///
    /// Falls back to UBIHOOK_COLOR, then NO_COLOR, CLICOLOR_FORCE and CLICOLOR=0.
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        hide_possible_values = true,
        hide_short_help = true
    )]
    pub color: Option<Color>,

    /// Timeout per API call
    ///
    /// For example 500ms, 10s or 2m; a number without a unit is in seconds. Falls back to
    /// UBIHOOK_API_TIMEOUT, then 30s.
    #[arg(long, global = true, value_name = "DURATION", value_parser = duration::call_time, hide_short_help = true)]
    pub api_timeout: Option<Duration>,

    /// Also trust the certificates in this PEM file
    ///
    /// Falls back to UBIHOOK_CA_CERT.
    #[arg(long, global = true, value_name = "FILE", hide_short_help = true)]
    pub ca_cert: Option<PathBuf>,

    /// Allow sending the token over plain http
    #[arg(long, global = true, hide_short_help = true)]
    pub insecure_http: bool,
}

fn stores() -> impl TypedValueParser<Value = StoreChoice> {
    PossibleValuesParser::new(StoreChoice::ALL.map(StoreChoice::as_str))
        .map(|word| word.parse().expect("clap has checked the word"))
}
