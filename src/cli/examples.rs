//! The examples of each verb, as data: `--help` shows them, the man pages and the reference too,
//! and a test runs every one.

/// A command line that works as it stands, and what it is for.
pub(super) struct Example {
    pub(super) purpose: &'static str,
    /// One line or several, as typed.
    pub(super) line: &'static str,
}

const fn example(purpose: &'static str, line: &'static str) -> Example {
    Example { purpose, line }
}

/// The examples of a command, by its words: `get`, `auth login`.
pub(super) fn of(path: &str) -> &'static [Example] {
    match path {
        "create" => CREATE,
        "list" => LIST,
        "get" => GET,
        "update" => UPDATE,
        "delete" => DELETE,
        "test" => TEST,
        "auth login" => LOGIN,
        "auth logout" => LOGOUT,
        "auth status" => STATUS,
        "mock serve" => SERVE,
        "mock run" => RUN,
        "mock reset" => RESET,
        "mock request" => REQUEST,
        "mock deliveries" => DELIVERIES,
        "demo" => DEMO,
        "completions" => COMPLETIONS,
        "help" => HELP,
        _ => &[],
    }
}

/// As they stand in a help text.
pub(super) fn shown(examples: &[Example]) -> String {
    let one = |example: &Example| {
        let line = example.line.replace('\n', "\n  ");
        format!("  # {}\n  {line}", example.purpose)
    };
    examples.iter().map(one).collect::<Vec<_>>().join("\n\n")
}

const CREATE: &[Example] = &[
    example(
        "Hear of every failed request of a pipeline",
        "ubihook create new-failed --pipeline pipeline-1 --event failed \\\n    \
         --url https://hooks.example.org/in",
    ),
    example(
        "With a protected header, its value from a variable",
        "ubihook create new-done --deployment deployment-1 --event completed \\\n    \
         --url https://hooks.example.org/in \\\n    \
         --secret-header 'Authorization=Bearer {env:HOOK_TOKEN}'",
    ),
    example(
        "When training runs of an experiment end, if a test event arrives first",
        "ubihook create new-trained --experiment experiment-1 --event finished \\\n    \
         --url https://hooks.example.org/in --test-first",
    ),
    example(
        "In CI, as often as you like: made, changed or left as it is",
        "ubihook create -f webhook.yaml --if-exists update --no-input",
    ),
    example(
        "See what would be sent",
        "ubihook create -f webhook.yaml --dry-run",
    ),
];

const LIST: &[Example] = &[
    example("All webhooks of the project", "ubihook list"),
    example(
        "Those that tell of failures and belong to a team",
        "ubihook list --event failed --label team=blue",
    ),
    example(
        "Test each webhook of a pipeline, in a loop",
        "ubihook list --pipeline pipeline-1 -o name | while read -r name; do\n    \
         ubihook test \"$name\"\ndone",
    ),
];

const GET: &[Example] = &[
    example("What is there", "ubihook get orders-failed"),
    example(
        "Copy it under another name; protected values are given anew",
        "ubihook get orders-failed -o yaml |\n    \
         ubihook create new-copy -f - --secret-header Authorization=env:HOOK_TOKEN",
    ),
];

const UPDATE: &[Example] = &[
    example(
        "Add a header and wait longer; all else stays",
        "ubihook update orders-failed --header 'X-Team: blue' --timeout 20",
    ),
    example(
        "Stop it for now",
        "ubihook update orders-failed --enabled=false",
    ),
    example(
        "Rotate a protected value",
        "ubihook update orders-failed --secret-header Authorization=env:HOOK_TOKEN",
    ),
    example(
        "Move it to another host, which may have the protected value as well",
        "ubihook update orders-failed --url https://other.example.org/in --keep-secrets",
    ),
    example(
        "Edit it as a file, and give it back",
        "ubihook get orders-failed -o yaml > orders-failed.yaml\n\
         ${EDITOR:-vi} orders-failed.yaml\n\
         ubihook update -f orders-failed.yaml",
    ),
];

const DELETE: &[Example] = &[
    example(
        "One, without a question",
        "ubihook delete orders-failed --yes",
    ),
    example(
        "Several, whether they are there or not",
        "ubihook delete orders-failed nightly old-one --yes --if-missing skip",
    ),
    example("See what would be sent", "ubihook delete nightly --dry-run"),
];

const TEST: &[Example] = &[
    example(
        "As the platform would call it, protected headers included",
        "ubihook test orders-failed",
    ),
    example(
        "Any URL, before there is a webhook",
        "ubihook test --pipeline pipeline-1 --event failed \\\n    \
         --url https://hooks.example.org/in",
    ),
    example(
        "Another URL, which gets a value of its own",
        "ubihook test orders-failed --url https://other.example.org/in \\\n    \
         --secret-header Authorization=env:HOOK_TOKEN",
    ),
    example(
        "Start it now, look later",
        "id=$(ubihook test nightly --no-wait)\nubihook test --id \"$id\"",
    ),
];

const LOGIN: &[Example] = &[
    example(
        "From a file, into a file that only you can read",
        "ubihook auth login --project demo --store file --token-stdin < token.txt",
    ),
    example(
        "A second account, under a name of its own",
        "ubihook auth login --profile work --project demo --store file \\\n    \
         --token-stdin < token.txt\n\
         ubihook list --profile work",
    ),
];

const LOGOUT: &[Example] = &[example(
    "Forget the token, without a question",
    "ubihook auth logout --yes",
)];

const STATUS: &[Example] = &[
    example("Who you are, and why", "ubihook auth status"),
    example(
        "In a script: go on only when signed in",
        "ubihook auth status --quiet > /dev/null && ubihook list",
    ),
];

const SERVE: &[Example] = &[
    example(
        "For any client, until Ctrl-C; it prints its address and token",
        "ubihook mock serve",
    ),
    example(
        "In a script, which waits for the file",
        "ubihook mock serve --db ./mock.db --ready-file ./ready.json",
    ),
];

const RUN: &[Example] = &[
    example(
        "Any program that speaks to UbiOps",
        "ubihook mock run -- ubihook list",
    ),
    example(
        "With a database that stays",
        "ubihook mock run --db ./mock.db -- ubihook auth status",
    ),
];

const REQUEST: &[Example] = &[
    example(
        "A request that fails, and what came of the webhooks that watch for it",
        "ubihook mock request --pipeline pipeline-1 --outcome failed",
    ),
    example(
        "Many of them, twenty a second, each processed for a while",
        "ubihook mock request --deployment deployment-1 --count 4 --rate 20 \\\n    \
         --duration 50ms",
    ),
    example(
        "A training run, not waited for",
        "ubihook mock request --experiment experiment-1 --no-wait",
    ),
];

const DELIVERIES: &[Example] = &[
    example(
        "What one webhook was sent, as JSON",
        "ubihook mock deliveries --webhook orders-failed -o json",
    ),
    example(
        "What didn't get through",
        "ubihook mock deliveries --failed",
    ),
];

const RESET: &[Example] = &[
    example(
        "The database of --mock, without a question",
        "ubihook mock reset --yes",
    ),
    example("Another one", "ubihook mock reset --db ./mock.db --yes"),
];

const DEMO: &[Example] = &[
    example("The whole story", "ubihook demo"),
    example("As a check, for programs", "ubihook demo -o json"),
];

const COMPLETIONS: &[Example] = &[
    example("In ~/.bashrc", "source <(ubihook completions bash)"),
    example(
        "For zsh, in a folder of $fpath",
        "ubihook completions zsh > _ubihook",
    ),
    example(
        "For fish",
        "mkdir -p ~/.config/fish/completions\n\
         ubihook completions fish > ~/.config/fish/completions/ubihook.fish",
    ),
];

const HELP: &[Example] = &[
    example("A command", "ubihook help auth login"),
    example("A topic", "ubihook help exit-codes"),
];

#[cfg(test)]
mod tests {
    use super::*;

    /// A help text is wrapped at 80 columns, which would break a command line.
    #[test]
    fn a_line_fits_a_plain_terminal() {
        let all = [
            CREATE,
            LIST,
            GET,
            UPDATE,
            DELETE,
            TEST,
            LOGIN,
            LOGOUT,
            STATUS,
            SERVE,
            RUN,
            RESET,
            DEMO,
            COMPLETIONS,
            HELP,
        ];
        for line in all.map(shown).iter().flat_map(|text| text.lines()) {
            assert!(line.len() <= 80, "{line}");
        }
    }
}
