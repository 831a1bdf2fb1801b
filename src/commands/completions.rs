//! `completions`: the arguments. What it prints is in `cli/complete`, beside what answers a shell
//! that has loaded it.

use clap::ValueEnum;

/// Print what a shell loads to complete names live
///
/// Once loaded, Tab offers webhooks, deployments, pipelines, versions and more, as the platform
/// has them. An answer takes 0.3 s at most; later ones are dropped. No keyring is opened: names
/// come with UBIOPS_API_TOKEN, a token kept by --store file, or the mock. A name is quoted as the
/// shell needs it; one that the shell could not read back exactly is not offered.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Shell to print it for
    pub shell: Shell,
}

/// A shell that can ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    /// ~/.bashrc: source <(ubihook completions bash)
    Bash,
    /// ~/.zshrc: source <(ubihook completions zsh)
    Zsh,
    /// ~/.config/fish/completions/ubihook.fish: ubihook completions fish | source
    Fish,
    /// $PROFILE: ubihook completions powershell | Out-String | Invoke-Expression
    #[value(name = "powershell")]
    PowerShell,
    /// ~/.config/elvish/rc.elv: eval (ubihook completions elvish | slurp)
    Elvish,
}
