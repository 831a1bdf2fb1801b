//! Candidates as each shell takes them.

use clap_complete::engine::CompletionCandidate;

use super::line::Line;
use crate::{commands::completions::Shell, model::text::printable};

/// One candidate a line.
pub(super) fn write<'a>(
    shell: Shell,
    line: &Line,
    found: impl Iterator<Item = &'a CompletionCandidate>,
) -> String {
    let mut text = String::new();
    for candidate in found {
        let value = candidate.get_value().to_string_lossy();
        let help = candidate.get_help().map(ToString::to_string);
        let help = help.as_deref().and_then(|help| help.lines().next());
        match shell {
            Shell::Bash => {
                let (value, quoted) = line.replacing(&value);
                text.push_str(&if quoted {
                    value.to_owned()
                } else {
                    escaped(value)
                });
            }
            Shell::PowerShell => text.push_str(&in_quotes(&value)),
            Shell::Zsh | Shell::Fish | Shell::Elvish => text.push_str(&value),
        }
        if let (Shell::Zsh | Shell::Fish | Shell::PowerShell, Some(help)) = (shell, help) {
            text.push('\t');
            text.push_str(&printable(help));
        }
        text.push('\n');
    }
    text
}

/// Bash puts a candidate on the line as it is.
fn escaped(value: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./:=@%+,".contains(c) || !c.is_ascii();
    let mut text = String::new();
    for c in value.chars() {
        if !plain(c) {
            text.push('\\');
        }
        text.push(c);
    }
    text
}

/// PowerShell does so too.
fn in_quotes(value: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./:=\\".contains(c);
    if value.chars().all(plain) {
        value.to_owned()
    } else {
        format!("'{}'", value.replace('\'', "''"))
    }
}
