//! `listen`: receives deliveries on this machine, shows them, and says whether those that were
//! expected arrived.

mod acting;
mod ending;
mod given;
mod required;
mod taking;
mod temporary;
mod writer;

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use anyhow::Context as _;
use serde::Serialize;
use tokio::{sync::watch, time::Instant};

use self::{
    acting::{ActArgs, NotThere},
    taking::{End, Serving, Taking, verdict},
    writer::Writer,
};
use super::{
    context::Context,
    ready,
    signals::Signals,
    verb::{Example, Needs, Run},
};
use crate::{
    args::{Concealed, header::conceal, number::whole, target::TargetArgs},
    config::Format,
    model::{
        duration,
        event::EventName,
        failure::{Failure, Kind},
        text::counted,
    },
    output::{count::Stream, received::Verdict},
    process,
    receiver::{
        judge::Judge,
        respond::Responses,
        serve::{self, Rules},
    },
    server::{self, AllowedHost, Here, Limits},
};

/// How long to wait for what is expected.
const PATIENCE: Duration = Duration::from_secs(30);

/// Receive deliveries on this machine, and check them
///
/// Shows each delivery and answers it with 200. With --expect or --count, ends as soon as everything
/// expected has arrived, or with exit code 7 after --timeout. With --deployment, --pipeline or
/// --experiment and one --event, creates a webhook that sends to this listener, and deletes it at the
/// end. Without that and --verify, it needs no account. To deliver an event to it from this machine, see ubihook send.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Args {
    /// Port; 0 for any free one
    #[arg(long, default_value_t = 0, value_name = "PORT", value_parser = whole(0..=u16::MAX))]
    port: u16,

    /// Address to listen on
    ///
    /// Other machines can reach an address that is not loopback, so it requires --verify,
    /// --secret-header or --any.
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST), value_name = "ADDRESS")]
    bind: IpAddr,

    /// Path of deliveries
    ///
    /// Paths below it count too: /hook takes /hook/x, but not /hooks.
    #[arg(long, default_value = "/", value_name = "PATH")]
    path: String,

    /// Name that senders use; repeatable
    ///
    /// For example host.docker.internal. Calls for any other name are refused, because a web page could
    /// make a browser send them.
    #[arg(long = "allow-host", value_name = "NAME")]
    allowed_hosts: Vec<AllowedHost>,

    /// Also write the ready line to this file
    ///
    /// An existing file is removed first.
    #[arg(long, value_name = "FILE")]
    ready_file: Option<PathBuf>,

    /// Take any body, not only events of UbiOps
    #[arg(long)]
    any: bool,

    /// Require the headers of this webhook
    ///
    /// Protected values come from the store. A delivery without them is answered with 401 and doesn't
    /// count.
    #[arg(long, value_name = "WEBHOOK")]
    verify: Option<String>,

    /// Require this header; repeatable
    ///
    /// Written as NAME=SOURCE. SOURCE is where the value comes from: prompt, env:NAME, file:PATH or
    /// stdin, or text with one of them in braces: 'Authorization=Bearer {env:TOKEN}'.
    #[arg(long = "secret-header", value_name = "K=SOURCE", value_parser = conceal)]
    secret_headers: Vec<Concealed>,

    /// Only this event; repeatable
    ///
    /// started, completed, failed or finished, or a full name such as pipeline_request_failed. Other
    /// deliveries are answered, but neither shown nor counted.
    #[arg(short, long = "event", value_name = "EVENT")]
    events: Vec<EventName>,

    /// Only with this value; repeatable
    ///
    /// FIELD is a field of the payload, such as status or result.total, or object_type, object_name or
    /// version. In VALUE, * is any text. All of them must match; of several values for one field, one.
    #[arg(long = "match", value_name = "FIELD=VALUE")]
    matches: Vec<String>,

    /// Status codes to answer with
    ///
    /// For example 503, or 500x2,200 for two failures and then success. The last one is repeated.
    #[arg(long, value_name = "LIST")]
    respond: Option<Responses>,

    /// Wait before each response
    #[arg(long, value_name = "DURATION", value_parser = duration::parse)]
    delay: Option<Duration>,

    /// Append each delivery to this file
    ///
    /// One JSON line each, as printed with -o json; a delivery is on disk before it is answered.
    /// Protected values are left out.
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,

    /// Delivery that has to arrive; repeatable
    ///
    /// Fields and values as for --match, separated by commas; all must match. count=N for more than
    /// one: 'event=failed,object_name=pipeline-1,count=2'.
    #[arg(long = "expect", value_name = "CONDITIONS")]
    expected: Vec<String>,

    /// Payloads that have to arrive
    ///
    /// A YAML or JSON file with a list of items; each has payload, some fields of a payload with their
    /// values, and may have count.
    #[arg(long, value_name = "FILE")]
    expect_file: Option<PathBuf>,

    /// How many deliveries have to arrive
    #[arg(long, value_name = "N", value_parser = whole(1..=u64::MAX))]
    count: Option<u64>,

    /// Fail if anything else arrives
    ///
    /// Goes on for a second after everything expected has arrived.
    #[arg(long)]
    exactly: bool,

    /// Count repeated deliveries too
    ///
    /// A delivery is repeated if its event and request have arrived before, as when a sender retries.
    #[arg(long)]
    count_repeats: bool,

    #[command(flatten)]
    act: ActArgs,

    #[command(flatten)]
    target: TargetArgs,

    /// URL at which the platform reaches this listener
    ///
    /// For the temporary webhook, as it is: no path is added.
    #[arg(long, value_name = "URL", value_parser = conceal, hide_short_help = true)]
    public_url: Option<Concealed>,

    /// How long to listen
    ///
    /// If something is expected, the default is 30s; otherwise there is no limit.
    #[arg(long, value_name = "DURATION", value_parser = duration::call_time)]
    timeout: Option<Duration>,
}

#[derive(Serialize)]
struct Ready<'a> {
    r#type: &'static str,
    url: &'a str,
    pid: u32,
}

impl Run for Args {
    const NAME: &'static str = "listen";
    const EXAMPLES: &'static [Example] = &[
        ("Show deliveries until Ctrl-C", "ubihook listen"),
        (
            "In a CI step: fail unless the event arrives",
            "ubihook listen --ready-file ready.json \\\n    \
             --expect event=failed,object_name=pipeline-1",
        ),
        (
            "With a webhook of its own for as long as it listens",
            "ubihook listen --mock --pipeline pipeline-1 --event failed",
        ),
        (
            "Run a command for each failed request",
            "ubihook listen --event failed -- sh -c 'echo \"$WEBHOOK_TEXT\"'",
        ),
        (
            "Fail twice, then succeed, to see how the sender retries",
            "ubihook listen --respond 500x2,200",
        ),
    ];

    fn needs(&self) -> Needs {
        Needs {
            no_settings: self.verify.is_none() && self.target.is_empty(),
            port: true,
            ..Needs::SERVES
        }
    }

    async fn run(self, cx: &mut Context) -> anyhow::Result<()> {
        // Before anything is printed, so that no signal is lost.
        let mut signals = Signals::listen()?;
        check_format(cx)?;
        self.check(cx)?;
        if let Err(NotThere(code)) = self.act.find(cx) {
            cx.code = code;
            return Ok(());
        }
        let known = self.known();
        let terms = signals.unless_stopped(self.terms(known)).await?;
        let public_url = self.public_url()?;
        let plan = self.plan(cx, public_url.as_ref())?;
        let narrow = self.narrow(known, plan.is_some())?;
        let required = self.required(cx, plan.as_ref());
        let required = signals.unless_stopped(required).await?;
        ready::clear(self.ready_file.as_deref()).context(NOT_STARTED)?;
        let record = self.record().context(NOT_STARTED)?;
        process::raise_files_limit();
        let bound = server::bind(SocketAddr::new(self.bind, self.port)).await;
        let bound = bound.map_err(|error| {
            Failure::new(Kind::Unexpected, error.to_string()).hinted(error.hint())
        })?;
        let address = bound.address();
        let rules = Rules {
            path: self.path.clone(),
            any: self.any,
            here: is_local(self.bind).then(|| Here::at(address, self.names(public_url.as_ref()))),
            required,
        };
        let acts = self.act.acts(cx, &rules, address).await?;
        let (ending, ends) = watch::channel(false);
        let (router, calls) = serve::router(rules, ends);
        let limits = Limits::of(process::files_at_most());
        let limits = limits.at_most(serve::CONNECTIONS, serve::WHOLE, serve::MAX_HEAD);
        let server = bound.serve(router, limits);
        let url = url(address, &self.path);
        let ready = Ready {
            r#type: "ready",
            url: &url,
            pid: std::process::id(),
        };
        let temporary = match plan {
            Some(plan) => {
                let url = public_url.map_or_else(|| url.parse(), Ok)?;
                Some(plan.carry_out(cx, url, &mut signals).await?)
            }
            None => None,
        };
        let listened = async {
            ready::write(self.ready_file.as_deref(), &ready).context(NOT_STARTED)?;
            let begun = format!("listening at {url}; Ctrl-C to stop");
            let stream = Stream::begin(&cx.output, &ready, &begun)?;
            let expects = !terms.expectations.is_empty();
            let mut taking = Taking {
                exactly: terms.exactly,
                judge: Judge::new(terms),
                narrow,
                known,
                responses: self.respond.unwrap_or_default(),
                delay: self.delay.unwrap_or_default(),
                brief: cx.output.is_quiet(),
                timeout: self.timeout.or(expects.then_some(PATIENCE)),
                records: record.is_some(),
                writer: Writer::start(stream.clone(), cx.output.clone(), record)?,
                acts,
                ack_first: self.act.ack_first,
                output: cx.output.clone(),
                number: 0,
            };
            let serving = Serving {
                server,
                calls,
                ending,
            };
            let end = taking.run(serving, &mut signals, Instant::now()).await;
            anyhow::Ok((taking, end, stream))
        };
        let listened = listened.await;
        // Before anything that could wait for a reader of the output.
        if let Some(temporary) = temporary {
            temporary.delete(&mut signals).await;
            cx.close().await;
        }
        let (taking, end, stream) = listened?;
        let Taking {
            judge,
            writer,
            timeout,
            ..
        } = taking;
        let written = tokio::task::spawn_blocking(|| writer.finish()).await;
        written.context("could not write the deliveries")??;
        let verdict = verdict(&judge, end);
        stream.next(&verdict)?;
        if let End::Stopped(signal) = end {
            signal.as_end()?;
        }
        outcome(&verdict, end, timeout)
    }
}

const NOT_STARTED: &str = "could not start to listen";

/// Deliveries come one by one, so there are only lines.
fn check_format(cx: &Context) -> Result<(), Failure> {
    if matches!(cx.output.format(), Format::Yaml | Format::Name) {
        let message = "deliveries are shown as text or as JSON lines: -o table, json or ndjson";
        return Err(Failure::usage(message));
    }
    Ok(())
}

fn is_local(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

/// The URL of a listener; loopback's if it listens at all addresses.
fn url(address: SocketAddr, path: &str) -> String {
    let ip = match address.ip() {
        ip if !ip.is_unspecified() => ip,
        IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
    };
    format!("http://{}{path}", SocketAddr::new(ip, address.port()))
}

/// Ends with 7 if something was expected and not met.
fn outcome(verdict: &Verdict, end: End, timeout: Option<Duration>) -> anyhow::Result<()> {
    if verdict.met {
        return Ok(());
    }
    let unmet = counted(verdict.unmet() as u64, "expectation");
    let message = match (end, timeout) {
        (End::Unexpected(number), _) => format!("delivery {number} was not expected"),
        (End::TimedOut, Some(timeout)) => {
            format!("{unmet} not met within {}", duration::describe(timeout))
        }
        _ => format!("stopped with {unmet} not met"),
    };
    let failure = Failure::new(Kind::Failed, message);
    // Something has arrived, so the way is open.
    if matches!(end, End::Unexpected(_)) {
        return Err(failure.into());
    }
    let hint = "if nothing arrives from a webhook: `ubihook doctor NAME`";
    Err(failure.with_hint(hint).into())
}
