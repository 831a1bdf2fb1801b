//! The tree of commands as data: `help -o json`, for editors and other programs.

use clap::{Arg, ArgAction, Command};
use serde::Serialize;

use super::{artifacts::examples, failure::EXIT_CODES, pages::PAGES};
use crate::output::{paper::Paper, view::View};

/// The whole program.
#[derive(Serialize)]
pub(super) struct Program {
    name: String,
    version: &'static str,
    about: String,
    /// Every command, groups before their members.
    commands: Vec<Described>,
    /// The options of every command.
    options: Vec<Argument>,
    exit_codes: Vec<Exit>,
    topics: Vec<Topic>,
}

/// One command.
#[derive(Serialize)]
pub(super) struct Described {
    /// Its full name: `mock serve`.
    name: String,
    aliases: Vec<String>,
    about: String,
    /// More about it, in paragraphs; empty if `about` says all.
    description: String,
    /// Whether it only groups other commands.
    is_group: bool,
    usage: String,
    arguments: Vec<Argument>,
    examples: Vec<Sample>,
}

/// An argument or option.
#[derive(Serialize)]
struct Argument {
    /// `--event`, or the name of a positional argument.
    name: String,
    short: Option<String>,
    /// What stands for its value; null for a switch.
    value: Option<String>,
    help: String,
    required: bool,
    repeatable: bool,
    default: Option<String>,
    /// The possible values, if they are known.
    values: Vec<String>,
}

#[derive(Serialize)]
struct Sample {
    about: &'static str,
    command: &'static str,
}

#[derive(Serialize)]
struct Exit {
    code: u8,
    /// The `kind` of errors with this code; null for success.
    kind: Option<&'static str>,
    meaning: &'static str,
}

/// A page about a shared topic.
#[derive(Serialize)]
pub(super) struct Topic {
    name: &'static str,
    about: &'static str,
    text: String,
}

impl Program {
    /// The program with this tree, which must be built.
    pub(super) fn of(root: &Command) -> Self {
        let mut commands = Vec::new();
        collect(root, "", &mut commands);
        Self {
            name: root.get_name().to_owned(),
            version: env!("CARGO_PKG_VERSION"),
            about: root
                .get_about()
                .map(ToString::to_string)
                .unwrap_or_default(),
            commands,
            options: arguments(root.get_arguments()),
            exit_codes: EXIT_CODES
                .iter()
                .map(|row| Exit {
                    code: row.code,
                    kind: (!row.kind.is_empty()).then_some(row.kind),
                    meaning: row.meaning,
                })
                .collect(),
            topics: PAGES
                .iter()
                .filter_map(|page| Topic::of(page.name))
                .collect(),
        }
    }
}

fn collect(command: &Command, above: &str, found: &mut Vec<Described>) {
    for command in command.get_subcommands() {
        let name = format!("{above} {}", command.get_name()).trim().to_owned();
        found.push(Described::of(&name, command));
        collect(command, &name, found);
    }
}

impl Described {
    /// A command, by its full name.
    pub(super) fn of(name: &str, command: &Command) -> Self {
        let about = command
            .get_about()
            .map(ToString::to_string)
            .unwrap_or_default();
        let long = command.get_long_about().map(ToString::to_string);
        let long = long.unwrap_or_default();
        let description = long.strip_prefix(&about).unwrap_or(&long).trim();
        let usage = command.clone().render_usage().to_string();
        let own = command
            .get_arguments()
            .filter(|argument| !argument.is_global_set());
        Self {
            name: name.to_owned(),
            aliases: command.get_all_aliases().map(str::to_owned).collect(),
            about: about.clone(),
            description: description.to_owned(),
            is_group: command.has_subcommands(),
            usage: usage.trim_start_matches("Usage: ").to_owned(),
            arguments: arguments(own),
            examples: examples(name)
                .iter()
                .map(|(about, command)| Sample { about, command })
                .collect(),
        }
    }
}

fn arguments<'a>(of: impl Iterator<Item = &'a Arg>) -> Vec<Argument> {
    let shown = of.filter(|argument| {
        !argument.is_hide_set() && !matches!(argument.get_id().as_str(), "help" | "version")
            || argument.get_id() == "version" && argument.get_action().takes_values()
    });
    shown.map(argument).collect()
}

fn argument(of: &Arg) -> Argument {
    let takes_value = of.get_action().takes_values();
    let names = of.get_value_names().unwrap_or_default();
    let names: Vec<_> = names.iter().map(ToString::to_string).collect();
    let help = of.get_long_help().or(of.get_help());
    let default: Vec<_> = of
        .get_default_values()
        .iter()
        .map(|value| value.to_string_lossy().into_owned())
        .collect();
    let many = of
        .get_num_args()
        .is_some_and(|range| range.max_values() > 1);
    Argument {
        name: match of.get_long() {
            Some(long) => format!("--{long}"),
            None => names.first().cloned().unwrap_or_default(),
        },
        short: of.get_short().map(|short| format!("-{short}")),
        value: takes_value.then(|| names.join(" ")),
        help: help.map(ToString::to_string).unwrap_or_default(),
        required: of.is_required_set(),
        repeatable: many || matches!(of.get_action(), ArgAction::Append | ArgAction::Count),
        default: (takes_value && !default.is_empty()).then(|| default.join(",")),
        values: if takes_value {
            let values = of.get_possible_values();
            values
                .iter()
                .map(|value| value.get_name().to_owned())
                .collect()
        } else {
            Vec::new()
        },
    }
}

impl Topic {
    /// The page of that name.
    pub(super) fn of(name: &str) -> Option<Self> {
        let page = PAGES.iter().find(|page| page.name == name)?;
        Some(Self {
            name: page.name,
            about: page.about,
            text: page.text(),
        })
    }
}

impl View for Program {
    fn text(&self, _: &Paper) -> String {
        self.commands
            .iter()
            .map(|command| format!("{}\n", command.name))
            .collect()
    }

    fn names(&self) -> Vec<String> {
        self.commands
            .iter()
            .map(|command| command.name.clone())
            .collect()
    }
}

impl View for Described {
    fn text(&self, _: &Paper) -> String {
        format!("{}\n", self.name)
    }

    fn names(&self) -> Vec<String> {
        vec![self.name.clone()]
    }
}

impl View for Topic {
    fn text(&self, _: &Paper) -> String {
        self.text.clone()
    }

    fn names(&self) -> Vec<String> {
        vec![self.name.to_owned()]
    }
}
