//! Starts the server, listens until the end, and deletes the temporary webhook.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use anyhow::Context as _;
use serde::Serialize;
use tokio::{sync::watch, time::Instant};

use super::{
    Args,
    given::{check_format, is_local},
    taking::{End, Serving, Taking},
    verdict::{outcome, verdict},
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
    server::{self, Bound, Here, Limits},
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
    let serving = serve(bound, rules);
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
        let mut taking = Taking {
            exactly: terms.exactly,
            judge: Judge::new(terms),
            narrow,
            known,
            responses: args.respond.unwrap_or_default(),
            delay: args.delay.unwrap_or_default(),
            brief: cx.output.is_quiet(),
            timeout: args.timeout.or(expects.then_some(PATIENCE)),
            records: record.is_some(),
            writer: Writer::start(stream.clone(), cx.output.clone(), record, listened.clone())?,
            listened,
            acts,
            ack_first: args.act.ack_first,
            output: cx.output.clone(),
            number: 0,
        };
        let end = taking.run(serving, &mut signals, Instant::now()).await;
        anyhow::Ok((taking, end, stream))
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
    if matches!(end, End::Stopped(Signal::Interrupt)) {
        stream.below_interrupt()?;
    }
    stream.next(&verdict)?;
    if let End::Stopped(signal) = end {
        signal.as_end()?;
    }
    outcome(&verdict, end, timeout)
}

/// Serves, and hands over calls.
fn serve(bound: Bound, rules: Rules) -> Serving {
    let (ending, ends) = watch::channel(false);
    let (router, calls) = serve::router(rules, ends);
    let limits = Limits::of(process::files_at_most());
    let limits = limits.at_most(serve::CONNECTIONS, serve::WHOLE, serve::MAX_HEAD);
    Serving {
        server: bound.serve(router, limits),
        calls,
        ending,
    }
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
