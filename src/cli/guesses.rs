//! What people type first: words and flags of other tools and of the API, with the right ones.
//! Words that mean just the same are aliases of the verbs.

use std::ffi::OsString;

/// Words in place of a verb.
const VERBS: &[(&str, &str)] = &[
    ("login", "run: ubihook auth login"),
    ("logout", "run: ubihook auth logout"),
    ("status", "run: ubihook auth status"),
    ("whoami", "run: ubihook auth status"),
    ("webhook", "leave it out, for example: ubihook list"),
    ("webhooks", "leave it out, for example: ubihook list"),
    ("serve", "run: ubihook mock serve"),
    ("run", "run: ubihook mock run -- COMMAND"),
    ("deliveries", "run: ubihook mock deliveries"),
    ("request", "run: ubihook mock request"),
    ("reset", "run: ubihook mock reset"),
    ("logs", "the mock's deliveries: ubihook mock deliveries"),
];

/// Flags that don't exist where they were typed.
const FLAGS: &[(&str, &str)] = &[
    (
        "--object-type",
        "name the object: --deployment, --pipeline or --experiment",
    ),
    (
        "--object-name",
        "name the object: --deployment, --pipeline or --experiment",
    ),
    ("--name", "the name is the first argument"),
    ("--rename", "use --name NEW"),
    ("--new-name", "use --name NEW"),
    ("--force", "use --yes"),
];

/// Verbs that take no argument more, by their usage.
const ARGUMENTS: &[(&str, &str)] = &[
    ("list", "to show one webhook, run: ubihook get NAME"),
    ("get", "show one webhook at a time, or all: ubihook list"),
    (
        "test",
        "test one webhook at a time; quote values that contain spaces",
    ),
    (
        "mock run",
        "put -- before the command: ubihook mock run -- COMMAND",
    ),
];

/// Switches that take `true` or `false`.
const SWITCHES: &[&str] = &["--retry", "--include-result", "--enabled"];

fn find(table: &[(&str, &'static str)], typed: &str) -> Option<&'static str> {
    let (_, hint) = table.iter().find(|(word, _)| *word == typed)?;
    Some(hint)
}

/// The hint for an unknown verb.
pub(super) fn for_verb(typed: &str) -> Option<&'static str> {
    find(VERBS, typed)
}

/// The hint for an unknown flag.
pub(super) fn for_flag(typed: &str) -> Option<&'static str> {
    find(FLAGS, typed)
}

/// The hint for an argument too many, found by a usage such as `usage: ubihook list [OPTIONS]`.
pub(super) fn for_argument(usage: &str) -> Option<&'static str> {
    let line = usage.strip_prefix("usage: ubihook ")?;
    let words = line
        .split(' ')
        .take_while(|word| word.starts_with(|first: char| first.is_ascii_lowercase()));
    find(ARGUMENTS, &words.collect::<Vec<_>>().join(" "))
}

/// A command line in which `--enabled false` is one word. clap would take any word behind such a
/// switch for its value, or none.
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
        let switches = arguments.filter(|argument| argument.is_require_equals_set());
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
    fn no_hint_is_for_what_exists() {
        let tree = tree::command(OURS);
        for (word, _) in VERBS {
            assert!(tree.find_subcommand(word).is_none(), "{word}");
        }
    }
}
