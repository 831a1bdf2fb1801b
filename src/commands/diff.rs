//! `diff`: compares the webhooks in files with those on the platform.

use clap::Args as ClapArgs;

use super::{
    context::Context,
    planning::{self, WantedArgs, planned},
    verb::{Example, Run},
};
use crate::model::{
    failure::{Failure, Kind},
    plan::{Summary, Terms},
    text::counted,
};

/// Compare the webhooks in files with those of the project
///
/// Shows what would have to be created, updated, replaced or deleted to make the project match the
/// files. Changes nothing. Files are exact: a field that is missing from a file gets its default,
/// except for enabled. Unchanged webhooks are counted, and listed with -v.
///
/// The platform doesn't return protected values. A value in a file is compared with the one that
/// was last sent from this machine, if any; otherwise it is unknown whether it differs.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct Args {
    #[command(flatten)]
    wanted: WantedArgs,

    /// Also show the owner's webhooks that are not in the files
    #[arg(long, conflicts_with = "name")]
    prune: bool,

    /// Exit with 10 if something differs
    #[arg(long)]
    exit_code: bool,
}

impl Run for Args {
    const NAME: &'static str = "diff";
    const EXAMPLES: &'static [Example] = &[
        (
            "Show how the project differs from the files in a folder",
            "ubihook diff -f webhooks",
        ),
        (
            "In a nightly job, fail if something was changed by hand",
            "ubihook diff -f webhooks --exit-code",
        ),
        (
            "Include webhooks of the team that are not in the files",
            "ubihook diff -f webhooks --owner orders-team --prune",
        ),
    ];

    async fn run(self, cx: &mut Context) -> anyhow::Result<()> {
        let manifest = self.wanted.read(cx, self.prune, &self.typed()).await?;
        let terms = Terms {
            prune: self.prune,
            ..Terms::default()
        };
        let planned = planned(cx, &manifest, terms).await?;
        let summary = planning::show(cx, planned.changes)?;
        if self.exit_code {
            return verdict(&summary);
        }
        Ok(())
    }
}

impl Args {
    /// The verb with its own flags, which can be given together with names.
    fn typed(&self) -> String {
        let exit_code = if self.exit_code { " --exit-code" } else { "" };
        format!("{}{exit_code}", Self::NAME)
    }
}

/// The error of `--exit-code`. A value that can't be compared doesn't count as a difference.
fn verdict(summary: &Summary) -> anyhow::Result<()> {
    let Summary {
        create,
        update,
        replace,
        delete,
        conflict,
        ..
    } = *summary;
    if conflict > 0 {
        let message = format!("{} in conflict", counted(conflict, "webhook"));
        return Err(Failure::new(Kind::Refused, message).into());
    }
    let differing = create + update + replace + delete;
    if differing == 0 {
        return Ok(());
    }
    let message = match differing {
        1 => "1 webhook differs".to_owned(),
        count => format!("{count} webhooks differ"),
    };
    Err(Failure::new(Kind::Differs, message).into())
}
