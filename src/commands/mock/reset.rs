//! `mock reset`: the mock's database as it was at its first start.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args as ClapArgs;
use serde::Serialize;

use super::{DbArgs, explained, on_the_mock, world};
use crate::{
    commands::{
        context::Context,
        verb::{Example, Run},
    },
    mock,
    model::{
        failure::{Failure, Kind},
        text::counted,
    },
    output::{going, paper::Paper, view::View},
};

/// Empty the mock's database
///
/// Webhooks, requests, deliveries, tests and objects go; what the mock starts with is there again.
/// A file can say with what: what it leaves out stays as every mock has it.
#[derive(Debug, Clone, ClapArgs)]
pub(super) struct Args {
    #[command(flatten)]
    db: DbArgs,

    /// Start from this file; - is stdin
    ///
    /// YAML or JSON with deployments, pipelines, experiments and webhooks. What it leaves out stays as
    /// every mock has it.
    #[arg(short, long, value_name = "FILE")]
    file: Option<PathBuf>,

    /// Don't ask
    #[arg(short, long)]
    yes: bool,
}

#[derive(Serialize)]
struct Reset {
    result: &'static str,
    db: String,
}

impl View for Reset {
    fn text(&self, paper: &Paper) -> String {
        format!("reset {}\n", paper.clean(&self.db))
    }

    fn names(&self) -> Vec<String> {
        vec![self.db.clone()]
    }
}

impl Run for Args {
    const NAME: &'static str = "reset";
    const EXAMPLES: &'static [Example] = &[
        (
            "The database of --mock, without a question",
            "ubihook mock reset --yes",
        ),
        ("Another one", "ubihook mock reset --db ./mock.db --yes"),
    ];

    async fn run(self, cx: &mut Context) -> anyhow::Result<()> {
        on_the_mock(cx)?;
        let db = self.db.path(cx)?;
        // Before the question: what can't be used is refused with nothing lost.
        let world = match &self.file {
            Some(file) => {
                cx.note_stdin(Some(file));
                Some(world::read(cx, file).await?)
            }
            None => None,
        };
        if !self.yes {
            cx.must_ask(&format!("empty the mock's database {}", db.display()))?;
            let contents = mock::contents(&db)?;
            let goes = format!(
                "{}, {}, {} and {} go from {}",
                counted(contents.webhooks as u64, "webhook"),
                counted(contents.requests as u64, "request"),
                counted(contents.tests as u64, "test"),
                counted(contents.attempts as u64, "delivery attempt"),
                db.display()
            );
            cx.confirm("Empty it?", |paper| going::sentence(paper, &goes))
                .await?;
        }
        mock::reset(&db, &world.unwrap_or_default()).map_err(|error| {
            match (error, &self.file) {
                (mock::Error::Refused(rule), Some(file)) => {
                    Failure::new(Kind::Usage, format!("-f {}: {rule}", file.display())).into()
                }
                (error, _) => explained(error),
            }
        })?;
        let reset = Reset {
            result: "reset",
            db: db.display().to_string(),
        };
        let done = || format!("{} was reset", reset.db);
        cx.output.show(&reset).with_context(done)
    }
}
