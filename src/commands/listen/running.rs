//! Starts the server, listens until the end, and deletes the temporary webhook.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use anyhow::Context as _;
use serde::Serialize;
use tokio::{sync::watch, time::Instant};

use super::{
    Args,
    given::{check_format, is_local},
    taking::{End, How, State, Taking},
    verdict::{hint, outcome, verdict},
    writer::Writer,
};
use crate::{
    commands::{
        context::Context,
        inspecting, ready,
        signals::{Signal, Signals},
    },
    inspect::Inspector,
    model::failure::{Failure, Kind},
    output::count::Stream,
    process,
    receiver::{
        judge::Judge,
        serve::{self, Rules},
    },
    server::{self, Bound, Here, Limits, Server},
};

const NOT_STARTED: &str = "could not start to listen";

/// How long to wait for what is expected.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Serialize)]
struct Ready<'a> {
    r#type: &'static str,
    url: &'a str,
    pid: u32,
    /// The address of the page.
    #[serde(skip_serializing_if = "Option::is_none")]
    inspect: Option<&'a str>,
}

/// From the arguments to the exit code.
pub(super) async fn run(args: Args, cx: &mut Context) -> anyhow::Result<()> {
    // Before anything is printed, so that no signal is lost.
    let mut signals = Signals::listen()?;
    check_format(cx)?;
    args.check(cx)?;
    args.act.find(cx)?;
    let known = args.known();
    let terms = signals.unless_stopped(args.expect.terms(known)).await?;
    let public_url = args.public_url()?;
    let plan = args.plan(cx, public_url.as_ref())?;
    let narrow = args.narrow(known, plan.is_some())?;
    let required = args.required(cx, plan.as_ref());
    let required = signals.unless_stopped(required).await?;
    ready::clear(args.ready_file.as_deref()).context(NOT_STARTED)?;
    let record = args.record().context(NOT_STARTED)?;
    process::raise_files_limit();
    let bound = server::bind(SocketAddr::new(args.bind, args.port)).await;
    let bound = bound
        .map_err(|error| Failure::new(Kind::Unexpected, error.to_string()).hinted(error.hint()))?;
    let address = bound.address();
    let rules = Rules {
        path: args.path.clone(),
        any: args.any,
        here: is_local(args.bind).then(|| Here::at(address, args.names(public_url.as_ref()))),
        required,
    };
    let acts = args.act.acts(cx, &rules, address).await?;
    let url = url(address, &args.path);
    let (inspector, listened) = args.inspect.of_listen(&url).await?.unzip();
    let ready = Ready {
        r#type: "ready",
        url: &url,
        pid: std::process::id(),
        inspect: inspector.as_ref().map(Inspector::url),
    };
    let temporary = match plan {
        Some(plan) => {
            let url = public_url.map_or_else(|| url.parse(), Ok)?;
            Some(plan.carry_out(cx, url, &mut signals).await?)
        }
        None => None,
    };
    let listened = async {
        ready::write(args.ready_file.as_deref(), &ready).context(NOT_STARTED)?;
        let begun = format!("listening at {url}; Ctrl-C to stop");
        let stream = Stream::begin(&cx.output, &ready, &begun)?;
        if let Some(inspector) = inspector.as_ref().filter(|_| stream.is_for_people()) {
            inspecting::announce(cx, inspector);
        }
        let _offer = inspector
            .as_ref()
            .and_then(|inspector| inspecting::offer(cx, inspector));
        let expects = !terms.expectations.is_empty();
        let is_useless_unread = !expects && record.is_none() && acts.is_none();
        let timeout = args.timeout.or(expects.then_some(PATIENCE));
        let how = How {
            narrow,
            known,
            delay: args.delay.unwrap_or_default(),
            exactly: terms.exactly,
            deadline: timeout.map(|timeout| Instant::now() + timeout),
            brief: cx.output.is_quiet(),
            ack_first: args.act.ack_first,
            listened: listened.clone(),
            output: cx.output.clone(),
        };
        let mut writer = Writer::start(stream.clone(), cx.output.clone(), record, listened)?;
        let responses = args.respond.unwrap_or_default();
        let state = State::new(Judge::new(terms), responses, acts, writer.handle());
        let taking = Arc::new(Taking::new(how, state));
        let (ending, ends) = watch::channel(false);
        // Connections have waited so far.
        let server = serve(bound, rules, taking.clone(), ends);
        let end = taking.until_end(&mut writer, is_useless_unread, &mut signals);
        let end = end.await;
        let is_stopped = matches!(end, End::Stopped(_));
        taking.drain(server, ending, &mut signals, is_stopped).await;
        anyhow::Ok((taking, writer, end, timeout, stream))
    };
    let listened = listened.await;
    if let Some(inspector) = inspector {
        inspector.stop().await;
    }
    // Before anything that could wait for a reader of the output.
    if let Some(temporary) = temporary {
        temporary.delete(&mut signals).await;
        cx.close().await;
    }
    let (taking, writer, end, timeout, stream) = listened?;
    let written = tokio::task::spawn_blocking(|| writer.finish()).await;
    written.context("could not write the deliveries")??;
    let verdict = verdict(&taking.state().judge, end);
    if matches!(end, End::Stopped(Signal::Interrupt)) {
        stream.below_interrupt()?;
    }
    stream.next(&verdict)?;
    if let End::Stopped(signal) = end {
        signal.as_end()?;
    }
    outcome(&verdict, end, timeout, hint(&taking.state()))
}

/// Serves, and has calls taken.
fn serve(bound: Bound, rules: Rules, taking: Arc<Taking>, ends: watch::Receiver<bool>) -> Server {
    let limits = Limits::of(process::files_at_most());
    let limits = limits.at_most(serve::CONNECTIONS, serve::WHOLE, serve::MAX_HEAD);
    bound.serve(serve::router(rules, taking, ends), limits)
}

/// The URL of a listener; loopback's if it listens at all addresses.
fn url(address: SocketAddr, path: &str) -> String {
    let ip = match address.ip() {
        ip if !ip.is_unspecified() => ip,
        IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
    };
    format!("http://{}{path}", SocketAddr::new(ip, address.port()))
}
