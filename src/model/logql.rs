//! The part of Grafana's LogQL that the mock's logs understand: text that a line contains, and
//! labels that are or are not something, joined by `|` or `and` (reference, section 11, line 35).

use crate::model::invalid::Invalid;

/// What is asked of each line: all of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query(Vec<Condition>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Condition {
    Contains(String),
    Label {
        name: String,
        value: String,
        equal: bool,
    },
}

impl Query {
    /// Reads a query; an empty one asks for nothing.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let mut rest = text.trim();
        let mut conditions = Vec::new();
        while !rest.is_empty() {
            let condition;
            (condition, rest) = next(rest, conditions.is_empty()).ok_or_else(|| {
                Invalid::new(
                    "query",
                    "must be filters such as `|= \"text\"` and `| webhook_name = \"name\"`; the \
                     mock knows `|=`, `=`, `!=` and `and`",
                )
            })?;
            conditions.push(condition);
            rest = rest.trim_start();
        }
        Ok(Self(conditions))
    }

    /// Whether a line with these labels is asked for. A label that is not set is empty.
    pub fn matches<'a>(&self, line: &str, label: impl Fn(&str) -> Option<&'a str>) -> bool {
        self.0.iter().all(|condition| match condition {
            Condition::Contains(text) => line.contains(text.as_str()),
            Condition::Label { name, value, equal } => {
                (label(name).unwrap_or_default() == value) == *equal
            }
        })
    }

    /// The webhook that every line is asked to be of, if one is.
    pub fn webhook(&self) -> Option<&str> {
        self.0.iter().find_map(|condition| match condition {
            Condition::Label {
                name,
                value,
                equal: true,
            } if name == "webhook_name" => Some(value.as_str()),
            _ => None,
        })
    }
}

/// The next condition, and what follows it.
fn next(text: &str, first: bool) -> Option<(Condition, &str)> {
    if let Some(rest) = text.strip_prefix("|=") {
        let (text, rest) = quoted(rest.trim_start())?;
        return Some((Condition::Contains(text), rest));
    }
    let joined = text.strip_prefix('|').or_else(|| {
        text.strip_prefix("and")
            .filter(|rest| rest.starts_with(' '))
    });
    let text = match joined {
        Some(rest) => rest.trim_start(),
        None if first => text,
        None => return None,
    };
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))?;
    let (name, rest) = text.split_at(end);
    let rest = rest.trim_start();
    let (equal, rest) = match rest.strip_prefix("!=") {
        Some(rest) => (false, rest),
        None => (true, rest.strip_prefix('=')?),
    };
    let (value, rest) = quoted(rest.trim_start())?;
    let name = (!name.is_empty()).then(|| name.to_owned())?;
    Some((Condition::Label { name, value, equal }, rest))
}

/// A text in double quotes, with `\` before what would end it, or in backticks.
fn quoted(text: &str) -> Option<(String, &str)> {
    if let Some(rest) = text.strip_prefix('`') {
        let (value, rest) = rest.split_once('`')?;
        return Some((value.to_owned(), rest));
    }
    let rest = text.strip_prefix('"')?;
    let mut value = String::new();
    let mut chars = rest.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((value, &rest[at + 1..])),
            '\\' => value.push(match chars.next()?.1 {
                'n' => '\n',
                't' => '\t',
                other => other,
            }),
            c => value.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(query: &str, line: &str) -> bool {
        let label = |name: &str| match name {
            "webhook_name" => Some("orders"),
            "level" => Some("error"),
            _ => None,
        };
        Query::parse(query).unwrap().matches(line, label)
    }

    #[test]
    fn the_official_spellings_are_understood() {
        for query in [
            "",
            "| webhook_name = \"orders\"",
            "| webhook_name = `orders`",
            "|= \"500\" | webhook_name = \"orders\"",
            "webhook_name=\"orders\" and level!=\"info\"",
            "| webhook_name = \"orders\" |= `answered`",
            "| pipeline_name = \"\"",
        ] {
            assert!(matches(query, "answered 500"), "{query}");
        }
        for query in [
            "| webhook_name = \"other\"",
            "|= \"404\"",
            "| level != \"error\"",
            "| pipeline_name = \"p\"",
        ] {
            assert!(!matches(query, "answered 500"), "{query}");
        }
        let query = Query::parse("| level = `x` | webhook_name = \"a\\\"b\"").unwrap();
        assert_eq!(query.webhook(), Some("a\"b"));
    }

    #[test]
    fn anything_else_is_refused() {
        for query in [
            "{app=\"x\"}",
            "|~ \"a\"",
            "!= \"a\"",
            "| webhook_name =~ \"a\"",
            "| webhook_name = orders",
            "| webhook_name = \"a",
            "| webhook_name = \"a\" level = \"x\"",
            "| json",
            "=\"a\"",
        ] {
            assert!(Query::parse(query).is_err(), "{query}");
        }
    }
}
