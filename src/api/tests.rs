//! The two calls of test runs.

use super::{Error, Project, send::Call};
use crate::model::{
    routes,
    test_run::{NewTest, TestRun},
};

impl Project {
    /// Starts a test run. Never repeated: each is a delivery.
    pub async fn create_test(&self, new: &NewTest) -> Result<TestRun, Error> {
        let path = routes::TESTS.fill(&[self.name.as_str()]);
        self.client.fetch(&Call::post(path, new)).await
    }

    /// How a test run stands.
    pub async fn test(&self, id: &str) -> Result<TestRun, Error> {
        let path = routes::TEST.fill(&[self.name.as_str(), id]);
        self.client.fetch(&Call::get(path)).await
    }
}
