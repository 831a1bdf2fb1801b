//! Generates the committed files: completion scripts for packagers, man pages, the reference. Pure:
//! it reads nothing, and the same tree results in the same bytes.

mod man;
mod reference;
mod skill;

use clap::Command;

use super::{
    VERBS,
    complete::shells::{Shell, script},
    tree,
};
use crate::commands::verb::Example;

/// Folders that have only generated files.
pub const FOLDERS: [&str; 2] = ["completions", "docs/man"];

/// The generated files: paths relative to the root of the repository, and contents.
pub fn artifacts() -> Vec<(String, Vec<u8>)> {
    let mut files = scripts();
    let mut root = tree::command(VERBS);
    root.build();
    files.push((
        "docs/man/ubihook.1".to_owned(),
        man::page(&root, &man::shared_sections()),
    ));
    let mut bare = tree::command(VERBS).mut_args(|argument| {
        let shared = argument.is_global_set();
        argument.hide(shared)
    });
    bare.build();
    let mut verbs = Vec::new();
    walk(&bare, "", &mut verbs);
    for (path, command) in &verbs {
        let name = path.replace(' ', "-");
        let bytes = man::page(command, &man::sections(path));
        files.push((format!("docs/man/ubihook-{name}.1"), bytes));
    }
    let reference = reference::text(&root, &verbs);
    files.push(("docs/reference.md".to_owned(), reference.into_bytes()));
    files.push(("docs/skill.md".to_owned(), skill::text(&verbs).into_bytes()));
    files
}

/// Collects all subcommands with their full names.
fn walk<'a>(command: &'a Command, above: &str, found: &mut Vec<(String, &'a Command)>) {
    for command in command.get_subcommands() {
        let path = format!("{above} {}", command.get_name()).trim().to_owned();
        found.push((path.clone(), command));
        walk(command, &path, found);
    }
}

/// The examples of a command, given its full name: `get`, `auth login`.
pub(super) fn examples(path: &str) -> &'static [Example] {
    let (mut verbs, mut examples) = (VERBS, Default::default());
    for word in path.split(' ') {
        let verb = verbs.iter().find(|verb| verb.name == word);
        let verb = verb.expect("the tree is made of these verbs");
        (verbs, examples) = (verb.verbs(), verb.examples);
    }
    examples
}

/// The output of `completions` if the program is called by its name.
fn scripts() -> Vec<(String, Vec<u8>)> {
    let files = [
        ("ubihook.bash", Shell::Bash),
        ("_ubihook", Shell::Zsh),
        ("ubihook.fish", Shell::Fish),
        ("_ubihook.ps1", Shell::Powershell),
        ("ubihook.elv", Shell::Elvish),
    ];
    let made = |(file, shell)| {
        let script = script(shell, "ubihook");
        (format!("completions/{file}"), script.into_bytes())
    };
    files.map(made).into()
}

/// Removes trailing spaces from lines.
fn trimmed(bytes: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(bytes);
    let lines: Vec<_> = text.lines().map(str::trim_end).collect();
    (lines.join("\n").trim_end().to_owned() + "\n").into_bytes()
}
