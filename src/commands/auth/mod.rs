//! `auth`: signing in and out, and who one is.

mod login;
mod logout;
mod status;
pub mod ubiops_cli;

use clap::{Args as ClapArgs, Subcommand};

use super::context::Context;

/// Sign in and out
#[derive(Debug, Clone, ClapArgs)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Clone, Subcommand)]
enum Command {
    Login(login::Args),
    Logout(logout::Args),
    Status(status::Args),
}

impl Args {
    /// Whether the profile that is named may be a new one.
    pub fn makes_profile(&self) -> bool {
        matches!(self.command, Command::Login(_))
    }
}

/// Runs one of them.
pub async fn run(args: Args, cx: &mut Context) -> anyhow::Result<()> {
    match args.command {
        Command::Login(args) => login::run(args, cx).await,
        Command::Logout(args) => logout::run(args, cx).await,
        Command::Status(args) => status::run(args, cx).await,
    }
}

/// The host to sign in to or out of; the mock needs neither.
fn host(cx: &Context) -> Result<crate::model::host::ApiHost, super::Error> {
    match &cx.settings.connection.endpoint {
        crate::config::Endpoint::Platform(host) => Ok(host.value.clone()),
        crate::config::Endpoint::Mock => Err(super::Error::new(
            super::Kind::Usage,
            "the mock brings its own token: there is nothing to sign in to",
        )),
    }
}
