//! The object and the version that a webhook watches, as the platform has them.

use crate::{
    api::{self, Project},
    model::{
        event::ObjectType,
        objects::{Object, Version},
        webhook::Webhook,
    },
};

/// What the platform answers about a webhook's object.
pub(super) struct Watched {
    pub(super) object: Result<Object, api::Error>,
    /// The version that the webhook names, if it names one.
    pub(super) version: Option<Result<Version, api::Error>>,
}

impl Watched {
    /// Reads both at once.
    pub(super) async fn read(
        project: &Project,
        object_type: ObjectType,
        webhook: &Webhook,
    ) -> Self {
        let name = &webhook.object_name;
        let version = async {
            match &webhook.version {
                Some(version) => Some(project.version(object_type, name, version).await),
                None => None,
            }
        };
        let (object, version) = tokio::join!(project.object(object_type, name), version);
        Self { object, version }
    }
}
