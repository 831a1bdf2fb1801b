//! Reads other than webhooks: the user, projects, objects and their versions.

use super::{Client, Error, Project, send::Call};
use crate::model::{
    event::ObjectType,
    objects::{self, Object, ServiceStatus, User, Version},
    routes,
};

impl Client {
    /// The user that the token belongs to.
    pub(crate) async fn user(&self) -> Result<User, Error> {
        self.fetch(&Call::get(routes::USER.fill(&[]))).await
    }

    /// Whether the service says that it is up. The token doesn't matter.
    pub(crate) async fn service(&self) -> Result<ServiceStatus, Error> {
        self.fetch(&Call::get(routes::STATUS.fill(&[]))).await
    }

    /// The projects that the token has access to.
    pub(crate) async fn projects(&self) -> Result<Vec<objects::Project>, Error> {
        self.fetch(&Call::get(routes::PROJECTS.fill(&[]))).await
    }
}

impl Project {
    /// All deployments or all pipelines.
    pub(crate) async fn objects(&self, object_type: ObjectType) -> Result<Vec<Object>, Error> {
        let route = match object_type {
            ObjectType::Deployment => routes::DEPLOYMENTS,
            ObjectType::Pipeline => routes::PIPELINES,
        };
        let path = route.fill(&[self.name.as_str()]);
        self.client.fetch(&Call::get(path)).await
    }

    /// One deployment or pipeline.
    pub(crate) async fn object(
        &self,
        object_type: ObjectType,
        object: &str,
    ) -> Result<Object, Error> {
        let route = match object_type {
            ObjectType::Deployment => routes::DEPLOYMENT,
            ObjectType::Pipeline => routes::PIPELINE,
        };
        let path = route.fill(&[self.name.as_str(), object]);
        self.client.fetch(&Call::get(path)).await
    }

    /// One version of an object.
    pub(crate) async fn version(
        &self,
        object_type: ObjectType,
        object: &str,
        version: &str,
    ) -> Result<Version, Error> {
        let route = match object_type {
            ObjectType::Deployment => routes::DEPLOYMENT_VERSION,
            ObjectType::Pipeline => routes::PIPELINE_VERSION,
        };
        let path = route.fill(&[self.name.as_str(), object, version]);
        self.client.fetch(&Call::get(path)).await
    }

    /// The versions of an object; for the training deployment, these are the experiments.
    pub(crate) async fn versions(
        &self,
        object_type: ObjectType,
        object: &str,
    ) -> Result<Vec<Version>, Error> {
        let route = match object_type {
            ObjectType::Deployment => routes::DEPLOYMENT_VERSIONS,
            ObjectType::Pipeline => routes::PIPELINE_VERSIONS,
        };
        let path = route.fill(&[self.name.as_str(), object]);
        self.client.fetch(&Call::get(path)).await
    }
}
