//! What a report takes from the command line and the settings: the commands in a hint get the
//! options that say where the user's command ran, and a value that is at fault gets its source.

use std::ffi::OsString;

use crate::{
    config::{Endpoint, Provenance, Settings, flags::Flags},
    model::{
        failure::Concern,
        shell::{quote, quote_path},
        store::StoreChoice,
    },
    output::report::Report,
    scratch::Scratch,
};

/// The user's own words about where a command runs, and the sources of settings.
#[derive(Debug, Clone, Default)]
pub(super) struct Words {
    /// Options of every verb, each with its name.
    everywhere: Vec<(&'static str, String)>,
    /// The option of the verbs of `mock`.
    database: Option<String>,
    /// Whether it runs inside `mock run`, on a database that goes away with the run.
    is_temporary: bool,
    host: Option<Provenance>,
    project: Option<Provenance>,
    token: Option<Provenance>,
}

impl Words {
    /// Those of a command line.
    pub(super) fn of(flags: &Flags, settings: &Settings, arguments: &[OsString]) -> Self {
        let valued = |name: &'static str, value: Option<&str>| {
            Some((name, format!("{name} {}", quote(value?))))
        };
        let switch = |name: &'static str, is_on: bool| is_on.then(|| (name, name.to_owned()));
        let ca_cert = flags.ca_cert.as_deref();
        let everywhere = [
            switch("--mock", flags.mock),
            valued("--host", flags.host.as_deref()),
            valued("--project", flags.project.as_deref()),
            valued("--profile", flags.profile.as_deref()),
            valued("--store", flags.store.map(StoreChoice::as_str)),
            ca_cert.map(|path| ("--ca-cert", format!("--ca-cert {}", quote_path(path)))),
            switch("--insecure-http", flags.insecure_http),
        ];
        let connection = &settings.connection;
        let host = match &connection.endpoint {
            Endpoint::Platform(host) => Some(host.from.clone()),
            Endpoint::Mock => None,
        };
        let typed = database(arguments);
        let set = settings.mock_db.as_ref().filter(|_| typed.is_none());
        let is_temporary = set.is_some_and(|db| Scratch::holds(&db.value));
        // In another shell, the variable may not be set.
        let set = set.filter(|_| !is_temporary);
        Self {
            everywhere: everywhere.into_iter().flatten().collect(),
            database: typed.or(set.map(|db| format!("--db {}", quote_path(&db.value)))),
            is_temporary,
            host,
            project: connection.project.as_ref().map(|it| it.from.clone()),
            token: connection.token.as_ref().map(|it| it.from.clone()),
        }
    }

    /// Completes a report about `concern`.
    pub(super) fn complete(&self, report: Report, concern: Option<Concern>) -> Report {
        let mut message = report.message;
        if let Some(source) = concern.and_then(|concern| self.source(concern)) {
            match message.strip_suffix(')') {
                Some(start) => message = format!("{start}; {source})"),
                None => message.push_str(&format!(" ({source})")),
            }
        }
        Report {
            hint: report.hint.map(|hint| self.complete_hint(&hint)),
            message,
            ..report
        }
    }

    /// A hint whose commands have the user's own options.
    pub(super) fn complete_hint(&self, hint: &str) -> String {
        let mut lines: Vec<_> = hint.lines().map(|line| self.complete_line(line)).collect();
        if self.is_temporary && hint.contains(COMMAND) {
            lines.push(TEMPORARY.to_owned());
        }
        lines.join("\n")
    }

    fn source(&self, concern: Concern) -> Option<String> {
        let (what, from) = match concern {
            Concern::Host => ("host", &self.host),
            Concern::Project => ("project", &self.project),
            Concern::Token => ("token", &self.token),
        };
        match from.as_ref()? {
            Provenance::Default => None,
            from => Some(format!("{what} from {from}")),
        }
    }

    /// A line of a hint: a command, or a sentence with commands in backticks.
    fn complete_line(&self, line: &str) -> String {
        let mut completed = String::new();
        let mut rest = line;
        let start = if line.starts_with(COMMAND) || line.starts_with(&format!("or {COMMAND}")) {
            line.find(COMMAND)
        } else {
            inner(line)
        };
        let mut next = start;
        while let Some(at) = next {
            let (before, command) = rest.split_at(at);
            let (command, after) = command.split_at(end_of_command(command));
            completed.push_str(before);
            completed.push_str(&self.completed(command));
            rest = after;
            next = inner(rest);
        }
        completed + rest
    }

    fn completed(&self, command: &str) -> String {
        let verb = command.split(' ').nth(1);
        let has = |name: &str| {
            let named = |word: &str| word == name || word.starts_with(&format!("{name}="));
            command.split(' ').any(named)
        };
        let added: Vec<_> = match verb {
            Some("help" | "completions" | "demo") => Vec::new(),
            Some("mock") => self
                .database
                .iter()
                .filter(|_| !has("--db"))
                .map(String::as_str)
                .collect(),
            _ if has("-h") => Vec::new(),
            _ => {
                let missing = self.everywhere.iter().filter(|(name, _)| !has(name));
                missing.map(|(_, words)| words.as_str()).collect()
            }
        };
        if added.is_empty() {
            return command.to_owned();
        }
        let added = added.join(" ");
        match command.split_once(" -- ") {
            Some((command, rest)) => format!("{command} {added} -- {rest}"),
            None => format!("{command} {added}"),
        }
    }
}

const COMMAND: &str = "ubihook ";

/// What is added to commands that work only inside `mock run`.
const TEMPORARY: &str =
    "only inside this `mock run`, which deletes its database at the end; with --db FILE it is kept";

/// Where the next command in backticks begins, or the one after a pipe.
fn inner(text: &str) -> Option<usize> {
    let found = ["`ubihook ", " | ubihook "].map(|start| {
        let at = text.find(start)?;
        Some(at + start.len() - COMMAND.len())
    });
    found.into_iter().flatten().min()
}

/// The length of the command at the start of a text: up to a comma, semicolon, pipe or backtick
/// that isn't quoted.
fn end_of_command(text: &str) -> usize {
    let mut quoted = false;
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '\'' => quoted = !quoted,
            '\\' => drop(chars.next()),
            '`' if !quoted => return at,
            ',' | ';' if !quoted && text[at + 1..].starts_with(' ') => return at,
            ' ' if !quoted && text[at..].starts_with(" | ") => return at,
            _ => {}
        }
    }
    text.len()
}

/// `--db FILE`, which only the verbs of `mock` have.
fn database(arguments: &[OsString]) -> Option<String> {
    let mut arguments = arguments.iter().take_while(|argument| *argument != "--");
    while let Some(argument) = arguments.next() {
        if argument == "--db" {
            let path = arguments.next()?;
            return Some(format!("--db {}", quote_path(path.as_ref())));
        }
        if let Some(path) = argument
            .to_str()
            .and_then(|text| text.strip_prefix("--db="))
        {
            return Some(format!("--db {}", quote(path)));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words() -> Words {
        Words {
            everywhere: vec![
                ("--mock", "--mock".to_owned()),
                ("--store", "--store none".to_owned()),
            ],
            database: Some("--db x.db".to_owned()),
            ..Words::default()
        }
    }

    #[test]
    fn each_command_of_a_hint_gets_the_options_of_the_users_own() {
        for (line, completed) in [
            ("ubihook list", "ubihook list --mock --store none"),
            (
                "ubihook test a --store file",
                "ubihook test a --store file --mock",
            ),
            (
                "ubihook get 'a, b; `c`', for example; see ubihook get -h",
                "ubihook get 'a, b; `c`' --mock --store none, for example; see ubihook get -h",
            ),
            (
                "or ubihook test --url URL",
                "or ubihook test --url URL --mock --store none",
            ),
            (
                "run `ubihook list`, or `ubihook get x`",
                "run `ubihook list --mock --store none`, or `ubihook get x --mock --store none`",
            ),
            (
                "ubihook mock deliveries --failed",
                "ubihook mock deliveries --failed --db x.db",
            ),
            (
                "ubihook create --event failed -- -x",
                "ubihook create --event failed --mock --store none -- -x",
            ),
            (
                "ubihook list -o name | ubihook delete -",
                "ubihook list -o name --mock --store none | ubihook delete - --mock --store none",
            ),
            ("ubihook help secrets", "ubihook help secrets"),
            ("set UBIOPS_API_TOKEN", "set UBIOPS_API_TOKEN"),
        ] {
            assert_eq!(words().complete_line(line), completed);
        }
    }

    #[test]
    fn the_database_is_found_however_it_was_given() {
        let found = |words: &[&str]| database(&words.iter().map(Into::into).collect::<Vec<_>>());
        assert_eq!(found(&["mock", "--db", "a b"]).unwrap(), "--db 'a b'");
        assert_eq!(found(&["mock", "--db=x"]).unwrap(), "--db x");
        assert_eq!(found(&["mock", "run", "--", "x", "--db", "y"]), None);
    }
}
