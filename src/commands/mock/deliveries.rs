//! `mock deliveries`: what the mock has tried to deliver.

use clap::Args as ClapArgs;
use serde::Serialize;
use tokio::time;

use super::{DbArgs, on_the_mock};
use crate::{
    commands::{
        context::Context,
        signals::Signals,
        verb::{Example, Needs, Run},
    },
    mock::{AttemptFilter, Attempts, polling},
    model::failure::{Failure, Kind},
    output::{count::Stream, delivery},
    terminal,
};

/// The most that are read at once while following.
const PAGE: usize = 1000;

/// Show what the mock has tried to deliver
///
/// Each attempt with its time, webhook, event, request, number, outcome and duration, oldest first,
/// as far back as the mock keeps them. Works on the database, whether a mock is served or not.
#[derive(Debug, Clone, ClapArgs)]
pub(super) struct Args {
    /// Only those of this webhook
    #[arg(long, value_name = "WEBHOOK")]
    webhook: Option<String>,

    /// Only those that were not delivered
    #[arg(long)]
    failed: bool,

    /// Print each from now on, until Ctrl-C
    ///
    /// As lines of JSON, the first of them {"type":"ready"}; a terminal shows them for people, unless
    /// -o says otherwise.
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
            "What one webhook was sent, as JSON",
            "ubihook mock deliveries --webhook orders-failed -o json",
        ),
        (
            "What didn't get through",
            "ubihook mock deliveries --failed",
        ),
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
        let db = self.db.path(cx)?;
        let filter = AttemptFilter {
            webhook: self.webhook,
            failed: self.failed,
        };
        if !self.follow {
            // To look makes no database; who follows may be there before the mock is.
            let found = if db.exists() {
                Attempts::open(&db, filter)?.read(usize::MAX)?
            } else if is_named {
                let message = format!("there is no database {}", db.display());
                return Err(Failure::new(Kind::NotFound, message).into());
            } else {
                Vec::new()
            };
            let found = delivery::Attempts(found);
            if found.0.is_empty() && cx.output.is_watched() {
                cx.output.note("no such deliveries");
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
            "what {} tries to deliver from now on; Ctrl-C ends it",
            ready.db
        );
        let stream = Stream::begin(&cx.output, &ready, &begun)?;
        tokio::select! {
            ended = follow(&mut attempts, &stream) => ended,
            () = unread() => Ok(()),
            _ = stop.recv() => Ok(()),
        }
    }
}

/// Until nobody can read any more, were there anything to say or not.
async fn unread() {
    while terminal::stdout_is_read() {
        time::sleep(polling::READER).await;
    }
}

/// Until nobody reads any more.
async fn follow(attempts: &mut Attempts, stream: &Stream<'_>) -> anyhow::Result<()> {
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
