//! `mock deliveries`: shows the mock's delivery attempts.

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
        let db = self.db.path(cx)?;
        let filter = AttemptFilter {
            webhook: self.webhook,
            failed: self.failed,
        };
        if !self.follow {
            // Reading doesn't create a database. Following does, because it may be started before
            // the mock.
            let found = if db.exists() {
                Attempts::open(&db, filter)?.read(usize::MAX)?
            } else if is_named {
                let message = format!("database {} does not exist", db.display());
                return Err(Failure::new(Kind::NotFound, message).into());
            } else {
                Vec::new()
            };
            let found = delivery::Attempts(found);
            if found.0.is_empty() && cx.output.is_watched() {
                cx.output.note("no deliveries found");
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
            () = unread() => Ok(()),
            _ = stop.recv() => Ok(()),
        }
    }
}

/// Waits until stdout is closed, even if nothing is written.
async fn unread() {
    while terminal::stdout_is_read() {
        time::sleep(polling::READER).await;
    }
}

/// Prints attempts until stdout is closed.
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
