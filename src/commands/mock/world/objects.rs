//! An object of a world file: its name alone, or a mapping with its versions.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor, value::MapAccessDeserializer},
};

use crate::{
    mock::StartObject,
    model::{
        invalid::Invalid,
        name::{ObjectName, VersionName},
    },
};

/// A deployment, pipeline or experiment.
pub(super) struct Item(Fields);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    name: ObjectName,
    #[serde(default)]
    versions: Vec<VersionName>,
    #[serde(default)]
    default_version: Option<VersionName>,
}

impl Item {
    pub(super) fn object(self) -> StartObject {
        let Self(Fields {
            name,
            versions,
            default_version,
        }) = self;
        StartObject {
            name,
            versions,
            default_version,
        }
    }

    /// Its name as that of an experiment, which has no versions.
    pub(super) fn experiment(self) -> Result<VersionName, Invalid> {
        if !self.0.versions.is_empty() || self.0.default_version.is_some() {
            let rule = format!("`{}` can't have versions", self.0.name);
            return Err(Invalid::new("experiments", rule));
        }
        self.0.name.as_str().parse()
    }
}

impl<'de> Deserialize<'de> for Item {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyItem)
    }
}

struct AnyItem;

impl<'de> Visitor<'de> for AnyItem {
    type Value = Item;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name, or a mapping with `name`, and `versions` if there are several")
    }

    fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Item, E> {
        let name = name
            .parse()
            .map_err(|invalid: Invalid| E::custom(invalid.with_field()))?;
        Ok(Item(Fields {
            name,
            versions: Vec::new(),
            default_version: None,
        }))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Item, A::Error> {
        Fields::deserialize(MapAccessDeserializer::new(map)).map(Item)
    }
}
