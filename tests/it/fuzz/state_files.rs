//! Files of state: `index.json`, and after a line `=== secrets.json` the file of values. Where that
//! line is missing, the file of values is a good one, with the value of one header.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    sync::{Arc, OnceLock},
    time::Duration,
};

use serde_json::json;
use ubihook::inside::{
    model::{ApiHost, NewWebhook, Scrubber, StoreChoice, Webhook, header::HeaderName},
    secrets::{Call, Custody, Deadlines, Destination, Error, Files, Host, Moment, Settings, Site},
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
        let names = matches!(error, Error::Missing(_) | Error::Superseded { .. });
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
            files: Some(Files::under(folder.path(), None)),
            waits: Deadlines::UNATTENDED,
            scrubber: scrubber.clone(),
            note: Arc::new(|said| assert!(!said.contains(SECRET), "{said}")),
            warn: Arc::new(|said| assert!(!said.contains(SECRET), "{said}")),
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
        self.custody.local(&site()).await;
        for url in [HERE, ELSEWHERE] {
            let webhook = webhook(url);
            let settled = self.custody.settle(&site(), &webhook, now()).await;
            if let Err(error) = settled {
                told.check(&error);
            }
            let to = Destination::of(&site(), &webhook, now()).unwrap();
            match self.custody.look(&to, &header()).await {
                Ok(found) => {
                    let value = found.value.expose();
                    assert!(value.len() < 8 || self.scrubber.clean(value) != value);
                }
                Err(error) => told.check(&error),
            }
        }
    }

    /// Whatever the index says: a value is found for the origin that it was given for alone.
    async fn decides_nothing(&self, index: &[u8]) {
        let told = Told::beside(index);
        self.write("secrets.json", good().await);
        self.write("index.json", index);
        self.custody.local(&site()).await;
        let found = |url: &str| Destination::of(&site(), &webhook(url), now()).unwrap();
        let elsewhere = self.custody.look(&found(ELSEWHERE), &header()).await;
        told.check(&elsewhere.unwrap_err());
        // It may refuse a value, never replace it.
        match self.custody.look(&found(HERE), &header()).await {
            Ok(here) => assert_eq!(here.value.expose(), SECRET),
            Err(error) => told.check(&error),
        }
    }
}

/// The file of values as it is after a create.
async fn good() -> &'static [u8] {
    static GOOD: OnceLock<Vec<u8>> = OnceLock::new();
    if let Some(good) = GOOD.get() {
        return good;
    }
    let world = World::new();
    let call = Call {
        sent: now(),
        limit: Duration::from_secs(30),
    };
    let pending = world.custody.begin_create(&site(), &new(), call).await;
    let (pending, made) = (pending.unwrap(), webhook(HERE));
    let finished = world.custody.finish(pending, &made, now()).await;
    finished.unwrap();
    let made = fs::read(world.path("secrets.json")).unwrap();
    GOOD.get_or_init(|| made)
}

fn write_private(path: &Path, bytes: &[u8]) {
    fs::write(path, bytes).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

const HERE: &str = "https://a.example/x";
const ELSEWHERE: &str = "https://b.example/x";

fn now() -> Moment {
    Moment::now(None)
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
