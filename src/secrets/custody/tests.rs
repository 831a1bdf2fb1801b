//! Custody with the file store, and a test environment for it.

use serde_json::json;

use std::time::Duration;

use super::*;
use crate::{
    model::{
        header::HeaderName,
        host::ApiHost,
        token::Token,
        webhook::{NewWebhook, Webhook, WebhookPatch},
    },
    secrets::{
        dates::Moment,
        key::{Destination, Host},
    },
};

/// How long a call may take.
const LIMIT: i64 = 30;

struct World {
    folder: tempfile::TempDir,
    custody: Custody,
    scrubber: Scrubber,
}

impl World {
    fn new() -> Self {
        Self::with(StoreChoice::File)
    }

    fn with(choice: StoreChoice) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let scrubber = Scrubber::default();
        let custody = Custody::new(Settings {
            choice,
            files: Some(Files::under(folder.path(), None)),
            waits: Deadlines::UNATTENDED,
            scrubber: scrubber.clone(),
            note: std::sync::Arc::new(|_| {}),
            warn: std::sync::Arc::new(|_| {}),
        });
        Self {
            folder,
            custody,
            scrubber,
        }
    }

    fn file(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(name)).unwrap_or_default()
    }

    /// What is found at once; and, if anything, whether it is current.
    async fn look(&self, webhook: &Webhook) -> Result<Found, Error> {
        self.look_at(webhook, now(0)).await
    }

    async fn look_at(&self, webhook: &Webhook, read: Moment) -> Result<Found, Error> {
        let to = Destination::of(&site(), webhook, read).unwrap();
        self.custody.look(&to, &header()).await
    }

    /// The value that is found, current or not.
    async fn find(&self, webhook: &Webhook) -> Option<String> {
        match self.look(webhook).await {
            Ok(found) => Some(found.value.expose().to_owned()),
            Err(Error::Missing(_)) => None,
            Err(error) => panic!("{error}"),
        }
    }

    /// A create that succeeded.
    async fn create(&self, value: &str) -> Webhook {
        let pending = self.begin_create(value).await;
        let made = made("1");
        self.custody.finish(pending, &made, now(0)).await.unwrap();
        made
    }

    async fn begin_create(&self, value: &str) -> Pending {
        let new = new(value);
        let begun = self.custody.begin_create(&site(), &new, call(0)).await;
        begun.unwrap()
    }

    /// An update sent at that time.
    async fn begin_update(&self, current: &Webhook, value: &str, at: i64) -> Pending {
        let patch = patch(value);
        let begun = self
            .custody
            .begin_update(&site(), current, &patch, call(at))
            .await;
        begun.unwrap()
    }

    /// An update that succeeded.
    async fn update(&self, current: &Webhook, value: &str) -> Webhook {
        let pending = self.begin_update(current, value, 0).await;
        let after = updated(current);
        self.custody.finish(pending, &after, now(0)).await.unwrap();
        after
    }

    async fn local(&self, webhook: &Webhook) -> StoreKind {
        let local = self.custody.local(&site()).await;
        local.of(&webhook.id, &header(), webhook.origin().as_ref())
    }
}

/// This many seconds after the first call, by this machine's and the platform's clock.
fn now(seconds: i64) -> Moment {
    let platform = "2026-01-01T00:00:10Z".parse::<jiff::Timestamp>().unwrap();
    Moment {
        local: 1_000_000 + seconds,
        platform: Some(platform.as_second() + seconds),
    }
}

fn call(at: i64) -> Call {
    Call {
        sent: now(at),
        limit: Duration::from_secs(LIMIT.unsigned_abs()),
    }
}

fn site() -> Site {
    Site {
        host: Host::platform(&ApiHost::public()),
        project: "demo".parse().unwrap(),
    }
}

fn header() -> HeaderName {
    "Authorization".parse().unwrap()
}

fn new(value: &str) -> NewWebhook {
    serde_json::from_value(json!({
        "name": "nightly", "object_type": "deployment", "object_name": "d", "version": "v1",
        "url": "https://a.example/x", "event": "deployment_request_failed",
        "headers": [{"key": "authorization", "value": value, "protected": true}],
    }))
    .unwrap()
}

fn patch(value: &str) -> WebhookPatch {
    let headers = new(value).headers;
    WebhookPatch {
        headers,
        ..WebhookPatch::default()
    }
}

fn made(id: &str) -> Webhook {
    serde_json::from_value(json!({
        "id": id, "name": "nightly", "object_type": "deployment", "object_name": "d",
        "version": "v1", "url": "https://a.example/x", "event": "deployment_request_failed",
        "headers": [{"key": "Authorization", "value": null, "protected": true}],
        "creation_date": "2026-01-01T00:00:10.5Z", "last_updated": "2026-01-01T00:00:10.5Z",
    }))
    .unwrap()
}

fn at(webhook: &Webhook, url: &str) -> Webhook {
    Webhook {
        url: url.to_owned(),
        ..webhook.clone()
    }
}

/// Changed by anyone.
fn updated(webhook: &Webhook) -> Webhook {
    let before: jiff::Timestamp = webhook.last_updated.as_ref().unwrap().parse().unwrap();
    let after = before + Duration::from_secs(60);
    Webhook {
        last_updated: Some(after.to_string()),
        ..webhook.clone()
    }
}

mod copies;
mod interrupted;
mod kept;
