//! `help`: shows a command's help, or a page about a shared topic.

use clap::Command;

use super::{
    describe::{Described, Program, Topic},
    pages::{self, PAGES},
    tree,
};
use crate::{
    commands::{
        context::Context,
        verb::{Example, Needs, Run},
    },
    config::Format,
    model::{
        failure::{Failure, Kind},
        text::nearest,
    },
};

/// Show help for a command or a topic
///
/// Topics: exit-codes, environment, secrets. With -o json, prints the commands as data: names,
/// arguments, examples and exit codes.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Args {
    /// Command or topic; without it, lists all commands
    #[arg(value_name = "COMMAND|TOPIC")]
    topic: Vec<String>,
}

impl Run for Args {
    const NAME: &'static str = "help";
    const EXAMPLES: &'static [Example] = &[
        ("A command", "ubihook help auth login"),
        ("A topic", "ubihook help exit-codes"),
        ("All commands, for a program", "ubihook help -o json"),
    ];

    fn needs(&self) -> Needs {
        Needs::NOTHING
    }

    async fn run(self, cx: &mut Context) -> anyhow::Result<()> {
        if let [topic] = &self.topic[..]
            && let Some(page) = PAGES.iter().find(|page| page.name == topic)
        {
            return match (cx.settings.output.value, Topic::of(page.name)) {
                (Format::Table, _) | (_, None) => Ok(cx.output.line(page.text().trim_end())?),
                (_, Some(topic)) => Ok(cx.output.show(&topic)?),
            };
        }
        let mut tree = (cx.program.tree)();
        let as_data = cx.settings.output.value != Format::Table;
        if as_data && self.topic.is_empty() {
            tree.build();
            return Ok(cx.output.show(&Program::of(&tree))?);
        }
        if !self.topic.is_empty() {
            tree = tree::without_shared(tree);
        }
        tree.build();
        let mut command = &mut tree;
        for (index, word) in self.topic.iter().enumerate() {
            if command.find_subcommand(word).is_none() {
                return Err(unknown(command, &self.topic[..index], word).into());
            }
            command = command
                .find_subcommand_mut(word)
                .expect("it was just there");
        }
        if as_data {
            let described = Described::of(&self.topic.join(" "), command);
            return Ok(cx.output.show(&described)?);
        }
        // If the output is closed, the reader has seen enough.
        let _ = command.print_long_help();
        Ok(())
    }
}

fn unknown(command: &Command, before: &[String], word: &str) -> Failure {
    let known = pages::words(command, before);
    let known: Vec<_> = known
        .iter()
        .filter_map(|candidate| candidate.get_value().to_str())
        .collect();
    let within = before.join(" ");
    let message = match (before, &known[..]) {
        (_, []) => format!("`{within}` has no subcommands"),
        ([], _) => format!("unknown command or topic `{word}`"),
        _ => format!("`{within}` has no command `{word}`"),
    };
    let path = |word: &str| format!("ubihook help {within} {word}").replace("  ", " ");
    let hint = match nearest(word, known.iter().copied()) {
        Some(near) => path(near),
        None => path("").trim_end().to_owned(),
    };
    Failure::new(Kind::Usage, message).with_hint(hint)
}
