//! PowerShell. It replaces the complete word with the unmodified characters of a candidate.
//!
//! Its grammar has several single and double quotes, and any of them closes what any other of its
//! kind opened.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::Typed;

/// The line is passed in a variable and candidates are returned in ASCII, because older versions
/// mangle arguments with double quotes, and output is decoded with the console's encoding. No part
/// of the line is evaluated.
pub(super) const SCRIPT: &str = r#"Register-ArgumentCompleter -Native -CommandName ubihook -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $start = $commandAst.CommandElements[0].Extent.StartOffset
    $line = $commandAst.Extent.Text.Substring($start - $commandAst.Extent.StartOffset)
    $length = $cursorPosition - $start
    $shell = $env:COMPLETE
    try {
        $env:COMPLETE = 'powershell'
        $env:_UBIHOOK_LINE = $line.PadRight($length).Substring(0, $length)
        & COMPLETER -- | ForEach-Object {
            $value, $help = $_.Split("`t") | ForEach-Object { [uri]::UnescapeDataString($_) }
            if (-not $help) { $help = $value }
            [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $help)
        }
    }
    finally {
        $env:COMPLETE = $shell
        $env:_UBIHOOK_LINE = $null
    }
}
"#;

/// Reads the line up to the cursor.
pub(super) fn read(line: &str) -> Typed {
    let mut words = Vec::new();
    let mut rest = line;
    loop {
        rest = rest.trim_start_matches(is_blank);
        let (text, length, literal) = word(rest);
        rest = &rest[length..];
        words.push(text);
        if rest.is_empty() {
            return Typed::whole(words, literal);
        }
    }
}

/// `text` as a word of a command. Versions before 7.3 don't escape a double quote, or a backslash
/// at the end, so they would not reach the program.
pub(super) fn write(text: &str) -> Option<String> {
    if text.contains('"') || text.ends_with('\\') {
        return None;
    }
    let letter = |c: char| c.is_ascii_alphabetic();
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=".contains(c);
    // A word that doesn't begin with a letter may be a number, and `-a.b` is two words.
    let bare = match text.strip_prefix("--") {
        Some(option) => option.starts_with(letter) && option.chars().all(plain),
        None if text.starts_with('-') => text[1..].chars().all(letter),
        None => text.starts_with(letter) && text.chars().all(plain),
    };
    Some(if bare { text.to_owned() } else { quote(text) })
}

/// `text` in single quotes.
pub(super) fn quote(text: &str) -> String {
    let mut quoted = String::from('\'');
    for c in text.chars() {
        if is_single_quote(c) {
            quoted.push(c);
        }
        quoted.push(c);
    }
    quoted + "'"
}

/// A candidate in the format of the script.
pub(super) fn line(word: &str, help: Option<&str>) -> String {
    let encoded = |text| utf8_percent_encode(text, KEPT).to_string();
    match help {
        Some(help) => format!("{}\t{}", encoded(word), encoded(help)),
        None => encoded(word),
    }
}

const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');

fn is_single_quote(c: char) -> bool {
    matches!(c, '\'' | '\u{2018}'..='\u{201b}')
}

fn is_double_quote(c: char) -> bool {
    matches!(c, '"' | '\u{201c}'..='\u{201e}')
}

fn is_dash(c: char) -> bool {
    matches!(c, '-' | '\u{2013}'..='\u{2015}')
}

fn is_blank(c: char) -> bool {
    c.is_whitespace()
}

/// The first word of `line`, its length in the line, and whether it is plain text: it has no
/// variable, command, list or the like, and PowerShell reads it as one word too.
fn word(line: &str) -> (String, usize, bool) {
    let mut text = String::new();
    let mut literal = true;
    let mut open: Option<fn(char) -> bool> = None;
    let mut first = line.chars();
    let (first, second) = (first.next(), first.next());
    let begins_quoted = first.is_some_and(|c| is_single_quote(c) || is_double_quote(c));
    // `-a.b` and `-a:b` are two words; `--a.b` is one.
    let is_short = first.is_some_and(is_dash) && !second.is_some_and(is_dash);
    let mut characters = line.char_indices().peekable();
    while let Some((at, c)) = characters.next() {
        match open {
            None if is_blank(c) => return (text, at, literal),
            None if is_single_quote(c) => open = Some(is_single_quote),
            None if is_double_quote(c) => open = Some(is_double_quote),
            Some(quote) if quote(c) => {
                // A doubled quote is a literal one, namely the second.
                if let Some((_, twice)) = characters.next_if(|(_, next)| quote(*next)) {
                    text.push(twice);
                } else {
                    open = None;
                    // A word that begins with a quote ends with the closing quote.
                    let ends = characters.peek().is_none_or(|(_, next)| is_blank(*next));
                    literal &= ends || !begins_quoted;
                }
            }
            _ if c == '`' && !open.is_some_and(|quote| quote('\'')) => {
                let next = characters.next().map(|(_, next)| next);
                // A backtick with a letter or digit is an escape sequence, such as `n.
                literal &= next.is_none_or(|next| !next.is_ascii_alphanumeric());
                text.extend(next);
            }
            Some(quote) => {
                literal &= c != '$' || quote('\'');
                text.push(c);
            }
            None => {
                let more = "$,;|&(){}<>".contains(c)
                    || (at == 0 && "@#%".contains(c))
                    || (is_short && ".:[".contains(c));
                literal &= !more;
                text.push(c);
            }
        }
    }
    (text, line.len(), literal)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn last(line: &str) -> Option<String> {
        let mut typed = read(line);
        typed.place?;
        typed.words.pop()
    }

    #[test]
    fn quotes_and_escapes_are_no_part_of_a_word() {
        for (line, word) in [
            ("ubihook get te", "te"),
            ("ubihook get ", ""),
            ("ubihook get 'my ho", "my ho"),
            ("ubihook get 'it''s\u{2019}\u{2018}x", "it's\u{2018}x"),
            ("ubihook get \u{2018}my ho", "my ho"),
            (
                "ubihook get \"a`$b\"\"c\u{201d}\u{201c}d",
                "a$b\"c\u{201c}d",
            ),
            ("ubihook get a` b", "a b"),
            ("ubihook --label='a b", "--label=a b"),
            ("ubihook get 'a b' x", "x"),
        ] {
            assert_eq!(last(line).as_deref(), Some(word), "{line}");
        }
    }

    #[test]
    fn a_word_that_powershell_expands_or_parts_is_not_completed() {
        for word in [
            "$x", "\"$x", "(x", "a,b", "@x", "#x", "a;b", "a`n", "\"`t", "'a'b", "-l.x", "-l:x",
        ] {
            assert_eq!(last(&format!("ubihook get {word}")), None, "{word}");
        }
        for word in ["'$x", "a#b", "a'b'c", "--l.x", "a`$"] {
            assert!(last(&format!("ubihook get {word}")).is_some(), "{word}");
        }
    }

    #[test]
    fn a_word_is_quoted_where_powershell_would_read_more_into_it() {
        for (text, written) in [
            ("nightly", Some("nightly")),
            ("A=env:TOKEN", Some("A=env:TOKEN")),
            ("--label", Some("--label")),
            ("a b", Some("'a b'")),
            ("it's", Some("'it''s'")),
            (
                "\u{2018};\u{2019};\u{201a};\u{201b}",
                Some("'\u{2018}\u{2018};\u{2019}\u{2019};\u{201a}\u{201a};\u{201b}\u{201b}'"),
            ),
            ("a\u{201c}b", Some("'a\u{201c}b'")),
            ("$(x)", Some("'$(x)'")),
            ("1kb", Some("'1kb'")),
            ("--label=a", Some("--label=a")),
            ("--label=a b", Some("'--label=a b'")),
            ("-l.x", Some("'-l.x'")),
            ("\u{2013}x", Some("'\u{2013}x'")),
            ("é", Some("'é'")),
            ("a\"b", None),
            ("a b\\", None),
        ] {
            assert_eq!(write(text).as_deref(), written, "{text}");
        }
    }

    #[test]
    fn the_script_gets_ascii() {
        let text = line(&quote("é \u{2018}%\t"), Some("ü"));
        assert_eq!(text, "%27%C3%A9%20%E2%80%98%E2%80%98%25%09%27\t%C3%BC");
    }

    fn check(name: &str) {
        let Some(written) = write(name) else {
            assert!(name.contains('"') || name.ends_with('\\'));
            return;
        };
        assert_eq!(word(&written), (name.to_owned(), written.len(), true));
    }

    #[test]
    fn each_character_reads_as_itself_wherever_it_is() {
        for c in (' '..='~')
            .chain("é\u{2013}\u{a0}".chars())
            .chain('\u{2018}'..='\u{201f}')
        {
            for name in [
                format!("{c}"),
                format!("{c}a"),
                format!("a{c}"),
                format!("a{c}b"),
            ] {
                check(&name);
            }
        }
    }

    proptest! {
        #[test]
        fn what_is_written_reads_as_the_name(
            name in "[ -~é日\u{2013}\u{2018}-\u{201f}\u{a0}]{1,20}"
        ) {
            check(&name);
        }
    }
}
