//! The error for a request to an object that the mock doesn't have, with a suggestion.

use crate::{
    commands::near,
    mock::{self, Candidates, Local},
    model::{
        failure::{Explain as _, Failure, Kind},
        name::VersionName,
        target::{Target, experiment_of},
    },
};

/// Why no request was created.
/// `place` says in which database.
pub(super) fn not_made(
    error: mock::Error,
    target: &Target,
    local: &Local,
    place: &str,
) -> anyhow::Error {
    let kind = error.kind();
    if kind == Kind::Unexpected {
        return error.into();
    }
    let message = format!("could not create a request for {target}: {error}{place}");
    let hint = instead(target, local);
    Failure::new(kind, message).hinted(hint).into()
}

/// A suggestion, if the names can be read.
fn instead(target: &Target, local: &Local) -> Option<String> {
    let (kind, name) = (target.object_type, target.object_name.as_str());
    let version = target.version.as_ref().map_or("", VersionName::as_str);
    let of = |flag: &str, name: &str, known: &[String]| {
        let known: Vec<_> = known.iter().map(String::as_str).collect();
        near::of_names(flag, name, &known)
    };
    match local.names(target).ok()? {
        Candidates::Objects(known) => of(&format!("--{kind}"), name, &known),
        Candidates::Versions(known) => {
            let experiment = experiment_of(kind.as_str(), name, Some(version));
            let flag = experiment.map_or("--version", |_| "--experiment");
            of(flag, version, &known)
        }
    }
}
