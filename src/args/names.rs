//! The names of several webhooks, typed or read from standard input.

use clap::Args;
use serde::de::IgnoredAny;

use crate::{
    input,
    model::{failure::Failure, invalid::Invalid, name::WebhookName, shell::quote},
};

/// Far more than all names of a project.
const MAX_BYTES: usize = 4 << 20;

/// What refers to standard input.
const STDIN: &str = "-";

/// Names as typed.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct NamesArgs {
    /// Names of the webhooks; - reads them from stdin
    #[arg(value_name = "NAME")]
    name: Vec<WebhookName>,
}

impl From<Vec<WebhookName>> for NamesArgs {
    fn from(name: Vec<WebhookName>) -> Self {
        Self { name }
    }
}

impl NamesArgs {
    /// Whether none were given, not even `-`.
    pub(crate) fn is_empty(&self) -> bool {
        self.name.is_empty()
    }

    /// Whether the answer is a list, however many webhooks there are.
    pub(crate) fn is_list(&self) -> bool {
        self.name.len() > 1 || self.reads_stdin()
    }

    /// Whether standard input is read.
    pub(crate) fn reads_stdin(&self) -> bool {
        self.name.iter().any(|name| name.as_str() == STDIN)
    }

    /// The names for `verb` in their order, each once. `stdin_is_terminal` refuses `-`, which would
    /// just appear to hang.
    pub(crate) async fn read(
        self,
        verb: &str,
        stdin_is_terminal: bool,
    ) -> Result<Vec<WebhookName>, Failure> {
        let count = self.name.iter().filter(|name| name.as_str() == STDIN);
        if count.count() > 1 {
            return Err(Failure::usage("`-` was given twice"));
        }
        if self.reads_stdin() && stdin_is_terminal {
            return Err(
                Failure::usage("`-` reads names from standard input, which is a terminal")
                    .with_hint(format!("ubihook list -o name | ubihook {verb} -")),
            );
        }
        let mut names = Vec::new();
        for name in self.name {
            if name.as_str() != STDIN {
                names.push(name);
                continue;
            }
            let read = input::stdin(MAX_BYTES).await.and_then(input::as_text);
            let text = read.map_err(|error| Failure::usage(format!("standard input {error}")))?;
            if let Some(what) = other_format(&text) {
                let message = format!("`-` reads one name per line, but standard input is {what}");
                return Err(Failure::usage(message)
                    .with_hint(format!("ubihook list -o name | ubihook {verb} -")));
            }
            names.extend(parse(&text)?);
        }
        let mut seen = std::collections::HashSet::new();
        names.retain(|name| seen.insert(name.as_str().to_owned()));
        Ok(names)
    }
}

/// What a text is if it is another output of `list`, `get` or `export`. Its lines would be taken for names.
fn other_format(text: &str) -> Option<&'static str> {
    let first = text.lines().map(str::trim).find(|line| !line.is_empty())?;
    let is_key = |key: &&str| first == *key || first.starts_with(&format!("{key} "));
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<IgnoredAny>();
    if ["{", "["].contains(&first) || values.all(|value| value.is_ok()) {
        Some("JSON")
    } else if first.starts_with("# yaml-language-server:")
        || ["id:", "name:", "webhooks:", "- id:", "- name:"]
            .iter()
            .any(is_key)
    {
        Some("YAML")
    } else if first.starts_with("NAME ") && first.contains("  ") {
        Some("a table")
    } else {
        None
    }
}

/// One name per line. Blanks around a name and empty lines are ignored.
fn parse(text: &str) -> Result<Vec<WebhookName>, Failure> {
    let lines = text.lines().map(str::trim).enumerate();
    lines
        .filter(|(_, line)| !line.is_empty())
        .map(|(number, line)| {
            line.parse().map_err(|invalid: Invalid| {
                let message = format!("line {} of standard input: {invalid}", number + 1);
                Failure::usage(message).with_hint(format!("it is {}", quote(line)))
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_one_name() {
        let names = parse("a\n\n  b c \r\nd").unwrap();
        let names: Vec<_> = names.iter().map(WebhookName::as_str).collect();
        assert_eq!(names, ["a", "b c", "d"]);
        for name in ["a", "NAME", "NAME x", "-", "id", "names"] {
            assert_eq!(other_format(name), None, "{name}");
        }
        for other in [
            "[\n  {",
            "{\"id\": 1}",
            "\n- id: 1",
            "id: 1",
            "webhooks:\n",
            "NAME  WATCHES",
        ] {
            assert!(other_format(other).is_some(), "{other}");
        }
        assert!(parse("").unwrap().is_empty());
        let error = parse("a\n..").unwrap_err();
        assert!(error.to_string().starts_with("line 2 "), "{error}");
    }
}
