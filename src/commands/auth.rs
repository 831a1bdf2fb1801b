//! `auth`: signing in and out, and showing who is signed in.

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

/// The host to sign in to or out of; the mock needs no sign-in.
fn host(cx: &Context) -> Result<ApiHost, Failure> {
    match &cx.settings.connection.endpoint {
        Endpoint::Platform(host) => Ok(host.value.clone()),
        Endpoint::Mock => Err(Failure::new(
            Kind::Usage,
            "the mock has its own token, so there is nothing to sign in to",
        )),
    }
}
