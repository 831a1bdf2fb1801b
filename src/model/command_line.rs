//! The command line of a `cmd:` source, split into words as a shell would. Nothing is expanded.

use crate::model::invalid::Invalid;

/// Operators of shells. Nothing interprets them, so they are certainly not meant as words.
const OPERATORS: [&str; 9] = ["|", "||", "&", "&&", ";", "<", ">", ">>", "2>"];

/// A program and its arguments.
#[derive(Clone, PartialEq, Eq)]
pub struct CommandLine {
    text: String,
    words: Vec<String>,
}

impl std::fmt::Debug for CommandLine {
    /// Only the program: arguments may be private.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("CommandLine").field(&self.program()).finish()
    }
}

impl CommandLine {
    /// Splits a command line. The error doesn't repeat it.
    pub(crate) fn parse(text: &str) -> Result<Self, Invalid> {
        let words = split(text)?;
        if words.is_empty() {
            return Err(invalid("cmd: needs a command line"));
        }
        Ok(Self {
            text: text.to_owned(),
            words,
        })
    }

    /// As typed.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// The program.
    pub(crate) fn program(&self) -> &str {
        &self.words[0]
    }

    /// Its arguments.
    pub(crate) fn arguments(&self) -> &[String] {
        &self.words[1..]
    }
}

fn invalid(rule: &'static str) -> Invalid {
    Invalid::new("headers", rule)
}

fn split(text: &str) -> Result<Vec<String>, Invalid> {
    const OPEN: &str = "cmd: has an unclosed quote";
    let mut words = Vec::new();
    let mut chars = text.chars().peekable();
    loop {
        while chars.next_if(|c| c.is_whitespace()).is_some() {}
        if chars.peek().is_none() {
            return Ok(words);
        }
        let (mut word, mut is_quoted) = (String::new(), false);
        while let Some(c) = chars.next_if(|c| !c.is_whitespace()) {
            match c {
                '\'' => {
                    is_quoted = true;
                    loop {
                        match chars.next().ok_or_else(|| invalid(OPEN))? {
                            '\'' => break,
                            c => word.push(c),
                        }
                    }
                }
                '"' => {
                    is_quoted = true;
                    loop {
                        match chars.next().ok_or_else(|| invalid(OPEN))? {
                            '"' => break,
                            '\\' => match chars.next().ok_or_else(|| invalid(OPEN))? {
                                c @ ('"' | '\\' | '$' | '`') => word.push(c),
                                '\n' => {}
                                c => word.extend(['\\', c]),
                            },
                            c => word.push(c),
                        }
                    }
                }
                '\\' => {
                    is_quoted = true;
                    match chars.next() {
                        Some('\n') => {}
                        Some(c) => word.push(c),
                        None => return Err(invalid("cmd: ends with a backslash")),
                    }
                }
                c => word.push(c),
            }
        }
        if !is_quoted && OPERATORS.contains(&word.as_str()) {
            return Err(invalid(
                "cmd: runs a program without a shell, so it can't have pipes, redirections or `;`; \
                 write a script and name that",
            ));
        }
        words.push(word);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        CommandLine::parse(text).unwrap().words
    }

    #[test]
    fn quotes_and_backslashes_are_as_in_sh_and_nothing_is_expanded() {
        for (text, expected) in [
            ("op read op://a/b", vec!["op", "read", "op://a/b"]),
            ("  a\t b  ", vec!["a", "b"]),
            (r#"a 'b c' "d e""#, vec!["a", "b c", "d e"]),
            (r#"a "\"\\\$\x" '\n'"#, vec!["a", r#""\$\x"#, r"\n"]),
            (r"a b\ c \'", vec!["a", "b c", "'"]),
            ("a '' \"\"", vec!["a", "", ""]),
            (
                "a $HOME `id` * ~ #x",
                vec!["a", "$HOME", "`id`", "*", "~", "#x"],
            ),
            ("a '|' \\; x|y", vec!["a", "|", ";", "x|y"]),
            (r#"x'y'"z""#, vec!["xyz"]),
        ] {
            assert_eq!(words(text), expected, "{text}");
            // What real shells do, where nothing is expanded.
            if !text.contains(['$', '`', '*', '#', '|']) {
                assert_eq!(words(text), shell_words::split(text).unwrap(), "{text}");
            }
        }
    }

    #[test]
    fn what_only_a_shell_understands_is_refused_without_being_repeated() {
        for text in [
            "",
            "  ",
            "a 'b",
            "a \"b",
            "a \"b\\",
            "a \\",
            "a | hunter2",
            "a > f",
            "a && b",
            "a ; b",
            "a < b",
        ] {
            let error = CommandLine::parse(text).unwrap_err().rule;
            assert!(error.starts_with("cmd: "), "{text}: {error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}
