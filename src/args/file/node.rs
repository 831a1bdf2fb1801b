//! A document as it is written: each value with its line. What a value has to be is checked only when it is taken out of
//! its mapping, so that a mistake in one value doesn't hide those in the others.

use std::{fmt, ops::Range};

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Number, Value};
use serde_saphyr::{Spanned, options::NonFiniteFloatPolicy};

use super::problem::{MAPPING, Problem, Problems, must_be, problem, unknown_key, words};

/// A value with its line. It may be secret, so there is no way to print it.
pub(crate) struct Node {
    pub line: u64,
    content: Content,
}

enum Content {
    Text(String),
    /// Boxed, because nearly all values are texts.
    Other(Box<Scalar>),
    List(Vec<Node>),
    Mapping(Vec<(Text, Node)>),
}

/// Null, a switch or a number.
struct Scalar {
    value: Value,
    /// As it is written: `1.10` and `no` are texts where a text is wanted.
    text: String,
    /// Where that is in the document, since the parser doesn't return it.
    place: Option<Range<usize>>,
}

/// A text with its line.
pub(crate) struct Text {
    pub line: u64,
    pub value: String,
}

impl Node {
    /// Parses a document.
    pub(crate) fn parse(source: &str) -> Result<Self, Problem> {
        let source = source.strip_prefix('\u{feff}').unwrap_or(source);
        let options = serde_saphyr::options! {
            // `.inf` is a text where a text is wanted.
            non_finite_float_policy: NonFiniteFloatPolicy::PassThrough,
        };
        let node = serde_saphyr::from_str_with_options(source, options);
        let mut node: Self = node.map_err(|error| problem(source, &error))?;
        node.restore(source);
        Ok(node)
    }

    /// Adds the texts of numbers and switches.
    fn restore(&mut self, source: &str) {
        match &mut self.content {
            Content::Text(_) => {}
            Content::Other(scalar) => {
                let place = scalar.place.take();
                if let Some(text) = place.and_then(|place| source.get(place)) {
                    text.trim().clone_into(&mut scalar.text);
                }
            }
            Content::List(nodes) => nodes.iter_mut().for_each(|node| node.restore(source)),
            Content::Mapping(entries) => entries
                .iter_mut()
                .for_each(|(_, node)| node.restore(source)),
        }
    }

    /// Whether it is null, which is the same as no value.
    pub(crate) fn is_null(&self) -> bool {
        matches!(&self.content, Content::Other(scalar) if scalar.value.is_null())
    }

    /// Whether it is a text, and nothing that looks like a number or a switch.
    pub(crate) fn is_text(&self) -> bool {
        matches!(self.content, Content::Text(_))
    }

    /// Whether it is a mapping.
    pub(crate) fn is_mapping(&self) -> bool {
        matches!(self.content, Content::Mapping(_))
    }

    /// Its keys, if it is a mapping.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        let entries = match &self.content {
            Content::Mapping(entries) => &entries[..],
            _ => &[],
        };
        entries.iter().map(|(key, _)| key.value.as_str())
    }

    /// Removes those of its keys.
    pub(crate) fn remove_keys(&mut self, is_removed: impl Fn(&str) -> bool) {
        if let Content::Mapping(entries) = &mut self.content {
            entries.retain(|(key, _)| !is_removed(&key.value));
        }
    }

    /// The text that it is, or what it must be instead.
    pub(crate) fn text(self) -> Result<Text, String> {
        let value = match self.content {
            Content::Text(text) => text,
            Content::Other(scalar) if !scalar.value.is_null() => scalar.text,
            _ => return Err(must_be("a string")),
        };
        Ok(Text {
            line: self.line,
            value,
        })
    }

    /// The list that it is.
    pub(crate) fn list(self) -> Result<Vec<Self>, String> {
        match self.content {
            Content::List(nodes) => Ok(nodes),
            _ => Err(must_be("a list")),
        }
    }

    /// The keys and values of the mapping that it is.
    pub(crate) fn entries(self) -> Result<Vec<(Text, Self)>, String> {
        match self.content {
            Content::Mapping(entries) => Ok(entries),
            _ => Err(must_be(MAPPING)),
        }
    }

    /// A value of exactly the type that is written: `'10'` is a string and not a number, as for the API.
    pub(crate) fn exact<T: DeserializeOwned>(self) -> Result<T, String> {
        let value = match self.content {
            // Its type alone matters there.
            Content::Text(_) => Value::String(String::new()),
            Content::Other(scalar) => scalar.value,
            Content::List(_) => Value::Array(Vec::new()),
            Content::Mapping(_) => Value::Object(serde_json::Map::new()),
        };
        // Only its message: the complete error would give line numbers of the intermediate JSON.
        serde_json::from_value(value).map_err(|error| words(&error))
    }

    /// The switch that it is, in any of the words that YAML has for it.
    pub(crate) fn switch(self) -> Result<bool, String> {
        let text = self.text()?.value;
        serde_saphyr::from_str(&text).map_err(|_| must_be("a boolean"))
    }
}

/// The keys of a mapping, taken one by one. What is wrong with a value is a problem of its key.
pub(crate) struct Mapping<'a> {
    pub line: u64,
    entries: Vec<(Text, Node)>,
    /// All keys that can be taken, for what is left.
    known: &'static [&'static str],
    problems: &'a mut Problems,
    /// Whether a value that was taken had a problem.
    pub has_unread: bool,
}

impl<'a> Mapping<'a> {
    /// The mapping that a node is.
    pub(crate) fn new(
        node: Node,
        known: &'static [&'static str],
        problems: &'a mut Problems,
    ) -> Option<Self> {
        let line = node.line;
        let entries = node.entries().map_err(|rule| Problem::on(line, rule));
        let entries = problems.keep(entries)?;
        Some(Self {
            line,
            entries,
            known,
            problems,
            has_unread: false,
        })
    }

    /// The keys that have a value.
    pub(crate) fn written(&self) -> impl Iterator<Item = &str> {
        let written = self.entries.iter().filter(|(_, node)| !node.is_null());
        written.map(|(key, _)| key.value.as_str())
    }

    /// The value of a key, with the line of the key.
    pub(crate) fn node(&mut self, key: &str) -> Option<(u64, Node)> {
        let at = self
            .entries
            .iter()
            .position(|(known, _)| known.value == key)?;
        let (key, node) = self.entries.remove(at);
        Some((key.line, node))
    }

    /// The value of a key, unless it is null.
    pub(crate) fn take<T>(
        &mut self,
        key: &str,
        read: impl FnOnce(Node) -> Result<T, String>,
    ) -> Option<T> {
        let (line, node) = self.node(key).filter(|(_, node)| !node.is_null())?;
        let read = read(node).map_err(|rule| Problem::on(line, format!("{key}: {rule}")));
        self.has_unread |= read.is_err();
        self.problems.keep(read)
    }

    /// The same for a key whose value is a text.
    pub(crate) fn text(&mut self, key: &str) -> Option<Text> {
        self.take(key, Node::text)
    }

    /// The items of a list that could be read; `what` is what it must be.
    pub(crate) fn list<T>(
        &mut self,
        key: &str,
        what: &str,
        mut read: impl FnMut(Node, &mut Problems) -> Option<T>,
    ) -> Option<Vec<T>> {
        let list = |node: Node| node.list().map_err(|_| must_be(what));
        let nodes = self.take(key, list)?.into_iter();
        Some(nodes.filter_map(|node| read(node, self.problems)).collect())
    }

    /// Reports the keys that were not taken, and returns whether there are any.
    pub(crate) fn finish(self) -> bool {
        // All that are known are listed once at most.
        let mut lists_known = true;
        for (key, _) in &self.entries {
            let text = unknown_key(&key.value, self.known, &mut lists_known);
            self.problems.add(Problem::on(key.line, text));
        }
        !self.entries.is_empty()
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Spanned {
            mut value,
            referenced,
            defined,
        } = Spanned::<Content>::deserialize(deserializer)?;
        if let Content::Other(scalar) = &mut value {
            scalar.place = range(&defined.span());
        }
        Ok(Self {
            line: referenced.line(),
            content: value,
        })
    }
}

fn range(span: &serde_saphyr::Span) -> Option<Range<usize>> {
    let start = usize::try_from(span.byte_offset()?).ok()?;
    let length = usize::try_from(span.byte_len()?).ok()?;
    Some(start..start.checked_add(length)?)
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyContent)
    }
}

struct AnyContent;

impl Content {
    fn scalar(value: Value) -> Self {
        Self::Other(Box::new(Scalar {
            value,
            text: String::new(),
            place: None,
        }))
    }
}

impl<'de> Visitor<'de> for AnyContent {
    type Value = Content;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Content, E> {
        Ok(Content::scalar(Value::Null))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Content, E> {
        Ok(Content::scalar(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Content, E> {
        Ok(Content::scalar(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Content, E> {
        Ok(Content::scalar(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Content, E> {
        // One that JSON doesn't have is no number, and not the same as no value either.
        let value = Number::from_f64(value).map_or(Value::Array(Vec::new()), Value::Number);
        Ok(Content::scalar(value))
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Content, E> {
        self.visit_string(text.to_owned())
    }

    fn visit_string<E: serde::de::Error>(self, text: String) -> Result<Content, E> {
        Ok(Content::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Content, A::Error> {
        let mut nodes = Vec::new();
        while let Some(node) = list.next_element()? {
            nodes.push(node);
        }
        Ok(Content::List(nodes))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Content, A::Error> {
        let mut entries = Vec::new();
        while let Some(key) = map.next_key::<Spanned<String>>()? {
            let key = Text {
                line: key.referenced.line(),
                value: key.value,
            };
            entries.push((key, map.next_value()?));
        }
        Ok(Content::Mapping(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_read_as_it_is_written() {
        let source = "a: 1.10\nb: &b no\nc: '2'\nd: *b\ne: 0x1F # hex\nf: {<<: {g: 007}}\nh: ü\ni: -1\nj: |\n  k\nl: 1e999\n";
        let node = Node::parse(source).map_err(|problem| problem.text).unwrap();
        let mut texts = Vec::new();
        for (key, node) in node.entries().unwrap() {
            let node = if node.is_mapping() {
                node.entries().unwrap().remove(0).1
            } else {
                node
            };
            let text = node.text().unwrap();
            texts.push(format!("{}:{} {}", text.line, key.value, text.value));
        }
        assert_eq!(
            texts,
            [
                "1:a 1.10",
                "2:b no",
                "3:c 2",
                "4:d no",
                "5:e 0x1F",
                "6:f 007",
                "7:h ü",
                "8:i -1",
                "10:j k\n",
                "11:l 1e999"
            ]
        );
    }

    #[test]
    fn every_value_of_a_wrong_type_and_every_unknown_key_is_reported() {
        let node = Node::parse("a: [1]\nqqqqqqq: x\nc: '1'\nd: maybe\nname: ~\n")
            .map_err(|problem| problem.text);
        let mut problems = Problems::default();
        let mut map = Mapping::new(node.unwrap(), &["a", "name"], &mut problems).unwrap();
        assert!(map.text("a").is_none() && map.text("name").is_none());
        assert!(map.take("c", Node::exact::<u16>).is_none());
        assert!(map.take("d", Node::switch).is_none());
        assert!(map.finish());
        let texts: Vec<_> = problems
            .sorted()
            .iter()
            .map(|one| one.text.clone())
            .collect();
        assert_eq!(
            texts,
            [
                "a: must be a string",
                "unknown key `qqqqqqq`; known keys are a, name",
                "c: must be a whole number of seconds from 1 to 30",
                "d: must be true or false"
            ]
        );
    }
}
