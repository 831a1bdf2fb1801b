//! Names, never values, of what is kept, because keyrings can't be enumerated. It words messages
//! and lists, and tells what to clean up; which value is given to whom it doesn't decide.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    files::{self, Guard},
    model::{header::HeaderName, origin::Origin},
    secrets::{error::Error, key::Site, row::Row, store::Kind},
};

const VERSION: u32 = 1;

#[derive(Default, Serialize, Deserialize)]
struct Content {
    version: u32,
    values: Vec<Row>,
}

/// The list, by the path of its file.
#[derive(Debug, Clone)]
pub(super) struct Index(PathBuf);

impl Index {
    pub(super) fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// All that is listed; nothing where there is no list.
    pub(super) fn rows(&self) -> Result<Vec<Row>, Error> {
        let bytes = files::read(&self.0, Guard::Unwritable).map_err(Error::Index)?;
        bytes.map_or_else(
            || Ok(Vec::new()),
            |bytes| read_json(&self.0, &bytes, VERSION).map(|content: Content| content.values),
        )
    }

    /// Strikes the `gone` from the list and enters the `new`, one row a value.
    pub(super) fn enter(&self, new: &[Row], gone: &[Row]) -> Result<(), Error> {
        self.change(|rows| {
            rows.retain(|row| !gone.iter().chain(new).any(|other| row.same(other)));
            rows.extend_from_slice(new);
        })
    }

    /// Changes the list under its lock; writes it when it has changed.
    pub(super) fn change(&self, change: impl Fn(&mut Vec<Row>)) -> Result<(), Error> {
        // Mostly nothing changes, and then no lock is needed.
        let mut rows = self.rows()?;
        if !changes(&mut rows, &change) {
            return Ok(());
        }
        let _lock = files::lock(&lock_path(&self.0)).map_err(Error::Index)?;
        let mut rows = self.rows()?;
        if !changes(&mut rows, &change) {
            return Ok(());
        }
        let content = Content {
            version: VERSION,
            values: rows,
        };
        let bytes = serde_json::to_vec_pretty(&content).expect("strings are always JSON");
        files::write(&self.0, &bytes).map_err(Error::Index)
    }

    /// What lists show of this project.
    pub(super) fn local(&self, site: &Site) -> Result<Local, Error> {
        let mut local = Local::default();
        for row in self.rows()? {
            if row.is_of(site)
                && !row.pending
                && let Some(id) = row.webhook_id
            {
                let of_header = local.0.entry((id, row.header)).or_default();
                of_header.push((row.origin, row.store));
            }
        }
        Ok(local)
    }
}

/// Whether the rows are others afterwards, their order aside.
fn changes(rows: &mut Vec<Row>, change: impl Fn(&mut Vec<Row>)) -> bool {
    let before = rows.clone();
    change(rows);
    rows.len() != before.len() || !rows.iter().all(|row| before.contains(row))
}

/// Where this machine keeps the values of a project's webhooks, by the index alone.
#[derive(Debug, Default)]
pub struct Local(HashMap<(String, String), Vec<(String, Kind)>>);

impl Local {
    /// The store that has the value of a webhook's header, for one origin or for any.
    pub fn of(&self, webhook_id: &str, header: &HeaderName, origin: Option<&Origin>) -> Kind {
        let kept = self.0.get(&(webhook_id.to_owned(), header.lower()));
        let fits = |at: &str| origin.is_none_or(|origin| origin.as_str() == at);
        let mut fitting = kept.into_iter().flatten().filter(|(at, _)| fits(at));
        fitting.next().map_or(Kind::None, |(_, kind)| *kind)
    }
}

/// The lock of a file that is replaced by rename stands beside it.
pub(super) fn lock_path(path: &Path) -> PathBuf {
    path.with_added_extension("lock")
}

/// Reads a state file of this room. The parser's own words may quote a value: only its place in
/// the file is told.
pub(super) fn read_json<T: DeserializeOwned>(
    path: &Path,
    bytes: &[u8],
    version: u32,
) -> Result<T, Error> {
    #[derive(Deserialize)]
    struct Head {
        version: u32,
    }
    let state = |why| Error::State {
        path: path.to_owned(),
        why,
    };
    let broken = |error: serde_json::Error| {
        let (line, column) = (error.line(), error.column());
        state(format!(
            "is not a file of ubihook (line {line}, column {column})"
        ))
    };
    let head: Head = serde_json::from_slice(bytes).map_err(broken)?;
    if head.version > version {
        return Err(state("was written by a newer ubihook".to_owned()));
    }
    serde_json::from_slice(bytes).map_err(broken)
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

    fn row(id: &str, origin: &str, store: Kind) -> Row {
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
        }
    }

    #[test]
    fn names_are_entered_once_and_struck() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("index.json");
        let index = Index::new(path.clone());
        index
            .enter(&[], &[row("1", "https://a", Kind::File)])
            .unwrap();
        assert!(!path.exists());
        let one = row("1", "https://a", Kind::File);
        index
            .enter(&[one.clone(), row("2", "https://b", Kind::Keyring)], &[])
            .unwrap();
        let renamed = Row {
            webhook: "v".to_owned(),
            ..one.clone()
        };
        index.enter(&[renamed], &[]).unwrap();
        assert_eq!(index.rows().unwrap().len(), 2);
        let (header, at) = ("X-KEY".parse().unwrap(), Origin::of("https://b/x"));
        let local = index.local(&site()).unwrap();
        assert_eq!(local.of("1", &header, None), Kind::File);
        assert_eq!(local.of("1", &header, at.as_ref()), Kind::None);
        assert_eq!(local.of("2", &header, at.as_ref()), Kind::Keyring);
        index.enter(&[], &[one]).unwrap();
        assert_eq!(
            index.local(&site()).unwrap().of("1", &header, None),
            Kind::None
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_link_and_a_list_of_something_else_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("i"), folder.path().join("l"));
        std::fs::write(&path, "[]").unwrap();
        std::os::unix::fs::symlink(&path, &link).unwrap();
        assert!(matches!(Index::new(link).rows(), Err(Error::Index(_))));
        let error = Index::new(path.clone()).rows().unwrap_err();
        assert!(matches!(error, Error::State { .. }), "{error}");
        std::fs::write(&path, r#"{"version":9,"values":[]}"#).unwrap();
        let error = Index::new(path).rows().unwrap_err();
        assert!(error.to_string().contains("newer"), "{error}");
    }
}
