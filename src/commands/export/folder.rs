//! `--dir`: one file for each webhook. A file that differs is overwritten only after confirmation.

use std::path::{Path, PathBuf};

use super::Made;
use crate::{
    commands::{context::Context, many::Failed, reason},
    files, input,
    model::{
        export::{Export, FileNames},
        failure::{Failure, Kind},
        text::counted,
    },
    output::{
        deletion::sentence,
        export::{FileResult, Files, WrittenFile},
    },
};

/// More than a webhook can have.
const MAX_BYTES: usize = 1 << 20;

/// Refuses a path that can't be a folder, before any call.
pub(super) fn check(dir: &Path) -> Result<(), Failure> {
    if dir.as_os_str().is_empty() {
        return Err(Failure::usage("--dir must not be empty"));
    }
    if dir.exists() && !dir.is_dir() {
        let message = format!("--dir {}: is not a folder", dir.display());
        return Err(Failure::usage(message));
    }
    Ok(())
}

/// A file that is to be written.
struct Planned<'a> {
    name: &'a str,
    path: PathBuf,
    text: String,
    before: Before,
}

/// What the file is before that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Before {
    Missing,
    Same,
    Different,
}

/// Writes the files, and shows which. Returns an error if some could not be written.
pub(super) async fn write(
    cx: &Context,
    dir: &Path,
    yes: bool,
    made: &Made,
) -> anyhow::Result<Vec<Failed>> {
    let names = FileNames::of(made.entries.iter().map(|entry| entry.name.as_str()));
    let (mut planned, mut shown) = (Vec::new(), Vec::new());
    let mut failed = Vec::<Failed>::new();
    let why_not = |name: &str, error: anyhow::Error| {
        let context = format!("could not export webhook `{name}`");
        (name.to_owned(), error.context(context))
    };
    for entry in &made.entries {
        let Some(file) = names.name(&entry.name) else {
            let why = Failure::new(Kind::Refused, "its name is too long for a file");
            failed.push(why_not(&entry.name, why.into()));
            continue;
        };
        let path = dir.join(file);
        let text = Export::yaml_of_one(made.owner.as_deref(), entry);
        let before = before(&path, &text).await?;
        planned.push(Planned {
            name: &entry.name,
            path,
            text,
            before,
        });
    }
    confirm(cx, yes, &planned).await?;
    for one in planned {
        let file = one.path.display().to_string();
        let result = match one.before {
            Before::Same => FileResult::Unchanged,
            Before::Missing | Before::Different => {
                match files::write(&one.path, one.text.as_bytes()) {
                    Ok(()) => FileResult::Written,
                    Err(error) => {
                        failed.push(why_not(one.name, error.into()));
                        continue;
                    }
                }
            }
        };
        shown.push(WrittenFile {
            name: one.name.to_owned(),
            result,
            file: Some(file),
            error: None,
        });
    }
    let omitted = made.omitted.iter().map(|one| (&*one.name, one.reason()));
    let failures = failed
        .iter()
        .map(|(name, error)| (name.as_str(), reason::as_data(error)));
    shown.extend(failures.chain(omitted).map(|(name, error)| WrittenFile {
        name: name.to_owned(),
        result: FileResult::Failed,
        file: None,
        error: Some(error),
    }));
    cx.output.show(&Files(shown))?;
    Ok(failed)
}

async fn before(path: &Path, text: &str) -> anyhow::Result<Before> {
    if path.symlink_metadata().is_err() {
        return Ok(Before::Missing);
    }
    let own = input::file(path, MAX_BYTES).await;
    Ok(match own {
        Ok(own) if *own == text.as_bytes() => Before::Same,
        // One that can't be read differs, too.
        _ => Before::Different,
    })
}

/// Asks before files that differ are overwritten.
async fn confirm(cx: &Context, yes: bool, planned: &[Planned<'_>]) -> anyhow::Result<()> {
    let different: Vec<_> = planned
        .iter()
        .filter(|one| one.before == Before::Different)
        .map(|one| format!("`{}`", one.path.display()))
        .collect();
    if yes || different.is_empty() {
        return Ok(());
    }
    let files = different.join(", ");
    cx.must_ask(&format!("overwrite {files}"))?;
    let count = counted(different.len() as u64, "file");
    let text = format!("{count} will be overwritten: {files}");
    cx.confirm("Overwrite?", |paper| sentence(paper, &text))
        .await
}
