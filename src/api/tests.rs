//! The two calls of test runs.

use super::{Error, Project, answer, send::Call};
use crate::model::{
    name::TestId,
    private::Private,
    routes,
    test_run::{NewTest, TestRun},
};

impl Project {
    /// Starts a test run. Never retried: each attempt would be another delivery.
    pub(crate) async fn create_test(&self, new: &NewTest) -> Result<TestRun, Error> {
        let path = routes::TESTS.fill(&[self.name.as_str()]);
        self.run(&Call::post(path, new, new.private())).await
    }

    /// The state of a test run; `private` is what its messages must not repeat.
    pub(crate) async fn test(&self, id: &str, private: &Private) -> Result<TestRun, Error> {
        if id.parse::<TestId>().is_err() {
            // An id that the user gave is a `TestId`, so this one is the platform's.
            let what = "a test id that can't be used in a URL";
            return Err(answer::not_the_api(self.client.host(), 200, what));
        }
        let path = routes::TEST.fill(&[self.name.as_str(), id]);
        self.run(&Call::get(path).about(private.clone())).await
    }

    /// A test run as the platform returned it. Its error message is free text, and may quote what
    /// was sent.
    async fn run(&self, call: &Call) -> Result<TestRun, Error> {
        let mut run: TestRun = self.client.fetch(call).await?;
        let scrubbed = |text: String| self.client.scrubbed(&text).into_owned();
        run.error_message = run.error_message.map(scrubbed);
        Ok(run)
    }
}
