//! What a webhook watches: an object, or one version of it. The only module that knows what an
//! experiment is.

use std::fmt;

use crate::model::{
    event::ObjectType,
    invalid::Invalid,
    name::{ObjectName, VersionName},
    shell::quote,
};

/// The deployment whose versions are the project's experiments (reference, section 7).
pub(crate) const TRAINING_DEPLOYMENT: &str = "training-base-deployment";

/// An object and, unless its default version is meant, one of its versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Deployment or pipeline.
    pub object_type: ObjectType,
    pub object_name: ObjectName,
    /// A version; without one, the webhook follows the default version.
    pub version: Option<VersionName>,
}

impl Target {
    /// The target for the training runs of one experiment. Always with the version: without it, the
    /// webhook would follow the default version, which could be any experiment.
    pub fn experiment(experiment: VersionName) -> Self {
        Self {
            object_type: ObjectType::Deployment,
            object_name: TRAINING_DEPLOYMENT
                .parse()
                .expect("a constant of 24 characters is a name"),
            version: Some(experiment),
        }
    }

    /// The flags that select it, quoted for a shell.
    pub fn flags(&self) -> String {
        let name = quote(self.object_name.as_str());
        let version = self.version.as_ref().map(VersionName::as_str);
        let object_type = self.object_type;
        match (version, self.object_name.as_str()) {
            (Some(experiment), TRAINING_DEPLOYMENT) if object_type == ObjectType::Deployment => {
                format!("--experiment {}", quote(experiment))
            }
            (Some(version), _) => format!("--{object_type} {name} --version {}", quote(version)),
            (None, _) => format!("--{object_type} {name}"),
        }
    }

    /// Whether a webhook on this object without a version is almost certainly a mistake.
    pub fn check(&self) -> Result<(), Invalid> {
        let training = self.object_name.as_str() == TRAINING_DEPLOYMENT;
        if training && self.object_type == ObjectType::Deployment && self.version.is_none() {
            return Err(Invalid::new(
                "version",
                "is required for training-base-deployment: specify the experiment with --experiment",
            ));
        }
        Ok(())
    }
}

/// The parts of a target that are given so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PartialTarget {
    /// Deployment or pipeline.
    pub object_type: Option<ObjectType>,
    pub object_name: Option<ObjectName>,
    pub version: Option<VersionName>,
}

impl PartialTarget {
    /// The target, once it is complete.
    pub fn whole(&self) -> Result<Option<Target>, Invalid> {
        match (self.object_type, &self.object_name) {
            (Some(object_type), Some(object_name)) => Ok(Some(Target {
                object_type,
                object_name: object_name.clone(),
                version: self.version.clone(),
            })),
            (None, None) => Ok(None),
            (Some(_), None) => Err(Invalid::new("object_name", "is missing")),
            (None, Some(_)) => Err(Invalid::new("object_type", "is missing")),
        }
    }

    /// Combines the two; parts given here take precedence over `other`.
    pub fn over(self, other: Target) -> Target {
        Target {
            object_type: self.object_type.unwrap_or(other.object_type),
            object_name: self.object_name.unwrap_or(other.object_name),
            version: self.version.or(other.version),
        }
    }
}

impl From<Target> for PartialTarget {
    fn from(target: Target) -> Self {
        Self {
            object_type: Some(target.object_type),
            object_name: Some(target.object_name),
            version: target.version,
        }
    }
}

/// The experiment that an object with this version represents, if it is one.
pub(crate) fn experiment_of<'a>(
    object_type: &str,
    object_name: &str,
    version: Option<&'a str>,
) -> Option<&'a str> {
    (object_type == "deployment" && object_name == TRAINING_DEPLOYMENT)
        .then_some(version)
        .flatten()
}

/// An object in words: ``pipeline `orders` version `v3` ``, or ``experiment `e1` ``.
pub(crate) fn describe(object_type: &str, object_name: &str, version: Option<&str>) -> String {
    if let Some(experiment) = experiment_of(object_type, object_name, version) {
        return format!("experiment `{experiment}`");
    }
    match version {
        Some(version) => format!("{object_type} `{object_name}` version `{version}`"),
        None => format!("{object_type} `{object_name}`"),
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let version = self.version.as_ref().map(VersionName::as_str);
        f.write_str(&describe(
            self.object_type.as_str(),
            self.object_name.as_str(),
            version,
        ))
    }
}
