//! A test run: one use of the test endpoint.

use serde::{Deserialize, Serialize};

use crate::model::{
    event::{Event, ObjectType},
    header::{NewHeader, check_unique},
    invalid::Invalid,
    name::{ObjectName, VersionName},
    options::Options,
    private::Private,
    target::Target,
    timeout::Timeout,
    url::CallbackUrl,
    webhook::NewWebhook,
};

/// The most attempts for one delivery. The number of retries is not documented (reference, section
/// 11, line 26).
pub(crate) fn tries(retry: bool) -> u8 {
    if retry { 3 } else { 1 }
}

/// The body of a test run. It refers to no stored webhook: it contains everything to be tried,
/// including protected values (reference, 2.5).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NewTest {
    /// Deployment or pipeline.
    pub object_type: ObjectType,
    pub object_name: ObjectName,
    /// One of its versions; by default the default version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<VersionName>,
    /// Where the dummy event is sent.
    pub url: CallbackUrl,
    /// Which event is sent.
    pub event: Event,
    /// The headers that are sent with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub headers: Option<Vec<NewHeader>>,
    /// How long to wait for the callback.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Timeout>,
    /// Whether a failed call is retried.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry: Option<bool>,
    /// Whether the payload includes the request's result.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub include_result: Option<bool>,
}

impl NewTest {
    /// A test of what a webhook would send. Fields that `with` doesn't set have the platform's
    /// defaults.
    pub fn new(target: Target, event: Event, url: CallbackUrl, headers: Vec<NewHeader>) -> Self {
        Self {
            object_type: target.object_type,
            object_name: target.object_name,
            version: target.version,
            url,
            event,
            headers: (!headers.is_empty()).then_some(headers),
            timeout: None,
            retry: None,
            include_result: None,
        }
    }

    /// A test of a webhook before it exists.
    pub fn of(new: &NewWebhook) -> Self {
        let headers = new.headers.clone().unwrap_or_default();
        Self::new(new.target(), new.event, new.url.clone(), headers).with(&new.options())
    }

    /// Sets those options that a test has.
    #[must_use]
    pub fn with(self, options: &Options) -> Self {
        Self {
            timeout: options.timeout,
            retry: options.retry,
            include_result: options.include_result,
            ..self
        }
    }

    /// What errors must not repeat.
    pub fn private(&self) -> Private {
        Private::of(Some(&self.url), self.headers.as_deref())
    }

    /// Checks the rules across fields.
    pub fn check(&self) -> Result<(), Invalid> {
        self.event.fits(self.object_type)?;
        check_unique(self.headers.iter().flatten().map(|header| &header.key))
    }
}

/// The status of a test run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum TestStatus {
    /// Not delivered yet.
    Pending,
    /// The callback accepted it.
    Completed,
    /// It did not.
    Failed,
    /// A status of a newer platform; not known to be final.
    Other(String),
}

impl TestStatus {
    /// The API's name for it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Pending => "pending",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Other(word) => word,
        }
    }

    /// Whether the status can't change any more.
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Completed | Self::Failed)
    }
}

impl From<String> for TestStatus {
    fn from(word: String) -> Self {
        match word.as_str() {
            "pending" => Self::Pending,
            "completed" => Self::Completed,
            "failed" => Self::Failed,
            _ => Self::Other(word),
        }
    }
}

impl From<TestStatus> for String {
    fn from(status: TestStatus) -> Self {
        status.as_str().to_owned()
    }
}

/// A test run as the platform shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestRun {
    /// Its id, which addresses it.
    pub id: String,
    /// Its status.
    pub status: TestStatus,
    /// Why it failed; null otherwise.
    #[serde(default)]
    pub error_message: Option<String>,
}

/// Whether a test failed because the receiver refused the credentials: its message names the
/// status 401 or 403. Any other failure may have nothing to do with them.
pub(crate) fn is_refusal(why: &str) -> bool {
    let mut words = why.split(|c: char| !c.is_ascii_alphanumeric());
    why.to_ascii_lowercase().contains("status") && words.any(|word| matches!(word, "401" | "403"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_status_401_or_403_is_a_refusal() {
        for why in [
            "Received status code 401",
            "Received status code 403.",
            "status: 403",
        ] {
            assert!(is_refusal(why), "{why}");
        }
        for why in [
            "Received status code 500",
            "Received status code 4010",
            "Connection error (port 403)",
            "Timeout",
            "",
        ] {
            assert!(!is_refusal(why), "{why}");
        }
    }
}
