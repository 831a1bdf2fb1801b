//! `mock`: the mock of the platform.

mod deliveries;
mod missing;
mod request;
mod reset;
mod run;
mod serve;
mod showing;
pub(crate) mod world;

use std::path::{Path, PathBuf};

use super::{context::Context, verb::Verb};
use crate::{
    config::{Endpoint, Provenance, Setting},
    mock::PROJECT,
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

/// Run a mock of the platform; no account needed
///
/// The mock has deployments, pipelines, their requests, and webhooks whose events are really
/// delivered. Where UbiOps's behavior is undocumented, the mock makes its own choice.
#[derive(Debug, clap::Args)]
struct Args {}

/// The option for the database, which four verbs share.
#[derive(Debug, Clone, clap::Args)]
struct DbArgs {
    /// The mock's database
    ///
    /// Falls back to UBIHOOK_MOCK_DB, then the database that --mock uses.
    #[arg(long, value_name = "FILE")]
    db: Option<PathBuf>,
}

impl DbArgs {
    fn path(&self, cx: &Context) -> anyhow::Result<PathBuf> {
        self.db.clone().map_or_else(|| cx.mock_db(), Ok)
    }

    /// The same, and tells a person, who may have another one in mind.
    fn announced(&self, cx: &Context) -> anyhow::Result<PathBuf> {
        let db = self.path(cx)?;
        if cx.terminal.stderr.is_some() {
            cx.output.note(&format!("the database is {}", db.display()));
        }
        Ok(db)
    }

    /// The rest of a sentence about what the database doesn't have: which one it is, if the user didn't name it. A mock
    /// may be served from another one.
    fn place(&self, cx: &Context, db: &Path) -> String {
        if self.db.is_some() || cx.settings.mock_db.is_some() {
            return String::new();
        }
        format!(
            " in the database {}; for a mock that is served with --db FILE, add the same --db FILE",
            db.display()
        )
    }
}

/// How long running deliveries may take when the mock is stopped.
const DRAIN: std::time::Duration = std::time::Duration::from_millis(800);

/// A fault that nothing met has shown nothing: its path or its name may be wrong.
fn warn_of_unmet(cx: &Context, unmet: &[String]) {
    for fault in unmet {
        cx.output
            .warn(&format!("the fault `{fault}` never applied"));
    }
}

/// Refuses flags that name a platform: these verbs only work on a mock's database. Variables for a
/// platform are ignored.
fn on_the_mock(cx: &Context) -> anyhow::Result<()> {
    let connection = &cx.settings.connection;
    if let Endpoint::Platform(Setting {
        from: Provenance::Flag(flag),
        ..
    }) = &connection.endpoint
    {
        let message =
            format!("this command works on a mock's database, but {flag} names a platform");
        return Err(Failure::new(Kind::Usage, message)
            .with_hint("use --db to name the database")
            .into());
    }
    match &connection.project {
        Some(Setting {
            value,
            from: Provenance::Flag(flag),
        }) if value.as_str() != PROJECT => {
            let message = format!("the mock has no project `{value}`");
            Err(Failure::new(Kind::NotFound, message)
                .with_hint(format!("{flag} can be {PROJECT}"))
                .into())
        }
        _ => Ok(()),
    }
}
