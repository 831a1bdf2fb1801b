//! What each shell sends for an unfinished line, and how a candidate is written so that the shell
//! reads exactly that word. Each shell has its own file, with the script that registers ubihook.
//!
//! Candidates are hostile text: names come from a shared platform, and file names from anywhere.
//! Bash and PowerShell insert a candidate unmodified, so it is quoted here. Zsh, fish and elvish
//! quote by themselves. A word that can't be written exactly is not offered.
//!
//! clap_complete has its own scripts, but its bash script splits words at `:` and `=`
//! (clap-rs/clap, issue 6280; pull request 6311 was closed, 6364 is open). Once that is fixed,
//! check whether they are sufficient.

mod bash;
mod elvish;
mod fish;
mod posix;
mod powershell;
mod zsh;

use clap::ValueEnum;

use crate::model::{
    shell,
    text::{is_unsafe, printable},
};

/// A supported shell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Shell {
    /// ~/.bashrc: source <(ubihook completions bash)
    Bash,
    /// ~/.zshrc: source <(ubihook completions zsh)
    Zsh,
    /// ~/.config/fish/completions/ubihook.fish: ubihook completions fish | source
    Fish,
    /// $PROFILE: ubihook completions powershell | Out-String | Invoke-Expression
    Powershell,
    /// ~/.config/elvish/rc.elv: eval (ubihook completions elvish | slurp)
    Elvish,
}

/// The request of a shell.
#[derive(Debug, Default)]
pub(super) struct Request {
    /// The arguments after `--`: words, or parts of the line.
    pub(super) arguments: Vec<String>,
    /// The index of the word to complete, if the shell sends it.
    pub(super) index: Option<usize>,
    /// The line up to the cursor, for shells that don't reliably pass it as an argument.
    pub(super) line: Option<String>,
}

/// What is typed so far.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Typed {
    /// The words, as the program would get them.
    pub(super) words: Vec<String>,
    /// The index of the word to complete.
    pub(super) at: usize,
    /// Where a candidate is inserted. `None` if the shell would expand the word, such as a
    /// variable: then nothing is offered.
    pub(super) place: Option<Place>,
}

impl Typed {
    /// Words of which the last one is completed, and replaced completely.
    fn whole(words: Vec<String>, understood: bool) -> Self {
        Self {
            at: words.len().saturating_sub(1),
            words,
            place: understood.then_some(Place::default()),
        }
    }
}

/// Where a candidate is inserted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Place {
    /// How many bytes of the word, as the program would get it, remain as typed.
    kept: usize,
    /// The quotes that are open after them.
    quotes: Quotes,
}

/// Open quotes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Quotes {
    #[default]
    None,
    Single,
    Double,
}

/// A candidate.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate<'a> {
    /// The whole word, as the program would get it.
    pub(super) value: &'a str,
    /// Its description.
    pub(super) help: Option<&'a str>,
    /// Whether it is incomplete, so that no space is added.
    pub(super) goes_on: bool,
}

/// Reads what `shell` sends.
pub(super) fn read(shell: Shell, request: &Request) -> Typed {
    match shell {
        Shell::Bash => bash::read(&request.arguments),
        Shell::Zsh => zsh::read(&request.arguments, request.index),
        Shell::Fish => fish::read(&request.arguments),
        Shell::Powershell => powershell::read(request.line.as_deref().unwrap_or_default()),
        Shell::Elvish => Typed::whole(request.arguments.clone(), true),
    }
}

/// A candidate in the format of `shell`, with a line end; `None` if it can't be written so that the
/// shell reads exactly that word.
pub(super) fn write(shell: Shell, candidate: Candidate, place: Place) -> Option<String> {
    if candidate.value.is_empty() || candidate.value.chars().any(is_unsafe) {
        return None;
    }
    let help = candidate.help.and_then(|help| help.lines().next());
    let help = help.map(printable);
    let help = help.as_deref().filter(|help| !help.is_empty());
    let mark = if candidate.goes_on { GOES_ON } else { WHOLE };
    let text = match shell {
        Shell::Bash => {
            let text = bash::write(candidate.value.get(place.kept..)?, place.quotes)?;
            format!("{mark}{text}")
        }
        Shell::Zsh => format!("{mark}{}", described(candidate.value, help)),
        Shell::Fish if !fish::writes(candidate.value, place) => return None,
        Shell::Fish => described(candidate.value, help),
        Shell::Powershell => powershell::line(&powershell::write(candidate.value)?, help),
        Shell::Elvish if !elvish::offers(candidate.value) => return None,
        Shell::Elvish => candidate.value.to_owned(),
    };
    Some(text + "\n")
}

/// The script that registers `completer` for `ubihook`.
pub(in crate::cli) fn script(shell: Shell, completer: &str) -> String {
    let (script, completer) = match shell {
        Shell::Bash => (bash::SCRIPT, shell::posix(completer)),
        Shell::Zsh => (zsh::SCRIPT, shell::posix(completer)),
        Shell::Fish => (fish::SCRIPT, fish::quote(completer)),
        Shell::Powershell => (powershell::SCRIPT, powershell::quote(completer)),
        Shell::Elvish => (elvish::SCRIPT, elvish::quote(completer)),
    };
    script.replace("COMPLETER", &completer)
}

/// Marks the line of an incomplete candidate, for our scripts.
const GOES_ON: char = '+';
/// Marks any other line.
const WHOLE: char = '=';

fn described(value: &str, help: Option<&str>) -> String {
    help.map_or_else(|| value.to_owned(), |help| format!("{value}\t{help}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(shell: Shell, value: &str, help: Option<&str>) -> Option<String> {
        let candidate = Candidate {
            value,
            help,
            goes_on: false,
        };
        write(shell, candidate, Place::default())
    }

    const SHELLS: [Shell; 5] = [
        Shell::Bash,
        Shell::Zsh,
        Shell::Fish,
        Shell::Powershell,
        Shell::Elvish,
    ];

    #[test]
    fn what_no_line_can_hold_is_left_out() {
        for shell in SHELLS {
            for value in [
                "",
                "a\nb",
                "a\tb",
                "a\rb",
                "a\0b",
                "\u{1b}[31m",
                "a\u{202e}b",
            ] {
                assert_eq!(written(shell, value, None), None, "{shell:?} {value:?}");
            }
        }
    }

    #[test]
    fn a_description_stays_on_its_line_and_holds_nothing_a_terminal_acts_on() {
        let help = "a\tb\u{1b}]0;x\u{7}\u{202e}\r\n$(touch x)";
        for shell in [Shell::Zsh, Shell::Fish] {
            let line = written(shell, "v", Some(help)).unwrap();
            assert_eq!(line.trim_start_matches(WHOLE), "v\ta b]0;x\n", "{shell:?}");
        }
        let line = written(Shell::Powershell, "v", Some(help)).unwrap();
        assert_eq!(line, "v\ta%20b%5D0%3Bx\n");
    }

    proptest! {
        #[test]
        fn whatever_is_sent_is_read(
            arguments in prop::collection::vec("[ -~é\u{2018}\u{201c}\u{3000}\\n]{0,12}", 0..4),
            index in prop::option::of(0..6_usize),
        ) {
            for shell in SHELLS {
                let line = Some(arguments.join(" "));
                let typed = read(shell, &Request { arguments: arguments.clone(), index, line });
                if let Some(place) = typed.place {
                    let word = typed.words.get(typed.at).cloned().unwrap_or_default();
                    prop_assert!(word.get(..place.kept).is_some(), "{shell:?} {typed:?}");
                }
            }
        }
    }

    #[test]
    fn a_script_calls_the_program_wherever_it_is() {
        for (shell, quoted) in [
            (Shell::Bash, r"'/it'\''s $x'\\''"),
            (Shell::Zsh, r"'/it'\''s $x'\\''"),
            (Shell::Fish, r"'/it\'s $x\\'"),
            (Shell::Powershell, r"'/it''s $x\'"),
            (Shell::Elvish, r"'/it''s $x\'"),
        ] {
            let script = script(shell, r"/it's $x\");
            assert!(script.contains(quoted), "{script}");
        }
    }
}
