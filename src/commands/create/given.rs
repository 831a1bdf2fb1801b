//! What flags and a file leave unspecified, named as in the place where most of it is.

use std::path::Path;

use crate::{
    args::file,
    model::{
        draft::{Draft, PartialDraft},
        failure::Failure,
        invalid::Invalid,
    },
};

/// The flag for a required field, by the API's name of the field.
fn flag(field: &str) -> &str {
    match field {
        "name" => "NAME",
        "object_type" | "object_name" => "--deployment, --pipeline or --experiment",
        "event" => "--event",
        _ => "--url",
    }
}

/// Whether a required field is missing.
pub(super) fn is_incomplete(given: &PartialDraft) -> bool {
    !given.missing().is_empty()
}

/// The draft, checked against all rules; `path` is that of `-f`.
pub(super) fn draft(given: PartialDraft, path: Option<&Path>) -> Result<Draft, Failure> {
    let (missing, line) = (given.missing(), given.lines.first);
    let draft = given.whole().map_err(|invalid| of_flag(&invalid))?;
    draft.ok_or_else(|| incomplete(&missing, path, line))
}

/// The same for a webhook of a file with several.
pub(super) fn draft_of_several(given: PartialDraft, path: Option<&Path>) -> Result<Draft, Failure> {
    let missing = given.missing();
    let name = given.name.as_ref().map_or("", |name| name.as_str());
    match path {
        Some(path) if !missing.is_empty() => {
            let what = format!("`{name}`: {}", file::missing_keys(&missing));
            Err(of_file(path, given.lines.first, &what))
        }
        _ => draft(given, path),
    }
}

fn incomplete(missing: &[&'static str], path: Option<&Path>, line: Option<u64>) -> Failure {
    if let Some(path) = path {
        of_file(path, line, &file::missing_keys(missing))
    } else {
        let mut flags: Vec<_> = missing.iter().map(|field| flag(field)).collect();
        flags.dedup();
        Failure::usage(format!("missing: {}", flags.join(", "))).with_hint(
            "ubihook create NAME --pipeline PIPELINE --event failed --url URL, for example",
        )
    }
}

fn of_file(path: &Path, line: Option<u64>, what: &str) -> Failure {
    let line = line.map_or_else(String::new, |line| format!(":{line}"));
    Failure::usage(format!("-f {}{line}: {what}", file::shown(path))).with_hint(file::NEEDED)
}

/// Checks the rules for the fields that are given.
pub(super) fn check(given: &PartialDraft) -> Result<(), Failure> {
    given.check().map_err(|invalid| of_flag(&invalid))
}

/// An event that doesn't fit the object; the hint is the flag with the right one.
fn of_flag(invalid: &Invalid) -> Failure {
    match invalid.field {
        "event" => Failure::invalid("--event", invalid),
        _ => invalid.clone().into(),
    }
}
