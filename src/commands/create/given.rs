//! What flags and a file leave open of the webhook, in the words of the command line.

use crate::model::{
    draft::{Draft, PartialDraft},
    failure::Failure,
    invalid::Invalid,
};

/// What every webhook has and is missing here, as flags.
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

/// The draft, all rules checked.
pub(super) fn draft(given: PartialDraft) -> Result<Draft, Failure> {
    let missing = missing(&given);
    let draft = given.whole().map_err(|invalid| of_flag(&invalid))?;
    draft.ok_or_else(|| {
        Failure::usage(format!("missing: {}", missing.join(", ")))
            .with_hint("ubihook create NAME --pipeline PIPELINE --event failed --url URL, for one")
    })
}

/// The rules that hold for what is there already.
pub(super) fn check(given: &PartialDraft) -> Result<(), Failure> {
    given.check().map_err(|invalid| of_flag(&invalid))
}

/// An event doesn't fit the object: the flag is the shortest way to another one.
fn of_flag(invalid: &Invalid) -> Failure {
    match invalid.field {
        "event" => Failure::invalid("--event", invalid),
        _ => invalid.clone().into(),
    }
}
