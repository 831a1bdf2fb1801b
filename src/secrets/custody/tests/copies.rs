//! What happens to the copies of a replaced value: each is removed, or marked and never used.

use super::*;
use crate::model::failure::Explain;
use crate::secrets::{dates::Stamp, key::Owner, row::Row};

/// The same machine with another store chosen.
fn with(world: &World, choice: StoreChoice) -> World {
    let files = Files::under(world.folder.path(), None);
    let custody = Custody::new(Settings {
        choice,
        files: Some(files),
        waits: Deadlines::UNATTENDED,
        scrubber: Scrubber::default(),
        note: std::sync::Arc::new(|_| {}),
        warn: std::sync::Arc::new(|_| {}),
    });
    World {
        folder: tempfile::tempdir().unwrap(),
        custody,
        scrubber: Scrubber::default(),
    }
}

#[tokio::test]
async fn a_value_that_is_kept_nowhere_ends_the_copy_in_the_file() {
    for lose_the_index in [false, true] {
        let world = World::new();
        let made = world.create("V1").await;
        if lose_the_index {
            std::fs::remove_file(world.folder.path().join("index.json")).unwrap();
        }
        let after = with(&world, StoreChoice::None).update(&made, "V2").await;
        assert!(!world.file("secrets.json").contains("V1"));
        assert_eq!(world.find(&after).await, None);
    }
}

#[tokio::test]
async fn a_value_for_another_origin_ends_the_one_for_the_first() {
    let world = World::new();
    let made = world.create("V1").await;
    let mut patch = patch("V2");
    patch.url = Some("https://b.example/x".to_owned().try_into().unwrap());
    let begun = world
        .custody
        .begin_update(&site(), &made, &patch, call(0))
        .await;
    let after = updated(&at(&made, "https://b.example/x"));
    world
        .custody
        .finish(begun.unwrap(), &after, now(0))
        .await
        .unwrap();
    assert_eq!(world.find(&after).await.as_deref(), Some("V2"));
    assert!(!world.file("secrets.json").contains("V1"));
}

#[tokio::test]
async fn a_copy_that_cannot_be_removed_is_marked_and_not_given_out() {
    let world = World::new();
    let made = world.create("V1").await;
    let secrets = world.folder.path().join("secrets.json");
    // It can't be opened now.
    let aside = world.folder.path().join("aside");
    std::fs::rename(&secrets, &aside).unwrap();
    std::fs::create_dir(&secrets).unwrap();
    let after = with(&world, StoreChoice::None).update(&made, "V2").await;
    std::fs::remove_dir(&secrets).unwrap();
    std::fs::rename(&aside, &secrets).unwrap();

    let error = world.look(&after).await.unwrap_err();
    assert!(matches!(error, Error::Superseded { .. }), "{error}");
    assert!(error.to_string().contains("not a regular file"), "{error}");
    assert_eq!(world.local(&after).await, StoreKind::None);
    // Sending a value again fixes it.
    let after = world.update(&after, "V3").await;
    assert_eq!(world.find(&after).await.as_deref(), Some("V3"));
    assert_eq!(world.local(&after).await, StoreKind::File);
}

#[tokio::test]
async fn a_restored_file_is_not_taken_for_what_the_index_speaks_of() {
    let world = World::new();
    let made = world.create("V1").await;
    let old = world.file("secrets.json");
    let after = world.update(&made, "V2").await;
    // A backup is restored; the index still has the newer date.
    std::fs::write(world.folder.path().join("secrets.json"), old).unwrap();
    let found = world.look(&after).await.unwrap();
    assert!(!found.is_current && found.value.expose() == "V1");
}

#[tokio::test]
async fn a_value_is_current_without_the_index_until_the_webhook_changes() {
    let world = World::new();
    let made = world.create("V1").await;
    std::fs::remove_file(world.folder.path().join("index.json")).unwrap();
    assert!(world.look(&made).await.unwrap().is_current);
    assert!(!world.look(&updated(&made)).await.unwrap().is_current);
}

#[tokio::test]
async fn a_store_refuses_what_would_make_it_too_large_and_reads_on() {
    let world = World::new();
    let made = world.create("V1").await;
    let long = "x".repeat(5 << 20);
    let patch = patch(&long);
    let begun = world
        .custody
        .begin_update(&site(), &made, &patch, call(0))
        .await;
    let error = begun.err().unwrap();
    assert!(matches!(error, Error::Full { .. }), "{error}");
    assert_eq!(world.find(&made).await.as_deref(), Some("V1"));
}

#[tokio::test]
async fn a_newer_value_in_another_store_is_named_instead_of_an_older_one_here() {
    let world = World::new();
    let after = updated(&world.create("V1").await);
    let to = Destination::of(&site(), &after, now(0)).unwrap();
    let elsewhere = Row {
        mark: Some("another".to_owned()),
        stamp: Stamp::of(after.last_updated.as_ref()),
        ..to.slot(Owner::Id(to.id()), &header())
            .row(StoreKind::Keyring)
    };
    world.custody.index.enter(&[elsewhere], &[]).unwrap();
    let error = world.look(&after).await.unwrap_err();
    assert!(matches!(error, Error::Missing(_)), "{error}");
    assert_eq!(
        error.hint().unwrap(),
        "ubihook test nightly --store keyring"
    );
}
