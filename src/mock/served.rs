//! The calls that the mock serves: each with its method, so that others can be told that it isn't
//! served, and a fault that no call can meet is refused.

use std::sync::{Arc, OnceLock};

use axum::{
    Router,
    handler::Handler,
    http::{Method, StatusCode, Uri},
    routing::{MethodFilter, on},
};

use crate::mock::{
    hub::Hub,
    refusal::Refusal,
    router,
    uri::{self, VERSIONS},
};

/// The methods of calls that are served.
pub(crate) const METHODS: [&str; 5] = ["GET", "POST", "PATCH", "PUT", "DELETE"];

/// The calls of the API, each under both versions.
#[derive(Debug, Default)]
pub(crate) struct Table {
    router: Router<Arc<Hub>>,
    /// The method, and the path below the version.
    calls: Vec<(&'static str, String)>,
}

impl Table {
    pub(crate) fn get<T: 'static>(&mut self, path: &str, handler: impl Handler<T, Arc<Hub>>) {
        self.add("GET", MethodFilter::GET, path, handler);
    }

    pub(crate) fn post<T: 'static>(&mut self, path: &str, handler: impl Handler<T, Arc<Hub>>) {
        self.add("POST", MethodFilter::POST, path, handler);
    }

    pub(crate) fn patch<T: 'static>(&mut self, path: &str, handler: impl Handler<T, Arc<Hub>>) {
        self.add("PATCH", MethodFilter::PATCH, path, handler);
    }

    pub(crate) fn delete<T: 'static>(&mut self, path: &str, handler: impl Handler<T, Arc<Hub>>) {
        self.add("DELETE", MethodFilter::DELETE, path, handler);
    }

    fn add<T: 'static>(
        &mut self,
        method: &'static str,
        filter: MethodFilter,
        path: &str,
        handler: impl Handler<T, Arc<Hub>>,
    ) {
        let router = VERSIONS.iter().fold(
            std::mem::take(&mut self.router),
            |router, version| router.route(&format!("{version}{path}"), on(filter, handler.clone())),
        );
        self.router = router;
        self.calls.push((method, path.to_owned()));
    }

    pub(crate) fn into_router(self) -> Router<Arc<Hub>> {
        self.router
    }
}

/// The method of each call that is served, and its path below the version, names in braces.
pub(crate) fn calls() -> &'static [(&'static str, String)] {
    static CALLS: OnceLock<Vec<(&str, String)>> = OnceLock::new();
    CALLS.get_or_init(|| router::api(false).calls)
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

    #[test]
    fn the_guide_has_the_table_of_them() {
        let guide = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/docs/guides/testing-without-an-account.md"
        );
        let guide = std::fs::read_to_string(guide).unwrap();
        let mut expected: Vec<(String, Vec<&str>)> = Vec::new();
        for (method, path) in calls() {
            let path = path
                .strip_prefix("/projects/{project}")
                .filter(|rest| !rest.is_empty())
                .map_or(path.clone(), |rest| format!("…{rest}"));
            match expected.iter_mut().find(|(known, _)| *known == path) {
                Some((_, methods)) => methods.push(method),
                None => expected.push((path, vec![method])),
            }
        }
        let rows = expected
            .iter()
            .map(|(path, methods)| format!("| `{path}` | {} |\n", methods.join(", ")));
        let table: String = rows.collect();
        assert!(guide.contains(&table), "the guide should have:\n{table}");
    }
}
