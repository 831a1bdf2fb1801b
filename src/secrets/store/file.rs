//! Values in a file that only its owner can read: `secrets.json`, used only if chosen by name.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{
    files::{self, Guard},
    model::{secret::Raw, store::StoreKind},
    secrets::{
        apart::Jobs,
        error::{Error, Unusable},
        key::Entry,
        record::{Known, Open, Record},
        state_file::{MAX_BYTES, read_json},
        store::{Change, Size},
    },
};

/// The file; it is created with its first value.
#[derive(Debug, Clone)]
pub(in crate::secrets) struct File {
    path: PathBuf,
    jobs: Jobs,
}

#[derive(Default, Serialize, Deserialize)]
struct Content {
    version: u32,
    values: BTreeMap<String, Kept>,
}

/// A record, or a token: a record that has nothing but a value.
#[derive(PartialEq, Serialize, Deserialize)]
struct Kept {
    label: String,
    #[serde(flatten, default, skip_serializing_if = "Option::is_none")]
    known: Option<Known>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    open: Vec<Open>,
}

impl Kept {
    fn of(label: String, record: Record) -> Self {
        let Record { known, open } = record;
        Self { label, known, open }
    }

    fn record(self) -> Record {
        let Self { known, open, .. } = self;
        Record { known, open }
    }
}

impl Content {
    /// Whether it differs from the previous content.
    fn put(&mut self, user: String, kept: Kept) -> bool {
        let differs = self.values.get(&user) != Some(&kept);
        self.values.insert(user, kept);
        differs
    }
}

impl File {
    pub(super) fn new(path: PathBuf, jobs: Jobs) -> Self {
        Self { path, jobs }
    }

    pub(super) async fn get(&self, entries: Vec<Entry>) -> Result<Vec<Option<Raw>>, Error> {
        let records = self.records(entries).await?.into_iter();
        Ok(records.map(|record| Some(record.known?.value)).collect())
    }

    pub(super) async fn records(&self, entries: Vec<Entry>) -> Result<Vec<Record>, Error> {
        let file = self.clone();
        let job = move || {
            let mut kept = file.read()?.values;
            let mut record = |entry: &Entry| kept.remove(&entry.user).map(Kept::record);
            Ok(entries
                .iter()
                .map(|entry| record(entry).unwrap_or_default())
                .collect())
        };
        self.jobs
            .run(job)
            .await
            .unwrap_or_else(|_| Err(broken_off()))
    }

    pub(super) async fn apply(&self, changes: Vec<Change>, size: Size) -> Result<(), Error> {
        let file = self.clone();
        let job = move || file.apply_now(changes, size);
        self.jobs
            .run(job)
            .await
            .unwrap_or_else(|_| Err(broken_off()))
    }

    fn apply_now(&self, changes: Vec<Change>, size: Size) -> Result<(), Error> {
        // Removing values from a file that doesn't exist needs no lock file either.
        let removes = |change: &Change| matches!(change, Change::Remove(_));
        if changes.iter().all(removes)
            && !files::check(&self.path, Guard::Unreadable).map_err(unusable)?
        {
            return Ok(());
        }
        let _lock = files::lock(&files::lock_path(&self.path)).map_err(unusable)?;
        let mut content = self.read()?;
        let mut differs = false;
        for change in changes {
            differs |= match change {
                Change::Keep(entry, record) => {
                    content.put(entry.user, Kept::of(entry.label, record))
                }
                Change::Remove(entry) => content.values.remove(&entry.user).is_some(),
            };
        }
        if !differs {
            return Ok(());
        }
        content.version = VERSION;
        let mut bytes = Zeroizing::new(Vec::new());
        serde_json::to_writer_pretty(&mut *bytes, &content).expect("strings are always JSON");
        if size == Size::Bounded && bytes.len() > MAX_BYTES {
            return Err(Error::Full {
                path: self.path.clone(),
                others: &[StoreKind::Keyring, StoreKind::None],
            });
        }
        files::write(&self.path, &bytes).map_err(unusable)
    }

    fn read(&self) -> Result<Content, Error> {
        let bytes = files::read(&self.path, Guard::Unreadable).map_err(unusable)?;
        match bytes.map(Zeroizing::new) {
            None => Ok(Content::default()),
            // It is not ours to repair, and nothing can be stored in it.
            Some(bytes) => read_json(&self.path, &bytes, VERSION).map_err(|error| match error {
                Error::State { path, why, .. } => Error::Store {
                    kind: StoreKind::File,
                    why: Unusable::Broken { path, why },
                },
                other => other,
            }),
        }
    }
}

const VERSION: u32 = 1;

fn unusable(error: files::Error) -> Error {
    Error::Store {
        kind: StoreKind::File,
        why: Unusable::File(Arc::new(error)),
    }
}

fn broken_off() -> Error {
    Error::Store {
        kind: StoreKind::File,
        why: Unusable::Failed("the access to its file ended unexpectedly".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(user: &str) -> Entry {
        Entry {
            user: user.to_owned(),
            label: format!("ubihook: {user}"),
        }
    }

    fn set(user: &str, value: &str) -> Change {
        Change::Keep(entry(user), Record::plain(value.into()))
    }

    #[tokio::test]
    async fn what_is_set_is_read_replaced_and_removed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state/secrets.json");
        let file = File::new(path.clone(), Jobs::default());
        assert_eq!(file.get(vec![entry("a")]).await.unwrap(), [None]);
        file.apply(vec![Change::Remove(entry("a"))], Size::Any)
            .await
            .unwrap();
        assert!(!path.parent().unwrap().exists());
        file.apply(vec![set("a", "1"), set("b", "2")], Size::Any)
            .await
            .unwrap();
        let moved = vec![set("b", "3"), Change::Remove(entry("a"))];
        file.apply(moved, Size::Any).await.unwrap();
        let got = file.get(vec![entry("b"), entry("a")]).await.unwrap();
        assert_eq!(got, [Some("3".into()), None]);
        assert!(files::check(&path, Guard::Unreadable).unwrap());
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_file_that_others_may_read_or_that_is_a_link_is_an_unusable_store() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("s"), folder.path().join("l"));
        File::new(path.clone(), Jobs::default())
            .apply(vec![set("a", "1")], Size::Any)
            .await
            .unwrap();
        symlink(&path, &link).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        for path in [path, link] {
            let file = File::new(path, Jobs::default());
            let error = file.get(vec![entry("a")]).await.unwrap_err();
            assert!(
                matches!(
                    error,
                    Error::Store {
                        kind: StoreKind::File,
                        ..
                    }
                ),
                "{error}"
            );
            assert!(file.apply(vec![set("a", "2")], Size::Any).await.is_err());
        }
    }

    #[tokio::test]
    async fn a_foreign_file_is_reported_without_its_content_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s");
        for content in [
            r#"{"version":1,"values":"hunter2"}"#,
            r#"{"version":2,"values":{"a":"hunter2"}}"#,
            r#"{"version":1,"values":{"a":{"label":"","value":"hunter2"#,
            "hunter2",
            "",
        ] {
            files::write(&path, content.as_bytes()).unwrap();
            let file = File::new(path.clone(), Jobs::default());
            let error = file
                .apply(vec![set("a", "1")], Size::Any)
                .await
                .unwrap_err();
            assert!(matches!(
                error,
                Error::Store {
                    why: Unusable::Broken { .. },
                    ..
                }
            ));
            assert!(!format!("{error}{error:?}").contains("hunter2"));
            assert_eq!(std::fs::read_to_string(&path).unwrap(), content);
        }
    }

    #[test]
    fn many_writers_lose_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let file = File::new(folder.path().join("s"), Jobs::default());
        std::thread::scope(|scope| {
            for writer in 0..4 {
                let file = &file;
                scope.spawn(move || {
                    for n in 0..10 {
                        let user = format!("{writer}-{n}");
                        file.apply_now(vec![set(&user, "v")], Size::Any).unwrap();
                    }
                });
            }
        });
        assert_eq!(file.read().unwrap().values.len(), 40);
    }
}
