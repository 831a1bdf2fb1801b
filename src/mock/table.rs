//! The routes of the API, each under both versions, and what each of them serves.

use std::sync::Arc;

use axum::{
    Router,
    handler::Handler,
    routing::{MethodFilter, on},
};

use crate::mock::{hub::Hub, uri::VERSIONS};

/// The API's calls, each under both versions.
#[derive(Debug, Default)]
pub(crate) struct Table {
    router: Router<Arc<Hub>>,
    /// The method, and the path below the version.
    pub(super) calls: Vec<(&'static str, String)>,
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
        let route = on(filter, handler);
        let router = std::mem::take(&mut self.router);
        self.router = VERSIONS.iter().fold(router, |router, version| {
            router.route(&format!("{version}{path}"), route.clone())
        });
        self.calls.push((method, path.to_owned()));
    }

    pub(crate) fn into_router(self) -> Router<Arc<Hub>> {
        self.router
    }
}
