//! Custody with the file store: who finds what, and what interruptions leave.

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
        Self::with(Choice::File)
    }

    fn with(choice: Choice) -> Self {
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

#[tokio::test]
async fn a_promoted_value_is_plain_in_the_store_and_found_and_scrubbed() {
    let world = World::new();
    let made = world.create("s3cret").await;
    assert_eq!(world.find(&made).await.as_deref(), Some("s3cret"));
    assert_eq!(world.local(&made).await, Kind::File);
    assert!(world.file("secrets.json").contains(r#""value": "s3cret""#));
    assert!(!world.file("secrets.json").contains("pending"));
    let index = world.file("index.json");
    assert!(
        !index.contains("s3cret") && !index.contains("pending"),
        "{index}"
    );
    assert_eq!(world.scrubber.clean("s3cret"), "***");
}

#[tokio::test]
async fn a_rename_keeps_it_and_a_new_webhook_of_the_old_name_does_not_get_it() {
    let world = World::new();
    let made = world.create("s3cret").await;
    let renamed = Webhook {
        name: "weekly".to_owned(),
        ..made.clone()
    };
    world
        .custody
        .rename(&site(), &made.id, "weekly")
        .await
        .unwrap();
    assert_eq!(world.find(&renamed).await.as_deref(), Some("s3cret"));
    assert!(!world.file("index.json").contains("nightly"));
    let other = Webhook {
        id: "2".to_owned(),
        ..made
    };
    assert_eq!(world.find(&other).await, None);
}

#[tokio::test]
async fn another_origin_project_or_host_does_not_find_it() {
    let world = World::new();
    let made = world.create("s3cret").await;
    assert!(
        world
            .find(&at(&made, "https://a.example/other?q"))
            .await
            .is_some()
    );
    for url in [
        "https://b.example/x",
        "http://a.example/x",
        "https://a.example:8443/x",
    ] {
        assert_eq!(world.find(&at(&made, url)).await, None, "{url}");
    }
    let (project, host) = ("other".parse().unwrap(), Host::mock("7"));
    for site in [Site { project, ..site() }, Site { host, ..site() }] {
        let to = Destination::of(&site, &made).unwrap();
        assert!(world.custody.find(&to, &header()).await.is_err());
    }
}

#[tokio::test]
async fn what_is_missing_names_header_origin_and_the_command_that_mends_it() {
    let world = World::new();
    let made = world.create("s3cret").await;
    let to = Destination::of(&site(), &at(&made, "https://b.example/")).unwrap();
    let error = world.custody.find(&to, &header()).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "no value of `Authorization` is kept for https://b.example, only for https://a.example \
         in the store `file`"
    );
    assert_eq!(
        error.hint().unwrap(),
        "ubihook update nightly --secret-header Authorization"
    );
}

#[tokio::test]
async fn a_create_killed_after_its_call_is_found_by_the_next_command() {
    let world = World::new();
    world.killed_create("s3cret").await;
    assert_eq!(world.local(&made("1")).await, Kind::None);
    assert_eq!(world.find(&made("1")).await.as_deref(), Some("s3cret"));
    assert_eq!(world.local(&made("1")).await, Kind::File);
    assert!(!world.file("secrets.json").contains("pending"));
    // It belongs to that one now.
    assert_eq!(world.find(&made("2")).await, None);
}

#[tokio::test]
async fn a_create_repeated_after_a_kill_and_refused_leaves_the_first_value() {
    let world = World::new();
    for second in ["first", "second"] {
        world.killed_create("first").await;
        let pending = world.custody.keep_new(&site(), &new(second)).await.unwrap();
        world.custody.discard(pending).await.unwrap();
        assert_eq!(world.find(&made("1")).await.as_deref(), Some("first"));
        world.custody.forget(&site(), &made("1")).await.unwrap();
    }
}

#[tokio::test]
async fn a_different_webhook_of_that_name_does_not_get_what_a_create_left() {
    let world = World::new();
    world.killed_create("s3cret").await;
    for other in [
        at(&made("1"), "https://a.example/y"),
        Webhook {
            version: None,
            ..made("1")
        },
        Webhook {
            object_name: "e".to_owned(),
            ..made("1")
        },
        Webhook {
            event: "deployment_request_started".to_owned(),
            ..made("1")
        },
        Webhook {
            name: "n".to_owned(),
            ..made("1")
        },
    ] {
        assert_eq!(world.find(&other).await, None);
    }
}

#[tokio::test]
async fn a_refused_create_leaves_nothing() {
    let world = World::new();
    let pending = world
        .custody
        .keep_new(&site(), &new("s3cret"))
        .await
        .unwrap();
    assert_eq!(pending.place().kind, Kind::File);
    world.custody.discard(pending).await.unwrap();
    assert!(!world.file("secrets.json").contains("s3cret"));
    assert!(!world.file("index.json").contains("nightly"));
}

#[tokio::test]
async fn an_update_killed_after_its_call_gives_the_new_value_and_before_it_the_old_one() {
    let world = World::new();
    let made = world.create("old").await;
    drop(world.keep_changes(&made, "new").await);
    assert_eq!(world.find(&made).await.as_deref(), Some("old"));
    assert!(!world.file("secrets.json").contains("new"));

    drop(world.keep_changes(&made, "new").await);
    assert_eq!(world.find(&updated(&made)).await.as_deref(), Some("new"));
    assert!(!world.file("secrets.json").contains("old"));
    assert!(!world.file("index.json").contains("pending"));
}

#[tokio::test]
async fn an_update_that_went_through_replaces_and_a_refused_one_does_not() {
    let world = World::new();
    let made = world.create("old").await;
    let pending = world.keep_changes(&made, "refused").await;
    world.custody.discard(pending).await.unwrap();
    assert_eq!(world.find(&updated(&made)).await.as_deref(), Some("old"));
    let pending = world.keep_changes(&made, "new").await;
    world
        .custody
        .promote(pending, &updated(&made))
        .await
        .unwrap();
    assert_eq!(world.find(&updated(&made)).await.as_deref(), Some("new"));
}

#[tokio::test]
async fn settling_before_a_change_keeps_apart_what_arrived_and_what_did_not() {
    let world = World::new();
    let made = world.create("old").await;
    drop(world.keep_changes(&made, "never sent").await);
    world.custody.settle(&site(), &made).await.unwrap();
    // Changed by a command that had nothing to do with secrets.
    assert_eq!(world.find(&updated(&made)).await.as_deref(), Some("old"));

    let world = World::new();
    world.killed_create("s3cret").await;
    world.custody.settle(&site(), &made).await.unwrap();
    let changed = at(&made, "https://a.example/changed");
    assert_eq!(world.find(&changed).await.as_deref(), Some("s3cret"));
}

#[tokio::test]
async fn settling_opens_nothing_where_nothing_was_left() {
    let world = World::with(Choice::Keyring);
    world.custody.settle(&site(), &made("1")).await.unwrap();
    assert!(world.custody.store.lock().await.is_none());
    world.custody.local(&site()).await.unwrap();
    world.custody.rename(&site(), "1", "n").await.unwrap();
    let plain = Webhook {
        headers: vec![],
        ..made("1")
    };
    world.custody.forget(&site(), &plain).await.unwrap();
    assert!(world.custody.store.lock().await.is_none());
}

#[tokio::test]
async fn a_value_follows_to_another_origin_only_when_carried() {
    let world = World::new();
    let made = world.create("s3cret").await;
    let moved = updated(&at(&made, "https://b.example/x"));
    assert_eq!(world.find(&moved).await, None);
    let from = Destination::of(&site(), &made).unwrap();
    let to = moved.origin().unwrap();
    assert!(world.custody.carry(&from, &header(), &to).await.unwrap());
    assert_eq!(world.find(&moved).await.as_deref(), Some("s3cret"));
    assert_eq!(world.local(&moved).await, Kind::File);
    let other: HeaderName = "X-Other".parse().unwrap();
    assert!(!world.custody.carry(&from, &other, &to).await.unwrap());
}

#[tokio::test]
async fn a_deleted_webhook_is_forgotten_at_every_origin_pending_ones_included() {
    let world = World::new();
    let made = world.create("s3cret").await;
    let from = Destination::of(&site(), &made).unwrap();
    let to = Origin::of("https://b.example").unwrap();
    world.custody.carry(&from, &header(), &to).await.unwrap();
    drop(world.keep_changes(&made, "s3cret2").await);
    world.killed_create("s3cret3").await;
    world.custody.forget(&site(), &made).await.unwrap();
    assert!(!world.file("secrets.json").contains("s3cret"));
    assert!(!world.file("index.json").contains("nightly"));
}

#[tokio::test]
async fn one_header_is_forgotten_alone() {
    let world = World::new();
    let made = world.create("s3cret").await;
    let other: HeaderName = "X-Other".parse().unwrap();
    world
        .custody
        .forget_header(&site(), &made, &other)
        .await
        .unwrap();
    assert!(world.find(&made).await.is_some());
    world
        .custody
        .forget_header(&site(), &made, &header())
        .await
        .unwrap();
    assert_eq!(world.find(&made).await, None);
}

#[tokio::test]
async fn a_lost_index_loses_no_value_and_forgets_none() {
    let world = World::new();
    let index = world.folder.path().join("index.json");
    let made = world.create("s3cret").await;
    std::fs::remove_file(&index).unwrap();
    assert_eq!(world.local(&made).await, Kind::None);
    assert_eq!(world.find(&made).await.as_deref(), Some("s3cret"));
    assert_eq!(world.local(&made).await, Kind::File);
    std::fs::remove_file(&index).unwrap();
    world.custody.forget(&site(), &made).await.unwrap();
    assert!(!world.file("secrets.json").contains("s3cret"));
    world.killed_create("s3cret").await;
    std::fs::remove_file(&index).unwrap();
    assert_eq!(world.find(&made).await.as_deref(), Some("s3cret"));
}

#[tokio::test]
async fn an_edited_index_gives_a_value_to_nobody_else() {
    let world = World::new();
    let made = world.create("s3cret").await;
    let index = world.folder.path().join("index.json");
    let edited = world
        .file("index.json")
        .replace("a.example", "evil.example");
    std::fs::write(&index, edited).unwrap();
    assert_eq!(world.find(&at(&made, "https://evil.example/x")).await, None);
    assert_eq!(world.find(&made).await.as_deref(), Some("s3cret"));
    std::fs::write(&index, "not an index").unwrap();
    assert_eq!(world.find(&made).await.as_deref(), Some("s3cret"));
    let kept = world.custody.keep_new(&site(), &new("x")).await;
    assert!(matches!(kept, Err(Error::State { .. })));
}

#[tokio::test]
async fn a_value_promoted_into_one_store_is_gone_from_the_other() {
    let world = World::new();
    let made = world.create("s3cret").await;
    let row = |kind| {
        let to = Destination::of(&site(), &made).unwrap();
        to.slot(Owner::Id(to.id()), &header()).row(kind)
    };
    world
        .custody
        .erase_copies_elsewhere(&site(), &[row(Kind::Keyring)])
        .await;
    assert!(!world.file("secrets.json").contains("s3cret"));
}

#[tokio::test]
async fn with_no_store_nothing_is_kept_anywhere() {
    let world = World::with(Choice::None);
    let pending = world
        .custody
        .keep_new(&site(), &new("s3cret"))
        .await
        .unwrap();
    assert!(pending.is_empty() && pending.place().why_none.is_none());
    world.custody.promote(pending, &made("1")).await.unwrap();
    assert_eq!(world.find(&made("1")).await, None);
    assert_eq!(std::fs::read_dir(world.folder.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn a_token_is_kept_for_its_host_alone() {
    let world = World::new();
    let token = Token::parse("t0ken").unwrap();
    let host = site().host;
    assert!(world.custody.token(&host).await.unwrap().is_none());
    let place = world.custody.keep_token(&host, &token).await.unwrap();
    assert_eq!(place.kind, Kind::File);
    assert_eq!(world.custody.token(&host).await.unwrap(), Some(token));
    assert!(
        world
            .custody
            .token(&Host::mock("1"))
            .await
            .unwrap()
            .is_none()
    );
    assert_eq!(world.scrubber.clean("Token t0ken t0ken"), "*** ***");
    world.custody.forget_token(&host).await.unwrap();
    assert!(world.custody.token(&host).await.unwrap().is_none());
}
