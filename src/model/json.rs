//! JSON that is passed on unchanged: its data, in compact form, with each number as it was written.
//! Parsing a number and writing it again could change it.

mod set;
mod write;

use std::{fmt, str::FromStr};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error as _, MapAccess, Visitor},
};
use serde_json::{Error, value::RawValue};

pub(crate) use self::write::{append, written};

/// The nesting limit, the same as serde_json's.
const MAX_DEPTH: usize = 127;

/// A JSON text without whitespace, its strings in the shortest form. Writing it checks nothing
/// again.
#[derive(Debug, Clone)]
pub struct Json(Box<RawValue>);

impl Json {
    /// `{}`.
    pub fn empty() -> Self {
        Self::of("{}".to_owned())
    }

    /// A text as a JSON string.
    pub fn string(text: &str) -> Self {
        Self::of(quoted(text))
    }

    /// A text that is made here.
    fn of(text: String) -> Self {
        Self(RawValue::from_string(text).expect("it is put together from JSON"))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        self.0.get()
    }

    /// The value at a path such as `result.items.0`, as JSON: keys of objects, and positions in
    /// lists.
    pub fn at(&self, path: &str) -> Option<&str> {
        path.split('.').try_fold(self.as_str(), within)
    }

    /// A list with one item.
    pub fn list_of(item: &Self) -> Self {
        Self::of(format!("[{item}]"))
    }

    /// Takes a field out of an object that is a field of this one.
    pub fn take_within(&mut self, field: &str, key: &str) -> Option<Self> {
        let Fields(fields) = serde_json::from_str(self.as_str()).ok()?;
        let (_, inner) = fields.iter().find(|(name, _)| name == field)?;
        let mut inner = Self((*inner).to_owned());
        let taken = inner.take(key)?;
        let changed = fields.iter().map(|(name, value)| {
            let value = if name == field {
                inner.as_str()
            } else {
                value.get()
            };
            format!("{}:{value}", quoted(name))
        });
        let changed = changed.collect::<Vec<_>>().join(",");
        *self = Self::of(format!("{{{changed}}}"));
        Some(taken)
    }

    /// Takes a field out of an object; nothing where it is no object or has no such field.
    pub fn take(&mut self, key: &str) -> Option<Self> {
        let text = self.as_str();
        // Most data doesn't have the field.
        if !text.starts_with('{') || !text.contains(&quoted(key)) {
            return None;
        }
        let Fields(fields) = serde_json::from_str(text).ok()?;
        let mut taken = None;
        let mut rest = String::with_capacity(text.len());
        for (name, value) in fields {
            if name == key {
                taken = Some(Self(value.to_owned()));
                continue;
            }
            rest.push(if rest.is_empty() { '{' } else { ',' });
            rest.push_str(&quoted(&name));
            rest.push(':');
            rest.push_str(value.get());
        }
        if taken.is_some() {
            *self = match &*rest {
                "" => Self::empty(),
                _ => Self::of(rest + "}"),
            };
        }
        taken
    }
}

/// An object's fields in order.
struct Fields<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Fields<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct All;

        impl<'de> Visitor<'de> for All {
            type Value = Fields<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Fields(fields))
            }
        }

        deserializer.deserialize_map(All)
    }
}

/// A field of an object, the last one of that name, or an item of a list.
fn within<'a>(json: &'a str, part: &str) -> Option<&'a str> {
    let found = if json.starts_with('{') {
        let Fields(fields) = serde_json::from_str(json).ok()?;
        fields.into_iter().rfind(|(name, _)| name == part)?.1
    } else {
        let items: Vec<&RawValue> = serde_json::from_str(json).ok()?;
        *items.get(part.parse::<usize>().ok()?)?
    };
    Some(found.get())
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("a string is always JSON")
}

impl FromStr for Json {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let raw: &RawValue = serde_json::from_str(text)?;
        Ok(Self(match compacted(raw.get())? {
            Some(text) => RawValue::from_string(text)?,
            None => raw.to_owned(),
        }))
    }
}

impl PartialEq for Json {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Json {}

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<Json> for String {
    fn from(json: Json) -> Self {
        Box::<str>::from(json.0).into()
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        let compacted =
            compacted(raw.get()).and_then(|text| text.map(RawValue::from_string).transpose());
        // Its own message would give a position within this piece alone.
        let compacted = compacted.map_err(|_| D::Error::custom("is not valid JSON"))?;
        Ok(Self(compacted.unwrap_or(raw)))
    }
}

/// Writes a text that is already JSON.
pub(crate) fn as_json<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
    serde_json::from_str::<&RawValue>(text)
        .map_err(serde::ser::Error::custom)?
        .serialize(serializer)
}

/// The compact form of a text that is known to be JSON; `None` if it is compact already, as nearly
/// every program writes it. Only strings with escapes are parsed, so not every string has been
/// checked.
fn compacted(json: &str) -> Result<Option<String>, Error> {
    let mut text = String::new();
    // What has been seen of `json`, and how much of that is in `text`.
    let (mut at, mut copied) = (0, 0);
    let mut depth = 0_usize;
    while let Some(&byte) = json.as_bytes().get(at) {
        let (start, is_kept) = (at, !matches!(byte, b' ' | b'\n' | b'\t' | b'\r'));
        at += 1;
        match byte {
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            b'"' => at = start + end_of_string(&json[start..]),
            _ => {}
        }
        if depth > MAX_DEPTH {
            return Err(Error::custom("recursion limit exceeded"));
        }
        let piece = &json[start..at];
        if is_kept && !(byte == b'"' && piece.contains('\\')) {
            continue;
        }
        text.push_str(&json[copied..start]);
        if is_kept {
            text.push_str(&quoted(&serde_json::from_str::<String>(piece)?));
        }
        copied = at;
    }
    if copied == 0 {
        return Ok(None);
    }
    text.push_str(&json[copied..]);
    Ok(Some(text))
}

/// Where the string at the start of the text ends.
fn end_of_string(text: &str) -> usize {
    let mut is_escaped = false;
    let end = text.bytes().skip(1).position(|byte| {
        let ends = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        ends
    });
    end.map_or(text.len(), |at| at + 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXACT: &str =
        "[12345678901234567890123,-0,1.0,1E400,0.1000000000000000055511151231257827]";

    #[test]
    fn numbers_are_as_they_were_written() {
        let json: Json = EXACT.parse().unwrap();
        assert_eq!(json.as_str(), EXACT);
        assert_eq!(serde_json::to_string(&json).unwrap(), EXACT);
        let many: Vec<Json> = serde_json::from_str(&format!("[{EXACT}, {EXACT}]")).unwrap();
        assert_eq!(many, [json.clone(), json]);
    }

    #[test]
    fn blanks_go_and_strings_have_one_form() {
        for (text, compacted) in [
            (" { \"a\" : [ 1 , \"x y\" ] }\n", r#"{"a":[1,"x y"]}"#),
            (r#""é\u00e9\/\n\"\\""#, "\"éé/\\n\\\"\\\\\""),
            (r#"{"b":1,"a":2,"b":3}"#, r#"{"b":1,"a":2,"b":3}"#),
            ("null", "null"),
        ] {
            assert_eq!(text.parse::<Json>().unwrap().as_str(), compacted);
        }
        let deep = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(deep(MAX_DEPTH).parse::<Json>().is_ok());
        for bad in ["", "{", "1 2", "\"\\ud800\"", "[01]", &deep(MAX_DEPTH + 1)] {
            assert!(bad.parse::<Json>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_path_leads_into_objects_and_lists() {
        let json: Json = r#"{"a":{"b":[1.50,{"c":"x"}],"c":1,"c":2},"0":null}"#
            .parse()
            .unwrap();
        for (path, value) in [
            ("a.b.0", Some("1.50")),
            ("a.b.1.c", Some("\"x\"")),
            ("a.c", Some("2")),
            ("0", Some("null")),
            ("a.b.2", None),
            ("a.b.x", None),
            ("a.c.d", None),
            ("", None),
        ] {
            assert_eq!(json.at(path), value, "{path}");
        }
    }

    #[test]
    fn a_field_is_taken_out_and_the_rest_stays_as_it_is() {
        let mut json: Json = format!(r#"{{"a":{EXACT},"k":{{"x":1}},"b":"k"}}"#)
            .parse()
            .unwrap();
        assert_eq!(json.take("k").unwrap().as_str(), r#"{"x":1}"#);
        assert_eq!(json.as_str(), format!(r#"{{"a":{EXACT},"b":"k"}}"#));
        assert_eq!(json.take("k"), None);
        let mut only: Json = r#"{"k":1,"k":2}"#.parse().unwrap();
        assert_eq!(only.take("k").unwrap().as_str(), "2");
        assert_eq!(only, Json::empty());
        for text in [r#"["k"]"#, r#""k""#, r#"{"a":{"k":1}}"#] {
            let mut json: Json = text.parse().unwrap();
            assert_eq!(json.take("k"), None);
            assert_eq!(json.as_str(), text);
        }
    }
}
