//! `mock deliveries`: what the mock has tried to deliver.

use std::path::PathBuf;

use clap::Args as ClapArgs;
use serde::Serialize;

use crate::{
    commands::{context::Context, signals::Signals},
    mock::{Attempts, Wanted},
    output::delivery,
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
    /// As lines of JSON, the first of them {"type":"ready"}.
    #[arg(short, long)]
    follow: bool,

    /// Database to look at
    ///
    /// Else UBIHOOK_MOCK_DB, or the one of --mock.
    #[arg(long, value_name = "FILE")]
    db: Option<PathBuf>,
}

impl Args {
    /// Whether it goes on until it is told to stop.
    pub(super) fn follows(&self) -> bool {
        self.follow
    }
}

#[derive(Serialize)]
struct Ready<'a> {
    r#type: &'static str,
    db: &'a str,
}

/// Shows them.
pub(super) async fn run(args: Args, cx: &mut Context) -> anyhow::Result<()> {
    let db = match args.db {
        Some(db) => db,
        None => cx.mock_db()?,
    };
    let wanted = Wanted {
        webhook: args.webhook,
        failed: args.failed,
    };
    let mut attempts = Attempts::open(&db, wanted)?;
    if !args.follow {
        return Ok(cx
            .output
            .show(&delivery::Attempts(attempts.read(usize::MAX)?))?);
    }
    let mut stop = Signals::listen()?;
    attempts.skip()?;
    let ready = Ready {
        r#type: "ready",
        db: &db.display().to_string(),
    };
    if !cx.output.stream_on(&ready)? {
        return Ok(());
    }
    tokio::select! {
        ended = follow(&mut attempts, cx) => ended,
        _ = stop.recv() => Ok(()),
    }
}

/// Until nobody reads any more.
async fn follow(attempts: &mut Attempts, cx: &Context) -> anyhow::Result<()> {
    loop {
        attempts.changed().await?;
        loop {
            let page: Vec<_> = attempts.read(PAGE)?;
            for attempt in &page {
                if !cx.output.stream_on(attempt)? {
                    return Ok(());
                }
            }
            if page.len() < PAGE {
                break;
            }
        }
    }
}
