//! Words of a command line, quoted so that a shell reads them unchanged; and the few commands in hints that
//! every system has under another name. On Windows, the shell is PowerShell.

use std::path::Path;

use crate::model::text::is_unsafe;

/// `word` as the user's shell reads it: bare if possible, otherwise in single quotes. Fish
/// knows escapes within single quotes, other shells don't, so a backslash is written outside.
/// Characters that must not reach a terminal are escaped, as bash and zsh read them: a name can't
/// add a line to the output.
pub fn quote(word: &str) -> String {
    if cfg!(windows) {
        powershell(word)
    } else {
        posix(word)
    }
}

/// Whether every shell reads a character as it is.
fn is_bare(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c)
}

/// `word` as PowerShell reads it. A word that begins with `@` or `%`, or has a comma, is something else there.
fn powershell(word: &str) -> String {
    if word.chars().any(is_unsafe) {
        let escaped = |c: char| match c {
            '"' | '$' | '`' => format!("`{c}"),
            c if is_unsafe(c) => format!("$([char]0x{:04x})", u32::from(c)),
            c => c.to_string(),
        };
        return format!("\"{}\"", word.chars().map(escaped).collect::<String>());
    }
    let bare = |c: char| is_bare(c) && !"@%,".contains(c) || c == '\\';
    if !word.is_empty() && word.chars().all(bare) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "''"))
}

/// `word` as a POSIX shell and fish read it.
pub(crate) fn posix(word: &str) -> String {
    if word.chars().any(is_unsafe) {
        let escaped = |c: char| match c {
            '\'' | '\\' => format!("\\{c}"),
            c if is_unsafe(c) => format!("\\u{:04x}", u32::from(c)),
            c => c.to_string(),
        };
        return format!("$'{}'", word.chars().map(escaped).collect::<String>());
    }
    // Zsh looks up a word such as `=cmd`.
    if !word.is_empty() && word.chars().all(is_bare) && !word.starts_with('=') {
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

/// The command that shows what a file is, and whose.
pub(crate) fn show_file(path: &Path) -> String {
    let words: &[&str] = if cfg!(windows) {
        &["Get-Item"]
    } else {
        &["ls", "-l"]
    };
    command(words, path)
}

/// The command that renames a file.
pub(crate) fn rename_file(path: &Path, to: &Path) -> String {
    let words: &[&str] = if cfg!(windows) {
        &["Move-Item"]
    } else {
        &["mv"]
    };
    format!("{} {}", command(words, path), quote_path(to))
}

/// The command that reads a variable at the shell's own prompt, so that it doesn't end up in its history.
pub(crate) fn read_variable(name: &str) -> String {
    if cfg!(windows) {
        return format!(
            "$env:{name} = [Net.NetworkCredential]::new('', (Read-Host -AsSecureString {name})).Password"
        );
    }
    format!("read -rs {name} && export {name}")
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
            assert_eq!(posix(word), quoted);
        }
        for (word, quoted) in [
            ("orders-failed", "orders-failed"),
            (r"C:\Users\x", r"C:\Users\x"),
            ("https://a.example/?a=1&b=2", "'https://a.example/?a=1&b=2'"),
            ("it's", "'it''s'"),
            ("a,b", "'a,b'"),
            ("$HOME", "'$HOME'"),
            ("a\n$b", "\"a$([char]0x000a)`$b\""),
            ("", "''"),
        ] {
            assert_eq!(powershell(word), quoted);
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
