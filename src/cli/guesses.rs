//! What people type first: words and flags from other tools and the API, with the right ones.
//! Words that mean just the same are aliases of the verbs. `tables.rs` has the words.

mod tables;

use std::{ffi::OsString, path::Path};

use clap::Command;

use self::tables::{ARGUMENTS, EVERYWHERE, FLAGS, Place, VERBS};
use crate::{args::file::has_known_ending, model::shell::quote};

/// The verbs that read files with -f, and accept names of webhooks as well.
const OF_FILES: &[&str] = &["apply", "diff"];

/// Switches that accept `true` or `false`.
const SWITCHES: &[&str] = &["--retry", "--include-result", "--enabled"];

/// Whether a word is more likely a file or folder than the name of a webhook.
fn is_file(word: &str) -> bool {
    let path = Path::new(word);
    word.ends_with('/') || has_known_ending(path) || path.exists()
}

/// The place of an error with a usage such as `ubihook list [OPTIONS]`.
pub(super) fn place(usage: &str) -> String {
    let words = usage.split(' ').skip(1);
    let words = words.take_while(|word| word.starts_with(|first: char| first.is_ascii_lowercase()));
    words.collect::<Vec<_>>().join(" ")
}

fn find(table: &[(Place, &str, &'static str)], usage: &str, typed: &str) -> Option<&'static str> {
    let place = place(usage);
    let mut rows = table.iter();
    let is_at = |at: Place| at == place || at == EVERYWHERE;
    let (_, _, hint) = rows.find(|(at, word, _)| is_at(at) && *word == typed)?;
    Some(hint)
}

/// The hint for an unknown verb.
pub(super) fn for_verb(usage: &str, typed: &str) -> Option<&'static str> {
    find(VERBS, usage, typed)
}

/// The hint for an unknown flag.
pub(super) fn for_flag(usage: &str, typed: &str) -> Option<&'static str> {
    find(FLAGS, usage, typed)
}

/// The hint for an unexpected argument.
pub(super) fn for_argument(usage: &str) -> Option<&'static str> {
    let place = place(usage);
    let (_, hint) = ARGUMENTS.iter().find(|(verb, _)| *verb == place)?;
    Some(hint)
}

/// Options whose value may be a secret, or is rather long.
const CONCEALED: &[&str] = &[
    "--header",
    "--secret-header",
    "--url",
    "-u",
    "--forward-to",
    "--public-url",
    "--token",
    "--password",
];

/// Whether an unexpected argument may be shown. It may be the second half of a secret that was not
/// quoted, or a secret that was given in place of its source.
pub(super) fn is_showable(usage: &str, line: &[OsString], word: &str) -> bool {
    let place = place(usage);
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/');
    let has_secret = |word: &OsString| {
        let word = word.to_string_lossy();
        CONCEALED.iter().any(|flag| word.starts_with(flag))
    };
    !place.starts_with("auth")
        && !place.starts_with("secret")
        && word.len() <= MAX_SHOWN
        && word.chars().all(is_plain)
        && !line.iter().any(has_secret)
}

/// The longest argument that is shown: most secrets are longer than most names.
const MAX_SHOWN: usize = 24;

/// The command line as it was most likely meant, if its arguments are files without -f, or the
/// number of --prune is a separate word.
pub(super) fn for_line(usage: &str, tree: &Command, line: &[OsString]) -> Option<String> {
    let place = place(usage);
    let verb = OF_FILES.iter().find(|verb| **verb == place)?;
    let verb = tree.find_subcommand(verb)?;
    let takes_value = |word: &str| {
        let named = |argument: &&clap::Arg| match word.strip_prefix("--") {
            Some(long) => argument.get_long() == Some(long),
            None => argument
                .get_short()
                .is_some_and(|short| word == format!("-{short}")),
        };
        let mut arguments = verb.get_arguments().chain(tree.get_arguments());
        arguments.find(named).is_some_and(|argument| {
            argument.get_action().takes_values() && !argument.is_require_equals_set()
        })
    };
    let words: Option<Vec<&str>> = line.iter().skip(1).map(|word| word.to_str()).collect();
    // The path of a URL may be a secret, and what follows `--` are names.
    let words = words.filter(|words| {
        !words
            .iter()
            .any(|word| word.contains("://") || *word == "--")
    });
    let mut corrected = vec!["ubihook".to_owned()];
    let mut before = "";
    let (mut is_behind_verb, mut is_other) = (false, false);
    for word in words? {
        let is_count = word.bytes().all(|byte| byte.is_ascii_digit());
        if before == "--prune" && is_count && place == "apply" {
            corrected.pop();
            corrected.push(format!("--prune={word}"));
            is_other = true;
        } else {
            if is_behind_verb && !word.starts_with('-') && !takes_value(before) && is_file(word) {
                corrected.push("-f".to_owned());
                is_other = true;
            }
            corrected.push(quote(word));
        }
        is_behind_verb |= word == place;
        before = word;
    }
    let has_file = corrected
        .iter()
        .any(|word| word == "-f" || word.starts_with("--file"));
    (is_other && has_file).then(|| corrected.join(" "))
}

/// A command line in which `--enabled false` is one word. clap would take whatever word
/// follows such a switch as its value, or none at all.
pub(super) fn joined(line: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut joined: Vec<OsString> = Vec::new();
    let mut is_over = false;
    for word in line {
        is_over |= word == "--";
        let is_value = word == "true" || word == "false";
        match joined.last_mut() {
            Some(last) if is_value && !is_over && SWITCHES.iter().any(|one| last == one) => {
                last.push("=");
                last.push(word);
            }
            _ => joined.push(word),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::{
        super::{VERBS as OURS, tree},
        *,
    };

    #[test]
    fn the_switches_are_those_of_the_tree() {
        let tree = tree::command(OURS);
        let verbs = tree.get_subcommands();
        let arguments = verbs.flat_map(clap::Command::get_arguments);
        let is_switch = |argument: &&clap::Arg| {
            let names = argument.get_value_names().unwrap_or_default();
            argument.is_require_equals_set() && names.iter().any(|name| name == "BOOL")
        };
        let switches = arguments.filter(is_switch);
        let mut found: Vec<_> = switches
            .filter_map(|argument| Some(format!("--{}", argument.get_long()?)))
            .collect();
        found.sort();
        found.dedup();
        let mut known = SWITCHES.to_vec();
        known.sort_unstable();
        assert_eq!(found, known);
    }

    #[test]
    fn a_value_joins_its_switch_alone() {
        let lines = [
            ("u a --enabled false --yes", "u a --enabled=false --yes"),
            ("u --retry true", "u --retry=true"),
            ("u --retry a", "u --retry a"),
            ("u --name false", "u --name false"),
            ("run -- --retry true", "run -- --retry true"),
        ];
        for (typed, meant) in lines {
            let typed = joined(typed.split(' ').map(OsString::from));
            let meant: Vec<_> = meant.split(' ').map(OsString::from).collect();
            assert_eq!(typed, meant);
        }
    }

    #[test]
    fn each_row_is_about_what_does_not_exist_in_a_place_that_does() {
        let tree = tree::command(OURS);
        let at = |place: &str| {
            let mut words = place.split_whitespace();
            words.try_fold(&tree, |tree, word| tree.find_subcommand(word))
        };
        for (place, word, _) in VERBS {
            assert!(at(place).unwrap().find_subcommand(word).is_none(), "{word}");
        }
        for (place, flag, _) in FLAGS.iter().filter(|(place, ..)| *place != EVERYWHERE) {
            let is_known = |known: &clap::Arg| {
                let long = known.get_long().map(|long| format!("--{long}"));
                let short = known.get_short().map(|short| format!("-{short}"));
                [long, short].iter().flatten().any(|known| known == flag)
            };
            let mut arguments = at(place).unwrap().get_arguments();
            assert!(!arguments.any(is_known), "{place} {flag}");
        }
        for (place, _) in ARGUMENTS {
            assert!(at(place).is_some(), "{place}");
        }
    }
}
