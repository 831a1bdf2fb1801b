//! Words of a command line, written so that a shell reads them as they are.

use crate::model::text::is_unsafe;

/// `word` as a POSIX shell and fish take it: bare where it can be, else in single quotes. Fish knows
/// escapes within them, and other shells don't, so a backslash is written outside. What a terminal
/// must not be shown is escaped, as bash and zsh read it: a name can't add a line to what is printed.
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
    // A word such as `=cmd` is looked up by zsh.
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
}
