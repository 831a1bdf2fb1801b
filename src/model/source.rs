//! Where a secret comes from, as typed: `env:NAME`, `Bearer {file:PATH}`. Only the syntax; fetching
//! is done elsewhere.

use std::{fmt, path::PathBuf, str::FromStr};

use crate::model::{command_line::CommandLine, header::HeaderName, invalid::Invalid};

/// The sources in words, for every message that refuses something else.
pub(crate) const SOURCES: &str = "prompt, env:NAME, file:PATH, stdin or cmd:COMMAND LINE";

/// Where to fetch a secret from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Typed at the terminal, hidden.
    Prompt,
    /// An environment variable.
    Env(String),
    /// The content of a file.
    File(PathBuf),
    /// Standard input, to its end.
    Stdin,
    /// The output of a command.
    Cmd(CommandLine),
}

impl Source {
    /// An error only for a command line that can't be run.
    fn parse(text: &str) -> Result<Option<Self>, Invalid> {
        if let Some(line) = text.strip_prefix("cmd:") {
            return Ok(Some(Self::Cmd(CommandLine::parse(line)?)));
        }
        Ok(Self::parse_name(text))
    }

    fn parse_name(text: &str) -> Option<Self> {
        match text {
            "prompt" => Some(Self::Prompt),
            "stdin" => Some(Self::Stdin),
            _ => match text.split_once(':')? {
                ("env", name) if is_variable(name) => Some(Self::Env(name.to_owned())),
                ("file", path) if !path.is_empty() => Some(Self::File(path.into())),
                _ => None,
            },
        }
    }
}

/// The beginning of the only variables that a file may name: someone who can edit the file must not
/// be able to send other variables to a URL.
pub(crate) const SECRET_VARIABLES: &str = "UBIHOOK_SECRET_";

/// Whether this is the name of a variable. Anything else is more likely a secret by mistake.
fn is_variable(name: &str) -> bool {
    let usual = |c: char| c.is_ascii_alphanumeric() || c == '_';
    name.chars().all(usual) && !name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit())
}

/// Whether a variable's name looks like a value, as after `env:$TOKEN`. Files can only name those
/// with the prefix, which no value has.
pub(crate) fn looks_like_a_value(name: &str) -> bool {
    let is_odd = |word: &str| {
        let has = |is: fn(&char) -> bool| word.chars().any(|c| is(&c));
        let has_digit = has(char::is_ascii_digit);
        let is_mixed = has(char::is_ascii_lowercase) && has(char::is_ascii_uppercase);
        (has_digit && is_mixed) || word.len() >= 16
    };
    !name.starts_with(SECRET_VARIABLES) && name.split('_').any(is_odd)
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Prompt => f.write_str("prompt"),
            Self::Env(name) => write!(f, "env:{name}"),
            Self::File(path) => write!(f, "file:{}", path.display()),
            Self::Stdin => f.write_str("stdin"),
            Self::Cmd(line) => write!(f, "cmd:{}", line.as_str()),
        }
    }
}

/// A source, with the text around its value: `Bearer {env:TOKEN}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretText {
    /// The text before the value.
    pub before: String,
    /// Where the value comes from.
    pub source: Source,
    /// The text after it.
    pub after: String,
}

impl From<Source> for SecretText {
    fn from(source: Source) -> Self {
        Self {
            before: String::new(),
            source,
            after: String::new(),
        }
    }
}

impl FromStr for SecretText {
    type Err = Invalid;

    /// A source, or a text with exactly one source in braces. Anything else may be the secret
    /// itself, so the error doesn't repeat it.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        if let Some(source) = Source::parse(text)? {
            return Ok(source.into());
        }
        braced(text)?.ok_or_else(|| {
            let rule = format!(
                "a secret can't be given on the command line: its source must be {SOURCES}, or text \
                 that contains one of them in braces, such as 'Bearer {{env:NAME}}'"
            );
            let has_source = text.split('{').skip(1).any(|rest| {
                let inside = rest.split_once('}').map(|(inside, _)| inside);
                inside.is_some_and(|inside| Source::parse_name(inside).is_some())
            });
            Invalid::new(
                "headers",
                if has_source {
                    format!("{rule}; other braces are written twice, as {{{{ and }}}}")
                } else {
                    rule
                },
            )
        })
    }
}

/// A text with exactly one source in braces. Braces that belong to the text are written twice. A
/// command may contain braces, so it ends at the last one.
fn braced(text: &str) -> Result<Option<SecretText>, Invalid> {
    let (mut before, mut source, mut piece) = (String::new(), None, String::new());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        let is_brace = matches!(c, '{' | '}');
        if is_brace && after.starts_with(c) {
            piece.push(c);
            rest = &after[1..];
        } else if is_brace {
            let end = if after.starts_with("cmd:") {
                after.rsplit_once('}')
            } else {
                after.split_once('}')
            };
            let Some((inside, tail)) = end.filter(|_| c == '{' && source.is_none()) else {
                return Ok(None);
            };
            source = Source::parse(inside)?;
            if source.is_none() {
                return Ok(None);
            }
            before = std::mem::take(&mut piece);
            rest = tail;
        } else {
            piece.push(c);
            rest = after;
        }
    }
    Ok(source.map(|source| SecretText {
        before,
        source,
        after: piece,
    }))
}

impl fmt::Display for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.before.is_empty() && self.after.is_empty() {
            write!(f, "{}", self.source)
        } else {
            let twice = |text: &str| text.replace('{', "{{").replace('}', "}}");
            let (before, after) = (twice(&self.before), twice(&self.after));
            write!(f, "{before}{{{}}}{after}", self.source)
        }
    }
}

/// Splits `K=SOURCE`; for `K` alone the value is prompted for. The error names the header if there
/// is one, and repeats nothing else.
pub(crate) fn parse_secret_header(text: &str) -> Result<(HeaderName, SecretText), Invalid> {
    let (key, source) = match text.split_once('=') {
        Some((key, source)) => (key, Some(source)),
        None => (text, None),
    };
    // What comes before a `:` isn't repeated: it may be part of a value that was given alone.
    let key: HeaderName = key.trim().parse().map_err(|invalid: Invalid| {
        if key.contains(':') {
            let rule = "must be NAME=SOURCE, with `=` and not `:`";
            return Invalid::new("headers", format!("{rule}; SOURCE is {SOURCES}"));
        }
        invalid
    })?;
    let source = match source {
        None => Source::Prompt.into(),
        Some(source) => source
            .parse()
            .map_err(|error: Invalid| Invalid::new("headers", format!("`{key}`: {error}")))?,
    };
    Ok((key, source))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_source_reads_back() {
        for text in [
            "prompt",
            "env:TOKEN",
            "file:/run/a b",
            "stdin",
            "Bearer {env:T}",
            "a{stdin}b",
            r#"{{"t":"{env:T}"}}"#,
            "{{{env:T}}}",
            "{{}}{stdin}",
            "cmd:op read 'op://a b/c'",
            "Bearer {cmd:jq -r '{a: .b}' f}",
        ] {
            assert_eq!(text.parse::<SecretText>().unwrap().to_string(), text);
        }
        assert_eq!(
            "{env:T}".parse::<SecretText>().unwrap().to_string(),
            "env:T"
        );
    }

    #[test]
    fn a_literal_is_refused_and_never_repeated() {
        for text in [
            "hunter2",
            "",
            "env:",
            "env:hunter2 hunter2",
            "file:",
            "Bearer hunter2",
            "{hunter2}",
            "{env:A}{env:B}",
            "a}b{env:A}",
            "{env:A}b}",
            r#"{"t":"{env:A}"}"#,
            "{{env:A}}",
            "cmd:",
            "cmd:a | hunter2",
            "Bearer {cmd:a 'hunter2}",
        ] {
            let header = format!("Authorization={text}");
            let error = parse_secret_header(&header).unwrap_err().rule;
            assert!(!error.contains("hunter2"), "{error}");
            assert!(
                error.contains("`Authorization`")
                    && (error.contains("stdin") || text.contains("cmd:")),
                "{error}"
            );
        }
        let error = parse_secret_header(r#"X={"t":"{env:A}"}"#)
            .unwrap_err()
            .rule;
        assert!(error.contains("{{ and }}"), "{error}");
        let error = parse_secret_header("Authorization: Bearer hunter2")
            .unwrap_err()
            .rule;
        assert!(!error.contains("hunter2"));
        assert!(
            error.starts_with("must be NAME=SOURCE, with `=`"),
            "{error}"
        );
    }

    #[test]
    fn a_name_alone_is_asked_for() {
        let (key, text) = parse_secret_header("X-Key").unwrap();
        assert_eq!((key.as_str(), text.source), ("X-Key", Source::Prompt));
    }
}
