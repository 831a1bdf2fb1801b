//! Why a command failed, read from a chain of errors: one sentence, and the error that explains it.

use std::error::Error;

use super::signals::Stopped;
use crate::{
    api, files, mock,
    model::{
        failure::{Explain, Failure, Kind},
        invalid::Invalid,
    },
    output::change::Reason,
    prompt, secrets,
};

/// The messages of a chain, without what a message repeats of the next one.
pub(crate) fn sentence(error: &anyhow::Error) -> String {
    let mut parts: Vec<String> = Vec::new();
    for link in error.chain().map(ToString::to_string) {
        if !parts.iter().any(|part| part.ends_with(&link)) {
            parts.push(link);
        }
    }
    parts.join(": ")
}

/// The first error of a chain that explains itself.
pub(crate) fn explained(error: &anyhow::Error) -> Option<&dyn Explain> {
    error.chain().find_map(known)
}

/// The error as `Explain`, if it is one of the known types.
fn known<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a dyn Explain> {
    fn as_one<'a, E: Explain + 'static>(
        error: &'a (dyn Error + 'static),
    ) -> Option<&'a dyn Explain> {
        error.downcast_ref::<E>().map(|error| error as _)
    }
    let types = [
        as_one::<Failure>,
        as_one::<Stopped>,
        as_one::<api::Error>,
        as_one::<secrets::Error>,
        as_one::<Invalid>,
        as_one::<prompt::Error>,
        as_one::<mock::Error>,
        as_one::<files::Error>,
    ];
    types.iter().find_map(|as_one| as_one(error))
}

/// An error as data.
pub(super) fn as_data(error: &anyhow::Error) -> Reason {
    let known = explained(error);
    Reason {
        kind: known.map_or(Kind::Unexpected, Explain::kind).name(),
        message: sentence(error),
        http_status: known.and_then(Explain::http_status),
    }
}
