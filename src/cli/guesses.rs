//! What people type first: words and flags of other tools and of the API, with the right ones.
//! Words that mean just the same are aliases of the verbs.

use std::ffi::OsString;

/// Where it was typed: the words of a verb, empty for the program itself.
type Place = &'static str;

/// Words in place of a verb.
const VERBS: &[(Place, &str, &str)] = &[
    ("", "login", "ubihook auth login"),
    ("", "logout", "ubihook auth logout"),
    ("", "status", "ubihook auth status"),
    ("", "whoami", "ubihook auth status"),
    ("", "webhook", "leave it out, for example: ubihook list"),
    ("", "webhooks", "leave it out, for example: ubihook list"),
    ("", "enable", "ubihook update NAME --enabled"),
    ("", "disable", "ubihook update NAME --enabled=false"),
    ("", "rename", "ubihook update NAME --name NEW"),
    ("", "receive", "ubihook listen"),
    ("", "serve", "ubihook mock serve"),
    ("", "run", "ubihook mock run -- COMMAND"),
    ("", "deliveries", "ubihook mock deliveries"),
    ("", "request", "ubihook mock request"),
    ("", "reset", "ubihook mock reset"),
    ("", "log", "ubihook logs"),
];

const OBJECT: &str = "name the object with --deployment, --pipeline or --experiment";

/// Flags of the API or of another verb.
const FLAGS: &[(Place, &str, &str)] = &[
    ("create", "--object-type", OBJECT),
    ("create", "--object-name", OBJECT),
    ("list", "--object-name", OBJECT),
    ("test", "--object-type", OBJECT),
    ("test", "--object-name", OBJECT),
    ("mock request", "--object-type", OBJECT),
    ("mock request", "--object-name", OBJECT),
    ("create", "--name", "the name is the first argument"),
    ("update", "--rename", "use --name NEW"),
    ("update", "--disable", "use --enabled=false"),
    ("update", "--disabled", "use --enabled=false"),
    ("update", "--enable", "use --enabled"),
    ("create", "--disabled", "use --enabled=false"),
    ("list", "--disabled", "use --enabled=false"),
    (
        "doctor",
        "--db",
        "name the mock's database with UBIHOOK_MOCK_DB=PATH",
    ),
];

/// Arguments that are one too many.
const ARGUMENTS: &[(Place, &str)] = &[
    ("list", "to show one webhook: ubihook get NAME"),
    ("doctor", "it takes one name: ubihook doctor NAME"),
    (
        "mock run",
        "put -- before the command: ubihook mock run -- COMMAND",
    ),
];

/// Switches that take `true` or `false`.
const SWITCHES: &[&str] = &["--retry", "--include-result", "--enabled"];

/// The place of an error with a usage such as `ubihook list [OPTIONS]`.
fn place(usage: &str) -> String {
    let words = usage.split(' ').skip(1);
    let words = words.take_while(|word| word.starts_with(|first: char| first.is_ascii_lowercase()));
    words.collect::<Vec<_>>().join(" ")
}

fn find(table: &[(Place, &str, &'static str)], usage: &str, typed: &str) -> Option<&'static str> {
    let place = place(usage);
    let mut rows = table.iter();
    let (_, _, hint) = rows.find(|(at, word, _)| *at == place && *word == typed)?;
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
        for (place, flag, _) in FLAGS {
            let long = flag.strip_prefix("--");
            let mut arguments = at(place).unwrap().get_arguments();
            assert!(
                !arguments.any(|known| known.get_long() == long),
                "{place} {flag}"
            );
        }
        for (place, _) in ARGUMENTS {
            assert!(at(place).is_some(), "{place}");
        }
    }
}
