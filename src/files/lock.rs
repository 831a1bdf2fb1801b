//! Locks between processes. Each is a file of its own next to what it protects, and is never
//! removed.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use super::{Error, Result, ensure_folder, folder_of, open_no_follow, replace, set_private};

/// How long to wait for a lock that another process holds.
const DEADLINE: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(10);

/// A lock between processes, held until it is dropped. The lock file remains.
#[derive(Debug)]
pub struct Lock(File);

impl Lock {
    /// Whether the file at `path` is still this lock's: otherwise a process that looks for the lock
    /// there finds another file.
    pub fn is_at(&self, path: &Path) -> bool {
        match (self.0.metadata(), path.symlink_metadata()) {
            (Ok(held), Ok(there)) => is_same(&held, &there),
            // Unknown, unless there is none.
            (_, Err(error)) => error.kind() != io::ErrorKind::NotFound,
            (Err(_), _) => true,
        }
    }
}

#[cfg(unix)]
fn is_same(one: &fs::Metadata, other: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;

    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

/// An open file can't be removed or replaced there.
#[cfg(not(unix))]
fn is_same(_: &fs::Metadata, _: &fs::Metadata) -> bool {
    true
}

/// Waits for the lock at `path`, at most 5 s.
pub fn lock(path: &Path) -> Result<Lock> {
    let deadline = Instant::now() + DEADLINE;
    loop {
        if let Some(lock) = try_lock(path)? {
            return Ok(lock);
        }
        if Instant::now() >= deadline {
            return Err(Error::Locked(path.to_owned()));
        }
        thread::sleep(PAUSE);
    }
}

/// A file that is replaced by a rename can't be locked itself, so its lock is a separate file.
pub(crate) fn lock_path(path: &Path) -> PathBuf {
    path.with_added_extension("lock")
}

/// Takes the lock at `path` if it is free. The lock of `NAME` is `NAME.lock`: the process that
/// takes it also removes the copies of `NAME` that killed processes left, since no other process is
/// writing one.
pub(crate) fn try_lock(path: &Path) -> Result<Option<Lock>> {
    ensure_folder(folder_of(path))?;
    let mut options = OpenOptions::new();
    options.write(true).create(true);
    set_private(&mut options);
    let file = open_no_follow(&mut options, path)?;
    let io_error = |error| Error::Io(path.to_owned(), error);
    if !file.metadata().map_err(io_error)?.is_file() {
        return Err(Error::NotAFile(path.to_owned()));
    }
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Ok(None),
        Err(TryLockError::Error(error)) => return Err(io_error(error)),
    }
    let lock = Lock(file);
    if !lock.is_at(path) {
        // Another process has just removed the file, so this would be a different lock.
        return Ok(None);
    }
    if path.extension().is_some_and(|end| end == "lock") {
        replace::sweep(&path.with_extension(""));
    }
    Ok(Some(lock))
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_held_by_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let held = try_lock(&path).unwrap();
        assert!(held.is_some());
        assert!(try_lock(&path).unwrap().is_none());
        drop(held);
        assert!(try_lock(&path).unwrap().is_some());
    }

    #[test]
    fn a_lock_knows_whether_its_file_is_still_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let held = try_lock(&path).unwrap().unwrap();
        assert!(held.is_at(&path));
        std::fs::remove_file(&path).unwrap();
        assert!(!held.is_at(&path));
        let other = try_lock(&path).unwrap().unwrap();
        assert!(!held.is_at(&path) && other.is_at(&path));
    }
}
