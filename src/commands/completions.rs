//! `completions`: what a shell loads, so that it asks this very binary what could be typed next.

use std::{ffi::OsStr, path::Path};

use clap::ValueEnum;
use clap_complete::env::{Elvish, EnvCompleter, Fish, Powershell};

use crate::output::{self, Output};

/// The variable that says that a shell is asking, and which.
pub const VARIABLE: &str = "COMPLETE";
/// The variable that says which word is asked for, where it isn't the last one.
pub const INDEX: &str = "_CLAP_COMPLETE_INDEX";

const NAME: &str = "ubihook";

/// Print what a shell loads to complete names live
///
/// Once loaded, Tab offers webhooks, deployments, pipelines, versions and more, as the platform
/// has them. An answer takes 0.3 s at most; later ones are dropped. No keyring is opened: names
/// come with UBIOPS_API_TOKEN, a token kept by --store file, or the mock.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Shell to print it for
    shell: Shell,
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

/// Prints it; `completer` is how this program was called.
pub fn run(args: &Args, completer: &OsStr, output: &Output) -> Result<(), output::Error> {
    output.line(registration(args.shell, &callable(completer)).trim_end())
}

/// What to call later: a name that is looked up as it is, a path from wherever one then stands.
fn callable(completer: &OsStr) -> String {
    let path = Path::new(completer);
    let path = if path.components().count() > 1 {
        std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
    } else {
        path.to_owned()
    };
    path.to_string_lossy().into_owned()
}

/// What registers `completer` as the one that completes `ubihook`.
pub fn registration(shell: Shell, completer: &str) -> String {
    let library: &dyn EnvCompleter = match shell {
        // Of our own: names with spaces and `=` or `:` in a word come out right.
        Shell::Bash => return BASH.replace("COMPLETER", &quoted(completer)),
        Shell::Zsh => return ZSH.replace("COMPLETER", &quoted(completer)),
        Shell::Fish => &Fish,
        Shell::PowerShell => &Powershell,
        Shell::Elvish => &Elvish,
    };
    let mut script = Vec::new();
    library
        .write_registration(VARIABLE, NAME, NAME, completer, &mut script)
        .expect("writing to memory works");
    String::from_utf8_lossy(&script).into_owned()
}

/// As one word of a POSIX shell.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

// `while read` instead of `mapfile`: macOS still has bash 3.2, where `compopt` is missing too.
const BASH: &str = r#"_ubihook() {
    local line
    COMPREPLY=()
    while IFS= read -r line; do
        COMPREPLY+=("$line")
    done < <(COMPLETE=bash _CLAP_COMPLETE_INDEX="$COMP_CWORD" COMPLETER -- "${COMP_WORDS[@]}" 2>/dev/null)
    if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[=:/] ]]; then
        compopt -o nospace 2>/dev/null
    fi
}
complete -o nosort -F _ubihook ubihook 2>/dev/null || complete -F _ubihook ubihook
"#;

const ZSH: &str = r#"#compdef ubihook
_ubihook() {
    local -a lines open closed
    local line value entry
    lines=("${(@f)$(COMPLETE=zsh _CLAP_COMPLETE_INDEX=$((CURRENT - 1)) COMPLETER -- "${words[@]}" 2>/dev/null)}")
    for line in "${lines[@]}"; do
        [[ -n $line ]] || continue
        value=${line%%$'\t'*}
        entry=${${value//\\/\\\\}//:/\\:}
        [[ $line == *$'\t'* ]] && entry+=":${line#*$'\t'}"
        if [[ $value == *[=:/] ]]; then open+=("$entry"); else closed+=("$entry"); fi
    done
    (( $#open )) && _describe -V 'values' open -S ''
    (( $#closed )) && _describe -V 'values' closed
}
if [[ ${funcstack[1]} == _ubihook ]]; then
    _ubihook "$@"
else
    (( $+functions[compdef] )) || { autoload -Uz compinit && compinit -i }
    compdef _ubihook ubihook
fi
"#;
