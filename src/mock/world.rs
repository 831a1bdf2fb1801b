//! The initial content of a mock, as a file describes it: objects, their versions, experiments,
//! webhooks.

use std::fmt;

use serde::Deserialize;

use crate::model::{
    invalid::Invalid,
    name::{ObjectName, VersionName},
    target::TRAINING_DEPLOYMENT,
    webhook::NewWebhook,
};

/// An initial deployment or pipeline.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StartObject {
    pub name: ObjectName,
    /// Its versions; just `v1` if none are listed.
    #[serde(default)]
    pub versions: Vec<VersionName>,
    /// The version that is used if none is named; by default the first.
    #[serde(default)]
    pub default_version: Option<VersionName>,
}

impl StartObject {
    /// Its versions, the default one first.
    pub fn in_order(&self) -> Result<Vec<VersionName>, Invalid> {
        once("versions", &self.versions)?;
        let mut versions = self.versions.clone();
        if versions.is_empty() {
            let first = self.default_version.clone();
            versions.push(first.unwrap_or("v1".parse().expect("a name")));
        }
        if let Some(default) = &self.default_version {
            let at = versions.iter().position(|version| version == default);
            let rule = format!("`{default}` is not one of the versions of `{}`", self.name);
            let at = at.ok_or_else(|| Invalid::new("default_version", rule))?;
            versions[..=at].rotate_right(1);
        }
        Ok(versions)
    }
}

/// The initial content of a mock. Omitted parts are as in every mock.
#[derive(Debug, Clone, Default)]
pub struct World {
    /// Its deployments, besides the training deployment.
    pub deployments: Option<Vec<StartObject>>,
    pub pipelines: Option<Vec<StartObject>>,
    pub experiments: Option<Vec<VersionName>>,
    pub webhooks: Vec<NewWebhook>,
}

impl World {
    /// Refuses content that can't be created.
    pub fn check(&self) -> Result<(), Invalid> {
        for (field, objects) in [
            ("deployments", &self.deployments),
            ("pipelines", &self.pipelines),
        ] {
            let objects = objects.as_deref().unwrap_or_default();
            let names: Vec<_> = objects.iter().map(|object| &object.name).collect();
            once(field, &names)?;
            for object in objects {
                object.in_order()?;
            }
        }
        let deployments = self.deployments.as_deref().unwrap_or_default();
        if deployments
            .iter()
            .any(|d| d.name.as_str() == TRAINING_DEPLOYMENT)
        {
            let rule = format!("`{TRAINING_DEPLOYMENT}` already exists: list its `experiments`");
            return Err(Invalid::new("deployments", rule));
        }
        once(
            "experiments",
            self.experiments.as_deref().unwrap_or_default(),
        )?;
        let names: Vec<_> = self.webhooks.iter().map(|webhook| &webhook.name).collect();
        once("webhooks", &names)
    }
}

/// Refuses duplicate names.
fn once<T: PartialEq + fmt::Display>(field: &'static str, names: &[T]) -> Result<(), Invalid> {
    let twice = (1..names.len()).find(|at| names[..*at].contains(&names[*at]));
    let rule = |at: usize| format!("`{}` is listed twice", names[at]);
    twice.map_or(Ok(()), |at| Err(Invalid::new(field, rule(at))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_version_comes_first() {
        let object = |json: &str| serde_json::from_str::<StartObject>(json).unwrap();
        let names = |json: &str| {
            let versions = object(json).in_order();
            versions.map(|all| all.iter().map(ToString::to_string).collect::<Vec<_>>())
        };
        let three = r#"{"name": "d", "versions": ["a", "b", "c"], "default_version": "b"}"#;
        assert_eq!(names(three).unwrap(), ["b", "a", "c"]);
        assert_eq!(names(r#"{"name": "d"}"#).unwrap(), ["v1"]);
        let none = r#"{"name": "d", "versions": ["a"], "default_version": "b"}"#;
        assert_eq!(names(none).unwrap_err().field, "default_version");
        let twice = r#"{"name": "d", "versions": ["a", "b", "a"]}"#;
        assert_eq!(names(twice).unwrap_err().field, "versions");
    }
}
