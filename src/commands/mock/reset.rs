//! `mock reset`: restores the mock's database to its initial state.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args as ClapArgs;
use serde::Serialize;

use super::{DbArgs, on_the_mock, world};
use crate::{
    commands::{
        context::Context,
        verb::{Example, Run},
    },
    mock,
    model::text::counted,
    output::{deletion, paper::Paper, view::View},
};

/// Reset the mock's database
///
/// Deletes all webhooks, requests, deliveries, tests and objects, and restores the objects that the
/// mock starts with, or those of a file.
#[derive(Debug, Clone, ClapArgs)]
pub(super) struct Args {
    #[command(flatten)]
    db: DbArgs,

    /// Start with the contents of this file; - for stdin
    ///
    /// YAML or JSON with deployments, pipelines, experiments and webhooks. For a key that is left out,
    /// the mock keeps its default objects.
    #[arg(short, long, value_name = "FILE")]
    file: Option<PathBuf>,

    /// Don't ask for confirmation
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
            "Reset the database of --mock without confirmation",
            "ubihook mock reset --yes",
        ),
        (
            "Reset another database",
            "ubihook mock reset --db ./mock.db --yes",
        ),
    ];

    async fn run(self, cx: &mut Context) -> anyhow::Result<()> {
        on_the_mock(cx)?;
        let db = self.db.announced(cx)?;
        // Before the prompt, so that a file with errors is refused before anything is deleted.
        let world = match &self.file {
            Some(file) => {
                cx.note_stdin(Some(file));
                Some(world::read(cx, file).await?)
            }
            None => None,
        };
        if !self.yes {
            cx.must_ask(&format!("reset the mock's database {}", db.display()))?;
            let contents = mock::contents(&db)?;
            let goes = format!(
                "{}, {}, {} and {} will be deleted from {}",
                counted(contents.webhooks as u64, "webhook"),
                counted(contents.requests as u64, "request"),
                counted(contents.tests as u64, "test"),
                counted(contents.attempts as u64, "delivery attempt"),
                db.display()
            );
            cx.confirm("Reset it?", |paper| deletion::sentence(paper, &goes))
                .await?;
        }
        world::reset(&db, &world.unwrap_or_default(), self.file.as_deref())?;
        let reset = Reset {
            result: "reset",
            db: db.display().to_string(),
        };
        let done = || format!("{} was reset", reset.db);
        cx.output.show(&reset).with_context(done)
    }
}
