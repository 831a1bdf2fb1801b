//! `mock deliveries`: shows the mock's delivery attempts.

use clap::Args as ClapArgs;
use serde::Serialize;

use super::{DbArgs, on_the_mock};
use crate::{
    args::number::whole,
    commands::{
        context::Context,
        near, reader,
        signals::Signals,
        verb::{Example, Needs, Run},
    },
    mock::{AttemptFilter, Attempts, Since},
    model::{
        event::EventName,
        failure::{Failure, Kind},
    },
    output::{count::Stream, delivery},
};

/// The maximum number of attempts that are read at once while following.
const PAGE: usize = 1000;

/// Show the mock's delivery attempts
///
/// Shows each stored attempt with its time, webhook, event, request, number, outcome and duration,
/// oldest first. Works on the database, whether a mock is being served or not.
#[derive(Debug, Clone, ClapArgs)]
pub(super) struct Args {
    /// Only attempts of this webhook
    #[arg(long, value_name = "WEBHOOK")]
    webhook: Option<String>,

    /// Only attempts for this request
    #[arg(long, value_name = "ID")]
    request: Option<String>,

    /// Only attempts for this event
    ///
    /// started, completed, failed or finished, or a full name such as pipeline_request_failed.
    #[arg(long, value_name = "EVENT")]
    event: Option<EventName>,

    /// Only attempts since this time, or within this duration: 10m
    #[arg(long, value_name = "TIME")]
    since: Option<Since>,

    /// Only the newest COUNT attempts
    #[arg(long, value_name = "COUNT", conflicts_with = "follow",
          value_parser = whole(1..=u32::MAX))]
    limit: Option<u32>,

    /// Show the payload of each attempt
    #[arg(long)]
    payload: bool,

    /// Only failed attempts
    #[arg(long)]
    failed: bool,

    /// Show new attempts as they happen, until Ctrl-C
    ///
    /// Prints JSON lines, the first of which has "type":"ready". On a terminal, prints plain text
    /// unless -o is given.
    #[arg(short, long)]
    follow: bool,

    #[command(flatten)]
    db: DbArgs,
}

#[derive(Serialize)]
struct Ready<'a> {
    r#type: &'static str,
    db: &'a str,
}

impl Run for Args {
    const NAME: &'static str = "deliveries";
    const EXAMPLES: &'static [Example] = &[
        (
            "Show the attempts of one webhook as JSON",
            "ubihook mock deliveries --webhook orders-failed -o json",
        ),
        (
            "Show the payload of the last attempt",
            "ubihook mock deliveries --limit 1 --payload -o json",
        ),
        ("Show failed attempts", "ubihook mock deliveries --failed"),
    ];

    fn needs(&self) -> Needs {
        Needs {
            own_signals: self.follow,
            ..Needs::default()
        }
    }

    async fn run(self, cx: &mut Context) -> anyhow::Result<()> {
        on_the_mock(cx)?;
        let is_named = self.db.db.is_some();
        // Who follows is told of it in another sentence.
        let db = if self.follow {
            self.db.path(cx)?
        } else {
            self.db.announced(cx)?
        };
        let filter = AttemptFilter {
            webhook: self.webhook.clone(),
            request: self.request,
            event: self.event,
            since: self.since,
            failed: self.failed,
            payload: self.payload,
        };
        if !self.follow {
            // Reading doesn't create a database. Following does, because it may be started before
            // the mock.
            let found = if db.exists() {
                let mut attempts = Attempts::open(&db, filter)?;
                if let Some(webhook) = &self.webhook {
                    check_known(&attempts, webhook, &self.db.place(cx, &db))?;
                }
                let most = self.limit.map(|limit| limit as usize);
                attempts.newest(most.unwrap_or(usize::MAX))?
            } else if is_named {
                let message = format!("database {} does not exist", db.display());
                return Err(Failure::new(Kind::NotFound, message).into());
            } else {
                Vec::new()
            };
            let found = delivery::Attempts(found);
            if found.0.is_empty() && cx.output.is_watched() {
                cx.output
                    .note(&format!("no deliveries found{}", self.db.place(cx, &db)));
            }
            return Ok(cx.output.show(&found)?);
        }
        let mut attempts = Attempts::open(&db, filter)?;
        let mut stop = Signals::listen()?;
        attempts.skip()?;
        let shown = db.display().to_string();
        let ready = Ready {
            r#type: "ready",
            db: &shown,
        };
        let begun = format!(
            "showing new delivery attempts in {}; Ctrl-C to stop",
            ready.db
        );
        let stream = Stream::begin(&cx.output, &ready, &begun)?;
        tokio::select! {
            ended = follow(&mut attempts, &stream) => ended,
            () = reader::gone() => Ok(()),
            signal = stop.recv() => Ok(signal.as_end()?),
        }
    }
}

/// Refuses the name of a webhook that has never existed.
fn check_known(attempts: &Attempts, webhook: &str, place: &str) -> anyhow::Result<()> {
    let Some(known) = attempts.instead_of(webhook)? else {
        return Ok(());
    };
    let known: Vec<_> = known.iter().map(String::as_str).collect();
    let hint = near::of_names("--webhook", webhook, &known);
    let message = format!("the mock has no webhook `{webhook}`, and never called one{place}");
    Err(Failure::new(Kind::NotFound, message).hinted(hint).into())
}

/// Prints attempts until stdout is closed.
async fn follow(attempts: &mut Attempts, stream: &Stream) -> anyhow::Result<()> {
    loop {
        attempts.changed().await?;
        loop {
            let page = attempts.read(PAGE)?;
            let whole = page.len() == PAGE;
            for attempt in page {
                if !stream.next(&delivery::Happened(attempt))? {
                    return Ok(());
                }
            }
            if !whole {
                break;
            }
        }
    }
}
