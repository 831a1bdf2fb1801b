//! `--deployment | --pipeline | --experiment`, and `--version`.

use clap::Args;

use crate::model::{
    event::ObjectType,
    failure::Failure,
    name::{ObjectName, VersionName},
    target::{PartialTarget, Target},
};

/// What a webhook watches, as typed.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct TargetArgs {
    #[command(flatten)]
    object: ObjectArgs,

    /// Version [default: the default version]
    #[arg(long, value_name = "VERSION", conflicts_with = "experiment")]
    version: Option<VersionName>,
}

/// Only the object, which `list` accepts too.
#[derive(Debug, Clone, Default, Args)]
#[group(multiple = false)]
pub(crate) struct ObjectArgs {
    /// Deployment to watch or call
    #[arg(short, long, value_name = "NAME")]
    pub deployment: Option<ObjectName>,

    /// Pipeline to watch or call
    #[arg(long, value_name = "NAME")]
    pub pipeline: Option<ObjectName>,

    /// Training experiment to watch or call
    ///
    /// An experiment is a version of the deployment training-base-deployment.
    #[arg(long, value_name = "NAME")]
    pub experiment: Option<VersionName>,
}

impl ObjectArgs {
    /// The type of the named object, if any.
    pub(crate) fn object_type(&self) -> Option<ObjectType> {
        match (&self.deployment, &self.pipeline, &self.experiment) {
            (None, None, None) => None,
            (None, Some(_), None) => Some(ObjectType::Pipeline),
            _ => Some(ObjectType::Deployment),
        }
    }

    /// The named object, if any.
    pub(crate) fn target(&self) -> Option<Target> {
        let target = |object_type, name: &ObjectName| Target {
            object_type,
            object_name: name.clone(),
            version: None,
        };
        match (&self.deployment, &self.pipeline, &self.experiment) {
            (Some(name), ..) => Some(target(ObjectType::Deployment, name)),
            (_, Some(name), _) => Some(target(ObjectType::Pipeline, name)),
            (_, _, experiment) => experiment.clone().map(Target::experiment),
        }
    }
}

impl TargetArgs {
    /// Whether no part of a target is named.
    pub(crate) fn is_empty(&self) -> bool {
        self.object.object_type().is_none() && self.version.is_none()
    }

    /// Merges this with a file's target, which it overrides.
    pub(crate) fn over(self, file: PartialTarget) -> Result<PartialTarget, Failure> {
        let ObjectArgs {
            deployment,
            pipeline,
            experiment,
        } = self.object;
        if let Some(experiment) = experiment {
            return Ok(Target::experiment(experiment).into());
        }
        let object = deployment
            .map(|name| (ObjectType::Deployment, name))
            .or(pipeline.map(|name| (ObjectType::Pipeline, name)));
        if let Some((object_type, object_name)) = object {
            return Ok(PartialTarget {
                object_type: Some(object_type),
                object_name: Some(object_name),
                version: self.version,
            });
        }
        if self.version.is_some() && file.object_name.is_none() {
            return Err(Failure::usage(
                "--version requires --deployment or --pipeline",
            ));
        }
        Ok(PartialTarget {
            version: self.version.or(file.version),
            ..file
        })
    }
}
