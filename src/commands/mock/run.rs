//! `mock run`: runs a command against a temporary mock.

use std::{
    ffi::{OsStr, OsString},
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::Context as _;
use clap::Args as ClapArgs;

use super::{
    DRAIN,
    showing::{Lines, Showing},
    warn_of_unmet, world,
};
use crate::{
    commands::{
        context::Context,
        inspecting::{self, InspectArgs},
        signals::Signals,
        verb::{Example, Needs, Run},
    },
    config::env::Env,
    mock::{self, Fault, Mock},
    model::{duration, source::SECRET_VARIABLES},
    output::count::Stream,
    process,
    scratch::Scratch,
};

/// The prefix of our settings, which a child process doesn't inherit.
const OURS: &str = "UBIHOOK_";
/// How long remaining deliveries may take after the command has ended.
const REST: Duration = Duration::from_secs(10);

const LOOPBACK: &str = "127.0.0.1,localhost,::1";

/// Run a command against a temporary mock
///
/// Starts a mock with a temporary database, runs the command, and stops the mock. The command finds
/// it through UBIOPS_API_HOST, UBIOPS_API_URL, UBIOPS_BASE_URL, UBIOPS_API_TOKEN and UBIOPS_PROJECT.
/// After the command has ended, remaining deliveries get up to 10 s. Exits with the command's own
/// code; with 127 if the command doesn't exist, with 126 if it can't be started, and with 128 plus
/// the signal's number if a signal ended it. With -v, prints a line for each call and each delivery
/// attempt to stderr; -vv adds what was sent.
#[derive(Debug, Clone, ClapArgs)]
pub(super) struct Args {
    /// Database to use and keep [default: a temporary one]
    #[arg(long, value_name = "FILE")]
    db: Option<PathBuf>,

    #[command(flatten)]
    inspect: InspectArgs,

    /// Start a new database with the contents of this file; - for stdin
    ///
    /// As for mock reset. An existing database is refused.
    #[arg(short, long, value_name = "FILE")]
    file: Option<PathBuf>,

    /// Include protected values in create responses
    ///
    /// UbiOps's documentation is ambiguous about this; by default, the values are null.
    #[arg(long)]
    echo_secrets: bool,

    /// Failure to inject; repeatable
    ///
    /// For example 'POST /webhooks=503x2'. PATH is relative to the project, and * matches any text.
    /// EFFECT is a status code, delay:2s, cut, truncate or ratelimit:30. xN limits it to the first N
    /// calls. 'deliver WEBHOOK=EFFECT' applies to deliveries: delay:2s, twice, drop or swap.
    #[arg(long = "fault", value_name = "METHOD PATH=EFFECT[xN]")]
    faults: Vec<Fault>,

    /// The command and its arguments
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

impl Run for Args {
    const NAME: &'static str = "run";
    const EXAMPLES: &'static [Example] = &[
        ("Run any UbiOps client", "ubihook mock run -- ubihook list"),
        (
            "Keep the database",
            "ubihook mock run --db ./mock.db -- ubihook auth status",
        ),
    ];

    fn needs(&self) -> Needs {
        Needs::SERVES
    }

    async fn run(self, cx: &mut Context) -> anyhow::Result<()> {
        let mut signals = Signals::listen()?;
        // Dropping it deletes the database. It is declared first, so that everything that uses the
        // database is dropped before.
        let folder = Scratch::make().context("could not create a temporary database")?;
        let db = self
            .db
            .unwrap_or_else(|| folder.path().join("state/mock.db"));
        // The command may go elsewhere.
        let db = std::path::absolute(&db).unwrap_or(db);
        let begun = world::begin(cx, &db, self.file.as_deref());
        let new = signals.unless_stopped(begun).await?;
        let environment_db = db.clone();
        // stdout is the command's.
        let verbose = cx.output.verbose();
        let is_shown = verbose > 0 && !cx.output.is_quiet();
        let lines = is_shown.then(|| Lines::on(Stream::aside(&cx.output), verbose > 1));
        let (calls, lines) = lines.unzip();
        let options = mock::Options {
            calls,
            trusted: cx.authorities().await?,
            echo_secrets: self.echo_secrets,
            faults: self.faults,
            keeps_answers: self.inspect.is_wanted(),
            ..mock::Options::new(db)
        };
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let start = async { Ok(Mock::start(options, address).await?) };
        let mock = signals.unless_stopped(start).await?;
        new.keep();
        let showing = Showing::start(cx, &mock, lines)?;
        let inspector = self.inspect.of_mock(&mock).await?;
        if let Some(inspector) = &inspector {
            inspecting::announce(cx, inspector);
        }
        let environment = environment(&cx.env, &mock, &environment_db);
        let (program, arguments) = self.command.split_first().expect("clap requires one");
        let started = process::start(program, arguments, environment);
        process::raise_files_limit();
        let code = match started {
            Ok(mut child) => loop {
                tokio::select! {
                    status = child.wait() => break process::code(status.context("could not wait for the command")?),
                    signal = signals.recv() => {
                        // The terminal sends Ctrl-C to the child process too.
                        if signal.is_terminate() || !cx.prompt.is_possible() {
                            process::terminate(&mut child);
                        }
                    }
                }
            },
            Err(error) => {
                mock.stop(DRAIN).await;
                let _ = showing.finish().await;
                return Err(process::not_started(program, &error).into());
            }
        };
        let left = tokio::select! {
            left = mock.deliver_rest(REST) => left?,
            // The user stopped it, so don't wait.
            _ = signals.recv() => 0,
        };
        let unmet = mock.unmet_faults();
        if let Some(inspector) = inspector {
            inspector.stop().await;
        }
        mock.stop(DRAIN).await;
        cx.code = code;
        // The command has its code, whatever becomes of these lines.
        if !showing.finish().await.unwrap_or(false) {
            return Ok(());
        }
        warn_of_unmet(cx, &unmet);
        if left > 0 {
            let deliveries = if left == 1 { "delivery" } else { "deliveries" };
            cx.output.warn(&format!(
                "{left} {deliveries} still pending {} after the command ended",
                duration::describe(REST)
            ));
        }
        Ok(())
    }
}

/// Ours without our own settings, and with the mock's address in every place where one is looked
/// for.
fn environment(env: &Env, mock: &Mock, db: &Path) -> Vec<(OsString, OsString)> {
    let starts =
        |name: &OsStr, prefix: &str| name.as_encoded_bytes().starts_with(prefix.as_bytes());
    let keeps = |name: &OsStr| !starts(name, OURS) || starts(name, SECRET_VARIABLES);
    let mut child: Vec<_> = env
        .iter()
        .filter(|(name, _)| keeps(name))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let url = mock.url();
    let mut set = |name: &str, value: &str| child.push((name.into(), value.into()));
    for name in ["UBIOPS_API_HOST", "UBIOPS_API_URL", "UBIOPS_BASE_URL"] {
        set(name, &url);
    }
    set("UBIOPS_API_TOKEN", mock.token().header().expose());
    set("UBIOPS_PROJECT", mock::PROJECT);
    // What works on a database works on this one, and values are kept next to it.
    set("UBIHOOK_STORE", "file");
    child.push(("UBIHOOK_MOCK_DB".into(), db.into()));
    for name in ["NO_PROXY", "no_proxy"] {
        let mut value = env.get(name).map_or_else(OsString::new, OsStr::to_owned);
        if !value.is_empty() {
            value.push(",");
        }
        value.push(LOOPBACK);
        child.push((name.into(), value));
    }
    child
}
