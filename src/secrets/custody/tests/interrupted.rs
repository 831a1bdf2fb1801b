//! What refusals and interruptions leave behind, and which value is used then.

use super::*;

/// The result, in a word.
async fn said(world: &World, webhook: &Webhook, read: Moment) -> String {
    match world.look_at(webhook, read).await {
        Ok(found) if found.is_current => found.value.expose().to_owned(),
        Ok(found) => format!("{}?", found.value.expose()),
        Err(Error::Missing(_)) => "missing".to_owned(),
        Err(Error::Unsettled(_)) => "unsettled".to_owned(),
        Err(error) => panic!("{error}"),
    }
}

#[tokio::test]
async fn a_create_without_an_answer_is_unsettled_until_a_value_is_sent_again() {
    let world = World::new();
    drop(world.begin_create("s3cret").await);
    assert_eq!(world.local(&made("1")).await, StoreKind::None);
    assert_eq!(said(&world, &made("1"), now(1)).await, "unsettled");
    assert_eq!(said(&world, &made("1"), now(100_000)).await, "unsettled");
    // It may still arrive, if the webhook is deleted in the meantime.
    let after = world.update(&made("1"), "again").await;
    assert_eq!(said(&world, &after, now(1)).await, "again");
    assert!(world.file("secrets.json").contains("s3cret"));
    let pending = world.begin_update(&after, "last", LIMIT + 2).await;
    let last = updated(&after);
    let finished = world.custody.finish(pending, &last, now(LIMIT + 2)).await;
    finished.unwrap();
    assert_eq!(said(&world, &last, now(100)).await, "last");
    assert!(!world.file("secrets.json").contains("s3cret"));
    assert!(!world.file("index.json").contains("fingerprint"));
}

#[tokio::test]
async fn a_webhook_that_was_there_before_a_create_does_not_get_its_value() {
    let world = World::new();
    let pending = world
        .custody
        .begin_create(&site(), &new("s3cret"), call(60))
        .await;
    drop(pending.unwrap());
    assert_eq!(said(&world, &made("1"), now(61)).await, "missing");
    // It stays for ten minutes: its call may still arrive.
    world
        .custody
        .settle(&site(), &made("1"), now(61))
        .await
        .unwrap();
    assert!(world.file("secrets.json").contains("s3cret"));
}

#[tokio::test]
async fn what_a_create_left_is_swept_when_another_one_takes_its_name() {
    let world = World::new();
    for (at, left) in [(600, true), (601, false)] {
        let other = NewWebhook {
            url: "https://a.example/other".to_owned().try_into().unwrap(),
            ..new("s3cret")
        };
        let pending = world.custody.begin_create(&site(), &other, call(0)).await;
        drop(pending.unwrap());
        let pending = world.begin_create("another").await;
        let finished = world.custody.finish(pending, &made("1"), now(at)).await;
        finished.unwrap();
        let kept = world.file("secrets.json");
        assert_eq!(kept.contains("s3cret"), left, "{at}");
        assert!(kept.contains("another"));
    }
}

#[tokio::test]
async fn a_create_repeated_after_a_kill_and_refused_leaves_the_first_value() {
    let world = World::new();
    for second in ["first", "second"] {
        drop(world.begin_create("first").await);
        let pending = world.begin_create(second).await;
        world.custody.withdraw(pending).await.unwrap();
        assert!(world.file("secrets.json").contains("first"));
        assert!(!world.file("secrets.json").contains("second"));
        assert_eq!(said(&world, &made("1"), now(1)).await, "unsettled");
        world.custody.forget(&site(), &made("1")).await.unwrap();
        assert!(!world.file("secrets.json").contains("first"));
    }
}

#[tokio::test]
async fn a_different_webhook_of_that_name_does_not_get_what_a_create_left() {
    let world = World::new();
    drop(world.begin_create("s3cret").await);
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
    let pending = world.begin_create("s3cret").await;
    assert_eq!(pending.place().kind, StoreKind::File);
    world.custody.withdraw(pending).await.unwrap();
    assert!(!world.file("secrets.json").contains("s3cret"));
    assert!(!world.file("index.json").contains("nightly"));
}

#[tokio::test]
async fn an_interrupted_update_keeps_both_values_until_one_is_known() {
    let world = World::new();
    let made = world.create("old").await;
    drop(world.begin_update(&made, "new", 0).await);
    // It may still be on its way.
    assert_eq!(said(&world, &made, now(LIMIT)).await, "unsettled");
    // It did not arrive.
    assert_eq!(said(&world, &made, now(LIMIT + 2)).await, "old");
    // Someone has changed the webhook, which proves nothing.
    let changed = updated(&made);
    assert_eq!(said(&world, &changed, now(100_000)).await, "unsettled");
    world
        .custody
        .settle(&site(), &changed, now(100_000))
        .await
        .unwrap();
    for value in ["old", "new"] {
        assert!(world.file("secrets.json").contains(value));
    }
    let after = world.update(&changed, "third").await;
    assert_eq!(said(&world, &after, now(100_000)).await, "third");
}

#[tokio::test]
async fn looking_changes_nothing_while_an_update_is_on_its_way() {
    let world = World::new();
    let made = world.create("old").await;
    let pending = world.begin_update(&made, "new", 0).await;
    let kept = world.file("secrets.json");
    for at in [0, LIMIT + 2] {
        let _ = world.look_at(&made, now(at)).await;
        assert_eq!(world.file("secrets.json"), kept);
    }
    let after = updated(&made);
    world.custody.finish(pending, &after, now(1)).await.unwrap();
    assert_eq!(said(&world, &after, now(1)).await, "new");
    assert!(!world.file("secrets.json").contains("old"));
}

#[tokio::test]
async fn in_whole_seconds_an_update_within_the_creates_second_is_never_dropped() {
    let world = World::new();
    let whole = |webhook: Webhook| Webhook {
        last_updated: Some("2026-01-01T00:00:10Z".to_owned()),
        ..webhook
    };
    let pending = world.begin_create("old").await;
    let made = whole(made("1"));
    world.custody.finish(pending, &made, now(0)).await.unwrap();
    assert_eq!(said(&world, &made, now(0)).await, "old?");
    drop(world.begin_update(&made, "new", 0).await);
    world
        .custody
        .settle(&site(), &made, now(100))
        .await
        .unwrap();
    assert_eq!(said(&world, &made, now(100)).await, "unsettled");
}

#[tokio::test]
async fn an_update_that_went_through_replaces_and_a_refused_one_does_not() {
    let world = World::new();
    let made = world.create("old").await;
    let pending = world.begin_update(&made, "refused", 0).await;
    world.custody.withdraw(pending).await.unwrap();
    assert_eq!(said(&world, &made, now(0)).await, "old");
    assert_eq!(said(&world, &updated(&made), now(0)).await, "old?");
    let after = world.update(&made, "new").await;
    assert_eq!(said(&world, &after, now(0)).await, "new");
}

#[tokio::test]
async fn settling_before_a_change_forgets_what_did_not_arrive() {
    let world = World::new();
    let made = world.create("old").await;
    drop(world.begin_update(&made, "never sent", 0).await);
    world
        .custody
        .settle(&site(), &made, now(LIMIT + 2))
        .await
        .unwrap();
    assert!(!world.file("secrets.json").contains("never sent"));
    assert!(!world.file("index.json").contains("pending"));
    // Changed by a command that had nothing to do with secrets.
    let patch = WebhookPatch::default();
    let begun = world
        .custody
        .begin_update(&site(), &made, &patch, call(40))
        .await;
    let after = updated(&made);
    world
        .custody
        .finish(begun.unwrap(), &after, now(40))
        .await
        .unwrap();
    assert_eq!(said(&world, &after, now(40)).await, "old");
}

#[tokio::test]
async fn a_change_without_values_does_not_confirm_a_value_that_is_unsettled() {
    let world = World::new();
    let made = world.create("old").await;
    drop(world.begin_update(&made, "on its way", 0).await);
    let patch = WebhookPatch::default();
    let begun = world
        .custody
        .begin_update(&site(), &made, &patch, call(1))
        .await;
    let after = updated(&made);
    world
        .custody
        .finish(begun.unwrap(), &after, now(1))
        .await
        .unwrap();
    assert_eq!(said(&world, &after, now(100)).await, "unsettled");
}

#[tokio::test]
async fn settling_opens_nothing_where_nothing_was_left() {
    let world = World::with(StoreChoice::Keyring);
    let custody = &world.custody;
    custody.settle(&site(), &made("1"), now(0)).await.unwrap();
    custody.local(&site()).await;
    let plain = Webhook {
        headers: vec![],
        ..made("1")
    };
    let patch = WebhookPatch::default();
    let begun = custody.begin_update(&site(), &plain, &patch, call(0)).await;
    custody
        .finish(begun.unwrap(), &plain, now(0))
        .await
        .unwrap();
    custody.forget(&site(), &plain).await.unwrap();
    assert!(custody.store.lock().await.is_none());
}

#[tokio::test]
async fn what_may_have_arrived_stays_in_a_place_that_an_interrupted_command_has_marked() {
    let world = World::new();
    let first = world.update(&made("1"), "known").await;
    // Interrupted between marking the value as replaced and removing it.
    let index = world.file("index.json");
    let marked = index.replacen(
        "\"origin\"",
        "\"superseded\": \"interrupted\",\n      \"origin\"",
        1,
    );
    std::fs::write(world.folder.path().join("index.json"), marked).unwrap();
    // Its response was lost, and it arrived.
    drop(world.begin_update(&first, "arrived", 100).await);
    let (label, later) = (updated(&updated(&first)), now(100 + 2 * LIMIT));
    let begun = world
        .custody
        .begin_update(
            &site(),
            &label,
            &WebhookPatch::default(),
            call(100 + 2 * LIMIT),
        )
        .await;
    let after = updated(&label);
    let finished = world.custody.finish(begun.unwrap(), &after, later).await;
    finished.unwrap();
    let kept = world.file("secrets.json");
    assert!(
        kept.contains("arrived") && !kept.contains("known"),
        "{kept}"
    );
}
