//! Who finds what is kept, and who does not.

use super::*;

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
        "no value of `Authorization` for https://b.example is at hand; there is one for \
         https://a.example only, in the store `file`"
    );
    assert_eq!(
        error.hint().unwrap(),
        "ubihook update nightly --secret-header Authorization"
    );
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
    let made = world.create("another").await;
    assert_eq!(world.find(&made).await.as_deref(), Some("another"));
    assert_eq!(world.file("index.json"), "not an index");
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
    let world = World::with(StoreChoice::None);
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
    let token = Token::parse("t0ken", &world.scrubber).unwrap();
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
    assert!(world.custody.forget_token(&host).await.unwrap());
    assert!(!world.custody.forget_token(&host).await.unwrap());
    assert!(world.custody.token(&host).await.unwrap().is_none());
}
