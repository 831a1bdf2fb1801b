//! What flags and a file leave open of the webhook, in the words of the command line.

use crate::{
    args::Error,
    model::{
        draft::{Draft, PartialDraft},
        invalid::Invalid,
    },
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
pub(super) fn draft(given: PartialDraft) -> Result<Draft, Error> {
    let missing = missing(&given);
    let draft = given.whole().map_err(|invalid| of_flag(&invalid))?;
    draft.ok_or_else(|| {
        Error::new(format!("missing: {}", missing.join(", ")))
            .hint("ubihook create NAME --pipeline PIPELINE --event failed --url URL, for one")
    })
}

/// The rules that hold for what is there already.
pub(super) fn check(given: &PartialDraft) -> Result<(), Error> {
    given.check().map_err(|invalid| of_flag(&invalid))
}

/// An event doesn't fit the object: the flag is the shortest way to another one.
fn of_flag(invalid: &Invalid) -> Error {
    match invalid.field {
        "event" => Error::invalid("--event", invalid),
        _ => invalid.clone().into(),
    }
}
