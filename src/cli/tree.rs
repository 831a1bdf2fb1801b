//! The clap tree for help, shells and generated files: the arguments that the verbs declare, with
//! their examples and references to help topics.

use std::ffi::OsString;

use clap::{Command, CommandFactory, Parser};

use super::pages;
use crate::{
    commands::verb::{Example, Verb},
    config::flags::Flags,
};

/// Manage and test UbiOps webhooks
///
/// Webhooks call your URL when a request to a deployment, a pipeline or an experiment has started,
/// completed, failed or finished. To try it without an account, run: ubihook demo
#[derive(Debug, Parser)]
#[command(
    name = "ubihook",
    // Whatever the file is called, `ubihook.exe` say.
    bin_name = "ubihook",
    version,
    max_term_width = 100,
    subcommand_required = true,
    arg_required_else_help = true,
    disable_help_subcommand = true
)]
struct Shared {
    #[command(flatten)]
    flags: Flags,
}

/// The complete tree of these verbs.
pub(super) fn command(verbs: &[Verb]) -> Command {
    with_verbs(verbs.iter())
}

/// The tree for a command line: the help of a verb omits global options, so that it fits on a
/// screen.
pub(super) fn command_for(verbs: &[Verb], arguments: &[OsString]) -> Command {
    if verbs.iter().any(|verb| names(arguments, verb)) {
        return without_shared(command(verbs));
    }
    command(verbs)
}

/// The same tree with only the verbs that the line names, because declaring all of them takes
/// longer than most commands. It accepts nothing that the complete tree doesn't.
pub(super) fn sparse_for(verbs: &[Verb], arguments: &[OsString]) -> Command {
    without_shared(with_verbs(
        verbs.iter().filter(|verb| names(arguments, verb)),
    ))
}

fn names(arguments: &[OsString], verb: &Verb) -> bool {
    arguments.iter().skip(1).any(|word| verb.is_named(word))
}

fn with_verbs<'a>(verbs: impl Iterator<Item = &'a Verb>) -> Command {
    let tree = Shared::command().after_help(pages::ways_on());
    verbs.fold(tree, |tree, verb| tree.subcommand(taught(verb, "")))
}

/// The tree with global options hidden in its help.
pub(super) fn without_shared(tree: Command) -> Command {
    tree.mut_args(|argument| {
        let shared = argument.is_global_set();
        argument.hide_short_help(shared).hide_long_help(shared)
    })
}

/// The clap command of a verb with its examples, or of a group with its verbs.
fn taught(verb: &Verb, above: &str) -> Command {
    let path = format!("{above} {}", verb.name).trim().to_owned();
    let command = verb.declare();
    if !verb.verbs().is_empty() {
        let group = command
            .subcommand_required(true)
            .arg_required_else_help(true)
            .disable_help_subcommand(true);
        let verbs = verb.verbs().iter();
        return verbs.fold(group, |group, verb| group.subcommand(taught(verb, &path)));
    }
    command
        .after_help(format!(
            "Examples: ubihook {path} --help. Options of every command: ubihook -h."
        ))
        .after_long_help(format!(
            "Examples:\n{}\n\nOptions of every command, such as --project, --mock and \
             --output: ubihook --help.",
            shown(verb.examples)
        ))
}

/// Formats examples for help.
pub(super) fn shown(examples: &[Example]) -> String {
    let one = |(purpose, line): &Example| {
        let line = line.replace('\n', "\n  ");
        format!("  # {purpose}\n  {line}")
    };
    examples.iter().map(one).collect::<Vec<_>>().join("\n\n")
}

#[cfg(test)]
mod tests {
    use super::{super::VERBS, *};

    #[test]
    fn a_sparse_tree_has_what_the_line_names() {
        let line = ["ubihook", "--project", "get", "list"].map(OsString::from);
        let tree = sparse_for(VERBS, &line);
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

    /// Help is wrapped at 80 columns, which would break longer command lines.
    #[test]
    fn a_line_of_an_example_fits_a_plain_terminal() {
        fn check(verb: &Verb) {
            verb.verbs().iter().for_each(check);
            for line in shown(verb.examples).lines() {
                assert!(line.len() <= 80, "{line}");
            }
        }
        VERBS.iter().for_each(check);
    }
}
