//! Text from outside, made safe for a terminal.

use std::borrow::Cow;

use strsim::osa_distance;

/// The longest piece of a platform's error text that is shown, in characters.
pub const MAX_ERROR_CHARS: usize = 500;

/// Whether a terminal could act on this character, break the line at it, or reorder the text around
/// it.
pub fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}')
        || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// `text` without control characters and bidirectional formatting marks; a line break or tab
/// becomes a space. All foreign text that is shown to people goes through this.
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let keep = |c: char| match c {
        '\n' | '\t' | '\u{2028}' | '\u{2029}' => Some(' '),
        c if is_unsafe(c) => None,
        c => Some(c),
    };
    Cow::Owned(text.chars().filter_map(keep).collect())
}

/// `text` without the byte order mark that some editors put at the start of a file.
pub(crate) fn without_bom(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// The first character of `text` that is invisible or looks like another one, with a description:
/// it was most likely pasted by accident.
pub(crate) fn suspicious_char(text: &str) -> Option<(char, &'static str)> {
    text.chars().find_map(|c| {
        let what = match c {
            '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}' => {
                "an invisible character"
            }
            '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{3000}' => "an unusual space",
            '\u{2018}'..='\u{201f}' => "a typographic quote",
            _ => return None,
        };
        Some((c, what))
    })
}

/// The first `$NAME` or `${NAME}` in a text: it looks like a variable that a shell would replace.
pub(crate) fn variable_in(text: &str) -> Option<&str> {
    text.match_indices('$').find_map(|(at, _)| {
        let rest = &text[at + 1..];
        let inner = rest.strip_prefix('{').unwrap_or(rest);
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let length = inner.find(|c| !is_part(c)).unwrap_or(inner.len());
        let name = &inner[..length];
        let is_open = inner.len() < rest.len();
        let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && (!is_open || inner[length..].starts_with('}'));
        let end = at + 1 + length + if is_open { 2 } else { 0 };
        is_name.then(|| &text[at..end])
    })
}

/// What can't be seen in a value that has no use for it: a control character, a space at an end, or
/// an invisible character.
pub(crate) fn unseen(text: &str) -> Option<String> {
    if let Some(c) = text.chars().find(|c| is_unsafe(*c)) {
        let code = u32::from(c);
        return Some(match c {
            '\r' => {
                "contains a carriage return (U+000D), most likely from a file with Windows line \
                     endings"
                    .to_owned()
            }
            '\n' => "contains a line break (U+000A)".to_owned(),
            _ => format!("contains the control character U+{code:04X}"),
        });
    }
    if text.trim() != text {
        return Some("begins or ends with a space".to_owned());
    }
    let (c, what) = suspicious_char(text)?;
    Some(format!("contains U+{:04X}, {what}", u32::from(c)))
}

/// The first `max` characters of `text`, with `…` if any are cut.
pub fn cut(text: &str, max: usize) -> Cow<'_, str> {
    match text.char_indices().nth(max) {
        Some((at, _)) => Cow::Owned(format!("{}…", &text[..at])),
        None => Cow::Borrowed(text),
    }
}

/// A count with its noun: `1 webhook`, `2 deliveries`.
pub(crate) fn counted(count: u64, thing: &str) -> String {
    match (count, thing.strip_suffix('y')) {
        (1, _) => format!("1 {thing}"),
        (_, Some(stem)) => format!("{count} {stem}ies"),
        (_, None) => format!("{count} {thing}s"),
    }
}

/// The entry of `known` that `word` was most likely meant to be, if any is similar enough.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let near = |candidate: &&str| 1 + word.chars().count().max(candidate.chars().count()) / 3;
    known
        .into_iter()
        .map(|candidate| (osa_distance(&word, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= near(candidate))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// The entry of `known` that `word` is a misspelling or an abbreviation of. Stricter than `nearest`:
/// it is for words that are more often those of another program than misspelled.
pub(crate) fn nearest_spelling<'a>(
    word: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let word = word.to_lowercase();
    let letters = word.chars().count();
    let cost = |candidate: &str| {
        let rest = candidate.strip_prefix(word.as_str());
        if rest.is_some_and(|rest| rest.starts_with('-') || letters >= 4) {
            return Some(0);
        }
        let longest = letters.max(candidate.chars().count());
        let distance = osa_distance(&word, candidate);
        // Of words as short as `get` and `set`, one letter makes another word.
        (longest > 3 && distance <= longest / 3).then_some(distance)
    };
    let near = known.into_iter().filter_map(|one| Some((cost(one)?, one)));
    Some(near.min_by_key(|(cost, _)| *cost)?.1)
}

/// A rule, followed by the most likely intended word if there is one.
pub(crate) fn did_you_mean(rule: &str, near: Option<&str>) -> String {
    near.map_or_else(
        || rule.to_owned(),
        |near| format!("{rule}; did you mean `{near}`?"),
    )
}

/// Whether a text contains `part`. If that has `*` (any text) or `?` (any character), the whole text
/// must match.
pub(crate) fn is_like(text: &str, part: &str) -> bool {
    if !part.contains(['*', '?']) {
        return text.contains(part);
    }
    let (text, part): (Vec<char>, Vec<char>) = (text.chars().collect(), part.chars().collect());
    let (mut at, mut next) = (0, 0);
    // The last `*`, and how much of the text it matches. Only that one has to be tried again.
    let mut last: Option<(usize, usize)> = None;
    while at < text.len() {
        match part.get(next) {
            Some('*') => {
                last = Some((next, at));
                next += 1;
            }
            Some(expected) if *expected == '?' || *expected == text[at] => {
                (at, next) = (at + 1, next + 1);
            }
            _ => {
                let Some((star, from)) = last else {
                    return false;
                };
                last = Some((star, from + 1));
                (at, next) = (from + 1, star + 1);
            }
        }
    }
    part[next..].iter().all(|rest| *rest == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_is_found_and_a_price_is_not() {
        for (text, found) in [
            ("a $TEAM b", Some("$TEAM")),
            ("${a_1}/x", Some("${a_1}")),
            ("$", None),
            ("costs $5", None),
            ("${", None),
            ("${}", None),
            ("${A", None),
            ("$$X", Some("$X")),
        ] {
            assert_eq!(variable_in(text), found, "{text}");
        }
    }

    #[test]
    fn a_misspelled_word_is_known_and_another_word_is_not() {
        let verbs = ["create", "list", "get", "apply", "export", "demo", "secret"];
        for (typed, meant) in [
            ("creat", Some("create")),
            ("lsit", Some("list")),
            ("lst", Some("list")),
            ("exprot", Some("export")),
            ("expo", Some("export")),
            ("set", None),
            ("remove", None),
            ("describe", None),
            ("replay", None),
            ("start", None),
        ] {
            assert_eq!(nearest_spelling(typed, verbs), meant, "{typed}");
        }
        let flags = ["allow-plain", "follow", "secret-header", "label"];
        for (typed, meant) in [
            ("all", None),
            ("foo", None),
            ("secret", Some("secret-header")),
            ("lable", Some("label")),
            ("allow", Some("allow-plain")),
        ] {
            assert_eq!(nearest_spelling(typed, flags), meant, "{typed}");
        }
    }

    #[test]
    fn a_terminal_sees_no_control_character() {
        assert_eq!(printable("a\u{1b}[31mb\r\nc\u{9b}d\u{202e}e"), "a[31mb cde");
        for c in [
            '\u{7f}', '\u{85}', '\u{61c}', '\u{200e}', '\u{200f}', '\u{2066}', '\u{2069}',
        ] {
            assert_eq!(printable(&format!("a{c}b")), "ab", "{c:?}");
        }
        assert_eq!(printable("a\u{2028}b\u{2029}c"), "a b c");
        assert!(matches!(printable("plain é 日本"), Cow::Borrowed(_)));
    }

    #[test]
    fn a_cut_counts_characters() {
        assert_eq!(cut("ééé", 2), "éé…");
        assert_eq!(cut("ééé", 3), "ééé");
    }

    #[test]
    fn a_text_is_like_a_part_of_it_or_a_pattern_of_the_whole() {
        for (text, part, is) in [
            ("orders-failed", "ders", true),
            ("orders-failed", "Ders", false),
            ("orders-failed", "", true),
            ("orders-failed", "orders*", true),
            ("orders-failed", "ders*", false),
            ("orders-failed", "*failed", true),
            ("orders-failed", "*f*d", true),
            ("orders-failed", "*f*x", false),
            ("orders-failed", "orders?failed", true),
            ("orders-failed", "orders??failed", false),
            ("ab", "a?", true),
            ("a", "a?", false),
            ("", "*", true),
            ("aaaab", "*aab", true),
            ("é", "?", true),
        ] {
            assert_eq!(is_like(text, part), is, "{text} {part}");
        }
    }

    #[test]
    fn the_nearest_word_is_near() {
        let known = ["protected", "value", "key"];
        assert_eq!(nearest("protectd", known), Some("protected"));
        assert_eq!(nearest("vlaue", known), Some("value"));
        assert_eq!(nearest("colour", known), None);
    }
}
