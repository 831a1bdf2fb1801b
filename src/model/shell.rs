//! Words of a command line, quoted so that a shell reads them unchanged.

use std::path::Path;

use crate::model::text::is_unsafe;

/// `word` as a POSIX shell and fish read it: bare if possible, otherwise in single quotes. Fish
/// knows escapes within single quotes, other shells don't, so a backslash is written outside.
/// Characters that must not reach a terminal are escaped, as bash and zsh read them: a name can't
/// add a line to the output.
pub fn quote(word: &str) -> String {
    if word.chars().any(is_unsafe) {
        let escaped = |c: char| match c {
            '\'' | '\\' => format!("\\{c}"),
            c if is_unsafe(c) => format!("\\u{:04x}", u32::from(c)),
            c => c.to_string(),
        };
        return format!("$'{}'", word.chars().map(escaped).collect::<String>());
    }
    let bare = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
    // Zsh looks up a word such as `=cmd`.
    if !word.is_empty() && word.chars().all(bare) && !word.starts_with('=') {
        return word.to_owned();
    }
    let mut quoted = String::from('\'');
    for c in word.chars() {
        match c {
            '\'' => quoted.push_str(r"'\''"),
            '\\' => quoted.push_str(r"'\\'"),
            c => quoted.push(c),
        }
    }
    quoted + "'"
}

/// A path as a word that no command takes for an option, whether or not its bytes are text.
pub(crate) fn quote_path(path: &Path) -> String {
    let bytes = path.as_os_str().as_encoded_bytes();
    let dashed = if bytes.starts_with(b"-") { "./" } else { "" };
    match path.to_str() {
        Some(text) => quote(&format!("{dashed}{text}")),
        None => escaped(&[dashed.as_bytes(), bytes].concat()),
    }
}

/// A command about a path.
pub(crate) fn command(words: &[&str], path: &Path) -> String {
    let words = words.iter().map(|word| quote(word));
    let words: Vec<_> = words.chain([quote_path(path)]).collect();
    words.join(" ")
}

fn escaped(bytes: &[u8]) -> String {
    let mut text = String::from("$'");
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\'' | '\\' => text.extend(['\\', c]),
                c if is_unsafe(c) => {
                    let mut buffer = [0; 4];
                    let bytes = c.encode_utf8(&mut buffer).bytes();
                    bytes.for_each(|byte| text.push_str(&octal(byte)));
                }
                c => text.push(c),
            }
        }
        let invalid = chunk.invalid().iter();
        invalid.for_each(|byte| text.push_str(&octal(*byte)));
    }
    text + "'"
}

/// Always three digits, so that a digit after it isn't taken for a part of it.
fn octal(byte: u8) -> String {
    format!("\\{byte:03o}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_quoted_where_a_shell_would_read_more_into_it() {
        for (word, quoted) in [
            ("orders-failed", "orders-failed"),
            ("https://a.example/in", "https://a.example/in"),
            ("https://a.example/?a=1&b=2", "'https://a.example/?a=1&b=2'"),
            ("it's", r"'it'\''s'"),
            ("", "''"),
            ("a b", "'a b'"),
            ("$HOME", "'$HOME'"),
            ("=cat", "'=cat'"),
            ("日本", "'日本'"),
            (r"x\';touch PWN;'", r"'x'\\''\'';touch PWN;'\'''"),
            ("a\nhint: curl", r"$'a\u000ahint: curl'"),
            ("it's\u{202e}\\", r"$'it\'s\u202e\\'"),
        ] {
            assert_eq!(quote(word), quoted);
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_path_is_no_option_and_keeps_its_bytes() {
        use std::{ffi::OsStr, os::unix::ffi::OsStrExt};
        let path = |bytes: &'static [u8]| Path::new(OsStr::from_bytes(bytes));
        for (bytes, quoted) in [
            (b"/a/b".as_slice(), "/a/b"),
            (b"-rf", "./-rf"),
            (b"-r f", "'./-r f'"),
            (b"a\xff1'", r"$'a\3771\''"),
            (b"-\xff", r"$'./-\377'"),
        ] {
            assert_eq!(quote_path(path(bytes)), quoted);
        }
        let command = command(&["chmod", "go-w"], path(b"/tmp/a b"));
        assert_eq!(command, "chmod go-w '/tmp/a b'");
    }
}
