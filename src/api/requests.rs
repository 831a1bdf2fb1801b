//! The list of an object's requests.

use super::{Error, Project, send::Call};
use crate::model::{event::ObjectType, payload::RequestStatus, requests::Request, routes};

/// The most that is read: the platform's own default.
pub(crate) const PAGE: usize = 50;

/// Which requests to list.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted<'a> {
    pub object_type: ObjectType,
    pub object: &'a str,
    /// Without one, those of the default version.
    pub version: Option<&'a str>,
    /// Ended requests and others can't be listed together.
    pub statuses: &'a [RequestStatus],
    /// Only requests that were created since, as the platform writes a time. It is ignored for
    /// requests that have not ended.
    pub since: Option<&'a str>,
}

impl Project {
    /// The newest requests of an object, at most a page.
    pub(crate) async fn requests(&self, wanted: Wanted<'_>) -> Result<Vec<Request>, Error> {
        let names = [self.name.as_str(), wanted.object];
        let path = match (wanted.object_type, wanted.version) {
            (ObjectType::Deployment, None) => routes::DEPLOYMENT.fill(&names),
            (ObjectType::Pipeline, None) => routes::PIPELINE.fill(&names),
            (ObjectType::Deployment, Some(version)) => {
                routes::DEPLOYMENT_VERSION.fill(&[names[0], names[1], version])
            }
            (ObjectType::Pipeline, Some(version)) => {
                routes::PIPELINE_VERSION.fill(&[names[0], names[1], version])
            }
        };
        let statuses: Vec<_> = wanted.statuses.iter().map(|it| it.as_str()).collect();
        let mut query = format!("status={}&limit={PAGE}", statuses.join(","));
        if let Some(since) = wanted.since {
            query.push_str(&format!("&start_date={}", routes::encode(since)));
        }
        let call = Call::get(format!("{path}/requests?{query}"));
        self.client.fetch(&call).await
    }
}
