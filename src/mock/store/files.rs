//! Whether the files of the database are still those that were opened. A file that was removed or
//! replaced while it is open can still be written to, but everything written is lost when it is
//! closed.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::mock::store::open;

/// The files that SQLite has open: the database, its log, and the memory shared by its processes.
const ENDS: [&str; 3] = ["", "-wal", "-shm"];

/// The files at the time when the database was opened.
#[derive(Debug)]
pub(super) struct Files([(PathBuf, Option<Id>); 3]);

/// The identity of the file at a path.
#[cfg(unix)]
type Id = (u64, u64);
#[cfg(not(unix))]
type Id = ();

impl Files {
    /// The files of a database that was just opened.
    pub(super) fn opened(path: &Path) -> io::Result<Self> {
        let mut files = ENDS.map(|end| (open::beside(path, end), None));
        for (path, id) in &mut files {
            *id = Some(id_of(path)?);
        }
        Ok(Self(files))
    }

    /// The first file that is missing or has been replaced.
    pub(super) fn first_lost(&self) -> Option<&Path> {
        let is_lost = |(path, id): &&(PathBuf, Option<Id>)| match id_of(path) {
            Ok(now) => Some(now) != *id,
            // Any other error, such as a missing permission, doesn't mean that the file was
            // replaced.
            Err(error) => matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
            ),
        };
        let lost = self.0.iter().find(is_lost)?;
        Some(&lost.0)
    }
}

#[cfg(unix)]
fn id_of(path: &Path) -> io::Result<Id> {
    use std::os::unix::fs::MetadataExt;

    let metadata = fs::symlink_metadata(path)?;
    Ok((metadata.dev(), metadata.ino()))
}

/// An open file can't be removed there.
#[cfg(not(unix))]
fn id_of(path: &Path) -> io::Result<Id> {
    fs::symlink_metadata(path).map(drop)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn each_file_that_is_removed_or_replaced_is_lost() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/mock.db");
        let connection = open::open(&path).unwrap();
        let files = Files::opened(&path).unwrap();
        assert_eq!(files.first_lost(), None);
        for end in ENDS {
            let (file, away) = (open::beside(&path, end), folder.path().join("away"));
            fs::rename(&file, &away).unwrap();
            assert_eq!(files.first_lost(), Some(&*file), "removed");
            fs::copy(&away, &file).unwrap();
            assert_eq!(files.first_lost(), Some(&*file), "replaced");
            fs::rename(&away, &file).unwrap();
            assert_eq!(files.first_lost(), None, "back");
        }
        fs::remove_dir_all(path.parent().unwrap()).unwrap();
        assert_eq!(files.first_lost(), Some(&*path));
        drop(connection);
    }
}
