//! `completions`: prints a shell's completion script. `complete.rs` answers the requests of a shell
//! that has loaded it.

use std::{ffi::OsStr, path::Path};

use super::complete::shells::{Shell, script};
use crate::commands::{
    context::Context,
    verb::{Example, Needs, Run},
};

/// Print a shell completion script
///
/// Once it is loaded, Tab completes the names of webhooks, deployments, pipelines, versions and more
/// from the platform. A lookup takes 0.3 s at most; slower responses are ignored. The keyring is
/// never opened, so names are available only with UBIOPS_API_TOKEN, a token stored with --store
/// file, or the mock. Names are quoted for the shell; a name that the shell can't represent exactly
/// is not offered.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Args {
    /// Shell to print the script for
    shell: Shell,
}

impl Run for Args {
    const NAME: &'static str = "completions";
    const EXAMPLES: &'static [Example] = &[
        ("In ~/.bashrc", "source <(ubihook completions bash)"),
        (
            "For zsh, in a directory in $fpath",
            "ubihook completions zsh > _ubihook",
        ),
        (
            "For fish",
            "mkdir -p ~/.config/fish/completions\n\
             ubihook completions fish > ~/.config/fish/completions/ubihook.fish",
        ),
    ];

    fn needs(&self) -> Needs {
        Needs::NOTHING
    }

    async fn run(self, cx: &mut Context) -> anyhow::Result<()> {
        let called = cx.arguments.first().map(|called| callable(called));
        let script = script(self.shell, &called.unwrap_or_default());
        Ok(cx.output.line(script.trim_end())?)
    }
}

/// What the script calls: a name unmodified, a path as an absolute path.
fn callable(completer: &OsStr) -> String {
    let path = Path::new(completer);
    let path = if path.components().count() > 1 {
        std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
    } else {
        path.to_owned()
    };
    path.to_string_lossy().into_owned()
}
