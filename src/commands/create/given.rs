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

/// A required field: whether it is missing, as a flag, and as keys of a file.
type Field = (bool, &'static str, &'static str);

fn fields(given: &PartialDraft) -> [Field; 4] {
    [
        (given.name.is_none(), "NAME", "name"),
        (
            given.target.object_name.is_none(),
            "--deployment, --pipeline or --experiment",
            "object_type and object_name",
        ),
        (given.event.is_none(), "--event", "event"),
        (given.url.is_none(), "--url", "url"),
    ]
}

/// Whether a required field is missing.
pub(super) fn is_incomplete(given: &PartialDraft) -> bool {
    fields(given).iter().any(|(missing, ..)| *missing)
}

/// The draft, checked against all rules; `path` is that of `-f`.
pub(super) fn draft(given: PartialDraft, path: Option<&Path>) -> Result<Draft, Failure> {
    let fields = fields(&given);
    let draft = given.whole().map_err(|invalid| match path {
        // Only a file can name an object without its type.
        Some(path) if invalid.field == "object_type" => of_file(path, &invalid.with_field()),
        _ => of_flag(&invalid),
    })?;
    draft.ok_or_else(|| incomplete(&fields, path))
}

fn incomplete(fields: &[Field], path: Option<&Path>) -> Failure {
    let missing = fields.iter().filter(|(missing, ..)| *missing);
    if let Some(path) = path {
        let keys: Vec<_> = missing.map(|(_, _, key)| *key).collect();
        of_file(path, &format!("missing: {}", keys.join(", "))).with_hint(
            "in the file, for example: {object_type: pipeline, object_name: PIPELINE, \
             event: failed, url: URL}",
        )
    } else {
        let flags: Vec<_> = missing.map(|(_, flag, _)| *flag).collect();
        Failure::usage(format!("missing: {}", flags.join(", "))).with_hint(
            "ubihook create NAME --pipeline PIPELINE --event failed --url URL, for example",
        )
    }
}

fn of_file(path: &Path, what: &str) -> Failure {
    Failure::usage(format!("-f {}: {what}", file::shown(path)))
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
