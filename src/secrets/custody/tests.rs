//! Custody with the file store: a world to test it in.

use serde_json::json;

use super::*;
use crate::{
    model::{
        host::ApiHost,
        token::Token,
        webhook::{NewWebhook, WebhookPatch},
    },
    secrets::key::Host,
};

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
            index: folder.path().join("index.json"),
            secrets: folder.path().join("secrets.json"),
            waits: Deadlines::UNATTENDED,
            scrubber: scrubber.clone(),
            note: std::sync::Arc::new(|_| {}),
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

    async fn find(&self, webhook: &Webhook) -> Option<String> {
        let to = Destination::of(&site(), webhook).unwrap();
        match self.custody.find(&to, &header()).await {
            Ok(value) => Some(value.expose().to_owned()),
            Err(Error::Missing(_)) => None,
            Err(error) => panic!("{error}"),
        }
    }

    /// A create that went through.
    async fn create(&self, value: &str) -> Webhook {
        let new = new(value);
        let pending = self.custody.keep_new(&site(), &new).await.unwrap();
        let made = made("1");
        self.custody.promote(pending, &made).await.unwrap();
        made
    }

    /// A create that was killed after its call.
    async fn killed_create(&self, value: &str) {
        drop(self.custody.keep_new(&site(), &new(value)).await.unwrap());
    }

    async fn keep_changes(&self, current: &Webhook, value: &str) -> Pending {
        let patch = patch(value);
        self.custody
            .keep_changes(&site(), current, &patch)
            .await
            .unwrap()
    }

    async fn local(&self, webhook: &Webhook) -> Kind {
        let local = self.custody.local(&site()).await.unwrap();
        local.of(&webhook.id, &header(), webhook.origin().as_ref())
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
        "last_updated": "2026-01-01T00:00:00Z",
    }))
    .unwrap()
}

fn at(webhook: &Webhook, url: &str) -> Webhook {
    Webhook {
        url: url.to_owned(),
        ..webhook.clone()
    }
}

fn updated(webhook: &Webhook) -> Webhook {
    let last_updated = Some("2026-01-02T00:00:00Z".to_owned());
    Webhook {
        last_updated,
        ..webhook.clone()
    }
}

mod interrupted;
mod kept;
