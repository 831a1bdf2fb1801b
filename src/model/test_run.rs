//! One use of the test endpoint.

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

/// How many calls are made of a delivery at most. The number of retries is not documented (reference,
/// section 11, line 26).
pub(crate) fn tries(retry: bool) -> u8 {
    if retry { 3 } else { 1 }
}

/// What a test run is asked for. It refers to no stored webhook: all that is to be tried is in it,
/// protected values included (reference, 2.5).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NewTest {
    /// Deployment or pipeline.
    pub object_type: ObjectType,
    pub object_name: ObjectName,
    /// One of its versions; the default one where none is given.
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
    /// Whether a failed call is made again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry: Option<bool>,
    /// Whether the payload has the request's result.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub include_result: Option<bool>,
}

impl NewTest {
    /// A test of what a webhook would send. The platform's defaults hold for the rest, unless
    /// `with` says otherwise.
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

    /// With those of the options that matter to a test.
    #[must_use]
    pub fn with(self, options: &Options) -> Self {
        Self {
            timeout: options.timeout,
            retry: options.retry,
            include_result: options.include_result,
            ..self
        }
    }

    /// What errors don't repeat of it.
    pub fn private(&self) -> Private {
        Private::of(Some(&self.url), self.headers.as_deref())
    }

    /// The rules across fields.
    pub fn check(&self) -> Result<(), Invalid> {
        self.event.fits(self.object_type)?;
        check_unique(self.headers.iter().flatten().map(|header| &header.key))
    }
}

/// How a test run stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum TestStatus {
    /// Not delivered yet.
    Pending,
    /// The callback answered acceptably.
    Completed,
    /// It did not.
    Failed,
    /// A word of a newer platform; not final as far as we know.
    Other(String),
}

impl TestStatus {
    /// The API's word.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Pending => "pending",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Other(word) => word,
        }
    }

    /// Whether the status will not change any more.
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
    /// Its id; tests are addressed by it.
    pub id: String,
    /// How it stands.
    pub status: TestStatus,
    /// Why it failed; null otherwise.
    #[serde(default)]
    pub error_message: Option<String>,
}
