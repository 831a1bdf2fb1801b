//! What every command says of itself, at the width of a plain terminal.

use std::path::Path;

use ubihook::inside::cli::artifacts::artifacts;

use crate::support::World;

/// Every command by its words, the program itself first; each has a man page.
pub(crate) fn commands() -> Vec<String> {
    let files = artifacts().into_iter();
    let named = |(path, _): (String, Vec<u8>)| {
        let name = path.strip_prefix("docs/man/ubihook")?.strip_suffix(".1")?;
        Some(name.replace('-', " ").trim().to_owned())
    };
    files.filter_map(named).collect()
}

/// On a terminal of 80 columns.
pub(crate) fn help(line: &str) -> String {
    let world = World::without_mock().set("COLUMNS", "80");
    world.sh(line).ends_with(0).silently().out
}

fn check(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(Path::new("snapshots/help"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

#[test]
fn every_command_explains_itself_on_a_screen_and_at_length() {
    let commands = commands();
    assert_eq!(commands.len(), 32);
    for command in commands {
        let name = if command.is_empty() {
            "ubihook"
        } else {
            &command
        };
        let name = name.replace(' ', "-");
        let short = help(&format!("{command} -h"));
        // The program's own has all verbs and the options of all.
        let screen = if command.is_empty() { 44 } else { 40 };
        assert!(short.lines().count() <= screen, "{command} -h: {short}");
        assert!(
            short.lines().all(|line| line.chars().count() <= 80),
            "{short}"
        );
        check(&format!("{name}.short"), &short);
        let long = help(&format!("{command} --help"));
        assert!(!long.contains('`') && !short.contains('`'), "{command}");
        check(&name, &long);
    }
}

#[test]
fn help_of_a_command_is_its_own_help() {
    for command in commands() {
        assert_eq!(
            help(&format!("help {command}")),
            help(&format!("{command} --help")),
            "{command}"
        );
    }
}

#[test]
fn what_all_commands_share_has_pages() {
    for page in ["exit-codes", "environment", "secrets"] {
        let text = help(&format!("help {page}"));
        assert!(
            text.lines().all(|line| line.chars().count() <= 80),
            "{text}"
        );
        check(&format!("page-{page}"), &text);
    }
}

#[test]
fn help_needs_no_settings() {
    let world = World::without_mock();
    world.file(".config/ubihook/config.toml", "no TOML at all");
    world.sh("help create").ends_with(0).silently();
    world.sh("help secrets").ends_with(0).silently();
    world.sh("list").ends_with(2);
}

/// Every variable that the settings read is on its page, and no other of ours.
#[test]
fn the_page_of_variables_is_complete() {
    let page = help("help environment");
    let mut sources = String::new();
    for file in ["resolve.rs", "folders.rs"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("src/config")
            .join(file);
        let text = std::fs::read_to_string(path).unwrap();
        sources.push_str(text.split("#[cfg(test)]").next().unwrap());
    }
    let ours = |text: &str| -> std::collections::BTreeSet<String> {
        text.split(|c: char| !c.is_ascii_uppercase() && c != '_')
            .filter(|word| word.starts_with("UBIHOOK_") || word.starts_with("UBIOPS_"))
            .filter(|word| !word.ends_with('_'))
            .map(str::to_owned)
            .collect()
    };
    assert_eq!(ours(&page), ours(&sources));
}
