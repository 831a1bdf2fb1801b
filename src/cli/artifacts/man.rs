//! Man pages, one for each command.

use clap::Command;

use super::{examples, trimmed};
use crate::cli::{pages, tree};

/// A section in addition to clap's: a heading and preformatted text.
pub(super) type Section = (&'static str, String);

/// The sections about what all commands share, for the page of the program.
pub(super) fn shared_sections() -> Vec<Section> {
    PAGES_IN_MAN
        .into_iter()
        .map(|(heading, name)| {
            let page = pages::PAGES.iter().find(|page| page.name == name);
            let text = page.map(pages::Page::text).unwrap_or_default();
            // The first line is the heading.
            let text = text.split_once("\n\n").map_or("", |(_, text)| text);
            (heading, text.to_owned())
        })
        .collect()
}

const PAGES_IN_MAN: [(&str, &str); 3] = [
    ("EXIT STATUS", "exit-codes"),
    ("ENVIRONMENT", "environment"),
    ("SECRETS", "secrets"),
];

/// The additional sections of a command's page.
pub(super) fn sections(path: &str) -> Vec<Section> {
    let examples = examples(path);
    let mut sections = Vec::new();
    if !examples.is_empty() {
        sections.push(("EXAMPLES", tree::shown(examples)));
    }
    let see = "Options of every command, exit codes, variables and secrets: ubihook(1)";
    sections.push(("SEE ALSO", see.to_owned()));
    sections
}

/// A page.
pub(super) fn page(command: &Command, sections: &[Section]) -> Vec<u8> {
    let man = clap_mangen::Man::new(command.clone())
        .source(concat!("ubihook ", env!("CARGO_PKG_VERSION")))
        .manual("UbiOps webhooks");
    let mut page = Vec::new();
    let mut render = || {
        man.render_title(&mut page)?;
        man.render_name_section(&mut page)?;
        man.render_synopsis_section(&mut page)?;
        man.render_description_section(&mut page)?;
        if command
            .get_arguments()
            .any(|argument| !argument.is_hide_set())
        {
            man.render_options_section(&mut page)?;
        }
        if command.has_subcommands() {
            man.render_subcommands_section(&mut page)?;
        }
        Ok::<_, std::io::Error>(())
    };
    render().expect("writing to memory works");
    for (heading, text) in sections {
        page.extend(format!(".SH \"{heading}\"\n.nf\n{}.fi\n", roff(text)).bytes());
    }
    once(&page)
}

/// Each section repeats the same definition of the quote; only the first is needed.
fn once(page: &[u8]) -> Vec<u8> {
    let page = trimmed(page);
    let text = String::from_utf8_lossy(&page);
    let (mut seen, mut kept) = (Vec::new(), String::new());
    for line in text.lines() {
        if line.starts_with(".ie ") || line.starts_with(".el ") {
            if seen.contains(&line) {
                continue;
            }
            seen.push(line);
        }
        kept.push_str(line);
        kept.push('\n');
    }
    kept.into_bytes()
}

/// Escapes text so that roff prints it unmodified, including dashes.
fn roff(text: &str) -> String {
    let line = |line: &str| {
        let line = line
            .replace('\\', "\\e")
            .replace('-', "\\-")
            .replace('\'', "\\(aq");
        let line = line.replace('…', "...").replace('`', "\\(ga");
        let guard = if line.starts_with('.') { "\\&" } else { "" };
        format!("{guard}{line}\n")
    };
    text.trim_end().lines().map(line).collect()
}
