//! `docs/skill.md`: what a program or an agent needs to know to use ubihook, on one page.

use clap::Command;

use crate::cli::failure::EXIT_CODES;

const HEAD: &str = "\
<!-- Made by `BLESS=1 cargo test generated` from the program itself. -->

# Using ubihook from a program

`ubihook` manages UbiOps webhooks. This page is for programs and agents that run it; `ubihook help -o json` prints
every command, argument, example and exit code as one JSON object.

## Rules

- Pass `-o json` (or `-o ndjson` for a stream) and `--no-input`; decide by the exit code. Text output is for people, and
  its format may change.
- Data is on stdout. Messages are on stderr; with `-o json` they are JSON too, and an error is the last line:
  `{\"error\":{\"kind\",\"message\",\"hint\",\"exit\",\"http_status\",\"retryable\"}}`.
- Run a command again only if `retryable` is true. `hint` is what to run next.
- Never put a secret on a command line or in a file of the repository. Give its source:
  `--secret-header 'Authorization=Bearer {env:HOOK_TOKEN}'`, or `value_from: env:UBIHOOK_SECRET_NAME` in a file.
- Never add `--keep-secrets`, `--allow-plain`, `--yes` or `--insecure-http` on your own: each is the user's decision.
- Use `--dry-run` first: it prints `method`, `path`, `body` and `changes`, and needs no secret. `method` is null if nothing
  would change.
- `create … --if-exists update|skip` and `delete … --if-missing skip` are safe to repeat.
- Try everything without an account: `--mock` on any command, or `ubihook mock run -- COMMAND` for other clients.

## Settings

`UBIOPS_API_TOKEN`, `UBIOPS_PROJECT` and, for another platform, `UBIOPS_API_HOST`. `UBIHOOK_STORE=none` stores no protected
values on the machine.

## Commands

";

const SHAPES: &str = "
## Output of `-o json`

| command | JSON |
| --- | --- |
| `list` | an array of webhooks, with the API's fields |
| `get` | a webhook; the `value` of a protected header is null, and `local` says where this machine has it |
| `create`, `update` | `{\"result\":\"created|updated|unchanged\",\"webhook\",\"changes\":[{\"field\",\"from\",\"to\"}]}` |
| `delete` | `[{\"name\",\"result\":\"deleted|missing|failed\",\"error\"}]` |
| `test` | `{\"id\",\"status\",\"error_message\",\"webhook\",\"url\",\"waited_ms\"}` |
| `logs` | lines `{\"type\":\"log\",\"time\",\"level\",\"webhook\",\"text\"}` when stdout is not a terminal; with `-o json`, an array of them |
| `send` | `{\"event\",\"request_id\",\"url\",\"status\",\"error\",\"attempts\",\"duration_ms\",\"body\",\"ok\"}` |
| `send --count`, `send -f` | `{\"sent\",\"delivered\",\"failed\",\"reasons\",\"rate\",\"median_ms\",\"p99_ms\",\"duration_ms\"}` |
| any with `--dry-run` | `{\"method\",\"path\",\"body\",\"changes\"}` |
| `mock serve`, `listen`, `logs --follow` | a stream of lines; the first is `{\"type\":\"ready\",…}` |

An example of each is in `docs/examples`, its JSON Schema in `docs/schemas`.

## Exit codes

| code | kind | meaning |
| --- | --- | --- |
";

/// All of it; at most 150 lines.
pub(super) fn text(verbs: &[(String, &Command)]) -> String {
    let mut text = HEAD.to_owned();
    for (path, command) in verbs
        .iter()
        .filter(|(_, command)| !command.has_subcommands())
    {
        let about = command.get_about().map(ToString::to_string);
        text.push_str(&format!(
            "- `ubihook {path}`: {}\n",
            about.unwrap_or_default()
        ));
    }
    text.push_str(SHAPES);
    for row in &EXIT_CODES {
        let kind = if row.kind.is_empty() {
            ""
        } else {
            &format!("`{}`", row.kind)
        };
        text.push_str(&format!("| {} | {kind} | {} |\n", row.code, row.meaning));
    }
    text
}
