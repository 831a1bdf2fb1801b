//! The initial content of a mock, as a file describes it: objects, their versions, experiments,
//! webhooks.

use std::fmt;

use crate::{
    mock::rules,
    model::{
        event::ObjectType,
        invalid::Invalid,
        name::{ObjectName, VersionName},
        target::{TRAINING_DEPLOYMENT, Target},
        webhook::NewWebhook,
    },
};

/// An initial deployment or pipeline.
#[derive(Debug, Clone)]
pub struct StartObject {
    pub name: ObjectName,
    /// Its versions; just `v1` if none are listed.
    pub versions: Vec<VersionName>,
    /// The version that is used if none is named; by default the first.
    pub default_version: Option<VersionName>,
}

/// An entry of a world that can't be created.
#[derive(Debug, PartialEq, Eq)]
pub struct Misfit {
    /// Its list: `deployments`, `pipelines`, `experiments` or `webhooks`.
    pub list: &'static str,
    /// Its index in the list.
    pub index: usize,
    pub invalid: Invalid,
}

impl StartObject {
    /// Its versions, the default one first.
    pub fn in_order(&self) -> Result<Vec<VersionName>, Invalid> {
        once("versions", &self.versions).map_err(|(_, invalid)| invalid)?;
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
    /// Refuses objects that can't be created.
    pub fn check(&self) -> Result<(), Misfit> {
        for (list, objects) in [
            ("deployments", &self.deployments),
            ("pipelines", &self.pipelines),
        ] {
            let objects = objects.as_deref().unwrap_or_default();
            let names: Vec<_> = objects.iter().map(|object| &object.name).collect();
            once(list, &names).map_err(|(index, invalid)| Misfit {
                list,
                index,
                invalid,
            })?;
            for (index, object) in objects.iter().enumerate() {
                let refused = |invalid| Misfit {
                    list,
                    index,
                    invalid,
                };
                if list == "deployments" && object.name.as_str() == TRAINING_DEPLOYMENT {
                    let rule =
                        format!("`{TRAINING_DEPLOYMENT}` already exists: list its `experiments`");
                    return Err(refused(Invalid::new(list, rule)));
                }
                object.in_order().map_err(refused)?;
            }
        }
        let list = "experiments";
        once(list, self.experiments.as_deref().unwrap_or_default()).map_err(|(index, invalid)| {
            Misfit {
                list,
                index,
                invalid,
            }
        })
    }

    /// Whether a webhook can watch that: the object and the version exist in this world.
    pub fn has(&self, target: &Target) -> bool {
        let name = target.object_name.as_str();
        let wanted = target.version.as_ref();
        if target.object_type == ObjectType::Deployment && name == TRAINING_DEPLOYMENT {
            let listed = |experiments: &[VersionName]| {
                wanted.is_none_or(|wanted| experiments.contains(wanted))
            };
            return self
                .experiments
                .as_deref()
                .map_or_else(|| is_first(target), listed);
        }
        let objects = match target.object_type {
            ObjectType::Deployment => &self.deployments,
            ObjectType::Pipeline => &self.pipelines,
        };
        let Some(objects) = objects else {
            return is_first(target);
        };
        let named = |object: &&StartObject| object.name.as_str() == name;
        let versions = |object: &StartObject| object.in_order().unwrap_or_default();
        let has = |object| wanted.is_none_or(|wanted| versions(object).contains(wanted));
        objects.iter().find(named).is_some_and(has)
    }
}

/// Whether that is one of the objects of every mock.
fn is_first(target: &Target) -> bool {
    rules::FIRST_OBJECTS
        .iter()
        .any(|(object_type, name, version)| {
            *object_type == target.object_type
                && *name == target.object_name.as_str()
                && target
                    .version
                    .as_ref()
                    .is_none_or(|wanted| wanted.as_str() == *version)
        })
}

/// Refuses duplicate names, with the index of the second.
fn once<T: PartialEq + fmt::Display>(
    field: &'static str,
    names: &[T],
) -> Result<(), (usize, Invalid)> {
    let twice = (1..names.len()).find(|at| names[..*at].contains(&names[*at]));
    let rule = |at: usize| format!("`{}` is listed twice", names[at]);
    twice.map_or(Ok(()), |at| Err((at, Invalid::new(field, rule(at)))))
}

#[cfg(test)]
mod tests {
    use ObjectType::{Deployment, Pipeline};

    use super::*;

    #[test]
    fn the_default_version_comes_first() {
        let names = |versions: &[&str], default: Option<&str>| {
            let object = object("d", versions, default);
            let versions = object.in_order();
            versions.map(|all| all.iter().map(ToString::to_string).collect::<Vec<_>>())
        };
        assert_eq!(names(&["a", "b", "c"], Some("b")).unwrap(), ["b", "a", "c"]);
        assert_eq!(names(&[], None).unwrap(), ["v1"]);
        assert_eq!(
            names(&["a"], Some("b")).unwrap_err().field,
            "default_version"
        );
        assert_eq!(names(&["a", "b", "a"], None).unwrap_err().field, "versions");
    }

    fn object(name: &str, versions: &[&str], default: Option<&str>) -> StartObject {
        StartObject {
            name: name.parse().unwrap(),
            versions: versions.iter().map(|name| name.parse().unwrap()).collect(),
            default_version: default.map(|name| name.parse().unwrap()),
        }
    }

    #[test]
    fn a_webhook_can_watch_what_exists() {
        let target = |object_type, name: &str, version: Option<&str>| Target {
            object_type,
            object_name: name.parse().unwrap(),
            version: version.map(|name| name.parse().unwrap()),
        };
        let usual = World::default();
        let own = World {
            pipelines: Some(vec![object("p", &["a", "b"], None)]),
            experiments: Some(vec!["e".parse().unwrap()]),
            ..World::default()
        };
        for (world, watched, has) in [
            (&usual, target(Pipeline, "pipeline-1", None), true),
            (&usual, target(Pipeline, "pipeline-1", Some("v1")), true),
            (&usual, target(Pipeline, "pipeline-1", Some("v2")), false),
            (&usual, target(Deployment, "pipeline-1", None), false),
            (
                &usual,
                target(Deployment, TRAINING_DEPLOYMENT, Some("experiment-1")),
                true,
            ),
            (&own, target(Pipeline, "pipeline-1", None), false),
            (&own, target(Pipeline, "p", Some("b")), true),
            (&own, target(Pipeline, "p", Some("c")), false),
            (&own, target(Deployment, "deployment-1", None), true),
            (
                &own,
                target(Deployment, TRAINING_DEPLOYMENT, Some("e")),
                true,
            ),
            (
                &own,
                target(Deployment, TRAINING_DEPLOYMENT, Some("experiment-1")),
                false,
            ),
        ] {
            assert_eq!(world.has(&watched), has, "{watched:?}");
        }
    }
}
