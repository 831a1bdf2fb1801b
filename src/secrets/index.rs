//! Names, never values, of what is stored, because keyrings can't be enumerated. The index serves
//! messages, lists and clean-up, and may refuse a value; it never allows one.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::{
    files::{self, Guard},
    model::{header::HeaderName, origin::Origin, store::StoreKind},
    secrets::{
        error::Error,
        key::Site,
        remembered::{self, Remembered},
        row::{Role, Row},
        state_file::{MAX_BYTES, read_json},
    },
};

const VERSION: u32 = 2;

/// The maximum number of entries.
const MAX_ROWS: usize = 10_000;

#[derive(Default, Serialize, Deserialize)]
struct Content {
    version: u32,
    values: Vec<Row>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    tests: Vec<Remembered>,
}

/// The index, by the path of its file. Without a path it is always empty.
#[derive(Debug, Clone)]
pub(super) struct Index(Option<PathBuf>);

impl Index {
    pub(super) fn new(path: Option<PathBuf>) -> Self {
        Self(path)
    }

    /// All entries; empty if there is no file.
    pub(super) fn rows(&self) -> Result<Vec<Row>, Error> {
        Ok(self.content()?.values)
    }

    /// The last test of each webhook that was tested from here.
    pub(super) fn tests(&self) -> Result<Vec<Remembered>, Error> {
        Ok(self.content()?.tests)
    }

    /// Remembers the outcomes of tests.
    pub(super) fn remember(&self, tests: &[Remembered]) -> Result<(), Error> {
        let Some(path) = self.0.as_deref() else {
            return Ok(());
        };
        let _lock = files::lock(&files::lock_path(path)).map_err(Error::Index)?;
        let mut content = read(path)?;
        for test in tests {
            remembered::put(&mut content.tests, test.clone());
        }
        write(path, content, false)
    }

    /// Renames it if nothing can be read from it.
    pub(super) fn set_aside(&self) -> Result<Option<PathBuf>, Error> {
        let Some(path) = self.0.as_deref() else {
            return Ok(None);
        };
        let _lock = files::lock(&files::lock_path(path)).map_err(Error::Index)?;
        match read(path) {
            Err(error) if error.is_broken() => Ok(files::set_aside(path)),
            _ => Ok(None),
        }
    }

    fn content(&self) -> Result<Content, Error> {
        self.0
            .as_deref()
            .map_or_else(|| Ok(Content::default()), read)
    }

    /// Removes the rows `gone` and enters the rows `new`, one row per place.
    pub(super) fn enter(&self, new: &[Row], gone: &[Row]) -> Result<(), Error> {
        self.change(|rows| {
            if !gone.is_empty() {
                rows.retain(|row| !gone.iter().any(|other| row.same(other)));
            }
            for row in new {
                put(rows, row.clone());
            }
        })
    }

    /// Changes the index under its lock; writes it only if it has changed.
    pub(super) fn change(&self, change: impl Fn(&mut Vec<Row>)) -> Result<(), Error> {
        self.replace(change, false)
    }

    /// The same for a change that adds rows: refused if there would be too many.
    pub(super) fn grow(&self, change: impl Fn(&mut Vec<Row>)) -> Result<(), Error> {
        self.replace(change, true)
    }

    fn replace(&self, change: impl Fn(&mut Vec<Row>), bounded: bool) -> Result<(), Error> {
        let Some(path) = self.0.as_deref() else {
            return Ok(());
        };
        // Usually nothing changes, and then no lock is needed.
        if changed(&read(path)?.values, &change).is_none() {
            return Ok(());
        }
        let _lock = files::lock(&files::lock_path(path)).map_err(Error::Index)?;
        let content = read(path)?;
        match changed(&content.values, &change) {
            Some(values) => write(path, Content { values, ..content }, bounded),
            None => Ok(()),
        }
    }

    /// What lists show about this project.
    pub(super) fn local(&self, site: &Site) -> Result<Local, Error> {
        let mut local = Local::default();
        for row in self.rows()? {
            if row.is_of(site)
                && row.mark.is_some()
                && row.superseded.is_none()
                && row.role == Role::Value
                && let Some(id) = row.webhook_id
            {
                let of_header = local.0.entry((id, row.header)).or_default();
                of_header.push((row.origin, row.store));
            }
        }
        Ok(local)
    }
}

fn read(path: &Path) -> Result<Content, Error> {
    let bytes = files::read(path, Guard::Unwritable).map_err(Error::Index)?;
    bytes.map_or_else(
        || Ok(Content::default()),
        |bytes| read_json(path, &bytes, VERSION),
    )
}

fn write(path: &Path, content: Content, bounded: bool) -> Result<(), Error> {
    let full = content.values.len() > MAX_ROWS;
    let content = Content {
        version: VERSION,
        ..content
    };
    let bytes = serde_json::to_vec_pretty(&content).expect("strings are always JSON");
    if bounded && (full || bytes.len() > MAX_BYTES) {
        return Err(Error::Full {
            path: path.to_owned(),
            others: &[StoreKind::None],
        });
    }
    files::write(path, &bytes).map_err(Error::Index)
}

/// The rows after a change, if they differ.
fn changed(before: &[Row], change: impl Fn(&mut Vec<Row>)) -> Option<Vec<Row>> {
    let mut rows = before.to_vec();
    change(&mut rows);
    (rows != before).then_some(rows)
}

/// Enters one row, replacing the previous row of its place.
pub(super) fn put(rows: &mut Vec<Row>, row: Row) {
    match rows.iter_mut().find(|there| there.same(&row)) {
        Some(there) => *there = row,
        None => rows.push(row),
    }
}

/// Where this machine stores the values of a project's webhooks, according to the index alone.
#[derive(Debug, Default)]
pub struct Local(HashMap<(String, String), Vec<(String, StoreKind)>>);

impl Local {
    /// The store that has the value of a webhook's header, for one origin or for any.
    pub fn of(&self, webhook_id: &str, header: &HeaderName, origin: Option<&Origin>) -> StoreKind {
        let kept = self.0.get(&(webhook_id.to_owned(), header.lower()));
        let fits = |at: &str| origin.is_none_or(|origin| origin.as_str() == at);
        let mut fitting = kept.into_iter().flatten().filter(|(at, _)| fits(at));
        fitting.next().map_or(StoreKind::None, |(_, kind)| *kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{model::host::ApiHost, secrets::key::Host};

    fn site() -> Site {
        Site {
            host: Host::platform(&ApiHost::public()),
            project: "p".parse().unwrap(),
        }
    }

    fn row(id: &str, origin: &str, store: StoreKind) -> Row {
        Row {
            host: site().host.as_str().to_owned(),
            project: "p".to_owned(),
            webhook: "w".to_owned(),
            webhook_id: Some(id.to_owned()),
            header: "x-key".to_owned(),
            origin: origin.to_owned(),
            store,
            pending: false,
            fingerprint: None,
            sent: None,
            mark: Some("m".to_owned()),
            stamp: None,
            role: Role::Value,
            since: None,
            tested: None,
            superseded: None,
        }
    }

    #[test]
    fn names_are_entered_once_and_removed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("index.json");
        let index = Index::new(Some(path.clone()));
        index
            .enter(&[], &[row("1", "https://a", StoreKind::File)])
            .unwrap();
        assert!(!path.exists());
        let one = row("1", "https://a", StoreKind::File);
        index
            .enter(
                &[one.clone(), row("2", "https://b", StoreKind::Keyring)],
                &[],
            )
            .unwrap();
        let renamed = Row {
            webhook: "v".to_owned(),
            ..one.clone()
        };
        index.enter(&[renamed], &[]).unwrap();
        assert_eq!(index.rows().unwrap().len(), 2);
        let (header, at) = ("X-KEY".parse().unwrap(), Origin::of("https://b/x"));
        let local = index.local(&site()).unwrap();
        assert_eq!(local.of("1", &header, None), StoreKind::File);
        assert_eq!(local.of("1", &header, at.as_ref()), StoreKind::None);
        assert_eq!(local.of("2", &header, at.as_ref()), StoreKind::Keyring);
        index.enter(&[], &[one]).unwrap();
        assert_eq!(
            index.local(&site()).unwrap().of("1", &header, None),
            StoreKind::None
        );
    }

    #[test]
    fn what_would_make_it_too_long_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let index = Index::new(Some(folder.path().join("index.json")));
        let rows: Vec<_> = (0..MAX_ROWS)
            .map(|n| row(&n.to_string(), "https://a", StoreKind::File))
            .collect();
        index.change(|list| list.clone_from(&rows)).unwrap();
        let more = row("more", "https://a", StoreKind::File);
        let error = index.grow(|list| put(list, more.clone())).unwrap_err();
        assert!(matches!(error, Error::Full { .. }), "{error}");
        assert_eq!(index.rows().unwrap().len(), MAX_ROWS);
        index
            .enter(std::slice::from_ref(&more), &rows[..1])
            .unwrap();
        index.enter(&[], &rows[1..3]).unwrap();
        assert_eq!(index.rows().unwrap().len(), MAX_ROWS - 2);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_and_a_list_of_something_else_are_distinguished() {
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("i"), folder.path().join("l"));
        std::fs::write(&path, "[]").unwrap();
        std::os::unix::fs::symlink(&path, &link).unwrap();
        assert!(matches!(
            Index::new(Some(link)).rows(),
            Err(Error::Index(_))
        ));
        let error = Index::new(Some(path.clone())).rows().unwrap_err();
        assert!(matches!(error, Error::State { .. }), "{error}");
        std::fs::write(&path, r#"{"version":9,"values":[]}"#).unwrap();
        let error = Index::new(Some(path)).rows().unwrap_err();
        assert!(error.to_string().contains("newer"), "{error}");
    }
}
