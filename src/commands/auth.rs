//! `auth`: signing in and out, and who one is.

mod login;
mod logout;
mod status;
pub(crate) mod ubiops_cli;

use super::{context::Context, verb::Verb};
use crate::{
    config::Endpoint,
    model::failure::{Failure, Kind},
    model::host::ApiHost,
};

/// The group.
pub(crate) const VERB: Verb = Verb::group::<Args>(
    "auth",
    &[
        Verb::of::<login::Args>(),
        Verb::of::<logout::Args>(),
        Verb::of::<status::Args>(),
    ],
);

/// Sign in and out
#[derive(Debug, clap::Args)]
struct Args {}

/// The host to sign in to or out of; the mock needs neither.
fn host(cx: &Context) -> Result<ApiHost, Failure> {
    match &cx.settings.connection.endpoint {
        Endpoint::Platform(host) => Ok(host.value.clone()),
        Endpoint::Mock => Err(Failure::new(
            Kind::Usage,
            "the mock brings its own token: there is nothing to sign in to",
        )),
    }
}
