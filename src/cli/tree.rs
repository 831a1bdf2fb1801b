//! The clap tree as people, shells and generated files get it: the arguments that the verbs
//! declare, with the examples of each and a way on to what else is explained.

use clap::{Command, CommandFactory};

use super::{Cli, examples, help};

/// The whole tree.
pub(super) fn command() -> Command {
    let tree = Cli::command().after_help(help::ways_on());
    tree.mut_subcommands(|command| teach(command, ""))
}

/// The tree for a command line: help of a verb is about the verb, and has to fit a screen.
pub(super) fn command_for(arguments: &[std::ffi::OsString]) -> Command {
    let tree = command();
    let mut words = arguments.iter().skip(1).filter_map(|word| word.to_str());
    if words.any(|word| tree.find_subcommand(word).is_some()) {
        return without_shared(tree);
    }
    tree
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
    command
        .after_help(format!(
            "Examples: ubihook {path} --help. Options of every command: ubihook -h."
        ))
        .after_long_help(format!(
            "Examples:\n{examples}\n\nOptions of every command, such as --project, --mock and \
             --output: ubihook --help."
        ))
}
