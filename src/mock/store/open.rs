//! Opens the database file: checks its mode and its folder's, and whether it is ours, and creates
//! it if it doesn't exist, even if several processes do so at once.

use std::{
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use rusqlite::{Connection, ErrorCode};

use crate::{
    files::{self, Guard},
    mock::{
        Error,
        store::{connection::open_writer, schema},
    },
};

/// How long creating the database waits for processes that are reading it.
const DEADLINE: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(10);

/// What kind of database a file claims to be.
enum Kind {
    Ours,
    /// Of an older version.
    Older,
    Empty,
    Newer,
    Foreign,
}

/// A writing connection to the database, which is complete and ours by then.
pub(super) fn open(path: &Path) -> Result<Connection, Error> {
    // SQLite gives its own files the mode of this one, but it would also follow a link there.
    for file in [path.to_owned(), beside(path, "-wal"), beside(path, "-shm")] {
        files::check(&file, Guard::Unreadable)?;
    }
    files::ensure(path)?;
    let connection = open_writer(path).map_err(|error| failed(path, &error))?;
    let kind = match kind(&connection).map_err(|error| failed(path, &error))? {
        Kind::Empty => make(path, &connection)?,
        kind => kind,
    };
    match kind {
        Kind::Ours => Ok(connection),
        Kind::Older => {
            schema::upgrade(&connection).map_err(|error| failed(path, &error))?;
            Ok(connection)
        }
        Kind::Newer => Err(Error::Newer(path.to_owned())),
        Kind::Foreign | Kind::Empty => Err(Error::NotADatabase(path.to_owned())),
    }
}

/// Converts an error of SQLite from opening the file.
pub(super) fn failed(path: &Path, error: &rusqlite::Error) -> Error {
    let path = path.to_owned();
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => Error::NotADatabase(path),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Error::Locked(path),
        _ => Error::Broken(path, error.to_string()),
    }
}

/// A file next to the database, by the suffix of its name.
pub(super) fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

/// Reads everything in one transaction: otherwise a database that another process is creating could
/// look foreign, with the header from before and the tables from after.
fn kind(connection: &Connection) -> rusqlite::Result<Kind> {
    let connection = connection.unchecked_transaction()?;
    let number = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    Ok(match (number("application_id")?, number("user_version")?) {
        (schema::APPLICATION, schema::VERSION) => Kind::Ours,
        (schema::APPLICATION, schema::OLDEST..schema::VERSION) => Kind::Older,
        (schema::APPLICATION, version) if version > schema::VERSION => Kind::Newer,
        (0, 0) => {
            let count = "SELECT count(*) FROM sqlite_schema";
            match connection.query_row(count, [], |row| row.get::<_, i64>(0))? {
                0 => Kind::Empty,
                _ => Kind::Foreign,
            }
        }
        _ => Kind::Foreign,
    })
}

/// Creates the schema, unless another process was faster.
fn make(path: &Path, connection: &Connection) -> Result<Kind, Error> {
    // Switching to a write-ahead log requires exclusive access and doesn't always wait for it, so a
    // lock serializes the processes that create the file, and remaining conflicts are retried.
    let _lock = files::lock(&files::lock_path(path))?;
    let deadline = Instant::now() + DEADLINE;
    loop {
        let made = kind(connection).and_then(|kind| match kind {
            Kind::Empty => schema::create(connection).map(|()| Kind::Ours),
            other => Ok(other),
        });
        match made.map_err(|error| failed(path, &error)) {
            Err(Error::Locked(_)) if Instant::now() < deadline => thread::sleep(PAUSE),
            result => return result,
        }
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::{
        fs,
        os::unix::fs::{PermissionsExt, symlink},
    };

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_new_database_and_what_sqlite_puts_beside_it_are_ours_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/mock.db");
        let connection = open(&path).unwrap();
        assert_eq!(mode(path.parent().unwrap()), 0o700);
        for file in [path.clone(), beside(&path, "-wal"), beside(&path, "-shm")] {
            assert_eq!(mode(&file), 0o600, "{}", file.display());
        }
        drop(connection);
        open(&path).unwrap();
    }

    #[test]
    fn a_file_that_is_not_ours_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mock.db");
        let refused = || open(&path).unwrap_err();

        files::write(&path, b"not a database, but long enough to be one").unwrap();
        assert!(matches!(refused(), Error::NotADatabase(_)));

        fs::remove_file(&path).unwrap();
        let foreign = Connection::open(&path).unwrap();
        foreign.execute_batch("CREATE TABLE t (x)").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        assert!(matches!(refused(), Error::NotADatabase(_)));

        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(refused(), Error::Files(files::Error::Open(..))));

        let link = folder.path().join("link.db");
        symlink(&path, &link).unwrap();
        assert!(matches!(
            open(&link),
            Err(Error::Files(files::Error::Link(_)))
        ));
    }

    #[test]
    fn a_database_of_a_newer_version_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mock.db");
        let connection = open(&path).unwrap();
        connection
            .pragma_update(None, "user_version", schema::VERSION + 1)
            .unwrap();
        assert!(matches!(open(&path), Err(Error::Newer(_))));
    }

    #[test]
    fn a_database_of_an_older_version_is_brought_up_to_date() {
        let without_fourth = "ALTER TABLE callbacks DROP COLUMN shown; \
                              ALTER TABLE deliveries DROP COLUMN again; \
                              ALTER TABLE attempts DROP COLUMN again; \
                              ALTER TABLE attempts DROP COLUMN shown; \
                              ALTER TABLE attempts DROP COLUMN answer; PRAGMA user_version = 3;";
        let without_third = "DROP TABLE belongings; ALTER TABLE requests DROP COLUMN reason; \
                             ALTER TABLE attempts DROP COLUMN body; PRAGMA user_version = 2;";
        for older in [
            without_fourth.to_owned(),
            format!("{without_fourth}{without_third}"),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("mock.db");
            open(&path).unwrap().execute_batch(&older).unwrap();
            thread::scope(|scope| {
                for _ in 0..4 {
                    scope.spawn(|| open(&path).unwrap());
                }
            });
            let connection = open(&path).unwrap();
            let buckets = "SELECT name FROM belongings WHERE kind = 'bucket'";
            let bucket: String = connection.query_row(buckets, [], |row| row.get(0)).unwrap();
            assert_eq!(bucket, "default");
            let shown = "SELECT shown FROM attempts UNION SELECT shown FROM callbacks";
            assert!(!connection.prepare(shown).unwrap().exists([]).unwrap());
        }
    }

    #[test]
    fn many_may_come_to_make_it_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mock.db");
        thread::scope(|scope| {
            for _ in 0..16 {
                scope.spawn(|| open(&path).unwrap());
            }
        });
    }
}
