//! The clap tree as people, shells and generated files get it: the arguments that the verbs
//! declare, with the examples of each and a way on to what else is explained.

use std::ffi::OsString;

use clap::{Command, CommandFactory};

use super::{Shared, VERBS, examples, help};
use crate::commands::update;

/// The whole tree.
pub(super) fn command() -> Command {
    with_verbs(|_| true)
}

/// The tree for a command line: help of a verb is about the verb, and has to fit a screen.
pub(super) fn command_for(arguments: &[OsString]) -> Command {
    if VERBS.iter().any(|(name, _)| names(arguments, name)) {
        return without_shared(command());
    }
    command()
}

/// The same tree with no other verbs than the line names. What it takes, the whole tree takes, and
/// it is there in a third of the time.
pub(super) fn sparse_for(arguments: &[OsString]) -> Command {
    without_shared(with_verbs(|name| names(arguments, name)))
}

fn names(arguments: &[OsString], verb: &str) -> bool {
    arguments.iter().skip(1).any(|word| word == verb)
}

fn with_verbs(wanted: impl Fn(&str) -> bool) -> Command {
    let tree = Shared::command().after_help(help::ways_on());
    let verbs = VERBS.iter().filter(|(name, _)| wanted(name));
    verbs.fold(tree, |tree, (name, declare)| {
        tree.subcommand(teach(declare(Command::new(*name)), ""))
    })
}

/// The tree without the options of every command in its help.
pub(super) fn without_shared(tree: Command) -> Command {
    tree.mut_args(|argument| {
        let shared = argument.is_global_set();
        argument.hide_short_help(shared).hide_long_help(shared)
    })
}

fn teach(command: Command, above: &str) -> Command {
    let path = format!("{above} {}", command.get_name()).trim().to_owned();
    if command.has_subcommands() {
        return command
            .disable_help_subcommand(true)
            .mut_subcommands(|command| teach(command, &path));
    }
    let examples = examples::shown(examples::of(&path));
    without_what_is_not_offered(command, &path)
        .after_help(format!(
            "Examples: ubihook {path} --help. Options of every command: ubihook -h."
        ))
        .after_long_help(format!(
            "Examples:\n{examples}\n\nOptions of every command, such as --project, --mock and \
             --output: ubihook --help."
        ))
}

/// In its place: taking a command out to change it would put it last.
fn without_what_is_not_offered(command: Command, path: &str) -> Command {
    let names: &[&str] = if path == "update" {
        &update::NOT_OFFERED
    } else {
        &[]
    };
    names.iter().fold(command, |command, name| {
        command.mut_arg(*name, |argument| argument.hide(true))
    })
}

#[cfg(test)]
mod tests {
    use clap::Subcommand;

    use super::*;
    use crate::cli;

    #[test]
    fn the_list_of_verbs_is_that_of_the_commands() {
        let declared = cli::Command::augment_subcommands(Shared::command());
        let listed = VERBS
            .iter()
            .fold(Shared::command(), |tree, (name, declare)| {
                tree.subcommand(declare(Command::new(*name)))
            });
        assert_eq!(format!("{declared:?}"), format!("{listed:?}"));
    }

    #[test]
    fn a_sparse_tree_has_what_the_line_names() {
        let tree = sparse_for(&["ubihook", "--project", "get", "list"].map(OsString::from));
        let verbs: Vec<_> = tree.get_subcommands().map(Command::get_name).collect();
        assert_eq!(verbs, ["list", "get"]);
        assert!(
            tree.find_subcommand("list")
                .unwrap()
                .get_arguments()
                .next()
                .is_some()
        );
    }
}
