//! Which destinations a stored value is found for.

use super::*;
use crate::model::failure::Explain;

#[tokio::test]
async fn a_kept_value_is_found_and_current_and_scrubbed() {
    let world = World::new();
    let made = world.create("s3cret").await;
    let found = world.look(&made).await.unwrap();
    assert!(found.is_current && found.value.expose() == "s3cret");
    assert_eq!(world.local(&made).await, StoreKind::File);
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
    let renamed = updated(&renamed);
    let patch = WebhookPatch::default();
    let begun = world
        .custody
        .begin_update(&site(), &made, &patch, call(0))
        .await;
    let pending = begun.unwrap();
    world
        .custody
        .finish(pending, &renamed, now(0))
        .await
        .unwrap();
    let found = world.look(&renamed).await.unwrap();
    assert!(found.is_current && found.value.expose() == "s3cret");
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
        let to = Destination::of(&site, &made, now(0)).unwrap();
        assert!(world.custody.look(&to, &header()).await.is_err());
    }
}

#[tokio::test]
async fn what_is_missing_names_header_origin_and_the_command_that_mends_it() {
    let world = World::new();
    let made = world.create("s3cret").await;
    let moved = at(&made, "https://b.example/");
    let error = world.look(&moved).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "no stored value of `Authorization` for https://b.example; the store `file` has one for \
         https://a.example only"
    );
    assert_eq!(
        error.hint().unwrap(),
        "ubihook update nightly --secret-header Authorization\n\
         or ubihook test nightly --keep-secrets, if https://b.example may receive it"
    );
}

#[tokio::test]
async fn a_value_follows_to_another_origin_only_when_carried() {
    let world = World::new();
    let made = world.create("s3cret").await;
    let moved = updated(&at(&made, "https://b.example/x"));
    assert_eq!(world.find(&moved).await, None);
    let patch = WebhookPatch::default();
    let begun = world
        .custody
        .begin_update(&site(), &made, &patch, call(0))
        .await;
    let pending = begun.unwrap();
    world.custody.finish(pending, &moved, now(0)).await.unwrap();
    let from = made.origin().unwrap();
    for name in ["X-Other", "Authorization"] {
        let name: HeaderName = name.parse().unwrap();
        let carried = world
            .custody
            .carry(&site(), &moved, &name, &from, now(0))
            .await;
        carried.unwrap();
    }
    let found = world.look(&moved).await.unwrap();
    assert!(found.is_current && found.value.expose() == "s3cret");
    assert_eq!(world.local(&moved).await, StoreKind::File);
    assert_eq!(world.find(&made).await, None);
}

#[tokio::test]
async fn a_deleted_webhook_is_forgotten_at_every_origin_pending_ones_included() {
    let world = World::new();
    let made = world.create("s3cret").await;
    let moved = at(&made, "https://b.example/x");
    drop(world.begin_update(&moved, "s3cret1", 0).await);
    drop(world.begin_update(&made, "s3cret2", 0).await);
    drop(world.begin_create("s3cret3").await);
    world.custody.forget(&site(), &made).await.unwrap();
    assert!(!world.file("secrets.json").contains("s3cret"));
    assert!(!world.file("index.json").contains("nightly"));
}

#[tokio::test]
async fn a_header_that_becomes_plain_loses_its_value_alone() {
    let world = World::new();
    let made = world.create("s3cret").await;
    let plain = Webhook {
        headers: vec![],
        ..updated(&made)
    };
    for after in [updated(&made), plain] {
        let patch = WebhookPatch::default();
        let begun = world
            .custody
            .begin_update(&site(), &made, &patch, call(0))
            .await;
        let pending = begun.unwrap();
        assert!(world.file("secrets.json").contains("s3cret"));
        world.custody.finish(pending, &after, now(0)).await.unwrap();
    }
    assert!(!world.file("secrets.json").contains("s3cret"));
    assert!(!world.file("index.json").contains("nightly"));
}

#[tokio::test]
async fn a_lost_index_loses_no_value_and_forgets_none() {
    let world = World::new();
    let index = world.folder.path().join("index.json");
    let made = world.create("s3cret").await;
    std::fs::remove_file(&index).unwrap();
    assert_eq!(world.local(&made).await, StoreKind::None);
    assert_eq!(world.find(&made).await.as_deref(), Some("s3cret"));
    world.custody.forget(&site(), &made).await.unwrap();
    assert!(!world.file("secrets.json").contains("s3cret"));
    drop(world.begin_create("s3cret").await);
    std::fs::remove_file(&index).unwrap();
    let error = world.look(&made).await.unwrap_err();
    assert!(matches!(error, Error::Unsettled(_)), "{error}");
}

#[tokio::test]
async fn an_edited_index_gives_no_value_to_another_destination() {
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
    let made = world.create("another").await;
    assert_eq!(world.find(&made).await.as_deref(), Some("another"));
    assert_eq!(world.file("index.json"), "not an index");
}

#[tokio::test]
async fn with_no_store_nothing_is_kept_anywhere() {
    let world = World::with(StoreChoice::None);
    let pending = world.begin_create("s3cret").await;
    assert!(pending.is_empty() && pending.place().why_none.is_none());
    let finished = world.custody.finish(pending, &made("1"), now(0)).await;
    finished.unwrap();
    assert_eq!(world.find(&made("1")).await, None);
    assert_eq!(std::fs::read_dir(world.folder.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn a_token_is_kept_for_its_host_alone() {
    let world = World::new();
    let token = Token::parse("a-real-t0ken", &world.scrubber).unwrap();
    let host = site().host;
    assert!(world.custody.token(&host).await.unwrap().is_none());
    let place = world.custody.keep_token(&host, &token).await.unwrap();
    assert_eq!(place.kind, StoreKind::File);
    assert_eq!(world.custody.token(&host).await.unwrap(), Some(token));
    assert!(
        world
            .custody
            .token(&Host::mock("1"))
            .await
            .unwrap()
            .is_none()
    );
    assert_eq!(
        world.scrubber.clean("Token a-real-t0ken a-real-t0ken"),
        "*** ***"
    );
    assert!(world.custody.forget_token(&host).await.unwrap());
    assert!(!world.custody.forget_token(&host).await.unwrap());
    assert!(world.custody.token(&host).await.unwrap().is_none());
}
