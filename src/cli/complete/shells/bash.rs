//! Bash. It replaces the end of a word, from the last `=`, `:` or open quote on, with the
//! unmodified characters of a candidate, closes an open quote and adds a space.

use super::{Place, Quotes, Typed, posix};

/// Sends the line before and after the cursor, and what readline is going to replace: where that
/// begins depends on `COMP_WORDBREAKS`, which users change.
//
// `while read` instead of `mapfile`, because macOS still has bash 3.2, which has no `compopt`
// either.
pub(super) const SCRIPT: &str = r#"_ubihook() {
    local line mark=
    COMPREPLY=()
    while IFS= read -r line; do
        mark=${line:0:1}
        COMPREPLY+=("${line:1}")
    done < <(COMPLETE=bash COMPLETER -- "${COMP_LINE:0:COMP_POINT}" "${COMP_LINE:COMP_POINT}" "$2" 2>/dev/null)
    if [[ ${#COMPREPLY[@]} -eq 1 && $mark == + ]]; then
        compopt -o nospace 2>/dev/null
    fi
}
complete -o nosort -F _ubihook ubihook 2>/dev/null || complete -F _ubihook ubihook
"#;

/// Where bash splits words, in addition to spaces.
const BREAKS: [char; 3] = ['=', ':', '@'];

/// Reads what the script sends.
pub(super) fn read(arguments: &[String]) -> Typed {
    let [before, after, replaced] = arguments else {
        return Typed::default();
    };
    let mut words = posix::words(before, posix::Dialect::Bash);
    let at = words.len() - 1;
    // A candidate would be inserted before the rest of the word.
    let goes_on = after.starts_with(|c| !posix::is_blank(c));
    let place = place(&words[at], replaced).filter(|_| !goes_on);
    let following = posix::words(after, posix::Dialect::Bash);
    let following = following.into_iter().skip(usize::from(goes_on));
    words.extend(following.filter(|word| !word.raw.is_empty()));
    Typed {
        words: words.into_iter().map(|word| word.text).collect(),
        at,
        place,
    }
}

/// Where readline inserts a candidate. It splits words by its own rules, so candidates are offered
/// only if both agree on what is replaced.
fn place(word: &posix::Word, replaced: &str) -> Option<Place> {
    let raw = word.raw;
    let kept = match word.quotes {
        // Functions that call ours with a word of `COMP_WORDS` pass the break itself.
        Quotes::None if !replaced.is_empty() && replaced.chars().all(|c| BREAKS.contains(&c)) => {
            raw.ends_with(replaced).then_some(raw.len())?
        }
        Quotes::None => raw.strip_suffix(replaced)?.len(),
        // The same functions pass the quote too.
        Quotes::Single | Quotes::Double => {
            let open = [&raw[word.inside..], &raw[word.inside - 1..]];
            open.contains(&replaced).then_some(word.inside)?
        }
    };
    let stays = posix::word(&raw[..kept], posix::Dialect::Bash);
    let understood = word.literal && stays.quotes == word.quotes && !stays.escaping;
    understood.then_some(Place {
        kept: stays.text.len(),
        quotes: word.quotes,
    })
}

/// `text` after the open `quotes`.
pub(super) fn write(text: &str, quotes: Quotes) -> Option<String> {
    let quote = match quotes {
        Quotes::None => return Some(bare(text)),
        Quotes::Single => '\'',
        Quotes::Double => '"',
    };
    let mut written = String::new();
    for c in text.chars() {
        match (quotes, c) {
            (Quotes::Single, '\'') => written.push_str(r"'\''"),
            // Within double quotes, `\!` keeps the backslash, and `!` alone is a history expansion.
            (Quotes::Double, '!') => written.push_str(r#""'!'""#),
            (Quotes::Double, '$' | '`' | '"' | '\\') => written.extend(['\\', c]),
            _ => written.push(c),
        }
    }
    // Readline takes a quote at the beginning for the open one, and a quote at the end for the
    // closing one.
    if written.starts_with(quote) {
        return None;
    }
    if written.ends_with(quote) {
        written.push(quote);
    }
    Some(written)
}

/// `text` outside quotes.
fn bare(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c) || !c.is_ascii();
    let mut written = String::new();
    for c in text.chars() {
        if !plain(c) {
            written.push('\\');
        }
        written.push(c);
    }
    written
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn typed(before: &str, replaced: &str) -> Typed {
        read(&[before.into(), String::new(), replaced.into()])
    }

    fn place_of(word: &str, replaced: &str) -> Option<(usize, Quotes)> {
        let typed = typed(&format!("ubihook get {word}"), replaced);
        typed.place.map(|place| (place.kept, place.quotes))
    }

    #[test]
    fn what_readline_replaces_is_behind_what_stays() {
        for (word, replaced, place) in [
            ("te", "te", Some((0, Quotes::None))),
            ("", "", Some((0, Quotes::None))),
            ("--event=fa", "fa", Some((8, Quotes::None))),
            ("--event=", "", Some((8, Quotes::None))),
            ("--event=", "=", Some((8, Quotes::None))),
            ("--event=fa", "--event=fa", Some((0, Quotes::None))),
            ("A=env:", "", Some((6, Quotes::None))),
            ("'te", "te", Some((0, Quotes::Single))),
            ("'te", "'te", Some((0, Quotes::Single))),
            ("--label=\"te", "te", Some((8, Quotes::Double))),
            (r"a\ b=c", "c", Some((4, Quotes::None))),
            // Both have to agree.
            ("'a b", "b", None),
            ("te", "other", None),
            (r"a\=b", "=b", None),
            ("$x=", "", None),
            ("$'te", "te", None),
            ("\"$(x", "$(x", None),
        ] {
            assert_eq!(place_of(word, replaced), place, "{word} {replaced}");
        }
        // The text after the cursor would remain, and is not part of the name.
        let before = "ubihook get a".to_owned();
        let typed = read(&[before.clone(), "b --mock".into(), "a".into()]);
        assert_eq!((typed.place, &typed.words[3][..]), (None, "--mock"));
        let typed = read(&[before, " --mock ".into(), "a".into()]);
        assert!(typed.place.is_some());
        assert_eq!(typed.words, ["ubihook", "get", "a", "--mock"]);
        assert_eq!(typed.at, 2);
    }

    #[test]
    fn a_candidate_is_written_for_the_quotes_it_stands_in() {
        let write = |text, quotes| write(text, quotes).unwrap_or_else(|| "-".to_owned());
        for (text, bare, single, double) in [
            ("a b", r"a\ b", "a b", "a b"),
            ("$(x)", r"\$\(x\)", "$(x)", r"\$(x)"),
            ("x';y", r"x\'\;y", r"x'\'';y", "x';y"),
            ("a'", r"a\'", r"a'\'''", "a'"),
            ("'a", r"\'a", "-", "'a"),
            (r#"a""#, r#"a\""#, r#"a""#, r#"a\"""#),
            (r#""a"#, r#"\"a"#, r#""a"#, r#"\"a"#),
            ("a!b", r"a\!b", "a!b", r#"a"'!'"b"#),
            ("a!", r"a\!", "a!", r#"a"'!'"""#),
            ("!a", r"\!a", "!a", "-"),
            ("~`\\", r"\~\`\\", "~`\\", r"~\`\\"),
            ("é#^*", r"é\#\^\*", "é#^*", "é#^*"),
        ] {
            assert_eq!(write(text, Quotes::None), bare);
            assert_eq!(write(text, Quotes::Single), single);
            assert_eq!(write(text, Quotes::Double), double);
        }
    }

    const ALL: [Quotes; 3] = [Quotes::None, Quotes::Single, Quotes::Double];

    /// Reads the line after completion: readline removes a quote that a candidate repeats, and
    /// closes an open one unless the candidate ends with it.
    fn check(name: &str, quotes: Quotes, stays: &str) {
        let (quote, unwritable) = match quotes {
            Quotes::None => ("", None),
            Quotes::Single => ("'", Some('\'')),
            Quotes::Double => ("\"", Some('!')),
        };
        let Some(written) = write(name, quotes) else {
            assert!(unwritable.is_some_and(|c| name.starts_with(c)));
            return;
        };
        assert!(quote.is_empty() || !written.starts_with(quote));
        let close = if written.ends_with(quote) { "" } else { quote };
        let line = format!("{stays}{quote}{written}{close}");
        let word = posix::word(&line, posix::Dialect::Bash);
        let expected = posix::word(stays, posix::Dialect::Bash).text + name;
        assert_eq!(word.text, expected, "{line}");
        assert!(word.literal && word.quotes == Quotes::None && !word.escaping);
        assert_eq!(word.raw, line);
    }

    #[test]
    fn each_character_reads_as_itself_wherever_it_is() {
        for c in (' '..='~').chain("é日\u{2018}".chars()) {
            for name in [
                format!("{c}"),
                format!("{c}a"),
                format!("a{c}"),
                format!("a{c}b"),
            ] {
                for quotes in ALL {
                    check(&name, quotes, "");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn what_is_written_reads_as_the_name(
            name in "[ -~é日\u{2018}]{1,20}",
            quotes in prop::sample::select(ALL.to_vec()),
            stays in prop::sample::select(vec!["", "a=", "it\\'s:"]),
        ) {
            check(&name, quotes, stays);
        }
    }
}
