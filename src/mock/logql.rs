//! The part of Grafana's LogQL that the mock's logs support: text that a line contains, and labels
//! that are or are not equal to something, joined by `|`, `and` and `or` (reference, section 11,
//! line 35). That covers what the official client uses.

use crate::model::invalid::Invalid;

/// The conditions on each line: all stages must match.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query(Vec<Stage>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Stage {
    Contains(String),
    /// Any of these must match, and of each all conditions.
    Labels(Vec<Vec<Label>>),
}

/// A condition on one label.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Label {
    name: String,
    asked: Test,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Test {
    Is(String),
    IsNot(String),
    /// The one supported pattern: anything at all, or its negation.
    IsSet(bool),
}

impl Query {
    /// Parses a query; an empty one matches every line.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let mut rest = text.trim();
        let mut stages = Vec::new();
        while !rest.is_empty() {
            let stage;
            (stage, rest) = next(rest, stages.is_empty()).ok_or_else(|| {
                Invalid::new(
                    "query",
                    "must be filters such as `|= \"text\"` and `| webhook_name = \"name\"`; the \
                     mock supports `|=`, `=`, `!=`, `and`, `or`, and `=~` and `!~` with \".+\"",
                )
            })?;
            stages.push(stage);
            rest = rest.trim_start();
        }
        Ok(Self(stages))
    }

    /// Whether a line with these labels matches. A missing label is empty.
    pub fn matches<'a>(&self, line: &str, label: impl Fn(&str) -> Option<&'a str>) -> bool {
        let fits = |wanted: &Label| {
            let value = label(&wanted.name).unwrap_or_default();
            match &wanted.asked {
                Test::Is(other) => value == other,
                Test::IsNot(other) => value != other,
                Test::IsSet(set) => value.is_empty() != *set,
            }
        };
        self.0.iter().all(|stage| match stage {
            Stage::Contains(text) => line.contains(text.as_str()),
            Stage::Labels(any) => any.iter().any(|all| all.iter().all(fits)),
        })
    }

    /// The webhook that every matching line must belong to, if there is one.
    pub fn webhook(&self) -> Option<&str> {
        let sure = self.0.iter().filter_map(|stage| match stage {
            Stage::Labels(any) if any.len() == 1 => any.first(),
            _ => None,
        });
        sure.flatten().find_map(|label| match &label.asked {
            Test::Is(value) if label.name == "webhook_name" => Some(value.as_str()),
            _ => None,
        })
    }
}

/// The next stage, and the rest of the text.
fn next(text: &str, first: bool) -> Option<(Stage, &str)> {
    if let Some(rest) = text.strip_prefix("|=") {
        let (text, rest) = quoted(rest.trim_start())?;
        return Some((Stage::Contains(text), rest));
    }
    let text = match text.strip_prefix('|') {
        Some(rest) => rest.trim_start(),
        None if first => text,
        None => return None,
    };
    let (label, mut rest) = self::label(text)?;
    let mut any = vec![vec![label]];
    loop {
        let word = |word: &str| {
            let rest = rest.trim_start().strip_prefix(word)?;
            rest.starts_with(' ').then(|| rest.trim_start())
        };
        let (text, joins) = match (word("and"), word("or")) {
            (Some(text), _) => (text, true),
            (_, Some(text)) => (text, false),
            _ => return Some((Stage::Labels(any), rest)),
        };
        let label;
        (label, rest) = self::label(text)?;
        match any.last_mut() {
            // `and` binds more tightly than `or`.
            Some(all) if joins => all.push(label),
            _ => any.push(vec![label]),
        }
    }
}

/// A condition on a label, and the rest of the text.
fn label(text: &str) -> Option<(Label, &str)> {
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))?;
    let (name, rest) = text.split_at(end);
    let name = (!name.is_empty()).then(|| name.to_owned())?;
    let operators = ["!=", "=~", "!~", "="];
    let rest = rest.trim_start();
    let operator = operators.into_iter().find(|sign| rest.starts_with(sign))?;
    let (value, rest) = quoted(rest[operator.len()..].trim_start())?;
    let asked = match (operator, value.as_str()) {
        ("=", _) => Test::Is(value),
        ("!=", _) => Test::IsNot(value),
        ("=~", ".+") => Test::IsSet(true),
        ("!~", ".+") => Test::IsSet(false),
        _ => return None,
    };
    Some((Label { name, asked }, rest))
}

/// A text in double quotes, with `\` before characters that would end it, or in backticks.
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
            "| pipeline_name !~ `.+` and level =~ `.+`",
            // As the official client follows the logs of a request.
            "| level=`error` and pipeline_name!~`.+` or pipeline_name=`p`",
            "| level = \"x\" or level = \"y\" or webhook_name = \"orders\" |= \"500\"",
        ] {
            assert!(matches(query, "answered 500"), "{query}");
        }
        for query in [
            "| webhook_name = \"other\"",
            "|= \"404\"",
            "| level != \"error\"",
            "| pipeline_name = \"p\"",
            "| pipeline_name =~ \".+\"",
            "| level = \"x\" or level = \"error\" and webhook_name = \"other\"",
        ] {
            assert!(!matches(query, "answered 500"), "{query}");
        }
        let query = Query::parse("| level = `x` | webhook_name = \"a\\\"b\"").unwrap();
        assert_eq!(query.webhook(), Some("a\"b"));
        let query = Query::parse("| webhook_name = `a` or webhook_name = `b`").unwrap();
        assert_eq!(query.webhook(), None);
    }

    #[test]
    fn anything_else_is_refused() {
        for query in [
            "{app=\"x\"}",
            "|~ \"a\"",
            "!= \"a\"",
            "| webhook_name =~ \"a\"",
            "| webhook_name = \"a\" or",
            "| webhook_name = \"a\" orlevel = \"b\"",
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
