//! Words as bash and zsh read them, as far as that is possible without executing anything.

use super::Quotes;

/// The differences between the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    Bash,
    Zsh,
}

/// A complete or unfinished word.
#[derive(Debug)]
pub(super) struct Word<'a> {
    /// As it is typed.
    pub(super) raw: &'a str,
    /// What the shell reads.
    pub(super) text: String,
    /// The open quotes at its end.
    pub(super) quotes: Quotes,
    /// The offset in `raw` where the text within the open quotes begins.
    pub(super) inside: usize,
    /// Whether it ends with a backslash that quotes the next character.
    pub(super) escaping: bool,
    /// Whether it is plain text: it has no variable, command, pattern or the like.
    pub(super) literal: bool,
}

/// All words of a line. The last one is empty if the line ends between two words.
pub(super) fn words(line: &str, dialect: Dialect) -> Vec<Word<'_>> {
    let mut words = Vec::new();
    let mut rest = line;
    loop {
        rest = rest.trim_start_matches(is_blank);
        let word = word(rest, dialect);
        rest = &rest[word.raw.len()..];
        words.push(word);
        if rest.is_empty() {
            return words;
        }
    }
}

/// Whether the character separates words.
pub(super) fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n')
}

/// The first word of `line`.
pub(super) fn word(line: &str, dialect: Dialect) -> Word<'_> {
    let mut word = Word {
        raw: line,
        text: String::new(),
        quotes: Quotes::None,
        inside: 0,
        escaping: false,
        literal: true,
    };
    let mut characters = line.char_indices().peekable();
    while let Some((at, c)) = characters.next() {
        let next = characters.peek().map(|(_, next)| *next);
        match (word.quotes, c) {
            (Quotes::None, c) if is_blank(c) => {
                word.raw = &line[..at];
                break;
            }
            (Quotes::None, '\'' | '"') => {
                word.quotes = if c == '"' {
                    Quotes::Double
                } else {
                    Quotes::Single
                };
                word.inside = at + 1;
            }
            (Quotes::Single, '\'') | (Quotes::Double, '"') => word.quotes = Quotes::None,
            (Quotes::None | Quotes::Double, '\\') => match next {
                None => word.escaping = true,
                Some(next) => {
                    characters.next();
                    if word.quotes == Quotes::Double && !can_be_escaped(next, dialect) {
                        word.text.push('\\');
                    }
                    // A line continuation is not part of the word.
                    if next != '\n' {
                        word.text.push(next);
                    }
                }
            },
            (quotes, c) => {
                word.literal &= match quotes {
                    Quotes::None => !means_more(c, at == 0, dialect),
                    Quotes::Single => true,
                    Quotes::Double => !"$`!".contains(c),
                };
                word.text.push(c);
            }
        }
    }
    word
}

/// Whether a backslash quotes the character within double quotes; before others it is literal.
fn can_be_escaped(c: char, dialect: Dialect) -> bool {
    "$`\"\\\n".contains(c) || (c == '!' && dialect == Dialect::Zsh)
}

/// Whether `c` is special outside quotes.
fn means_more(c: char, at_the_start: bool, dialect: Dialect) -> bool {
    "$`*?[{}~!;|&()<>".contains(c)
        || (c == '#' && at_the_start)
        || (dialect == Dialect::Zsh && ("^#".contains(c) || (c == '=' && at_the_start)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_are_no_part_of_a_word() {
        for (typed, text, quotes, inside) in [
            ("'my ho", "my ho", Quotes::Single, 1),
            (r#""a"'b'c"#, "abc", Quotes::None, 4),
            (r"a\ b", "a b", Quotes::None, 0),
            (r#"--x="a\$\`\"\\\z"#, r#"--x=a$`"\\z"#, Quotes::Double, 5),
            (r"'a\'b", r"a\b", Quotes::None, 1),
            (r"'a'\''b", "a'b", Quotes::Single, 6),
            ("日\\ 本", "日 本", Quotes::None, 0),
        ] {
            let word = word(typed, Dialect::Bash);
            assert_eq!(word.text, text, "{typed}");
            assert_eq!((word.quotes, word.inside), (quotes, inside), "{typed}");
            assert!(word.literal && !word.escaping && word.raw == typed);
        }
        assert_eq!(word(r#""a\!"#, Dialect::Bash).text, r"a\!");
        assert_eq!(word(r#""a\!"#, Dialect::Zsh).text, "a!");
    }

    #[test]
    fn what_a_shell_expands_is_not_literal() {
        for typed in [
            "$x", "a`b`", "a*", "a?", "[a]", "{a,b}", "~/x", "k=~", "a!b", "a;b", "a|b", "a&",
            "(a)", "<a", ">a", "#a", r#""$x"#, r#""`a"#, r#""a!b"#, "$'a", "$\"a",
        ] {
            for dialect in [Dialect::Bash, Dialect::Zsh] {
                assert!(!word(typed, dialect).literal, "{typed}");
            }
        }
        for typed in ["=ls", "a#b", "a^b"] {
            assert!(word(typed, Dialect::Bash).literal, "{typed}");
            assert!(!word(typed, Dialect::Zsh).literal, "{typed}");
        }
        for typed in ["a=b", "a:b", "a@b", r"\$x", "'$x`y`*~!'", "a%b", "%a"] {
            assert!(word(typed, Dialect::Zsh).literal, "{typed}");
        }
    }

    #[test]
    fn blanks_part_words_and_an_end_between_two_is_a_word() {
        let texts = |line| -> Vec<_> {
            let words = words(line, Dialect::Bash);
            words.into_iter().map(|word| word.text).collect()
        };
        assert_eq!(texts("a  'b c'\td"), ["a", "b c", "d"]);
        assert_eq!(texts("a "), ["a", ""]);
        assert_eq!(texts("a\\ "), ["a "]);
        assert_eq!(texts(""), [""]);
        assert!(word("a\\", Dialect::Bash).escaping);
    }
}
