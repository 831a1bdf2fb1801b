//! An item of a list that doesn't have the expected shape, identified as far as possible.

use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::{Path, Segment};

/// An item of an unexpected shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Odd {
    /// Its name.
    pub name: String,
    /// The field that can't be read.
    pub field: String,
}

impl Odd {
    /// An item that can't be read as `T`; `None` if it has no name, so is something else
    /// altogether.
    pub(super) fn of<T: DeserializeOwned>(item: &str) -> Option<Self> {
        let fields: Value = serde_json::from_str(item).ok()?;
        let name = fields.get("name")?.as_str()?.to_owned();
        let mut item = serde_json::Deserializer::from_str(item);
        let error = serde_path_to_error::deserialize::<_, T>(&mut item).err()?;
        let field = first(error.path()).or_else(|| named(&error.inner().to_string()));
        Some(Self {
            name,
            field: field.unwrap_or_else(|| "shape".to_owned()),
        })
    }
}

/// The field of the item itself. Nested fields can have any names.
fn first(path: &Path) -> Option<String> {
    match path.iter().next()? {
        Segment::Map { key } => Some(key.clone()),
        _ => None,
    }
}

/// The field that serde names, which is one of our own.
fn named(message: &str) -> Option<String> {
    let rest = ["missing field `", "duplicate field `"]
        .iter()
        .find_map(|start| message.strip_prefix(start))?;
    Some(rest.split_once('`')?.0.to_owned())
}
