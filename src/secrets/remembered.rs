//! The last test of a webhook from this machine, because the platform doesn't list tests. Its message
//! is the platform's, without values and without the URL.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    model::{
        text::{MAX_ERROR_CHARS, cut},
        webhook::Webhook,
    },
    secrets::{Moment, Site},
};

/// The most that are remembered; the oldest are forgotten.
const MAX: usize = 200;

/// The outcome of a test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remembered {
    host: String,
    project: String,
    webhook_id: String,
    /// The webhook's `last_updated` at that time.
    stamp: Option<String>,
    /// Seconds since 1970.
    at: i64,
    /// `completed`, `failed` or another of the platform's words.
    status: String,
    error: Option<String>,
}

impl Remembered {
    /// A test of a webhook that has ended, or that was waited for in vain.
    pub fn new(
        site: &Site,
        webhook: &Webhook,
        now: Moment,
        (status, error): (&str, Option<&str>),
    ) -> Self {
        Self {
            host: site.host.as_str().to_owned(),
            project: site.project.to_string(),
            webhook_id: webhook.id.clone(),
            stamp: webhook.last_updated.clone(),
            at: now.local,
            status: status.to_owned(),
            error: error.map(|error| cut(error, MAX_ERROR_CHARS).into_owned()),
        }
    }

    /// Whether it is of this webhook.
    pub(super) fn is_of(&self, site: &Site, webhook: &Webhook) -> bool {
        self.is_same_webhook(&Self::new(site, webhook, Moment::now(None), ("", None)))
    }

    fn is_same_webhook(&self, other: &Self) -> bool {
        let key = |one: &Self| {
            (
                one.host.clone(),
                one.project.clone(),
                one.webhook_id.clone(),
            )
        };
        key(self) == key(other)
    }

    /// Whether the webhook has been changed since.
    pub fn is_outdated(&self, webhook: &Webhook) -> bool {
        self.stamp != webhook.last_updated
    }

    /// When it ended.
    pub fn time(&self) -> String {
        Timestamp::from_second(self.at).map_or_else(|_| String::new(), |time| time.to_string())
    }

    /// Its status.
    pub fn status(&self) -> &str {
        &self.status
    }

    /// Why it failed.
    pub fn error(&self) -> Option<&str> {
        self.error.as_deref()
    }
}

/// Enters a test in place of the webhook's earlier one.
pub(super) fn put(tests: &mut Vec<Remembered>, test: Remembered) {
    tests.retain(|there| !there.is_same_webhook(&test));
    tests.push(test);
    let over = tests.len().saturating_sub(MAX);
    tests.drain(..over);
}
