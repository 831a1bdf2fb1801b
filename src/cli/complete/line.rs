//! The words of an unfinished command line: which one to complete, and the meaning of the others.

use std::ffi::OsString;

use clap::{Arg, Command};

use super::shells::Typed;

/// An unfinished command line.
#[derive(Debug)]
pub(super) struct Line {
    words: Vec<String>,
    at: usize,
    escaped: bool,
    verb: String,
    values: Vec<(String, String)>,
}

impl Line {
    /// Interprets what is typed.
    pub(super) fn read(typed: Typed, tree: &Command) -> Self {
        let Typed { mut words, at, .. } = typed;
        words.resize(words.len().max(at + 1), String::new());
        let mut line = Self {
            words,
            at,
            escaped: false,
            verb: String::new(),
            values: Vec::new(),
        };
        let mut tree = tree.clone();
        tree.build();
        line.scan(&tree);
        line
    }

    /// All words, for clap.
    pub(super) fn words(&self) -> Vec<OsString> {
        self.words.iter().map(Into::into).collect()
    }

    /// The index of the word to complete.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// The word to complete, as far as it is typed.
    pub(super) fn current(&self) -> &str {
        &self.words[self.at]
    }

    /// Whether the word to complete follows `--`, so that it can't be an option.
    pub(super) fn escaped(&self) -> bool {
        self.escaped
    }

    /// The verb, such as `get` or `auth login`.
    pub(super) fn verb(&self) -> &str {
        &self.verb
    }

    /// The last value of an argument.
    pub(super) fn last(&self, id: &str) -> Option<&str> {
        let mut values = self.values.iter().rev();
        values
            .find(|(known, _)| known == id)
            .map(|(_, value)| value.as_str())
    }

    /// All values of an argument.
    pub(super) fn all(&self, id: &str) -> Vec<String> {
        let of = |(known, value): &(String, String)| (known == id).then(|| value.clone());
        self.values.iter().filter_map(of).collect()
    }

    /// Lenient: words that can't be interpreted are skipped, and the word to complete is ignored.
    /// clap's `ignore_errors` would stop at the first word that it rejects, such as an unfinished
    /// value, and ignore the words after it.
    fn scan(&mut self, tree: &Command) {
        let mut command = tree;
        let mut waiting: Option<&Arg> = None;
        let mut position = 0;
        let mut escaped = false;
        for (index, word) in self.words.iter().enumerate().skip(1) {
            let counts = index != self.at;
            self.escaped |= !counts && escaped;
            let mut note = |argument: &Arg, value: &str| {
                if counts {
                    self.values
                        .push((argument.get_id().to_string(), value.to_owned()));
                }
            };
            if let Some(argument) = waiting.take() {
                note(argument, word);
            } else if word == "--" && !escaped {
                escaped = true;
            } else if word.starts_with('-') && word.len() > 1 && !escaped {
                let (argument, value) = option(command, word);
                match (argument, value) {
                    (Some(argument), Some(value)) => note(argument, value),
                    (Some(argument), None) if takes_next(argument) => waiting = Some(argument),
                    (Some(argument), None) => note(argument, ""),
                    (None, _) => {}
                }
            } else if let Some(verb) = command.find_subcommand(word).filter(|_| counts && !escaped)
            {
                command = verb;
                if !self.verb.is_empty() {
                    self.verb.push(' ');
                }
                self.verb.push_str(word);
            } else {
                let mut positionals: Vec<_> = command.get_positionals().collect();
                positionals.sort_by_key(|argument| argument.get_index());
                let last = positionals.len().saturating_sub(1);
                if let Some(argument) = positionals.get(position.min(last)) {
                    note(argument, word);
                }
                position += 1;
            }
        }
    }
}

fn takes_next(argument: &Arg) -> bool {
    argument.get_action().takes_values() && !argument.is_require_equals_set()
}

/// The option that a word names, and the value in the same word.
fn option<'a, 'w>(command: &'a Command, word: &'w str) -> (Option<&'a Arg>, Option<&'w str>) {
    let find = |is: &dyn Fn(&Arg) -> bool| command.get_arguments().find(|argument| is(argument));
    if let Some(long) = word.strip_prefix("--") {
        let (long, value) = match long.split_once('=') {
            Some((long, value)) => (long, Some(value)),
            None => (long, None),
        };
        return (find(&|argument| argument.get_long() == Some(long)), value);
    }
    // Several switches in one word, the last of which may take the rest as its value.
    let mut argument = None;
    for (at, short) in word.char_indices().skip(1) {
        argument = find(&|argument| argument.get_short() == Some(short));
        let rest = &word[at + short.len_utf8()..];
        if argument.is_some_and(takes_next) && !rest.is_empty() {
            return (argument, Some(rest.strip_prefix('=').unwrap_or(rest)));
        }
    }
    (argument, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(words: &[&str], at: usize) -> Line {
        let typed = Typed {
            words: words.iter().map(|word| (*word).to_owned()).collect(),
            at,
            place: None,
        };
        Line::read(typed, &super::super::tree::command(super::super::VERBS))
    }

    #[test]
    fn words_before_and_after_say_what_is_meant() {
        let words = [
            "ubihook",
            "-qp",
            "demo",
            "delete",
            "a",
            "my hook",
            "",
            "--mock",
            "--profile=x",
        ];
        let line = read(&words, 6);
        assert_eq!(line.verb(), "delete");
        assert_eq!(line.all("name"), ["a", "my hook"]);
        assert_eq!(line.last("project"), Some("demo"));
        assert_eq!(line.last("profile"), Some("x"));
        assert!(line.last("mock").is_some());
    }

    #[test]
    fn a_switch_with_an_optional_value_takes_no_word() {
        let words = ["ubihook", "update", "--retry", "a", "--remove-header", ""];
        let line = read(&words, 5);
        assert_eq!(line.last("webhook"), Some("a"));
    }
}
