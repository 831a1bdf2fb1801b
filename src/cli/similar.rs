//! Where a verb or a flag doesn't exist: the one that is spelled nearly so, or the verbs that have
//! it, or none. clap's own suggestions are too far from what was typed.

use clap::Command;

use crate::model::text::nearest_spelling;

/// How many verbs are listed that have a flag.
const MANY: usize = 3;

/// The hints for what doesn't exist at one place of the tree.
pub(super) struct Similar {
    tree: Command,
    place: Vec<String>,
}

impl Similar {
    /// `place` has the words of a verb or a group; none for the program itself.
    pub(super) fn at(mut tree: Command, place: &str) -> Self {
        tree.build();
        let place = place.split_whitespace().map(str::to_owned).collect();
        Self { tree, place }
    }

    fn command(&self) -> Option<&Command> {
        let mut words = self.place.iter();
        words.try_fold(&self.tree, |tree, word| tree.find_subcommand(word))
    }

    /// For an unknown verb.
    pub(super) fn to_verb(&self, typed: &str) -> Vec<String> {
        let command = self.command();
        let known = command.into_iter().flat_map(Command::get_subcommands);
        let names = known.flat_map(|one| [one.get_name()].into_iter().chain(one.get_all_aliases()));
        let near = nearest_spelling(typed, names);
        let hint = near.map(|near| format!("did you mean '{near}'?"));
        hint.into_iter().chain(self.usage()).collect()
    }

    /// For an unknown flag, with its dashes.
    pub(super) fn to_flag(&self, typed: &str) -> Vec<String> {
        let hint = typed.strip_prefix("--").and_then(|word| {
            let own = self.command().map(longs).unwrap_or_default();
            match nearest_spelling(word, own) {
                Some(near) => Some(format!("a similar argument exists: '--{near}'")),
                None => self.owners(word),
            }
        });
        hint.into_iter().chain(self.usage()).collect()
    }

    /// The verbs that have this flag, where this one doesn't.
    fn owners(&self, word: &str) -> Option<String> {
        let mut owners = Vec::new();
        for verb in self.tree.get_subcommands() {
            owners.extend(
                longs(verb)
                    .contains(&word)
                    .then(|| verb.get_name().to_owned()),
            );
            let group = verb
                .get_subcommands()
                .filter(|one| longs(one).contains(&word));
            owners.extend(group.map(|one| format!("{} {}", verb.get_name(), one.get_name())));
        }
        if self.place.is_empty() && !owners.is_empty() {
            return Some(format!("put --{word} after the command that it is for"));
        }
        let more = if owners.len() > MANY { ", …" } else { "" };
        owners.truncate(MANY);
        (!owners.is_empty())
            .then(|| format!("--{word} is an option of: {}{more}", owners.join(", ")))
    }

    fn usage(&self) -> Option<String> {
        let usage = self.command()?.clone().render_usage().to_string();
        let usage = usage.strip_prefix("Usage: ").unwrap_or(&usage);
        Some(format!("usage: {usage}"))
    }
}

fn longs(command: &Command) -> Vec<&str> {
    let arguments = command.get_arguments();
    arguments.filter_map(clap::Arg::get_long).collect()
}
