//! The pages about what all commands share: `help` shows them, the man page and the reference too.

use clap::Command;
use clap_complete::engine::CompletionCandidate;

use super::failure;

/// A page: its name, what it is about, its text.
pub(super) struct Page {
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    text: fn() -> String,
}

/// All pages.
pub(super) const PAGES: [Page; 3] = [
    Page {
        name: "exit-codes",
        about: "what each exit code means",
        text: exit_codes,
    },
    Page {
        name: "environment",
        about: "every variable, and which setting wins",
        text: || ENVIRONMENT.to_owned(),
    },
    Page {
        name: "secrets",
        about: "where protected values come from and where they stay",
        text: || SECRETS.to_owned(),
    },
];

impl Page {
    /// Its text, with a heading.
    pub(super) fn text(&self) -> String {
        (self.text)()
    }
}

/// What stands under the list of commands.
pub(super) fn ways_on() -> String {
    let topics: String = PAGES
        .iter()
        .map(|page| format!("  ubihook help {:<13}{}\n", page.name, page.about))
        .collect();
    format!(
        "Help topics; examples are in ubihook COMMAND --help:\n{}",
        topics.trim_end()
    )
}

/// What can follow `help` and the words of a command.
pub(super) fn words(command: &Command, before: &[String]) -> Vec<CompletionCandidate> {
    let commands = command.get_subcommands().map(|command| {
        CompletionCandidate::new(command.get_name()).help(command.get_about().cloned())
    });
    let pages = PAGES.iter().filter(|_| before.is_empty());
    let pages = pages.map(|page| CompletionCandidate::new(page.name).help(Some(page.about.into())));
    commands.chain(pages).collect()
}

fn exit_codes() -> String {
    let mut text = String::from(
        "Exit codes\n\nA script can rely on them, and on `kind` in the errors of -o json.\n\n",
    );
    for code in &failure::EXIT_CODES {
        let mut lines = code.meaning.lines();
        let first = lines.next().unwrap_or_default();
        text.push_str(&format!("  {:<4} {:<15} {first}\n", code.code, code.kind));
        for line in lines {
            text.push_str(&format!("{:22}{line}\n", ""));
        }
    }
    text.push_str(
        "\nWith -o json or ndjson an error is the last line on stderr:\n  \
         {\"error\":{\"kind\",\"message\",\"hint\",\"exit\",\"http_status\",\"retryable\"}}\n\
         `retryable` says whether the same command could work in a while.\n\n\
         `mock run` ends with the code of its command: 127 when there is no such command,\n\
         126 when it can't be started, 128 and the signal's number when a signal ends it.\n",
    );
    text
}

const ENVIRONMENT: &str = "\
Environment

A flag wins over UBIHOOK_*, that over UBIOPS_*, that over the profile in
config.toml, and all of them over the default. An empty variable is an unset
one. Switches take 1 true yes on, and 0 false no off. `ubihook auth status`
shows each setting with where it comes from.

  Setting          Variables, first wins           Default
  token            UBIOPS_API_TOKEN                kept by auth login
  host             UBIHOOK_HOST                    https://api.ubiops.com/v2
                   UBIOPS_API_HOST
                   UBIOPS_API_URL
                   UBIOPS_BASE_URL
  --project        UBIHOOK_PROJECT                 asked for
                   UBIOPS_PROJECT
  --profile        UBIHOOK_PROFILE                 `default`, where there is one
  --mock           UBIHOOK_MOCK                    no
  mock's database  UBIHOOK_MOCK_DB                 mock.db in the state folder
  --store          UBIHOOK_STORE                   auto; with --mock: file
  --output         UBIHOOK_OUTPUT                  table
  --color          UBIHOOK_COLOR                   auto
                   NO_COLOR
  --no-input       UBIHOOK_NO_INPUT                no
  --api-timeout    UBIHOOK_API_TIMEOUT             30s
  --ca-cert        UBIHOOK_CA_CERT                 the system's certificates

No variable turns off a guard: --yes, --insecure-http and --keep-secrets are
flags only. With --mock, the host, token and project of environment and profile
don't count.

Others that are read: HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY, never
for loopback; HOME, XDG_CONFIG_HOME and XDG_STATE_HOME for the folders; and
any variable that --secret-header NAME=env:VARIABLE names. A file may name
UBIHOOK_SECRET_* alone.

Profiles stand in ~/.config/ubihook/config.toml, and `ubihook auth login`
writes them:

  [profile.default]
  host = \"https://api.ubiops.com/v2\"
  project = \"demo\"
  store = \"keyring\"
  output = \"table\"
";

const SECRETS: &str = "\
Secrets

UbiOps never gives the value of a protected header back. What ubihook keeps on
this machine is the only copy that a test or a move can use.

Where a value comes from: --secret-header NAME=SOURCE

  prompt          typed unseen; meant where SOURCE is left out
  env:VARIABLE    the environment
  file:PATH       a file; one line break at its end is cut
  stdin           standard input; likewise

  Text around it goes with braces: 'Authorization=Bearer {env:TOKEN}'. A value
  on the command line is refused: every process on the machine could read it.
  In a file: value_from: env:UBIHOOK_SECRET_…

Where it stays: --store

  auto       the keyring where one answers, else nowhere, with a warning
  keyring    the operating system's keyring, or exit code 9
  file       secrets.json in ~/.local/state/ubihook, readable by you alone
  none       nowhere: it is given each time

  With --mock, values stand in a file beside the mock's database.

Who gets it

  A value belongs to one webhook, one header and the origin that it was given
  for: scheme, host and port. A rename keeps it. Another origin doesn't get it,
  unless --keep-secrets is added or the value is given anew; `update --url`
  refuses where the platform itself would pass it on.

  It never stands in output, errors or traces, in arguments, or in a file that
  you didn't choose.

When one is missing (exit code 9), give it anew:

  ubihook update NAME --secret-header HEADER=SOURCE
";
