//! Custody beside a reference that knows what the platform has: sequences of changes, tests, kills at
//! each point, other processes, other machines, stores and clocks. What comes out as current is the
//! platform's value, and no value is lost that the platform has.
//!
//! `PROPTEST_CASES=2500 cargo test --test it custody_model` takes 100,000 steps.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeSet,
    future::Future,
    path::{Path, PathBuf},
    pin::pin,
    sync::Arc,
    task::Poll,
    time::Duration,
};

use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::{Value, json};
use tempfile::TempDir;
use ubihook::inside::{
    model::{ApiHost, NewWebhook, Scrubber, StoreChoice, Webhook, WebhookPatch},
    secrets::{
        Call, Custody, Deadlines, Destination, Error, Files, Found, Host, Moment, Settings, Site,
    },
};

/// The time limit of a call.
const LIMIT: i64 = 30;
const STEPS: usize = 40;
const ORIGINS: [&str; 2] = ["https://a.example/x", "https://b.example/x"];
const START: i64 = 1_750_000_000_000_000;

/// What becomes of a call.
#[derive(Debug, Clone, Copy)]
enum Fate {
    Answered,
    Refused,
    /// It arrives later, if its process is gone by then, after so many seconds.
    Late(i64),
}

/// A change of a header and what goes with it.
#[derive(Debug, Clone, Copy)]
struct Change {
    kind: Kind,
    url: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Value,
    Plain,
    Removed,
    Label,
    /// The URL alone, and kept values go along.
    Keep,
}

#[derive(Debug, Clone, Copy)]
enum Colleague {
    Change(Change),
    Create(usize),
    Delete,
}

/// One command of this machine, ended after so many steps of its own, if at all.
#[derive(Debug, Clone, Copy)]
struct Process {
    what: What,
    store: StoreChoice,
    cut: Option<u8>,
    fate: Fate,
    /// What a colleague does before the command reads the webhook the second time.
    meanwhile: Option<Colleague>,
}

#[derive(Debug, Clone, Copy)]
enum What {
    Create(usize),
    Update(Change),
    Test,
    Delete,
}

#[derive(Debug, Clone, Copy)]
enum Step {
    One(Process),
    Two(Process, Process),
    Colleague(Colleague),
    Wait(i64),
    LoseIndex,
    RestoreSecrets,
}

/// The webhook of the reference.
#[derive(Debug, Clone)]
struct Hook {
    id: u32,
    url: usize,
    /// The protected header's value; plain or absent where there is none.
    value: Option<String>,
    plain: bool,
    label: u32,
    created: i64,
    updated: i64,
}

enum Body {
    Create(usize, String),
    Patch(u32, WebhookPatch),
}

#[derive(Default)]
struct Platform {
    coarse: bool,
    now: i64,
    ids: u32,
    hook: Option<Hook>,
    on_the_way: Vec<(i64, Body)>,
}

impl Platform {
    fn tick(&mut self) {
        self.now += 1_001;
    }

    fn pass(&mut self, seconds: i64) {
        let until = self.now + seconds * 1_000_000;
        while let Some(at) = (0..self.on_the_way.len())
            .filter(|at| self.on_the_way[*at].0 <= until)
            .min_by_key(|at| self.on_the_way[*at].0)
        {
            let (when, body) = self.on_the_way.remove(at);
            self.now = self.now.max(when);
            self.apply(&body);
        }
        self.now = self.now.max(until);
    }

    fn leave_on_the_way(&mut self, seconds: i64, body: Body) {
        let at = self.now + seconds * 1_000_000;
        self.on_the_way.push((at, body));
    }

    fn date(&self, at: i64) -> String {
        let at = if self.coarse { at - at % 1_000_000 } else { at };
        Timestamp::from_microsecond(at).unwrap().to_string()
    }

    fn read(&mut self) -> Option<Webhook> {
        self.tick();
        let hook = self.hook.as_ref()?;
        let header = match (&hook.value, hook.plain) {
            (Some(_), _) => json!([{"key": "X-Key", "value": null, "protected": true}]),
            (None, true) => json!([{"key": "X-Key", "value": "plain", "protected": false}]),
            (None, false) => json!([]),
        };
        let webhook = json!({
            "id": hook.id.to_string(), "name": "nightly", "object_type": "deployment",
            "object_name": "d", "version": "v1", "url": ORIGINS[hook.url],
            "event": "deployment_request_failed", "headers": header,
            "labels": {"n": hook.label.to_string()},
            "creation_date": self.date(hook.created), "last_updated": self.date(hook.updated),
        });
        Some(serde_json::from_value(webhook).unwrap())
    }

    fn apply(&mut self, body: &Body) -> bool {
        self.tick();
        match body {
            Body::Create(url, value) => {
                if self.hook.is_some() {
                    return false;
                }
                self.ids += 1;
                self.hook = Some(Hook {
                    id: self.ids,
                    url: *url,
                    value: Some(value.clone()),
                    plain: false,
                    label: 0,
                    created: self.now,
                    updated: self.now,
                });
            }
            Body::Patch(id, patch) => {
                let now = self.now;
                let Some(hook) = self.hook.as_mut().filter(|hook| hook.id == *id) else {
                    return false;
                };
                let patch: Value = serde_json::to_value(patch).unwrap();
                if let Some(url) = patch["url"].as_str() {
                    hook.url = ORIGINS.iter().position(|one| *one == url).unwrap();
                }
                if patch["labels"].is_object() {
                    hook.label += 1;
                }
                if let Some(headers) = patch["headers"].as_array() {
                    let header = headers.first();
                    let protected = header.is_some_and(|h| h["protected"] == true);
                    let value = header.and_then(|h| h["value"].as_str());
                    hook.plain = header.is_some() && !protected;
                    hook.value = match (protected, value) {
                        (true, Some(value)) => Some(value.to_owned()),
                        (true, None) => hook.value.take(),
                        (false, _) => None,
                    };
                }
                hook.updated = now;
            }
        }
        true
    }
}

struct World {
    folder: TempDir,
    platform: RefCell<Platform>,
    values: Cell<u32>,
    /// Values that this machine was asked to keep.
    ours: RefCell<BTreeSet<String>>,
    backup: RefCell<Option<Vec<u8>>>,
    restored: Cell<bool>,
}

/// A memory file system where there is one: a hundred thousand steps sync often.
fn folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() {
        return TempDir::new_in(memory).unwrap();
    }
    TempDir::new().unwrap()
}

impl World {
    fn new(coarse: bool) -> Self {
        let platform = Platform {
            coarse,
            now: START,
            ..Platform::default()
        };
        Self {
            folder: folder(),
            platform: RefCell::new(platform),
            values: Cell::new(0),
            ours: RefCell::default(),
            backup: RefCell::default(),
            restored: Cell::new(false),
        }
    }

    fn custody(&self, choice: StoreChoice) -> Custody {
        Custody::new(Settings {
            choice,
            files: Some(Files::under(self.folder.path(), None)),
            waits: Deadlines::UNATTENDED,
            scrubber: Scrubber::default(),
            note: Arc::new(|_| {}),
            warn: Arc::new(|_| {}),
        })
    }

    fn secrets(&self) -> PathBuf {
        self.folder.path().join("secrets.json")
    }

    fn kept(&self) -> String {
        std::fs::read_to_string(self.secrets()).unwrap_or_default()
    }

    fn moment(&self) -> Moment {
        let now = Timestamp::from_microsecond(self.platform.borrow().now).unwrap();
        Moment::at(now, Some(now))
    }

    fn call(&self) -> Call {
        Call {
            sent: self.moment(),
            limit: Duration::from_secs(LIMIT.unsigned_abs()),
        }
    }

    fn value(&self) -> String {
        self.values.set(self.values.get() + 1);
        format!("value-{}-of-the-model", self.values.get())
    }

    async fn read(&self) -> Option<Webhook> {
        tokio::task::yield_now().await;
        let read = self.platform.borrow_mut().read();
        tokio::task::yield_now().await;
        read
    }

    /// Sends a change. Whether it was made; nothing where nobody knows.
    async fn send(&self, body: Body, fate: Fate, gone: &Cell<bool>) -> bool {
        tokio::task::yield_now().await;
        if let Fate::Late(after) = fate {
            self.platform.borrow_mut().leave_on_the_way(after, body);
            // The process is gone before an answer comes.
            gone.set(true);
            return std::future::pending().await;
        }
        let made = match fate {
            Fate::Refused => false,
            _ => self.platform.borrow_mut().apply(&body),
        };
        tokio::task::yield_now().await;
        made
    }

    fn colleague(&self, does: Colleague) {
        let body = match does {
            Colleague::Create(url) => Body::Create(url, self.value()),
            Colleague::Delete => {
                self.platform.borrow_mut().tick();
                self.delete();
                return;
            }
            Colleague::Change(change) => {
                let hook = self.platform.borrow().hook.clone();
                let Some(hook) = hook else { return };
                Body::Patch(hook.id, patch(change, hook.value.is_some(), &self.value()))
            }
        };
        self.platform.borrow_mut().apply(&body);
    }

    fn delete(&self) {
        let mut platform = self.platform.borrow_mut();
        platform.hook = None;
        // A create that arrives after a delete of its name makes a webhook that nobody wanted.
        platform
            .on_the_way
            .retain(|(_, body)| !matches!(body, Body::Create(..)));
    }

    async fn run(&self, process: Process, gone: &Cell<bool>) -> Result<(), TestCaseError> {
        let custody = self.custody(process.store);
        let site = site();
        let lock = custody.lock(&site, &["nightly"]);
        match process.what {
            What::Test => return self.test(&custody).await,
            What::Create(url) => {
                let _lock = lock.await.unwrap();
                self.create(&custody, url, process, gone).await;
            }
            What::Update(change) => {
                let _lock = lock.await.unwrap();
                self.update(&custody, change, process, gone).await;
            }
            What::Delete => {
                let _lock = lock.await.unwrap();
                let Some(webhook) = self.read().await else {
                    return Ok(());
                };
                tokio::task::yield_now().await;
                self.delete();
                tokio::task::yield_now().await;
                custody.forget(&site, &webhook).await.unwrap();
            }
        }
        Ok(())
    }

    async fn create(&self, custody: &Custody, url: usize, process: Process, gone: &Cell<bool>) {
        let value = self.value();
        let new = new(url, &value);
        let begun = custody.begin_create(&site(), &new, self.call()).await;
        let pending = begun.unwrap();
        if !pending.is_empty() {
            self.ours.borrow_mut().insert(value.clone());
        }
        if !self
            .send(Body::Create(url, value), process.fate, gone)
            .await
        {
            return custody.withdraw(pending).await.unwrap();
        }
        let Some(made) = self.platform.borrow_mut().read() else {
            return;
        };
        custody.finish(pending, &made, self.moment()).await.unwrap();
    }

    /// As the verb does it.
    async fn update(&self, custody: &Custody, change: Change, process: Process, gone: &Cell<bool>) {
        let Some(mut current) = self.read().await else {
            return;
        };
        let value = self.value();
        let mut meanwhile = process.meanwhile;
        let pending = loop {
            let protected = current.protected_headers().next().is_some();
            let Some(patch) = wanted(change, &current, &value) else {
                return;
            };
            custody
                .settle(&site(), &current, self.moment())
                .await
                .unwrap();
            let begun = custody
                .begin_update(&site(), &current, &patch, self.call())
                .await;
            let pending = begun.unwrap();
            if let Some(does) = meanwhile.take() {
                self.colleague(does);
            }
            let again = self.read().await;
            if again.as_ref() == Some(&current) {
                if !pending.is_empty() {
                    self.ours.borrow_mut().insert(value.clone());
                }
                break (pending, patch, protected);
            }
            custody.withdraw(pending).await.unwrap();
            match again {
                Some(again) if again.id == current.id => current = again,
                _ => return,
            }
        };
        let (pending, patch, _) = pending;
        let id = current.id.parse().unwrap();
        if !self.send(Body::Patch(id, patch), process.fate, gone).await {
            return custody.withdraw(pending).await.unwrap();
        }
        let Some(after) = self.platform.borrow_mut().read() else {
            return;
        };
        custody
            .finish(pending, &after, self.moment())
            .await
            .unwrap();
        if change.kind == Kind::Keep && after.origin() != current.origin() {
            let from = current.origin().unwrap();
            let header = "X-Key".parse().unwrap();
            let carried = custody
                .carry(&site(), &after, &header, &from, self.moment())
                .await;
            carried.unwrap();
        }
    }

    /// As the verb does it; what comes out as current must be what the platform has.
    async fn test(&self, custody: &Custody) -> Result<(), TestCaseError> {
        let (found, has) = self.look(custody).await;
        let certain = match &found {
            Some(Ok(found)) => found.is_current,
            Some(Err(error)) => !matches!(error, Error::Unsettled(_)),
            None => true,
        };
        let (found, has) = if certain {
            (found, has)
        } else {
            let _lock = custody.lock(&site(), &["nightly"]).await.unwrap();
            if let Some(webhook) = self.read().await {
                custody
                    .settle(&site(), &webhook, self.moment())
                    .await
                    .unwrap();
            }
            self.look(custody).await
        };
        if let Some(Ok(found)) = found
            && found.is_current
        {
            prop_assert_eq!(Some(found.value.expose()), has.as_deref());
            prop_assert!(
                !self.platform.borrow().coarse,
                "equal dates prove nothing there"
            );
        }
        Ok(())
    }

    async fn look(&self, custody: &Custody) -> (Option<Result<Found, Error>>, Option<String>) {
        let has = self
            .platform
            .borrow()
            .hook
            .as_ref()
            .and_then(|hook| hook.value.clone());
        let read = self.platform.borrow_mut().read();
        let Some(webhook) = read.filter(|w| w.protected_headers().next().is_some()) else {
            return (None, None);
        };
        let to = Destination::of(&site(), &webhook, self.moment()).unwrap();
        let found = custody.look(&to, &"X-Key".parse().unwrap()).await;
        (Some(found), has)
    }

    /// The platform's value is kept here, where this machine was to keep it.
    fn nothing_is_lost(&self) -> Result<(), TestCaseError> {
        let platform = self.platform.borrow();
        let Some(value) = platform.hook.as_ref().and_then(|hook| hook.value.as_ref()) else {
            return Ok(());
        };
        if self.ours.borrow().contains(value) && !self.restored.get() {
            let index = std::fs::read_to_string(self.folder.path().join("index.json"));
            prop_assert!(
                self.kept().contains(value.as_str()),
                "{value} is lost: {:?} has it; the store has {}, the index {index:?}",
                platform.hook,
                self.kept()
            );
        }
        Ok(())
    }

    /// Runs a command until it has waited so many times, as a kill ends it.
    async fn until(&self, process: Process) -> Result<(), TestCaseError> {
        let gone = Cell::new(false);
        let mut command = pin!(self.run(process, &gone));
        let mut waits = 0_u8;
        let ended = std::future::poll_fn(|context| match command.as_mut().poll(context) {
            Poll::Ready(ended) => Poll::Ready(Some(ended)),
            Poll::Pending if gone.get() || process.cut.is_some_and(|cut| waits >= cut) => {
                Poll::Ready(None)
            }
            Poll::Pending => {
                waits = waits.saturating_add(1);
                Poll::Pending
            }
        });
        let ended = ended.await;
        if ended.is_none() {
            // What it had begun to write is written, or not, before the next one begins.
            idle().await;
        }
        ended.unwrap_or(Ok(()))
    }

    async fn step(&self, step: Step) -> Result<(), TestCaseError> {
        self.platform.borrow_mut().tick();
        match step {
            Step::One(process) => self.until(process).await?,
            Step::Two(one, two) => {
                let (one, two) = tokio::join!(self.until(one), self.until(two));
                one?;
                two?;
            }
            Step::Colleague(does) => self.colleague(does),
            Step::Wait(seconds) => self.platform.borrow_mut().pass(seconds),
            Step::LoseIndex => {
                let _ = std::fs::remove_file(self.folder.path().join("index.json"));
            }
            Step::RestoreSecrets => {
                let now = std::fs::read(self.secrets()).ok();
                let before = self.backup.replace(now);
                if let Some(before) = before {
                    std::fs::write(self.secrets(), before).unwrap();
                    self.restored.set(true);
                }
            }
        }
        idle().await;
        self.nothing_is_lost()
    }
}

/// What an update sends; nothing where it changes nothing or is refused.
fn wanted(change: Change, current: &Webhook, value: &str) -> Option<WebhookPatch> {
    let protected = current.protected_headers().next().is_some();
    let moves = change.url.is_some_and(|url| ORIGINS[url] != current.url);
    match change.kind {
        Kind::Keep if !moves => return None,
        Kind::Label if moves && protected => return None,
        Kind::Removed | Kind::Plain if !protected => return None,
        _ => {}
    }
    Some(patch(change, protected, value))
}

fn patch(change: Change, protected: bool, value: &str) -> WebhookPatch {
    let header = |value: Value, protected: bool| json!([{"key": "X-Key", "value": value, "protected": protected}]);
    let mut patch = match change.kind {
        Kind::Value => json!({"headers": header(value.into(), true)}),
        Kind::Plain => json!({"headers": header("plain".into(), false)}),
        Kind::Removed => json!({"headers": []}),
        // The verb sends the list as it is, where it sends it.
        Kind::Label if protected => {
            json!({"labels": {"n": "x"}, "headers": header(Value::Null, true)})
        }
        Kind::Label | Kind::Keep => json!({"labels": {"n": "x"}}),
    };
    if let Some(url) = change.url {
        patch["url"] = ORIGINS[url].into();
    }
    serde_json::from_value(patch).unwrap()
}

fn new(url: usize, value: &str) -> NewWebhook {
    let new = json!({
        "name": "nightly", "object_type": "deployment", "object_name": "d", "version": "v1",
        "url": ORIGINS[url], "event": "deployment_request_failed",
        "headers": [{"key": "X-Key", "value": value, "protected": true}],
    });
    serde_json::from_value(new).unwrap()
}

fn site() -> Site {
    Site {
        host: Host::platform(&ApiHost::public()),
        project: "demo".parse().unwrap(),
    }
}

/// Waits until no thread of custody is at work any more: a killed process leaves none.
async fn idle() {
    let works = || {
        let tasks = std::fs::read_dir("/proc/self/task").unwrap();
        let mut names = tasks.flatten().map(|task| task.path().join("comm"));
        names.any(|name| std::fs::read_to_string(name).is_ok_and(|name| name == "secrets\n"))
    };
    while works() {
        tokio::time::sleep(Duration::from_micros(100)).await;
    }
}

fn change() -> impl Strategy<Value = Change> {
    let kind = prop_oneof![
        6 => Just(Kind::Value),
        2 => Just(Kind::Label),
        1 => Just(Kind::Plain),
        1 => Just(Kind::Removed),
        2 => Just(Kind::Keep),
    ];
    (kind, proptest::option::weighted(0.3, 0..2_usize)).prop_map(|(kind, url)| Change {
        kind,
        url: if kind == Kind::Keep {
            url.or(Some(1))
        } else {
            url
        },
    })
}

fn colleague() -> impl Strategy<Value = Colleague> {
    prop_oneof![
        6 => change().prop_map(Colleague::Change),
        2 => (0..2_usize).prop_map(Colleague::Create),
        1 => Just(Colleague::Delete),
    ]
}

fn process() -> impl Strategy<Value = Process> {
    let what = prop_oneof![
        3 => (0..2_usize).prop_map(What::Create),
        6 => change().prop_map(What::Update),
        4 => Just(What::Test),
        1 => Just(What::Delete),
    ];
    let store = prop_oneof![5 => Just(StoreChoice::File), 1 => Just(StoreChoice::None)];
    let fate = prop_oneof![
        6 => Just(Fate::Answered),
        1 => Just(Fate::Refused),
        1 => (1..LIMIT).prop_map(Fate::Late),
    ];
    let cut = proptest::option::weighted(0.3, 0..30_u8);
    let meanwhile = proptest::option::weighted(0.15, colleague());
    (what, store, cut, fate, meanwhile).prop_map(|(what, store, cut, fate, meanwhile)| Process {
        what,
        store,
        cut,
        fate,
        meanwhile,
    })
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => process().prop_map(Step::One),
        2 => (process(), process()).prop_map(|(one, two)| Step::Two(one, two)),
        3 => colleague().prop_map(Step::Colleague),
        3 => (0..2 * LIMIT).prop_map(Step::Wait),
        1 => Just(Step::LoseIndex),
        1 => Just(Step::RestoreSecrets),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(60),
        failure_persistence: None,
        max_shrink_iters: 2000,
        ..ProptestConfig::default()
    })]

    #[test]
    fn what_comes_out_is_the_platforms_value_and_none_is_lost(
        coarse in proptest::bool::weighted(0.2),
        steps in proptest::collection::vec(step(), STEPS),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let world = World::new(coarse);
        runtime.block_on(async {
            for step in steps {
                world.step(step).await?;
            }
            Ok::<(), TestCaseError>(())
        })?;
    }
}
