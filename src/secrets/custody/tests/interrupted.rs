//! What refusals and interruptions leave, and who gets it.

use super::*;

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
    let world = World::with(StoreChoice::Keyring);
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
