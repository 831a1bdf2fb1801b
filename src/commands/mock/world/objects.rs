//! An object of a world file: its name alone, or a mapping with its versions.

use std::str::FromStr;

use crate::{
    args::file::{Mapping, Node, Problem, Problems},
    mock::StartObject,
    model::{
        invalid::Invalid,
        name::{ObjectName, VersionName},
    },
};

/// What an object must be, in messages.
const OBJECT: &str = "a name, or a mapping with `name`, and `versions` if there are several";

const KEYS: &[&str] = &["name", "versions", "default_version"];

/// A deployment, pipeline or experiment.
pub(super) struct Item {
    /// Where it is.
    pub line: u64,
    object: StartObject,
}

impl Item {
    /// Reads an item of the list with that key.
    pub(super) fn read(list: &str, node: Node, problems: &mut Problems) -> Option<Self> {
        let line = node.line;
        if !node.is_mapping() {
            let object = name(node).map(|name| StartObject {
                name,
                versions: Vec::new(),
                default_version: None,
            });
            let object = problems
                .keep(object.map_err(|rule| Problem::on(line, format!("{list}: {rule}"))))?;
            return Some(Self { line, object });
        }
        let mut map = Mapping::new(node, KEYS, problems)?;
        let is_named = map.written().any(|key| key == "name");
        let name = map.take("name", parsed);
        let versions = map.take("versions", |node| {
            node.list()?.into_iter().map(parsed).collect()
        });
        let default_version = map.take("default_version", parsed);
        let has_unread = map.has_unread;
        let has_unknown = map.finish();
        if !is_named && !has_unknown {
            problems.add(Problem::on(line, "`name` is missing".to_owned()));
        }
        let object = StartObject {
            name: name.filter(|_| !has_unread && !has_unknown)?,
            versions: versions.unwrap_or_default(),
            default_version,
        };
        Some(Self { line, object })
    }

    pub(super) fn object(self) -> StartObject {
        self.object
    }

    /// Its name as that of an experiment, which has no versions.
    pub(super) fn experiment(self) -> Result<VersionName, Problem> {
        let StartObject {
            name,
            versions,
            default_version,
        } = self.object;
        let name = if versions.is_empty() && default_version.is_none() {
            name.as_str().parse()
        } else {
            let rule = format!("`{name}` can't have versions");
            Err(Invalid::new("experiments", rule))
        };
        name.map_err(|invalid| Problem::at(self.line, &invalid))
    }
}

/// The name that an item is.
fn name(node: Node) -> Result<ObjectName, String> {
    if !node.is_text() {
        return Err(format!("must be {OBJECT}"));
    }
    parsed(node)
}

fn parsed<T: FromStr<Err = Invalid>>(node: Node) -> Result<T, String> {
    node.text()?
        .value
        .parse()
        .map_err(|invalid: Invalid| invalid.rule)
}
