//! The equivalent command line: what was typed, and each answer as a flag.

use std::ffi::OsString;

use crate::{commands::context::Context, model::shell::quote, output::plan};

/// The command line so far.
pub(in crate::commands::create) struct Line {
    typed: Vec<OsString>,
    name: Option<String>,
    added: Vec<String>,
}

impl Line {
    pub(super) fn of(typed: &[OsString]) -> Self {
        Self {
            typed: typed.to_vec(),
            name: None,
            added: Vec::new(),
        }
    }

    pub(super) fn name(&mut self, name: &str) {
        self.name = Some(name.to_owned());
    }

    pub(super) fn add(&mut self, flag: &str, value: &str) {
        self.added.extend([flag.to_owned(), value.to_owned()]);
    }

    pub(super) fn switch(&mut self, flag: &str) {
        self.added.push(flag.to_owned());
    }

    /// As a user would type it: the name after the verb, other answers after what was typed.
    fn text(&self) -> String {
        let mut words: Vec<String> = vec!["ubihook".to_owned()];
        let typed = self.typed.iter().skip(1);
        words.extend(typed.map(|word| word.to_string_lossy().into_owned()));
        // Nothing after `--` is a flag.
        let end = words.iter().position(|word| word == "--");
        let end = end.unwrap_or(words.len());
        words.splice(end..end, self.added.iter().cloned());
        if let Some(name) = &self.name {
            let verb = words.iter().position(|word| word == "create");
            let after = verb.map_or(words.len(), |at| at + 1);
            if name.starts_with('-') {
                words.extend(["--".to_owned(), name.clone()]);
            } else {
                words.insert(after, name.clone());
            }
        }
        let quoted: Vec<_> = words.iter().map(|word| quote(word)).collect();
        quoted.join(" ")
    }
}

/// Shows it, for use next time.
pub(in crate::commands::create) fn show(cx: &Context, line: &Line) {
    if !cx.settings.quiet {
        cx.output.aside(|paper| plan::command(paper, &line.text()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(typed: &[&str]) -> Line {
        let typed: Vec<OsString> = typed.iter().map(OsString::from).collect();
        let mut line = Line::of(&typed);
        line.add("--event", "failed");
        line
    }

    #[test]
    fn answers_stand_behind_what_was_typed_and_the_name_behind_the_verb() {
        let mut line = line(&["/bin/ubihook", "-p", "demo", "create", "--label", "a=b c"]);
        line.name("new");
        line.switch("--test-first");
        assert_eq!(
            line.text(),
            "ubihook -p demo create new --label 'a=b c' --event failed --test-first"
        );
    }

    #[test]
    fn what_begins_with_a_dash_is_no_flag() {
        let mut asked = line(&["ubihook", "create"]);
        asked.name("-x");
        assert_eq!(asked.text(), "ubihook create --event failed -- -x");
        let asked = line(&["ubihook", "create", "--", "-x"]);
        assert_eq!(asked.text(), "ubihook create --event failed -- -x");
    }
}
