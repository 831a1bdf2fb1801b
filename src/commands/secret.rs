//! `secret`: the protected values that this machine stores.

mod list;
mod protected;
mod remove;
mod rotate;
mod set;

use super::verb::Verb;

/// The group.
pub(crate) const VERB: Verb = Verb::group::<Args>(
    "secret",
    &[
        Verb::of::<list::Args>(),
        Verb::of::<set::Args>(),
        Verb::of::<remove::Args>(),
        Verb::of::<rotate::Args>(),
    ],
);

/// Manage the protected values stored on this machine
#[derive(Debug, clap::Args)]
struct Args {}
