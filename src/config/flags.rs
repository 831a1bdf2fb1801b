//! The flags that every verb takes.

use std::{path::PathBuf, time::Duration};

use clap::{ArgAction, Args, builder::PossibleValuesParser, builder::TypedValueParser};

use super::{Color, Format};
use crate::model::{duration, store::StoreChoice};

/// Flags that every verb takes, as typed.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Global options")]
pub struct Flags {
    /// Project to work in
    ///
    /// Else UBIHOOK_PROJECT, UBIOPS_PROJECT, or the profile's; on a terminal it is asked for.
    #[arg(short, long, global = true, value_name = "PROJECT")]
    pub project: Option<String>,

    // Not parsed by clap, whose refusal would repeat an address with a password in it.
    /// Address of the API
    ///
    /// Else UBIHOOK_HOST, UBIOPS_API_HOST, UBIOPS_API_URL, UBIOPS_BASE_URL, or the profile's; by
    /// default https://api.ubiops.com/v2.
    #[arg(long, global = true, value_name = "HOST", conflicts_with = "mock")]
    pub host: Option<String>,

    /// Profile of config.toml to take settings from
    ///
    /// Else UBIHOOK_PROFILE, or the profile named default.
    #[arg(long, global = true, value_name = "NAME")]
    pub profile: Option<String>,

    /// Use the mock: no account, no network
    ///
    /// Also switched on by UBIHOOK_MOCK=1. Its database is UBIHOOK_MOCK_DB, or one in the state
    /// folder.
    #[arg(long, global = true)]
    pub mock: bool,

    /// Keep values in: auto, keyring, file, none
    ///
    /// Else UBIHOOK_STORE, or the profile's. See ubihook help secrets.
    #[arg(long, global = true, value_name = "STORE", value_parser = stores(), hide_possible_values = true)]
    pub store: Option<StoreChoice>,

    /// Format: table, json, ndjson, yaml, name
    ///
    /// Else UBIHOOK_OUTPUT, or the profile's.
    #[arg(
        short,
        long,
        global = true,
        value_name = "FORMAT",
        hide_possible_values = true
    )]
    pub output: Option<Format>,

    /// Print answers, warnings and errors only
    #[arg(short, long, global = true)]
    pub quiet: bool,

    /// Say what is called; -vv with bodies too
    ///
    /// Once, a line a call; twice, headers and bodies, secrets masked.
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub verbose: u8,

    /// Never ask: a question is an error
    ///
    /// Also switched on by UBIHOOK_NO_INPUT=1.
    #[arg(long, global = true)]
    pub no_input: bool,

    /// Use colour: auto, always, never
    ///
    /// Else UBIHOOK_COLOR, or NO_COLOR.
    #[arg(long, global = true, value_name = "WHEN", hide_possible_values = true)]
    pub color: Option<Color>,

    /// Longest time for one call of the API
    ///
    /// Such as 500ms, 10s or 2m; a bare number is seconds. Else UBIHOOK_API_TIMEOUT, or 30s.
    #[arg(long, global = true, value_name = "DURATION", value_parser = duration::call_time)]
    pub api_timeout: Option<Duration>,

    /// Trust the certificates in this PEM file too
    ///
    /// Else those of UBIHOOK_CA_CERT.
    #[arg(long, global = true, value_name = "FILE")]
    pub ca_cert: Option<PathBuf>,

    /// Let the token leave this machine over http
    #[arg(long, global = true)]
    pub insecure_http: bool,
}

fn stores() -> impl TypedValueParser<Value = StoreChoice> {
    PossibleValuesParser::new(StoreChoice::ALL.map(StoreChoice::as_str))
        .map(|word| word.parse().expect("clap has checked the word"))
}
