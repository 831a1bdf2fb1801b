//! The reference: all commands, arguments, options and shared topics.

use clap::{Arg, ArgAction, Command, builder::StyledStr};

use super::examples;
use crate::cli::{failure, pages, tree};

const HEAD: &str = "\
<!-- Made by `BLESS=1 cargo test generated` from the program itself. -->

# Reference

Every command, argument and option, and what all commands share: [the options of every
command](#options-of-every-command), [exit codes](#exit-codes), [variables](#environment),
[secrets](#secrets).

";

/// All of it.
pub(super) fn text(root: &Command, verbs: &[(String, &Command)]) -> String {
    let mut text = HEAD.to_owned();
    for (path, command) in verbs {
        let anchor = path.replace(' ', "-");
        let about = command.get_about().map(ToString::to_string);
        text.push_str(&format!(
            "- [`{path}`](#ubihook-{anchor}): {}\n",
            about.unwrap_or_default()
        ));
    }
    for (path, command) in verbs {
        text.push_str(&section(path, command));
    }
    text.push_str("\n## Options of every command\n\n");
    for argument in root.get_arguments() {
        text.push_str(&item(argument));
    }
    text.push_str("\n## Exit codes\n\n| code | kind | meaning |\n| --- | --- | --- |\n");
    for code in &failure::EXIT_CODES {
        let kind = match code.kind {
            "" => String::new(),
            kind => format!("`{kind}`"),
        };
        text.push_str(&format!("| {} | {kind} | {} |\n", code.code, code.meaning));
    }
    for page in pages::PAGES.iter().filter(|page| page.name != "exit-codes") {
        let body = page.text();
        let (title, body) = body.split_once("\n\n").unwrap_or(("", &body));
        text.push_str(&format!(
            "\n## {title}\n\n```text\n{}\n```\n",
            body.trim_end()
        ));
    }
    text
}

fn section(path: &str, command: &Command) -> String {
    let about = command.get_long_about().or(command.get_about());
    let about = about.map(ToString::to_string).unwrap_or_default();
    let usage = command.clone().render_usage().to_string();
    let usage = usage.trim_start_matches("Usage: ");
    let mut text = format!("\n## `ubihook {path}`\n\n{about}\n\n```text\n{usage}\n```\n");
    let arguments = command
        .get_arguments()
        .filter(|argument| !argument.is_hide_set());
    let items: String = arguments
        .filter(|argument| argument.get_id() != "help")
        .map(item)
        .collect();
    if !items.is_empty() {
        text.push_str(&format!("\n{items}"));
    }
    let examples = examples(path);
    if !examples.is_empty() {
        let shown = tree::shown(examples);
        let shown: Vec<_> = shown
            .lines()
            .map(|line| line.strip_prefix("  ").unwrap_or(line))
            .collect();
        text.push_str(&format!("\n```sh\n{}\n```\n", shown.join("\n")));
    }
    text
}

fn item(argument: &Arg) -> String {
    let plain = |text: &StyledStr| text.to_string();
    let help = argument.get_long_help().or(argument.get_help());
    let help = help.map(plain).unwrap_or_default();
    let help = help
        .split("\n\n")
        .map(str::trim)
        .map(sentence)
        .collect::<Vec<_>>()
        .join(" ");
    let mut more = Vec::new();
    if argument.get_action().takes_values() {
        let values = argument.get_possible_values();
        let words: Vec<_> = values
            .iter()
            .map(|value| format!("`{}`", value.get_name()))
            .collect();
        let is_switch = words == ["`true`", "`false`"];
        if !words.is_empty() && !is_switch {
            more.push(format!("One of {}.", words.join(", ")));
        }
        for default in argument.get_default_values() {
            more.push(format!("Default: `{}`.", default.to_string_lossy()));
        }
    }
    let more: String = more.iter().map(|text| format!(" {text}")).collect();
    format!("- `{}`: {help}{more}\n", spelling(argument))
}

fn sentence(text: &str) -> String {
    if text.ends_with('.') {
        text.to_owned()
    } else {
        format!("{text}.")
    }
}

/// Formats an argument like `-e, --event <EVENT>`.
fn spelling(argument: &Arg) -> String {
    if argument.is_positional() {
        return argument.to_string();
    }
    let short = argument.get_short().map(|short| format!("-{short}, "));
    let long = argument.get_long().unwrap_or_default();
    let names = argument.get_value_names().unwrap_or_default();
    let names: Vec<_> = names.iter().map(ToString::to_string).collect();
    let value = match argument.get_action() {
        ArgAction::Set | ArgAction::Append if argument.is_require_equals_set() => {
            format!("[={}]", names.join(" "))
        }
        ArgAction::Set | ArgAction::Append => format!(" <{}>", names.join(" ")),
        ArgAction::Count => "...".to_owned(),
        _ => String::new(),
    };
    format!("{}--{long}{value}", short.unwrap_or_default())
}
