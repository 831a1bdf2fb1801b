//! The words and flags from other tools and the API, each with what is right here.

/// Where it was typed: the words of a verb, empty for the program itself.
pub(super) type Place = &'static str;

/// Any verb, for a flag that none of them has.
pub(super) const EVERYWHERE: Place = "*";

const LEAVE_OUT: &str = "leave it out, for example: ubihook list";
const GET: &str = "ubihook get NAME";
const INSPECT: &str = "ubihook get NAME\n\
     for a page of the mock's deliveries: ubihook mock serve --inspect";
const UPDATE: &str = "ubihook update NAME";
const DELETE: &str = "ubihook delete NAME";
const CREATE: &str = "ubihook create NAME";
const DIFF: &str = "ubihook diff -f FILE";
const APPLY: &str = "ubihook apply -f FILE";
const EXPORT: &str = "ubihook export > FILE";
const SEND: &str = "to deliver an event from this machine: ubihook send EVENT --url URL\n\
     to end a request on the mock: ubihook mock request";
const RESEND: &str = "ubihook send -f RECORDING --url URL";
const FORWARD: &str = "ubihook listen --forward-to URL";
const STATUS: &str = "ubihook auth status";
const DOCTOR: &str = "ubihook doctor";
const FOLLOW: &str = "ubihook logs --follow";
const NOT_SHOWN: &str = "values are never shown; which ones are stored: ubihook secret list";
const SECRET_SET: &str = "ubihook secret set NAME --secret-header KEY";
const SECRET_REMOVE: &str = "ubihook secret remove NAME";
const SECRET_ROTATE: &str = "ubihook secret rotate NAME --secret-header KEY";
const TOKEN_NOT_SHOWN: &str = "the token is never shown; where it comes from: ubihook auth status";
const ENDS: &str = "ubihook mock serve ends with Ctrl-C, or a SIGTERM to its pid";

/// Words in place of a verb.
pub(super) const VERBS: &[(Place, &str, &str)] = &[
    ("", "login", "ubihook auth login"),
    ("", "signin", "ubihook auth login"),
    ("", "logout", "ubihook auth logout"),
    ("", "signout", "ubihook auth logout"),
    ("", "status", STATUS),
    ("", "whoami", STATUS),
    ("", "config", STATUS),
    ("", "settings", STATUS),
    ("", "profile", STATUS),
    ("", "profiles", STATUS),
    ("", "webhook", LEAVE_OUT),
    ("", "webhooks", LEAVE_OUT),
    ("", "hook", LEAVE_OUT),
    ("", "hooks", LEAVE_OUT),
    ("", "new", CREATE),
    ("", "init", CREATE),
    ("", "register", CREATE),
    ("", "describe", GET),
    ("", "info", GET),
    ("", "view", GET),
    ("", "inspect", INSPECT),
    ("", "set", UPDATE),
    ("", "patch", UPDATE),
    ("", "modify", UPDATE),
    ("", "change", UPDATE),
    ("", "enable", "ubihook update NAME --enabled"),
    ("", "disable", "ubihook update NAME --enabled=false"),
    ("", "rename", "ubihook update NAME --name NEW"),
    ("", "remove", DELETE),
    ("", "destroy", DELETE),
    ("", "del", DELETE),
    ("", "ping", "ubihook test NAME"),
    ("", "plan", DIFF),
    ("", "preview", DIFF),
    ("", "validate", DIFF),
    ("", "import", APPLY),
    ("", "sync", APPLY),
    ("", "deploy", APPLY),
    ("", "restore", APPLY),
    ("", "push", APPLY),
    ("", "backup", EXPORT),
    ("", "dump", EXPORT),
    ("", "pull", EXPORT),
    ("", "download", EXPORT),
    ("", "check", DOCTOR),
    ("", "diagnose", DOCTOR),
    ("", "health", DOCTOR),
    ("", "log", "ubihook logs"),
    ("", "events", "ubihook logs"),
    ("", "history", "ubihook logs"),
    ("", "tail", FOLLOW),
    ("", "follow", FOLLOW),
    ("", "receive", "ubihook listen"),
    ("", "watch", "ubihook listen"),
    ("", "receiver", "ubihook listen"),
    ("", "forward", FORWARD),
    ("", "proxy", FORWARD),
    ("", "tunnel", FORWARD),
    ("", "record", "ubihook listen --record FILE"),
    ("", "trigger", SEND),
    ("", "fire", SEND),
    ("", "emit", SEND),
    ("", "replay", RESEND),
    ("", "resend", RESEND),
    ("", "redeliver", RESEND),
    ("", "secrets", "ubihook secret list"),
    ("", "rotate", SECRET_ROTATE),
    ("", "serve", "ubihook mock serve"),
    ("", "server", "ubihook mock serve"),
    ("", "start", "ubihook mock serve"),
    ("", "stop", ENDS),
    ("", "run", "ubihook mock run -- COMMAND"),
    ("", "exec", "ubihook mock run -- COMMAND"),
    ("", "deliveries", "ubihook mock deliveries"),
    ("", "request", "ubihook mock request"),
    ("", "requests", "ubihook mock request"),
    ("", "reset", "ubihook mock reset"),
    ("", "version", "ubihook --version"),
    ("secret", "get", NOT_SHOWN),
    ("secret", "show", NOT_SHOWN),
    ("secret", "view", NOT_SHOWN),
    ("secret", "reveal", NOT_SHOWN),
    ("secret", "check", "ubihook secret list --check"),
    ("secret", "add", SECRET_SET),
    ("secret", "create", SECRET_SET),
    ("secret", "put", SECRET_SET),
    ("secret", "store", SECRET_SET),
    ("secret", "save", SECRET_SET),
    ("secret", "import", SECRET_SET),
    ("secret", "delete", SECRET_REMOVE),
    ("secret", "unset", SECRET_REMOVE),
    ("secret", "clear", SECRET_REMOVE),
    ("secret", "update", SECRET_ROTATE),
    ("secret", "change", SECRET_ROTATE),
    ("secret", "renew", SECRET_ROTATE),
    ("auth", "whoami", STATUS),
    ("auth", "show", STATUS),
    ("auth", "list", STATUS),
    ("auth", "token", TOKEN_NOT_SHOWN),
    ("auth", "signin", "ubihook auth login"),
    ("auth", "signout", "ubihook auth logout"),
    ("mock", "start", "ubihook mock serve"),
    ("mock", "up", "ubihook mock serve"),
    ("mock", "server", "ubihook mock serve"),
    ("mock", "stop", ENDS),
    ("mock", "down", ENDS),
    ("mock", "exec", "ubihook mock run -- COMMAND"),
    ("mock", "clear", "ubihook mock reset"),
    ("mock", "clean", "ubihook mock reset"),
    ("mock", "log", "ubihook mock deliveries"),
    ("mock", "logs", "ubihook mock deliveries"),
    ("mock", "list", "ubihook list --mock"),
    ("mock", "get", "ubihook get NAME --mock"),
    ("mock", "create", "ubihook create NAME --mock"),
    ("mock", "test", "ubihook test NAME --mock"),
    ("mock", "status", "ubihook auth status --mock"),
];

const OBJECT: &str = "name the object with --deployment, --pipeline or --experiment";

const NEWEST_LINES: &str = "log lines are chosen by time: ubihook logs --since 10m";
const NEWEST_ATTEMPTS: &str = "the newest attempts: ubihook mock deliveries --limit 10";

const TO_FILE: &str = "it prints to stdout: ubihook export > FILE\n\
     for a file of each webhook: ubihook export --dir DIR";
const JSON: &str = "use -o json";
const FORMAT: &str = "use -o FORMAT";
const TOKEN: &str =
    "a token is never an argument: set UBIOPS_API_TOKEN, or run `ubihook auth login`";
const YES: &str = "use --yes";
const PAYLOAD: &str = "change a field of the payload with --set FIELD=VALUE, or add a result with \
     --result-file FILE";

/// Flags from the API, other tools or another verb.
pub(super) const FLAGS: &[(Place, &str, &str)] = &[
    ("create", "--object-type", OBJECT),
    ("create", "--object-name", OBJECT),
    ("list", "--object-name", OBJECT),
    ("test", "--object-type", OBJECT),
    ("test", "--object-name", OBJECT),
    ("send", "--object-type", OBJECT),
    ("send", "--object-name", OBJECT),
    ("listen", "--object-type", OBJECT),
    ("listen", "--object-name", OBJECT),
    ("mock request", "--object-type", OBJECT),
    ("mock request", "--object-name", OBJECT),
    ("create", "--name", "the name is the first argument"),
    ("update", "--rename", "use --name NEW"),
    ("update", "--disable", "use --enabled=false"),
    ("update", "--disabled", "use --enabled=false"),
    ("update", "--enable", "use --enabled"),
    ("create", "--disabled", "use --enabled=false"),
    ("list", "--disabled", "use --enabled=false"),
    ("delete", "--force", YES),
    ("apply", "--force", YES),
    ("apply", "--auto-approve", YES),
    ("mock reset", "--force", YES),
    ("auth logout", "--force", YES),
    ("secret remove", "--force", YES),
    ("test", "--all", "ubihook list -o name | ubihook test -"),
    ("get", "--all", "ubihook list"),
    (
        "delete",
        "--all",
        "ubihook list -o name | ubihook delete - --yes",
    ),
    ("list", "--all", "it lists all webhooks: ubihook list"),
    ("export", "--all", "it exports all webhooks: ubihook export"),
    (
        "secret rotate",
        "--all",
        "ubihook list -o name | ubihook secret rotate - --secret-header KEY",
    ),
    ("export", "-f", TO_FILE),
    ("export", "--file", TO_FILE),
    ("export", "--out", TO_FILE),
    ("export", "--output-file", TO_FILE),
    ("export", "--output-dir", "use --dir DIR"),
    ("send", "--data", PAYLOAD),
    ("send", "--payload", PAYLOAD),
    ("send", "--body", PAYLOAD),
    ("send", "--forward-to", "use --url URL"),
    ("send", "--webhook", "use --to WEBHOOK"),
    (
        "doctor",
        "--db",
        "name the mock's database with UBIHOOK_MOCK_DB=PATH",
    ),
    ("mock request", "--fail", "use --outcome failed"),
    ("mock request", "--failed", "use --outcome failed"),
    ("mock request", "--status", "use --outcome failed"),
    ("logs", "-n", NEWEST_LINES),
    ("logs", "--tail", NEWEST_LINES),
    ("logs", "--lines", NEWEST_LINES),
    ("logs", "--limit", NEWEST_LINES),
    ("logs", "--watch", "use --follow"),
    ("mock deliveries", "--watch", "use --follow"),
    ("mock deliveries", "-n", NEWEST_ATTEMPTS),
    ("mock deliveries", "--tail", NEWEST_ATTEMPTS),
    ("mock deliveries", "--lines", NEWEST_ATTEMPTS),
    (EVERYWHERE, "--json", JSON),
    (EVERYWHERE, "--yaml", "use -o yaml"),
    (EVERYWHERE, "--format", FORMAT),
    (EVERYWHERE, "--token", TOKEN),
    (EVERYWHERE, "--api-token", TOKEN),
    (EVERYWHERE, "--debug", "use -vv"),
    (EVERYWHERE, "--api-url", "use --host HOST"),
];

/// Arguments that are one too many.
pub(super) const ARGUMENTS: &[(Place, &str)] = &[
    (
        "list",
        "to show one webhook: ubihook get NAME\n\
         to list those whose names match: ubihook list --name 'PATTERN*'",
    ),
    ("doctor", "it accepts one name: ubihook doctor NAME"),
    (
        "auth login",
        "a token is never an argument: `ubihook auth login` prompts for it, and --token-stdin reads it from stdin",
    ),
    (
        "secret set",
        "a value is never an argument: ubihook secret set NAME --secret-header KEY=SOURCE",
    ),
    (
        "send",
        "a receiver is given with --url URL, or as a webhook with --to NAME\n\
         a field of the payload is given with --set FIELD=VALUE",
    ),
    (
        "mock run",
        "put -- before the command: ubihook mock run -- COMMAND",
    ),
    (
        "listen",
        "put -- before the command: ubihook listen -- COMMAND\n\
         the port of the page is part of its option: --inspect=PORT",
    ),
    (
        "mock serve",
        "a file with the first state is given with -f: ubihook mock serve -f FILE\n\
         the port of the page is part of its option: --inspect=PORT",
    ),
    (
        "mock reset",
        "a file with the new state is given with -f: ubihook mock reset -f FILE",
    ),
    ("mock request", OBJECT),
    (
        "mock deliveries",
        "those of one webhook: ubihook mock deliveries --webhook NAME",
    ),
];
