//! A folder for one run, in the system's temporary folder: removed at the end. A process that is
//! killed leaves its folder behind, and the next run of the same user removes it.
//!
//! Each folder has a lock file, held by the process that created it. A folder whose lock is free is
//! abandoned.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::files::{self, Lock};

const PREFIX: &str = "ubihook-";
/// The suffix of a folder that is being removed; no running process uses such a name.
const REMOVED: &str = "old";
const LOCK: &str = "in-use.lock";

/// How often to try another name if someone removed the folder before it was locked; and how often
/// to try to remove a folder that is still being written to.
const TRIES: usize = 5;

/// The folder; removed when it is dropped.
#[derive(Debug)]
pub(crate) struct Scratch {
    path: PathBuf,
    lock: Option<Lock>,
}

impl Scratch {
    /// Creates one, after removing those that killed processes of this user left.
    pub(crate) fn make() -> io::Result<Self> {
        let temporary = std::env::temp_dir();
        sweep(&temporary);
        Self::make_in(&temporary)
    }

    fn make_in(temporary: &Path) -> io::Result<Self> {
        for _ in 0..TRIES {
            let mut builder = tempfile::Builder::new();
            #[cfg(unix)]
            builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
            let folder = builder.prefix(PREFIX).tempdir_in(temporary)?;
            let lock = folder.path().join(LOCK);
            match files::try_lock(&lock) {
                Ok(Some(taken)) if taken.is_at(&lock) => {
                    return Ok(Self {
                        path: folder.keep(),
                        lock: Some(taken),
                    });
                }
                // Another process's sweep came first.
                Ok(_) => {}
                Err(_) if !folder.path().exists() => {}
                Err(error) => return Err(io::Error::other(error)),
            }
        }
        Err(io::Error::other(
            "it was removed right after it was created",
        ))
    }

    /// Whether a file is in the folder of a run, and so goes away with it.
    pub(crate) fn holds(file: &Path) -> bool {
        let inside = file.strip_prefix(std::env::temp_dir());
        let folder = inside.ok().and_then(|inside| inside.iter().next());
        folder.is_some_and(|name| name.as_encoded_bytes().starts_with(PREFIX.as_bytes()))
    }

    /// Its path.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // Some systems can't remove open files.
        drop(self.lock.take());
        // Under another name first: a later sweep removes all of it, whatever is left of it.
        let removed = removed(&self.path);
        let path = match fs::rename(&self.path, &removed) {
            Ok(()) => &removed,
            Err(_) => &self.path,
        };
        // An interrupted process may still write for a moment.
        let _ = (0..TRIES).any(|_| is_removed(path));
    }
}

/// The name of a folder while it is removed.
fn removed(folder: &Path) -> PathBuf {
    folder.with_added_extension(REMOVED)
}

fn is_removed(folder: &Path) -> bool {
    match fs::remove_dir_all(folder) {
        Ok(()) => true,
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    }
}

/// Removes what killed processes of this user left. Returns how many folders that were.
pub(crate) fn sweep_abandoned() -> usize {
    sweep(&std::env::temp_dir())
}

/// Removes the folders of this user whose process has ended. Folders that are in doubt stay.
fn sweep(temporary: &Path) -> usize {
    let Ok(entries) = fs::read_dir(temporary) else {
        return 0;
    };
    let mut removed = 0;
    for entry in entries.flatten() {
        let name = entry.file_name();
        let is_scratch = name.to_str().is_some_and(|name| name.starts_with(PREFIX));
        if is_scratch && is_ours(&entry.path()) {
            sweep_one(&entry.path());
            removed += usize::from(!entry.path().exists());
        }
    }
    removed
}

fn sweep_one(folder: &Path) {
    if folder.extension().is_some_and(|end| end == REMOVED) {
        is_removed(folder);
        return;
    }
    let lock = folder.join(LOCK);
    if !lock.exists() {
        // Its process was killed before it had locked it. If instead it is about to lock it, it
        // will create another.
        let _ = fs::remove_dir(folder);
        return;
    }
    if let Ok(Some(taken)) = files::try_lock(&lock)
        && taken.is_at(&lock)
    {
        // Renamed first: the process that held the lock is gone, and no other process can reuse its
        // folder while it is emptied.
        let doomed = removed(folder);
        if fs::rename(folder, &doomed).is_ok() {
            drop(taken);
            is_removed(&doomed);
        }
    }
}

/// Whether it is a folder that this user created, and that no other user can change.
fn is_ours(path: &Path) -> bool {
    let Ok(metadata) = path.symlink_metadata() else {
        return false;
    };
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let is_own = metadata.uid() == rustix::process::geteuid().as_raw();
        metadata.is_dir() && is_own && metadata.mode() & 0o7777 == 0o700
    }
    #[cfg(not(unix))]
    metadata.is_dir()
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// A folder as a killed process leaves it: with its content, and an unheld lock.
    fn leave(temporary: &Path) -> PathBuf {
        let mut scratch = Scratch::make_in(temporary).unwrap();
        fs::create_dir(scratch.path().join("state")).unwrap();
        fs::write(scratch.path().join("state/mock.db"), "value").unwrap();
        drop(scratch.lock.take());
        let path = scratch.path().to_owned();
        std::mem::forget(scratch);
        path
    }

    #[test]
    fn a_folder_is_gone_with_all_that_is_in_it() {
        let temporary = tempfile::tempdir().unwrap();
        let scratch = Scratch::make_in(temporary.path()).unwrap();
        let mode = fs::metadata(scratch.path()).unwrap().permissions().mode();
        assert_eq!(mode & 0o7777, 0o700);
        fs::create_dir(scratch.path().join("a")).unwrap();
        fs::write(scratch.path().join("a/b"), "x").unwrap();
        drop(scratch);
        assert!(names(temporary.path()).is_empty());
    }

    #[test]
    fn folders_of_killed_processes_are_removed_and_those_of_running_ones_stay() {
        let temporary = tempfile::tempdir().unwrap();
        let living = Scratch::make_in(temporary.path()).unwrap();
        let left = leave(temporary.path());
        let doomed = leave(temporary.path());
        fs::rename(&doomed, doomed.with_added_extension("old")).unwrap();
        let empty = temporary.path().join("ubihook-empty");
        fs::create_dir(&empty).unwrap();
        fs::set_permissions(&empty, fs::Permissions::from_mode(0o700)).unwrap();
        sweep(temporary.path());
        let living = living.path().file_name().unwrap().to_str().unwrap();
        assert_eq!(names(temporary.path()), [living], "{}", left.display());
    }

    #[test]
    fn processes_that_start_together_leave_each_other_alone() {
        let temporary = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..200 {
                        sweep(temporary.path());
                        Scratch::make_in(temporary.path()).unwrap();
                    }
                });
            }
        });
        assert!(names(temporary.path()).is_empty());
    }

    #[test]
    fn a_folder_that_may_not_be_ours_stays() {
        let temporary = tempfile::tempdir().unwrap();
        let elsewhere = leave(
            tempfile::tempdir_in(temporary.path())
                .unwrap()
                .keep()
                .as_path(),
        );
        symlink(&elsewhere, temporary.path().join("ubihook-link")).unwrap();
        let open = leave(temporary.path());
        fs::set_permissions(&open, fs::Permissions::from_mode(0o755)).unwrap();
        let filled = temporary.path().join("ubihook-without-a-lock");
        fs::create_dir(&filled).unwrap();
        fs::set_permissions(&filled, fs::Permissions::from_mode(0o700)).unwrap();
        fs::write(filled.join("f"), "x").unwrap();
        fs::write(temporary.path().join("ubihook-file"), "x").unwrap();
        let before = names(temporary.path());
        sweep(temporary.path());
        assert_eq!(names(temporary.path()), before);
        assert!(elsewhere.join("state/mock.db").exists());
    }
}
