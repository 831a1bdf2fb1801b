//! The calls that the mock serves, so that others can be told that it isn't served, and a fault that no
//! call can meet is refused.

use std::sync::OnceLock;

use axum::http::{Method, StatusCode, Uri};

use crate::mock::{refusal::Refusal, uri};

/// The methods of calls that are served.
pub(crate) const METHODS: [&str; 5] = ["GET", "POST", "PATCH", "PUT", "DELETE"];

/// A path, and its methods with spaces between them.
type Served = (&'static str, &'static str);

/// Below the version.
const OUTSIDE: [Served; 5] = [
    ("/status", "GET"),
    ("/user", "GET"),
    ("/template-deployments", "GET"),
    ("/projects", "GET"),
    ("/projects/{project}", "GET"),
];
/// Below the project.
const INSIDE: [Served; 5] = [
    ("/webhooks", "GET POST"),
    ("/webhooks/{webhook}", "GET PATCH DELETE"),
    ("/webhooks-tests", "POST"),
    ("/webhooks-tests/{test}", "GET"),
    ("/logs", "GET"),
];
/// Below a deployment or a pipeline.
const VERSIONS: [Served; 2] = [
    ("/versions", "GET POST"),
    ("/versions/{version}", "GET PATCH DELETE"),
];
/// Below a deployment or a pipeline, and below a version of it.
const REQUESTS: [Served; 9] = [
    ("/requests", "GET POST"),
    ("/requests/stream", "POST"),
    ("/requests/batch", "POST"),
    ("/requests/collect", "POST"),
    ("/requests/cancel", "POST"),
    ("/requests/delete", "POST"),
    ("/requests/{request}", "GET PATCH DELETE"),
    ("/requests/{request}/input", "GET"),
    ("/requests/{request}/output", "GET"),
];
/// Below the project, a deployment, and a version of it.
const VARIABLES: [Served; 2] = [
    ("/environment-variables", "GET POST"),
    ("/environment-variables/{variable}", "GET PATCH DELETE"),
];
/// Below a version of a deployment.
const REVISIONS: [Served; 2] = [("/revisions", "GET POST"), ("/revisions/{revision}", "GET")];
/// Below the project.
const FILES: [Served; 8] = [
    ("/environments/{environment}", "GET"),
    ("/environments/{environment}/tags", "GET"),
    ("/environments/{environment}/tags/{tag}", "GET"),
    ("/buckets", "GET POST"),
    ("/buckets/{bucket}", "GET PATCH DELETE"),
    ("/buckets/{bucket}/files", "GET"),
    ("/buckets/{bucket}/files/{file}", "GET POST DELETE"),
    ("/buckets/{bucket}/files/{file}/download", "GET"),
];

/// The paths that are served, below the version, names in braces; and the methods of each.
pub(crate) fn paths() -> &'static [(String, Vec<&'static str>)] {
    static PATHS: OnceLock<Vec<(String, Vec<&str>)>> = OnceLock::new();
    PATHS.get_or_init(|| {
        let mut paths = Vec::new();
        let mut add = |below: &str, served: &[Served]| {
            for (path, methods) in served {
                paths.push((format!("{below}{path}"), methods.split(' ').collect()));
            }
        };
        let project = "/projects/{project}";
        add("", &OUTSIDE);
        add(project, &INSIDE);
        for object_type in ["deployment", "pipeline"] {
            let all = format!("{project}/{object_type}s");
            let object = format!("{all}/{{{object_type}}}");
            let version = format!("{object}/versions/{{version}}");
            add(&all, &[("", "GET POST")]);
            add(&object, &[("", "GET PATCH DELETE")]);
            add(&object, &VERSIONS);
            add(&object, &REQUESTS);
            add(&version, &REQUESTS);
            if object_type == "deployment" {
                add(&object, &VARIABLES);
                add(&version, &VARIABLES);
                add(&version, &REVISIONS);
            }
        }
        add(project, &VARIABLES);
        add(project, &FILES);
        paths
    })
}

/// The answer to a call that isn't served.
pub(crate) async fn missing(method: Method, uri: Uri) -> Refusal {
    refusal(StatusCode::NOT_FOUND, &method, &uri)
}

/// The answer to a path that is served, for another method.
pub(crate) async fn not_allowed(method: Method, uri: Uri) -> Refusal {
    refusal(StatusCode::METHOD_NOT_ALLOWED, &method, &uri)
}

fn refusal(status: StatusCode, method: &Method, uri: &Uri) -> Refusal {
    let path = uri::below_version(uri.path()).unwrap_or(uri.path());
    Refusal::new(status, format!("the mock doesn't serve {method} {path}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The groups, and what they are below, as the guide has them.
    const GROUPS: [(&str, &[Served]); 7] = [
        ("", &OUTSIDE),
        ("the project", &INSIDE),
        ("the project", &FILES),
        ("a deployment, a pipeline", &VERSIONS),
        ("those two, a version of one", &REQUESTS),
        ("the project, a deployment, a version of one", &VARIABLES),
        ("a version of a deployment", &REVISIONS),
    ];

    #[test]
    fn the_guide_has_the_table_of_them() {
        let guide = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/docs/guides/testing-without-an-account.md"
        );
        let guide = std::fs::read_to_string(guide).unwrap();
        let rows = GROUPS.iter().flat_map(|(below, group)| {
            let row = move |(path, methods): &Served| {
                format!("| {below} | `{path}` | {methods} |\n").replace("|  |", "| |")
            };
            group.iter().map(row)
        });
        let table: String = rows.collect();
        assert!(guide.contains(&table), "the guide should have:\n{table}");
    }
}
