//! Files of state: `index.json`, and after a line `=== secrets.json` the file of values. Where that
//! line is missing, the file of values is a good one, with the value of one header.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    sync::{Arc, OnceLock},
};

use serde_json::json;
use ubihook::{
    model::{
        header::HeaderName,
        host::ApiHost,
        scrub::Scrubber,
        store::StoreChoice,
        webhook::{NewWebhook, Webhook},
    },
    secrets::{
        Deadlines, Destination, Error, Host, Site,
        custody::{Custody, Settings},
    },
};

use super::held::{SECRET, tells_no_secret};

const SEPARATOR: &[u8] = b"=== secrets.json\n";

pub fn target(data: &[u8]) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let world = World::new();
    let at = data
        .windows(SEPARATOR.len())
        .position(|part| part == SEPARATOR);
    runtime.block_on(async {
        match at {
            Some(at) => {
                world.write("index.json", &data[..at]);
                world.write("secrets.json", &data[at + SEPARATOR.len()..]);
                world.answers(&Told::beside(&data[..at])).await;
            }
            None => world.decides_nothing(data).await,
        }
    });
}

/// What an error may tell: the index has names and no values, and they are told.
struct Told {
    names_the_secret: bool,
}

impl Told {
    fn beside(index: &[u8]) -> Self {
        let names_the_secret = String::from_utf8_lossy(index).contains(SECRET);
        Self { names_the_secret }
    }

    fn check(&self, error: &Error) {
        let names = matches!(error, Error::Missing(_));
        if !(names && self.names_the_secret) {
            tells_no_secret(error);
        }
    }
}

struct World {
    folder: tempfile::TempDir,
    custody: Custody,
    scrubber: Scrubber,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let scrubber = Scrubber::default();
        let custody = Custody::new(Settings {
            choice: StoreChoice::File,
            index: folder.path().join("index.json"),
            secrets: folder.path().join("secrets.json"),
            waits: Deadlines::UNATTENDED,
            scrubber: scrubber.clone(),
            note: Arc::new(|said| assert!(!said.contains(SECRET), "{said}")),
        });
        Self {
            folder,
            custody,
            scrubber,
        }
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        write_private(&self.path(name), bytes);
    }

    /// Whatever the files say: an answer or an error, and none of it tells a value.
    async fn answers(&self, told: &Told) {
        if let Err(error) = self.custody.local(&site()).await {
            told.check(&error);
        }
        for url in [HERE, ELSEWHERE] {
            let webhook = webhook(url);
            if let Err(error) = self.custody.settle(&site(), &webhook).await {
                told.check(&error);
            }
            let to = Destination::of(&site(), &webhook).unwrap();
            match self.custody.find(&to, &header()).await {
                Ok(value) => assert!(
                    value.expose().len() < 4
                        || self.scrubber.clean(value.expose()) != value.expose()
                ),
                Err(error) => told.check(&error),
            }
        }
    }

    /// Whatever the index says: a value is found for the origin that it was given for, and for no
    /// other.
    async fn decides_nothing(&self, index: &[u8]) {
        let told = Told::beside(index);
        self.write("secrets.json", good().await);
        self.write("index.json", index);
        if let Err(error) = self.custody.local(&site()).await {
            told.check(&error);
        }
        let found = |url: &str| Destination::of(&site(), &webhook(url)).unwrap();
        let elsewhere = self.custody.find(&found(ELSEWHERE), &header()).await;
        told.check(&elsewhere.unwrap_err());
        let here = self.custody.find(&found(HERE), &header()).await;
        assert_eq!(here.unwrap().expose(), SECRET);
    }
}

/// The file of values as it is after a create.
async fn good() -> &'static [u8] {
    static GOOD: OnceLock<Vec<u8>> = OnceLock::new();
    if let Some(good) = GOOD.get() {
        return good;
    }
    let world = World::new();
    let pending = world.custody.keep_new(&site(), &new()).await.unwrap();
    world
        .custody
        .promote(pending, &webhook(HERE))
        .await
        .unwrap();
    let made = fs::read(world.path("secrets.json")).unwrap();
    GOOD.get_or_init(|| made)
}

fn write_private(path: &Path, bytes: &[u8]) {
    fs::write(path, bytes).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

const HERE: &str = "https://a.example/x";
const ELSEWHERE: &str = "https://b.example/x";

fn site() -> Site {
    Site {
        host: Host::platform(&ApiHost::public()),
        project: "demo".parse().unwrap(),
    }
}

fn header() -> HeaderName {
    "Authorization".parse().unwrap()
}

fn new() -> NewWebhook {
    let new = json!({
        "name": "nightly", "object_type": "deployment", "object_name": "d", "version": "v1",
        "url": HERE, "event": "deployment_request_failed",
        "headers": [{"key": "Authorization", "value": SECRET, "protected": true}],
    });
    serde_json::from_value(new).unwrap()
}

fn webhook(url: &str) -> Webhook {
    let webhook = json!({
        "id": "1", "name": "nightly", "object_type": "deployment", "object_name": "d",
        "version": "v1", "url": url, "event": "deployment_request_failed",
        "headers": [{"key": "Authorization", "value": null, "protected": true}],
        "last_updated": "2026-01-01T00:00:00Z",
    });
    serde_json::from_value(webhook).unwrap()
}
