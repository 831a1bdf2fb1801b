//! `auth logout`: deletes the stored token for the host.

use clap::Args as ClapArgs;

use super::host;
use crate::{
    commands::{
        context::Context,
        verb::{Example, Run},
    },
    output::{auth::SignedIn, deletion},
    secrets::Host,
};

/// Delete the stored token
///
/// Deletes the token for this host from this machine. The token stays valid on the platform.
#[derive(Debug, Clone, ClapArgs)]
pub(super) struct Args {
    /// Don't ask for confirmation
    #[arg(short, long)]
    yes: bool,
}

impl Run for Args {
    const NAME: &'static str = "logout";
    const EXAMPLES: &'static [Example] = &[(
        "Delete the token without confirmation",
        "ubihook auth logout --yes",
    )];

    async fn run(self, cx: &mut Context) -> anyhow::Result<()> {
        let host = host(cx)?;
        if !self.yes {
            cx.must_ask(&format!("delete the token for {host}"))?;
        }
        let custody = cx.custody()?;
        let key = Host::platform(&host);
        let kept = custody.token(&key).await?.is_some();
        let place = custody.place().await?;
        if kept && !self.yes {
            let goes = format!(
                "the token for {host} will be deleted from the {} store",
                place.kind
            );
            cx.confirm("Sign out?", |paper| deletion::sentence(paper, &goes))
                .await?;
        }
        custody.forget_token(&key).await?;
        if cx.settings.connection.token.is_some() {
            cx.output.warn("UBIOPS_API_TOKEN is still set");
        }
        Ok(cx.output.show(&SignedIn {
            result: "signed_out",
            host: host.to_string(),
            project: None,
            store: kept.then(|| place.kind.as_str()),
            user: None,
            profile: None,
        })?)
    }
}
