//! `mock reset`: the mock's database as it was at its first start.

use std::path::PathBuf;

use clap::Args as ClapArgs;
use serde::Serialize;

use crate::{
    commands::context::Context,
    mock,
    output::{paper::Paper, view::View},
};

/// Empty the mock's database
///
/// Webhooks, tests and objects go; what the mock starts with is there again.
#[derive(Debug, Clone, ClapArgs)]
pub(super) struct Args {
    /// Database to empty [env: UBIHOOK_MOCK_DB]
    #[arg(long, value_name = "FILE")]
    db: Option<PathBuf>,

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

/// Empties it.
pub(super) async fn run(args: Args, cx: &mut Context) -> anyhow::Result<()> {
    let db = match args.db {
        Some(db) => db,
        None => cx.mock_db()?,
    };
    if !args.yes {
        cx.must_ask(&format!("empty the mock's database {}", db.display()))?;
        let contents = mock::contents(&db)?;
        let goes = format!(
            "{} and {} in {} go",
            counted(contents.webhooks, "webhook"),
            counted(contents.tests, "test"),
            db.display()
        );
        cx.confirm("Empty it?", |paper| format!("{}\n", paper.clean(&goes)))
            .await?;
    }
    mock::reset(&db)?;
    Ok(cx.output.show(&Reset {
        result: "reset",
        db: db.display().to_string(),
    })?)
}

fn counted(count: usize, word: &str) -> String {
    match count {
        1 => format!("1 {word}"),
        count => format!("{count} {word}s"),
    }
}
