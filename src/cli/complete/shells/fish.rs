//! Fish. It quotes candidates by itself, to match the open quotes.

use super::{Place, Quotes, Typed};

/// Sends the line up to the cursor instead of the words, because versions of fish split it
/// differently.
pub(super) const SCRIPT: &str = r"function __ubihook_complete
    COMPLETE=fish COMPLETER -- (commandline --current-process --cut-at-cursor | string collect) 2>/dev/null
end
complete --keep-order --exclusive --command ubihook --arguments '(__ubihook_complete)'
";

/// Whether fish writes `text` so that it reads the same text again. At the beginning of a word,
/// outside quotes, it escapes neither `~`, which is a home folder, nor a non-ASCII space, which it
/// skips.
pub(super) fn writes(text: &str, place: Place) -> bool {
    let is_odd = |c: char| c == '~' || (c.is_whitespace() && !c.is_ascii());
    place != Place::default() || !text.starts_with(is_odd)
}

/// Reads the line.
pub(super) fn read(arguments: &[String]) -> Typed {
    let line = arguments.join("\n");
    let mut words = Vec::new();
    let mut rest = &line[..];
    loop {
        rest = rest.trim_start_matches(is_blank);
        let word = word(rest);
        rest = &rest[word.length..];
        let place = Place {
            kept: word.text.len(),
            quotes: word.quotes,
        };
        // Fish treats these as patterns when it searches candidates, even within quotes.
        let understood = word.literal && !word.text.contains(['*', '?']);
        words.push(word.text);
        if rest.is_empty() {
            return Typed {
                at: words.len() - 1,
                words,
                place: understood.then_some(place),
            };
        }
    }
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n')
}

struct Word {
    text: String,
    /// Its length in the line.
    length: usize,
    /// The open quotes at its end.
    quotes: Quotes,
    /// Whether it is plain text: it has no variable, command, pattern or the like.
    literal: bool,
}

/// The first word of `line`.
fn word(line: &str) -> Word {
    let mut word = Word {
        text: String::new(),
        length: line.len(),
        quotes: Quotes::None,
        literal: true,
    };
    let mut characters = line.char_indices();
    while let Some((at, c)) = characters.next() {
        match (word.quotes, c) {
            (Quotes::None, c) if is_blank(c) => {
                word.length = at;
                break;
            }
            (Quotes::None, '\'') => word.quotes = Quotes::Single,
            (Quotes::None, '"') => word.quotes = Quotes::Double,
            (Quotes::Single, '\'') | (Quotes::Double, '"') => word.quotes = Quotes::None,
            (quotes, '\\') => {
                let Some((_, next)) = characters.next() else {
                    break;
                };
                let escaped = match quotes {
                    Quotes::None => true,
                    Quotes::Single => "\\'".contains(next),
                    Quotes::Double => "\\\"$\n".contains(next),
                };
                if !escaped {
                    word.text.push('\\');
                }
                // A line continuation is not part of the word.
                if !escaped || next != '\n' {
                    word.text.push(next);
                }
                // Outside quotes, a backslash with a letter or digit is an escape sequence, such as
                // `\n` and `\x41`.
                word.literal &= quotes != Quotes::None || !next.is_ascii_alphanumeric();
            }
            (quotes, c) => {
                let more = match quotes {
                    Quotes::None => {
                        "$*?(){};|&<>".contains(c)
                            || (at == 0 && ("~#%".contains(c) || c.is_whitespace()))
                    }
                    Quotes::Single => false,
                    Quotes::Double => c == '$',
                };
                word.literal &= !more;
                word.text.push(c);
            }
        }
    }
    word
}

/// `text` as an argument in the script.
pub(super) fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\\', r"\\").replace('\'', r"\'"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn last(line: &str) -> Option<String> {
        let mut typed = read(&[line.to_owned()]);
        typed.place?;
        typed.words.pop()
    }

    #[test]
    fn quotes_and_escapes_are_no_part_of_a_word() {
        for (line, word) in [
            ("ubihook get te", "te"),
            ("ubihook get ", ""),
            ("ubihook get 'my ho", "my ho"),
            (r"ubihook get 'a\'b\\c\d", r"a'b\c\d"),
            (r#"ubihook get "a\"b\$c\\d\e"#, r#"a"b$c\d\e"#),
            (r"ubihook get a\ b\'c\$", "a b'c$"),
            ("ubihook get a'b c'\"d", "ab cd"),
            ("ubihook --label=te", "--label=te"),
            (r"ubihook get a\", "a"),
        ] {
            assert_eq!(last(line).as_deref(), Some(word), "{line}");
        }
        let typed = read(&["ubihook -p 'a b' get".into(), "x".into()]);
        assert_eq!(typed.words, ["ubihook", "-p", "a b", "get", "x"]);
    }

    #[test]
    fn what_fish_does_not_escape_where_a_word_begins_is_left_out() {
        let place = |line: &str| read(&[line.to_owned()]).place.unwrap();
        for text in ["~", "~root", "\u{3000}a", "\u{2028}"] {
            assert!(!writes(text, place("ubihook get ")), "{text:?}");
            assert!(writes(text, place("ubihook get '")), "{text:?}");
        }
        assert!(writes("~/x", place("ubihook get \\~")));
        for text in ["a~", " a", "a\u{3000}"] {
            assert!(writes(text, place("ubihook get ")), "{text:?}");
        }
    }

    #[test]
    fn a_word_that_fish_expands_is_not_completed() {
        for word in [
            "$x",
            "\"$x",
            "(x",
            "a*",
            "a?",
            "{a,b",
            "~/x",
            "a\\x41",
            "a;b",
            "#a",
            "'a*",
            "\"a?",
            "a\\*",
            "\u{3000}a",
        ] {
            assert_eq!(last(&format!("ubihook get {word}")), None, "{word}");
        }
        for word in ["'$x", "a~", "a#b", "\"(x){"] {
            assert!(last(&format!("ubihook get {word}")).is_some(), "{word}");
        }
    }
}
