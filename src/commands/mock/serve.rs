//! `mock serve`: serves the mock until it is stopped.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use clap::Args as ClapArgs;
use serde::Serialize;

use super::{
    DRAIN, DbArgs,
    showing::{Lines, Showing},
    warn_of_unmet, world,
};
use crate::{
    args::number::whole,
    commands::{
        context::Context,
        inspecting::{self, InspectArgs},
        ready,
        signals::Signals,
        verb::{Example, Needs, Run},
    },
    config::Format,
    input,
    inspect::Inspector,
    mock::{self, CallReports, Fault, Mock},
    model::{
        failure::{Failure, Kind},
        scrub::Scrubber,
        shell::quote,
        token::Token,
    },
    output::count::Stream,
    process,
    server::AllowedHost,
};

/// Serve the mock until it is stopped
///
/// When it is ready, prints one line of JSON with the URL, token and project for any UbiOps client;
/// with -v, then a line for each call and each delivery attempt. On a terminal, prints the commands
/// that set them, then these lines as text; -v adds what was sent, -q prints nothing. Stop it with
/// Ctrl-C or SIGTERM; unfinished deliveries continue at its next start.
#[derive(Debug, Clone, ClapArgs)]
pub(super) struct Args {
    /// Port to listen on; 0 for any free port
    #[arg(long, default_value_t = 0, value_name = "PORT", value_parser = whole(0..=u16::MAX))]
    port: u16,

    /// Address to listen on
    ///
    /// Other machines can reach an address that is not loopback, so it requires --token-file.
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST), value_name = "ADDRESS")]
    bind: IpAddr,

    /// Host name that clients use for the mock; repeatable
    ///
    /// For example its container's name, or host.docker.internal. Calls for any other name are refused,
    /// because a web page could make a browser send them.
    #[arg(long = "allow-host", value_name = "NAME")]
    allowed_hosts: Vec<AllowedHost>,

    /// Also write the ready line to this file
    ///
    /// An existing file is removed first.
    #[arg(long, value_name = "FILE")]
    ready_file: Option<PathBuf>,

    #[command(flatten)]
    inspect: InspectArgs,

    #[command(flatten)]
    db: DbArgs,

    /// Start a new database with the contents of this file; - for stdin
    ///
    /// As for mock reset. An existing database is refused.
    #[arg(short, long, value_name = "FILE")]
    file: Option<PathBuf>,

    /// Read the token from this file's first line
    ///
    /// By default, each database has its own random token.
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,

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
}

/// Far longer than any token.
const MAX_TOKEN_FILE: usize = 64 << 10;

const NOT_SERVED: &str = "could not serve the mock";

#[derive(Serialize)]
struct Ready<'a> {
    r#type: &'static str,
    url: &'a str,
    token: &'a str,
    project: &'a str,
    pid: u32,
    /// The address of the page.
    #[serde(skip_serializing_if = "Option::is_none")]
    inspect: Option<&'a str>,
}

impl Run for Args {
    const NAME: &'static str = "serve";
    const EXAMPLES: &'static [Example] = &[
        (
            "Serve any client until Ctrl-C; prints the address and token",
            "ubihook mock serve",
        ),
        (
            "In a script that waits for the file",
            "ubihook mock serve --db ./mock.db --ready-file ./ready.json",
        ),
    ];

    fn needs(&self) -> Needs {
        Needs {
            port: true,
            ..Needs::SERVES
        }
    }

    async fn run(self, cx: &mut Context) -> anyhow::Result<()> {
        // Before anything is printed, so that no signal is lost.
        let mut stop = Signals::listen()?;
        let stream = Stream::of(&cx.output);
        if matches!(cx.output.format(), Format::Yaml | Format::Name) {
            let message =
                "what the mock does is shown as text or as JSON lines: -o table, json or ndjson";
            return Err(Failure::usage(message).into());
        }
        let token = match &self.token_file {
            Some(path) => {
                let read = async { Ok(read_token(path, &cx.scrubber).await?) };
                Some(stop.unless_stopped(read).await?)
            }
            None => None,
        };
        if !self.bind.is_loopback() && token.is_none() {
            let message = format!(
                "other machines can reach {}, so the mock needs a token that you choose",
                self.bind
            );
            return Err(Failure::new(Kind::Usage, message)
                .with_hint("add --token-file FILE, with the token on its first line")
                .into());
        }
        ready::clear(self.ready_file.as_deref()).context(NOT_SERVED)?;
        let db = self.db.announced(cx)?;
        let begun = world::begin(cx, &db, self.file.as_deref());
        let new = stop.unless_stopped(begun).await?;
        let (calls, lines) = lines(cx, &stream).unzip();
        let options = mock::Options {
            calls,
            trusted: cx.authorities().await?,
            echo_secrets: self.echo_secrets,
            token,
            allowed_hosts: self.allowed_hosts,
            faults: self.faults,
            keeps_answers: self.inspect.is_wanted(),
            ..mock::Options::new(db)
        };
        process::raise_files_limit();
        let mock = Mock::start(options, SocketAddr::new(self.bind, self.port)).await?;
        new.keep();
        let inspector = self.inspect.of_mock(&mock).await?;
        let url = mock.url();
        let ready = Ready {
            r#type: "ready",
            url: &url,
            token: mock.token().header().expose(),
            project: mock::PROJECT,
            pid: std::process::id(),
            inspect: inspector.as_ref().map(Inspector::url),
        };
        // Attempts count from here, and a caller may cause some as soon as it reads the line.
        let showing = Showing::start(cx, &mock, lines)?;
        let announced = announce(cx, &stream, &ready, self.ready_file.as_deref());
        let _offer = inspector
            .as_ref()
            .and_then(|inspector| inspecting::offer(cx, inspector));
        let end = match announced {
            Ok(()) => stop.recv().await.as_end().map_err(Into::into),
            Err(error) => Err(error),
        };
        let unmet = mock.unmet_faults();
        if let Some(inspector) = inspector {
            inspector.stop().await;
        }
        mock.stop(DRAIN).await;
        if showing.finish().await? {
            warn_of_unmet(cx, &unmet);
        }
        end
    }
}

/// The lines that show what the mock does: to a person unless quiet, to a program with `-v`.
fn lines(cx: &Context, stream: &Stream) -> Option<(CallReports, Lines)> {
    let verbose = cx.output.verbose();
    let (is_wanted, details) = if stream.is_for_people() {
        (true, 1)
    } else {
        (verbose > 0, 2)
    };
    let is_wanted = is_wanted && !cx.output.is_quiet();
    is_wanted.then(|| Lines::on(stream.clone(), verbose >= details))
}

/// Says that the mock is ready: to a program as one line of JSON, to a person as what to paste into
/// another terminal. The mock's token is not one of the user's secrets.
fn announce(
    cx: &Context,
    stream: &Stream,
    ready: &Ready<'_>,
    file: Option<&Path>,
) -> anyhow::Result<()> {
    ready::write(file, ready).context(NOT_SERVED)?;
    if !stream.is_for_people() {
        return Ok(cx.output.announce(ready)?);
    }
    if cx.output.is_quiet() {
        return Ok(());
    }
    let page = ready.inspect.map_or(String::new(), |url| {
        format!("\nTo see its deliveries in a browser on this machine:\n\n  {url}\n")
    });
    let lines = format!(
        "serving project {} at {}; Ctrl-C to stop\n\n\
         To use it from another terminal, with any UbiOps client:\n\n  \
         export UBIOPS_API_HOST={}\n  \
         export UBIOPS_API_TOKEN={}\n  \
         export UBIOPS_PROJECT={}\n{page}",
        ready.project,
        ready.url,
        quote(ready.url),
        quote(ready.token),
        ready.project,
    );
    Ok(cx.output.line(&lines)?)
}

async fn read_token(path: &Path, scrubber: &Scrubber) -> Result<Token, Failure> {
    let failed = |why: String| {
        Failure::new(
            Kind::Usage,
            format!("--token-file {}: {why}", path.display()),
        )
    };
    let text = input::text(path, MAX_TOKEN_FILE).await;
    let text = text.map_err(|error| failed(error.to_string()))?;
    let line = text.lines().next().unwrap_or_default();
    Token::parse(line, scrubber)
        .map_err(|invalid| failed(format!("its first line {}", invalid.rule)))
}
