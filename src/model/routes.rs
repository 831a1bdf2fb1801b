//! The API's paths below its base URL. The client fills them in, the mock routes by them.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// A path with placeholders in braces, in the syntax that the mock's router accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route(pub &'static str);

/// `GET`: whether the service is up; needs no token.
pub(crate) const STATUS: Route = Route("/status");
/// `GET`: the user that the token belongs to.
pub(crate) const USER: Route = Route("/user");
/// `GET`: all projects that the token has access to.
pub(crate) const PROJECTS: Route = Route("/projects");
/// `GET`: one project.
pub(crate) const PROJECT: Route = Route("/projects/{project}");
/// `GET`, `POST`: the webhooks of a project.
pub(crate) const WEBHOOKS: Route = Route("/projects/{project}/webhooks");
/// `GET`, `PATCH`, `DELETE`: one webhook, by name.
pub const WEBHOOK: Route = Route("/projects/{project}/webhooks/{webhook}");
/// `POST`: starts a test run.
pub(crate) const TESTS: Route = Route("/projects/{project}/webhooks-tests");
/// `GET`: one test run, by id.
pub(crate) const TEST: Route = Route("/projects/{project}/webhooks-tests/{test}");
/// `GET`: the logs of a project.
pub(crate) const LOGS: Route = Route("/projects/{project}/logs");
/// `GET`, `POST`: the deployments of a project.
pub(crate) const DEPLOYMENTS: Route = Route("/projects/{project}/deployments");
/// `GET`: one deployment.
pub(crate) const DEPLOYMENT: Route = Route("/projects/{project}/deployments/{deployment}");
/// `GET`, `POST`: the versions of a deployment.
pub(crate) const DEPLOYMENT_VERSIONS: Route =
    Route("/projects/{project}/deployments/{deployment}/versions");
/// `GET`: one version of a deployment.
pub(crate) const DEPLOYMENT_VERSION: Route =
    Route("/projects/{project}/deployments/{deployment}/versions/{version}");
/// `GET`, `POST`: the pipelines of a project.
pub(crate) const PIPELINES: Route = Route("/projects/{project}/pipelines");
/// `GET`: one pipeline.
pub(crate) const PIPELINE: Route = Route("/projects/{project}/pipelines/{pipeline}");
/// `GET`, `POST`: the versions of a pipeline.
pub(crate) const PIPELINE_VERSIONS: Route =
    Route("/projects/{project}/pipelines/{pipeline}/versions");
/// `GET`: one version of a pipeline.
pub(crate) const PIPELINE_VERSION: Route =
    Route("/projects/{project}/pipelines/{pipeline}/versions/{version}");

const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A name as a path segment: everything but letters, digits and `-._~` is encoded.
pub fn encode(name: &str) -> String {
    utf8_percent_encode(name, UNRESERVED).to_string()
}

/// Whether a path segment is a fixed word in the API rather than a name.
pub(crate) fn is_word(segment: &str) -> bool {
    let words = [
        "",
        "user",
        "projects",
        "webhooks",
        "webhooks-tests",
        "deployments",
        "pipelines",
        "versions",
    ];
    words.contains(&segment)
}

impl Route {
    /// The path with `names` in its placeholders, in order, each encoded.
    ///
    /// # Panics
    /// When there are fewer names than placeholders: a mistake in the calling line.
    pub fn fill(self, names: &[&str]) -> String {
        let mut names = names.iter();
        let segment = |segment: &str| {
            if segment.starts_with('{') {
                encode(names.next().expect("a name for each placeholder"))
            } else {
                segment.to_owned()
            }
        };
        let filled: Vec<_> = self.0.split('/').map(segment).collect();
        filled.join("/")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_encoded_as_the_official_client_does() {
        assert_eq!(
            WEBHOOK.fill(&["my proj/x", "é%"]),
            "/projects/my%20proj%2Fx/webhooks/%C3%A9%25"
        );
    }
}
