//! What to search for in a text, and where it occurs.

use std::{borrow::Cow, ops::Range};

use zeroize::Zeroizing;

use super::reading::{Reading, begins_escape, ends_with_escape, readings};
use crate::model::text::is_unsafe;

/// A pattern to search for.
#[derive(Clone)]
pub(in crate::model) struct Needle {
    chars: Zeroizing<Vec<char>>,
    rule: Rule,
}

/// What counts as a match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rule {
    /// The same characters, in any letter case and spelling.
    Text,
    /// The same base64 characters, in either alphabet, plus one more on each side where that shares
    /// a byte with its neighbors.
    Base64 { before: bool, after: bool },
    /// Any word of this length and class, with the same punctuation.
    Word(Class),
    /// Any number of at least this many digits.
    Number,
}

/// The characters of a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Digits,
    Letters,
    Both,
}

impl Class {
    fn of(letters: bool, digits: bool) -> Self {
        match (letters, digits) {
            (false, true) => Self::Digits,
            (true, false) => Self::Letters,
            _ => Self::Both,
        }
    }
}

/// How many invisible characters there can be between two characters.
const MAX_SKIPPED: usize = 64;

/// A position up to which the text was read, and what was seen on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Reached {
    at: usize,
    letters: bool,
    digits: bool,
}

impl Needle {
    /// This text, anywhere.
    pub(in crate::model) fn text(text: &str) -> Self {
        let chars = text.chars().filter(|c| !is_unsafe(*c)).map(fold).collect();
        Self::new(chars, Rule::Text)
    }

    /// These base64 characters; `before` and `after` say whether the neighboring character has
    /// bits of the same bytes.
    pub(super) fn base64(text: &str, before: bool, after: bool) -> Self {
        Self::new(text.chars().collect(), Rule::Base64 { before, after })
    }

    /// Every word of the same shape. The word itself isn't remembered.
    pub(super) fn shape(word: &str) -> Self {
        let chars = word
            .chars()
            .map(|c| if c.is_alphanumeric() { 'x' } else { c });
        let letters = word.chars().any(char::is_alphabetic);
        let digits = word.chars().any(char::is_numeric);
        Self::new(chars.collect(), Rule::Word(Class::of(letters, digits)))
    }

    /// Every number with at least as many digits. The number itself isn't remembered.
    pub(super) fn number(digits: &str) -> Self {
        Self::new(vec!['0'; digits.len()], Rule::Number)
    }

    fn new(chars: Vec<char>, rule: Rule) -> Self {
        Self {
            chars: Zeroizing::new(chars),
            rule,
        }
    }

    /// Whether a match can begin with this character.
    pub(super) fn can_begin_with(&self, c: char) -> bool {
        self.chars.first().is_some_and(|first| self.fits(c, *first))
    }

    fn fits(&self, c: char, expected: char) -> bool {
        match self.rule {
            Rule::Text => fold(c) == expected,
            Rule::Base64 { .. } => match c {
                '-' => expected == '+',
                '_' => expected == '/',
                c => c == expected,
            },
            Rule::Word(_) if expected.is_alphanumeric() => c.is_alphanumeric(),
            Rule::Word(_) => c == expected,
            Rule::Number => c.is_ascii_digit(),
        }
    }

    /// The part of the text that matches, if a match begins at this position.
    fn found_at(&self, text: &str, at: usize) -> Option<Range<usize>> {
        let begins = match self.rule {
            Rule::Text | Rule::Base64 { .. } => true,
            Rule::Word(_) => begins_word(text, at),
            // Otherwise it was found at its first digit.
            Rule::Number => !text[..at].ends_with(|c: char| c.is_ascii_digit()),
        };
        if !begins {
            return None;
        }
        let mut reached = vec![Reached {
            at,
            letters: false,
            digits: false,
        }];
        for (number, expected) in self.chars.iter().enumerate() {
            reached = self.step(text, reached, *expected, number > 0);
            if reached.is_empty() {
                return None;
            }
        }
        match self.rule {
            Rule::Text => {}
            Rule::Base64 { before, after } => {
                let end = reached.iter().map(|place| place.at).max()?;
                let start = at - usize::from(before && text[..at].ends_with(is_base64));
                let end = end + usize::from(after && text[end..].starts_with(is_base64));
                let padding = text[end..].len() - text[end..].trim_start_matches('=').len();
                return Some(start..end + padding);
            }
            Rule::Word(class) => reached.retain(|place| {
                Class::of(place.letters, place.digits) == class && ends_word(text, place.at)
            }),
            Rule::Number => loop {
                let more = self.step(text, reached.clone(), '0', false);
                if more.is_empty() {
                    break;
                }
                reached = more;
            },
        }
        let end = reached.iter().map(|place| place.at).max()?;
        Some(at..end)
    }

    /// All ways to read the expected character next. Characters that a terminal doesn't show may
    /// come in between: they are removed from the text before anyone sees it.
    fn step(
        &self,
        text: &str,
        mut reached: Vec<Reached>,
        expected: char,
        skips: bool,
    ) -> Vec<Reached> {
        let (mut next, mut found): (Vec<Reached>, Vec<Reading>) = (Vec::new(), Vec::new());
        let mut done = 0;
        while let Some(place) = reached.get(done).copied() {
            done += 1;
            found.clear();
            readings(text, place.at, &mut found);
            for (c, at) in &found {
                let place = Reached { at: *at, ..place };
                if self.fits(*c, expected) {
                    let place = Reached {
                        letters: place.letters || c.is_alphabetic(),
                        digits: place.digits || c.is_numeric(),
                        ..place
                    };
                    if !next.contains(&place) {
                        next.push(place);
                    }
                } else if skips
                    && is_unsafe(*c)
                    && reached.len() < MAX_SKIPPED
                    && !reached.contains(&place)
                {
                    reached.push(place);
                }
            }
        }
        next
    }

    /// The text with every match replaced by `instead`.
    pub(in crate::model) fn replace<'a>(&self, text: &'a str, instead: &str) -> Cow<'a, str> {
        let begins = |c| begins_escape(c) || self.can_begin_with(c);
        Places::of(std::slice::from_ref(self), text, begins).replaced(text, instead)
    }
}

/// Parts of a text: found one by one, and merged where they overlap.
#[derive(Default)]
pub(super) struct Places(Vec<Range<usize>>);

impl Places {
    /// Where any of the needles occurs in the text; `begins` says which characters can begin one.
    pub(super) fn of(needles: &[Needle], text: &str, begins: impl Fn(char) -> bool) -> Self {
        let (mut places, mut found) = (Self::default(), Vec::new());
        for (at, _) in text.char_indices().filter(|(_, c)| begins(*c)) {
            found.clear();
            readings(text, at, &mut found);
            let can_begin = |needle: &&Needle| found.iter().any(|(c, _)| needle.can_begin_with(*c));
            let here = needles.iter().filter(can_begin);
            places.extend(here.filter_map(|needle| needle.found_at(text, at)));
        }
        places
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn append(&mut self, mut more: Self) {
        self.0.append(&mut more.0);
    }

    pub(super) fn extend(&mut self, found: impl IntoIterator<Item = Range<usize>>) {
        self.0.extend(found);
    }

    /// The text with each of them replaced by `instead`.
    pub(super) fn replaced<'a>(mut self, text: &'a str, instead: &str) -> Cow<'a, str> {
        if self.0.is_empty() {
            return Cow::Borrowed(text);
        }
        self.0.sort_by_key(|place| place.start);
        let (mut shown, mut done) = (String::with_capacity(text.len()), 0);
        for place in self.0 {
            if place.start >= done {
                shown.push_str(&text[done..place.start]);
                shown.push_str(instead);
            }
            done = done.max(place.end);
        }
        Cow::Owned(shown + &text[done..])
    }
}

/// Folds characters that differ only in letter case into one.
fn fold(c: char) -> char {
    let mut lower = c.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(lower), None) => lower,
        _ => c,
    }
}

/// Whether a word ends at this position, as far as can be determined.
fn begins_word(text: &str, at: usize) -> bool {
    let before = &text[..at];
    !before.ends_with(char::is_alphanumeric) || ends_with_escape(before)
}

fn ends_word(text: &str, at: usize) -> bool {
    !text[at..].starts_with(char::is_alphanumeric)
}

/// Whether this is a base64 character, in either alphabet.
pub(super) fn is_base64(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '-' | '_')
}
