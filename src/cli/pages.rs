//! The pages about shared topics, shown by `help`, the man page and the reference.

use clap::Command;
use clap_complete::engine::CompletionCandidate;

use super::failure;

/// A help page.
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
        about: "environment variables and precedence of settings",
        text: || ENVIRONMENT.to_owned(),
    },
    Page {
        name: "secrets",
        about: "where protected values come from and are stored",
        text: || SECRETS.to_owned(),
    },
];

impl Page {
    /// Its text, including the heading.
    pub(super) fn text(&self) -> String {
        (self.text)()
    }
}

/// The text after the list of commands.
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

/// The words that can follow `help` and part of a command.
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
        "Exit codes\n\nExit codes, and `kind` in the errors of -o json, are stable.\n\n",
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
         `retryable` says whether the same command may succeed later.\n\n\
         `mock run` exits with the code of its command: 127 if the command doesn't exist,\n\
         126 if it can't be started, 128 plus the signal's number if a signal ended it.\n",
    );
    text
}

const ENVIRONMENT: &str = "\
Environment

A flag overrides UBIHOOK_*, which overrides UBIOPS_*, which overrides the
profile in config.toml, which overrides the default. An empty variable counts
as unset. Switches accept 1, true, yes or on; and 0, false, no or off.
`ubihook auth status` shows each setting with its source.

  Setting          Variables, first one wins       Default
  token            UBIOPS_API_TOKEN                stored by auth login
  host             UBIHOOK_HOST                    https://api.ubiops.com/v2
                   UBIOPS_API_HOST
                   UBIOPS_API_URL
                   UBIOPS_BASE_URL
  --project        UBIHOOK_PROJECT                 prompted for
                   UBIOPS_PROJECT
  --profile        UBIHOOK_PROFILE                 `default`, if it exists
  --mock           UBIHOOK_MOCK                    no
  mock's database  UBIHOOK_MOCK_DB                 mock.db in the state folder
  --store          UBIHOOK_STORE                   auto; with --mock: file
  --output         UBIHOOK_OUTPUT                  table
  --color          UBIHOOK_COLOR                   auto
                   NO_COLOR, CLICOLOR_FORCE, CLICOLOR
  --no-input       UBIHOOK_NO_INPUT                no
  --api-timeout    UBIHOOK_API_TIMEOUT             30s
  --ca-cert        UBIHOOK_CA_CERT                 the system's certificates

No variable disables a safety check: --yes, --insecure-http and --keep-secrets
are flags only. With --mock, the host, token and project from the environment
and the profile are ignored.

Other variables: HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY, except for
loopback addresses; HOME, XDG_CONFIG_HOME and XDG_STATE_HOME for the folders;
and any variable that --secret-header NAME=env:VARIABLE names. A file can only
name UBIHOOK_SECRET_* variables.

Profiles are stored in ~/.config/ubihook/config.toml, and `ubihook auth login`
writes them:

  [profile.default]
  host = \"https://api.ubiops.com/v2\"
  project = \"demo\"
  store = \"keyring\"
  output = \"table\"
";

const SECRETS: &str = "\
Secrets

UbiOps never returns the value of a protected header. To send a
test, ubihook needs a copy of the value, which it stores on this machine.

Where a value comes from: --secret-header NAME=SOURCE

  prompt          hidden input; the default if SOURCE is left out
  env:VARIABLE    an environment variable
  file:PATH       a file; one trailing line break is removed
  stdin           standard input, without its trailing line break
  cmd:COMMAND     what a command prints, such as a password manager

  To add text around the value, put the source in braces:
  'Authorization=Bearer {env:TOKEN}'. A value on the command line is refused,
  because every process on the machine could read it.
  In a file, write value_from: env:UBIHOOK_SECRET_…

Where it is stored: --store

  auto       the OS keyring if available, otherwise nowhere, with a warning
  keyring    the OS keyring; exit code 9 if none is available
  file       secrets.json in ~/.local/state/ubihook, readable only by you
  none       nowhere; supply the value each time

  With --mock, values are stored in a file next to the mock's database.

Where it is sent

  A value belongs to one webhook, one header, and the origin it was given for:
  scheme, host and port. It is kept when the webhook is renamed. It is not sent
  to another origin unless --keep-secrets is given or the value is supplied
  again; `update --url` is refused if the platform would send it there.

  It never appears in output, errors, traces or arguments, or in a file that
  you didn't choose.

If a value is missing (exit code 9), supply it again:

  ubihook update NAME --secret-header HEADER=SOURCE
";
