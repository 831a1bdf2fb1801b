//! The words of an unfinished command line: which one is asked for, and what the others say.

use std::ffi::OsString;

use clap::{Arg, Command};

use crate::commands::completions::Shell;

/// What bash cuts words at, besides spaces.
const BREAKS: [char; 3] = ['=', ':', '@'];

/// An unfinished command line.
#[derive(Debug)]
pub(super) struct Line {
    words: Vec<String>,
    at: usize,
    /// How much of the word asked for stands before what the shell will replace.
    kept: usize,
    /// Whether that word is within quotes, which the shell closes by itself.
    quoted: bool,
    verb: String,
    values: Vec<(String, String)>,
}

impl Line {
    /// Reads the words as `shell` gives them; `index` is the one asked for, else it is the last.
    pub(super) fn read(
        shell: Shell,
        words: &[OsString],
        index: Option<usize>,
        tree: &Command,
    ) -> Self {
        let mut words: Vec<_> = words
            .iter()
            .map(|word| word.to_string_lossy().into_owned())
            .collect();
        let mut at = index.unwrap_or(words.len().saturating_sub(1));
        words.resize(words.len().max(at + 1), String::new());
        let kept = match shell {
            Shell::Bash => glue(&mut words, &mut at),
            _ => 0,
        };
        let mut quoted = false;
        if matches!(shell, Shell::Bash | Shell::Zsh) {
            quoted = words[at].starts_with(['\'', '"']);
            for word in &mut words {
                *word = unquoted(word);
            }
        }
        let mut line = Self {
            words,
            at,
            kept,
            quoted,
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

    /// Which of them is asked for.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// That word, as far as it is typed.
    pub(super) fn current(&self) -> &str {
        &self.words[self.at]
    }

    /// What of a candidate replaces what the shell replaces, and whether quotes are open there.
    pub(super) fn replacing<'a>(&self, candidate: &'a str) -> (&'a str, bool) {
        (candidate.get(self.kept..).unwrap_or_default(), self.quoted)
    }

    /// The verb, as `get` or `auth login`.
    pub(super) fn verb(&self) -> &str {
        &self.verb
    }

    /// The value of an argument, the last where there are several.
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

    /// Leniently: what can't be understood is passed over, and the word asked for doesn't count.
    fn scan(&mut self, tree: &Command) {
        let mut command = tree;
        let mut waiting: Option<&Arg> = None;
        let mut position = 0;
        let mut escaped = false;
        for (index, word) in self.words.iter().enumerate().skip(1) {
            let counts = index != self.at;
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

/// Puts together what bash has cut at `=`, `:` and `@`. How much of the word asked for stands
/// before the piece that bash will replace.
fn glue(words: &mut Vec<String>, at: &mut usize) -> usize {
    let is_break = |word: &str| !word.is_empty() && word.chars().all(|c| BREAKS.contains(&c));
    let mut glued: Vec<String> = Vec::new();
    let (mut target, mut kept) = (0, 0);
    let mut open = false;
    for (index, word) in words.iter().enumerate() {
        let breaks = is_break(word);
        match glued.last_mut().filter(|_| index > 1 && (open || breaks)) {
            Some(last) if index <= *at || open => {
                if index == *at {
                    kept = last.len() + if breaks { word.len() } else { 0 };
                }
                last.push_str(word);
            }
            _ => glued.push(word.clone()),
        }
        if index == *at {
            target = glued.len() - 1;
        }
        open = breaks && index != *at;
    }
    *words = glued;
    *at = target;
    kept
}

/// A word without its quotes; an open one at its end is as good as closed.
fn unquoted(word: &str) -> String {
    let mut plain = String::new();
    let mut quote = None;
    let mut characters = word.chars();
    while let Some(c) = characters.next() {
        match (quote, c) {
            (None, '\'' | '"') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            (None | Some('"'), '\\') => plain.extend(characters.next()),
            (_, c) => plain.push(c),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(shell: Shell, words: &[&str], index: usize) -> Line {
        let words: Vec<_> = words.iter().map(OsString::from).collect();
        Line::read(shell, &words, Some(index), &super::super::tree::command())
    }

    #[test]
    fn what_bash_cuts_is_whole_again_and_only_its_piece_is_replaced() {
        let line = read(Shell::Bash, &["ubihook", "create", "--event", "=", "fa"], 4);
        assert_eq!((line.current(), line.at()), ("--event=fa", 2));
        assert_eq!(line.replacing("--event=failed").0, "failed");

        let words = [
            "ubihook",
            "update",
            "a",
            "--secret-header",
            "A",
            "=",
            "env",
            ":",
        ];
        let line = read(Shell::Bash, &words, 7);
        assert_eq!(line.current(), "A=env:");
        assert_eq!(line.replacing("A=env:TOKEN").0, "TOKEN");

        let words = [
            "ubihook",
            "create",
            "--url",
            "https",
            ":",
            "//a.example/x",
            "--event",
            "",
        ];
        let line = read(Shell::Bash, &words, 7);
        assert_eq!(line.last("url"), Some("https://a.example/x"));
        assert_eq!(line.current(), "");
    }

    #[test]
    fn words_before_and_after_say_what_is_meant() {
        let words = [
            "ubihook",
            "-qp",
            "demo",
            "delete",
            "a",
            "my\\ hook",
            "",
            "--mock",
            "--profile=x",
        ];
        let line = read(Shell::Zsh, &words, 6);
        assert_eq!(line.verb(), "delete");
        assert_eq!(line.all("name"), ["a", "my hook"]);
        assert_eq!(line.last("project"), Some("demo"));
        assert_eq!(line.last("profile"), Some("x"));
        assert!(line.last("mock").is_some());
    }

    #[test]
    fn a_switch_with_an_optional_value_takes_no_word() {
        let line = read(
            Shell::Fish,
            &["ubihook", "update", "--retry", "a", "--remove-header", ""],
            5,
        );
        assert_eq!(line.last("webhook"), Some("a"));
    }

    #[test]
    fn quotes_are_no_part_of_a_word() {
        for (typed, meant) in [("'my ho", "my ho"), (r#""a"'b'c"#, "abc"), (r"a\ b", "a b")] {
            assert_eq!(unquoted(typed), meant);
        }
    }
}
