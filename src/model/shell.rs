//! Words of a command line, written so that a shell reads them as they are.

/// `word` as a POSIX shell and fish take it: bare where it can be, else in single quotes. Fish knows
/// escapes within them, and other shells don't, so a backslash is written outside.
pub fn quote(word: &str) -> String {
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
        ] {
            assert_eq!(quote(word), quoted);
        }
    }
}
