//! `mock`: the platform in the binary.

mod deliveries;
mod missing;
mod request;
mod reset;
mod run;
mod serve;
pub(crate) mod world;

use std::path::PathBuf;

use super::{context::Context, verb::Verb};
use crate::{
    config::{Endpoint, Provenance, Setting},
    mock::{self, PROJECT},
    model::failure::{Failure, Kind},
};

/// The group.
pub(crate) const VERB: Verb = Verb::group::<Args>(
    "mock",
    &[
        Verb::of::<serve::Args>(),
        Verb::of::<run::Args>(),
        Verb::of::<reset::Args>(),
        Verb::of::<request::Args>(),
        Verb::of::<deliveries::Args>(),
    ],
);

/// Serve a mock of the platform: no account needed
///
/// A small UbiOps: deployments and pipelines, their requests, and webhooks whose events are really
/// delivered. Where public material leaves open what the platform does, the mock has made a choice
/// of its own.
#[derive(Debug, clap::Args)]
struct Args {}

/// Which database, as four of the verbs take it.
#[derive(Debug, Clone, clap::Args)]
struct DbArgs {
    /// Database of the mock
    ///
    /// Else UBIHOOK_MOCK_DB, or the one of --mock.
    #[arg(long, value_name = "FILE")]
    db: Option<PathBuf>,
}

impl DbArgs {
    fn path(&self, cx: &Context) -> anyhow::Result<PathBuf> {
        self.db.clone().map_or_else(|| cx.mock_db(), Ok)
    }
}

/// How long deliveries that are under way may take when the mock is told to stop.
const DRAIN: std::time::Duration = std::time::Duration::from_millis(800);

/// Refuses to be sent elsewhere: these verbs work on a mock's database, whatever the variables of a
/// platform say.
fn on_the_mock(cx: &Context) -> anyhow::Result<()> {
    let connection = &cx.settings.connection;
    if let Endpoint::Platform(Setting {
        from: Provenance::Flag(flag),
        ..
    }) = &connection.endpoint
    {
        let message = format!("this works on the database of a mock, and {flag} names a platform");
        return Err(Failure::new(Kind::Usage, message)
            .with_hint("name the database with --db")
            .into());
    }
    match &connection.project {
        Some(Setting {
            value,
            from: Provenance::Flag(flag),
        }) if value.as_str() != PROJECT => {
            let message = format!("a mock has no project `{value}`");
            Err(Failure::new(Kind::NotFound, message)
                .with_hint(format!("{flag} can be {PROJECT}"))
                .into())
        }
        _ => Ok(()),
    }
}

/// What the database lacks is the user's to name.
fn explained(error: mock::Error) -> anyhow::Error {
    match error {
        mock::Error::Missing(_) => Failure::new(Kind::NotFound, error.to_string()).into(),
        mock::Error::Refused(_) => Failure::new(Kind::Usage, error.to_string()).into(),
        error => error.into(),
    }
}
