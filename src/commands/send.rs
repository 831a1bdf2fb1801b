//! `send`: delivers an event, or the deliveries of a recording, from this machine.

mod event;
mod given;
mod one;
mod recorded;
mod route;
mod sending;

use std::path::PathBuf;

use clap::ArgAction;

use self::{
    event::Dummy,
    recorded::Recorded,
    route::Route,
    sending::{Progress, Way},
};
use super::{
    context::Context,
    signals::{Signals, Stopped},
    verb::{Example, Needs, Run},
};
use crate::{
    args::{
        Concealed,
        header::{HeaderArgs, conceal},
        number::{rate, whole},
        target::TargetArgs,
    },
    deliver::{self, Sender},
    model::{
        assignment::Assignment,
        event::EventName,
        failure::{Failure, Kind},
        header::HeaderName,
        name::WebhookName,
        timeout::Timeout,
        url::masked_userinfo,
    },
    output::{count::Stream, preview::Preview, sent::SentMany},
    process,
};

/// Deliver an event from this machine
///
/// Sends the payload that UbiOps would send for EVENT to a URL, or resends a recording made by
/// ubihook listen. Needs no account, unless --to names a webhook. Exits with 7 if a delivery
/// failed. To have the platform deliver a test event instead, see ubihook test.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Args {
    /// started, completed, failed or finished
    ///
    /// Or the full name, such as pipeline_request_failed, which needs no object: it is sent for
    /// pipeline-1 or deployment-1. With --to, the webhook's own event is the default.
    #[arg(conflicts_with = "file")]
    event: Option<EventName>,

    /// URL to deliver to
    #[arg(short, long, value_name = "URL", value_parser = conceal)]
    url: Option<Concealed>,

    /// Webhook to deliver to
    ///
    /// Uses its URL, headers, timeout and retry. Protected values come from this machine's store.
    #[arg(long, value_name = "WEBHOOK", conflicts_with = "url")]
    to: Option<WebhookName>,

    #[command(flatten)]
    target: TargetArgs,

    /// Field of the payload to change; repeatable
    ///
    /// VALUE is text; within result, for example result.total=12, it can be JSON.
    #[arg(long = "set", value_name = "FIELD=VALUE")]
    changes: Vec<Assignment>,

    /// JSON file with the request's result
    ///
    /// - is stdin. The payload of a completed request includes a result of up to 16 KiB.
    #[arg(long, value_name = "FILE", conflicts_with = "file")]
    result_file: Option<PathBuf>,

    #[command(flatten)]
    headers: HeaderArgs,

    /// Header to leave out; repeatable
    #[arg(long = "remove-header", value_name = "K")]
    removed: Vec<HeaderName>,

    /// Timeout in seconds, 1 to 30 [default: 10]
    #[arg(long, value_name = "SECONDS")]
    timeout: Option<Timeout>,

    /// Retry failed deliveries, up to 2 times
    #[arg(long, value_name = "BOOL", hide_possible_values = true, num_args = 0..=1, require_equals = true, default_missing_value = "true", action = ArgAction::Set)]
    retry: Option<bool>,

    /// Number of events, each for its own request
    ///
    /// Up to 64 at once. Prints statistics instead of the response.
    #[arg(long, value_name = "N", conflicts_with = "file",
          value_parser = whole(1..=u64::MAX))]
    count: Option<u64>,

    /// Maximum number of deliveries per second
    #[arg(long, value_name = "RATE", requires = "count", value_parser = rate)]
    rate: Option<f64>,

    /// Recording to send again; - for stdin
    ///
    /// A file written by ubihook listen --record. Its deliveries are sent in order, with their
    /// headers.
    #[arg(short, long, value_name = "RECORDING")]
    file: Option<PathBuf>,

    /// Only deliveries with this value; repeatable
    ///
    /// As for ubihook listen --match.
    #[arg(long, value_name = "FIELD=VALUE")]
    only: Vec<String>,

    /// Show what would be sent without sending it
    ///
    /// Headers are not shown, and no value of a protected one is needed.
    #[arg(long, conflicts_with_all = ["file", "count"])]
    dry_run: bool,

    /// Pauses as recorded (1) or none (max)
    ///
    /// The default is max.
    #[arg(long, value_name = "SPEED", hide_possible_values = true)]
    speed: Option<Speed>,
}

/// How fast a recording is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Speed {
    #[value(name = "1")]
    Recorded,
    #[value(name = "max")]
    Max,
}

impl Run for Args {
    const NAME: &'static str = "send";
    const EXAMPLES: &'static [Example] = &[
        (
            "Deliver one event to your receiver",
            "ubihook send pipeline_request_failed --url http://127.0.0.1:8080/",
        ),
        (
            "Deliver what a webhook would get, with its headers",
            "ubihook send failed --to orders-failed",
        ),
        (
            "Measure a receiver",
            "ubihook send completed --deployment deployment-1 --count 1000 \\\n    \
             --url http://127.0.0.1:8080/",
        ),
        (
            "Send a recording again",
            "ubihook send -f events.ndjson --url http://127.0.0.1:8080/",
        ),
    ];

    fn needs(&self) -> Needs {
        Needs {
            no_settings: self.to.is_none(),
            ..Needs::SERVES
        }
    }

    async fn run(self, cx: &mut Context) -> anyhow::Result<()> {
        let mut signals = Signals::listen()?;
        self.check(cx)?;
        let route = signals.unless_stopped(self.route(cx)).await?;
        if self.dry_run {
            return self.preview(cx, &route).await;
        }
        let sender = Sender::new(deliver::USER_AGENT, &cx.authorities().await?);
        process::raise_files_limit();
        match &self.file {
            Some(file) => {
                let recorded = Recorded::read(cx, file, &self.only);
                let read = async { Ok(recorded.await?) };
                let recorded = signals.unless_stopped(read).await?;
                self.replay(cx, &route, &sender, recorded, &mut signals)
                    .await?;
            }
            None => self.dummy(cx, &route, &sender, &mut signals).await?,
        }
        cx.close().await;
        Ok(())
    }
}

impl Args {
    async fn preview(&self, cx: &Context, route: &Route) -> anyhow::Result<()> {
        let dummy = self.compose(cx, route).await?;
        let body = dummy.body(&dummy.request());
        Ok(cx.output.show(&Preview {
            method: Some("POST"),
            path: masked_userinfo(route.url.as_str()).into_owned(),
            body: serde_json::from_slice(&body).ok(),
            changes: Vec::new(),
        })?)
    }

    async fn dummy(
        &self,
        cx: &Context,
        route: &Route,
        sender: &Sender,
        signals: &mut Signals,
    ) -> anyhow::Result<()> {
        let dummy = signals.unless_stopped(self.compose(cx, route)).await?;
        let way = self.way(route, sender).map_err(not_made)?;
        let Some(count) = self.count else {
            return one::one(cx, route, &way, &dummy, signals).await;
        };
        let progress = Progress::begin();
        let work = sending::many(way, dummy, (count, self.rate), progress.clone());
        let stopped = progress.of(work, count, &cx.output, signals).await;
        finish(cx, &progress.numbers(), stopped.map(Stopped))
    }

    async fn replay(
        &self,
        cx: &Context,
        route: &Route,
        sender: &Sender,
        mut recorded: Recorded,
        signals: &mut Signals,
    ) -> anyhow::Result<()> {
        recorded.set(self.changes.clone())?;
        let headers = sender.headers();
        recorded.check(route, &headers)?;
        let way = self.way(route, sender).map_err(not_made)?;
        let is_timed = self.speed == Some(Speed::Recorded);
        let messages = recorded.messages(route, &headers, is_timed);
        let progress = Progress::begin();
        let work = sending::in_order(&way, messages, progress.clone());
        let total = recorded.len() as u64;
        let stopped = progress.of(work, total, &cx.output, signals).await;
        finish(cx, &progress.numbers(), stopped.map(Stopped))
    }
}

fn not_made(failure: deliver::Failure) -> Failure {
    Failure::new(Kind::Failed, format!("not delivered: {failure}"))
}

/// Shows the numbers, and ends with 7 if a delivery failed.
fn finish(cx: &Context, numbers: &SentMany, stopped: Option<Stopped>) -> anyhow::Result<()> {
    Stream::of(&cx.output).next(numbers)?;
    if let Some(stopped) = stopped {
        return Err(stopped.into());
    }
    if numbers.failed == 0 {
        return Ok(());
    }
    let message = format!(
        "{} of {} deliveries failed: {}",
        numbers.failed,
        numbers.sent,
        numbers.why()
    );
    Err(Failure::new(Kind::Failed, message).into())
}
