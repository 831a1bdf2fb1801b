//! What flags and a file leave unspecified, named as on the command line.

use crate::model::{
    draft::{Draft, PartialDraft},
    failure::Failure,
    invalid::Invalid,
};

/// The required fields that are missing, as flags.
pub(super) fn missing(given: &PartialDraft) -> Vec<&'static str> {
    let target = "--deployment, --pipeline or --experiment";
    [
        (given.name.is_none(), "NAME"),
        (given.target.object_name.is_none(), target),
        (given.event.is_none(), "--event"),
        (given.url.is_none(), "--url"),
    ]
    .into_iter()
    .filter_map(|(missing, what)| missing.then_some(what))
    .collect()
}

/// The draft, checked against all rules.
pub(super) fn draft(given: PartialDraft) -> Result<Draft, Failure> {
    let missing = missing(&given);
    let draft = given.whole().map_err(|invalid| of_flag(&invalid))?;
    draft.ok_or_else(|| {
        Failure::usage(format!("missing: {}", missing.join(", "))).with_hint(
            "ubihook create NAME --pipeline PIPELINE --event failed --url URL, for example",
        )
    })
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
